"""`ss -t`: its columns, spellings, timers and info line, from Socket rows.

Layout checked against iproute2 6.1, oddities included where scripts may parse them (`8.200ms` is 8.2 seconds). What a
packet cannot tell (cwnd, skmem, uid, ino, cgroup, users) is left out, never invented.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tracker.output.color import Paint, plain, style_of_state
from tracker.output.table import Cell, Column, Styled, clean, render
from tracker.views.names import ss_parts
from tracker.views.rows import Details, Socket, Timer, is_streamed, queue_text

# netstat's spelling -> ss's; anything else stays as it is.
SPELLING: Final = {
    "ESTABLISHED": "ESTAB",
    "SYN_SENT": "SYN-SENT",
    "SYN_RECV": "SYN-RECV",
    "FIN_WAIT1": "FIN-WAIT-1",
    "FIN_WAIT2": "FIN-WAIT-2",
    "TIME_WAIT": "TIME-WAIT",
    "CLOSED": "UNCONN",
    "CLOSE_WAIT": "CLOSE-WAIT",
    "LAST_ACK": "LAST-ACK",
}


@dataclass(frozen=True, slots=True)
class SsOptions:
    """ss's own flags. hide_state: ss drops the State column when the filter leaves a single state."""

    numeric: bool = False  # -n
    timers: bool = False  # -o
    extended: bool = False  # -e
    info: bool = False  # -i
    one_line: bool = False  # -O
    header: bool = True  # without -H
    hide_state: bool = False


def lines(
    sockets: Iterable[Socket], options: SsOptions, *, width: int | None = None, paint: Paint = plain
) -> Iterator[str]:
    """Print every socket given, in the order given (the command sorts by views.rows.order), without line ends.

    width: the terminal's characters, over which ss spreads its columns; None in a pipe. Which sockets to show is the
    filter's matter (views.ss_filter). With -i every socket takes two lines, the second one starting with a tab, even
    when nothing is known: scripts pair them.
    """
    streamed = is_streamed(sockets, width, paint) and (not options.info or options.one_line)
    rows = [] if streamed else list(sockets)
    columns = [
        Column("State"),
        Column("Recv-Q", least=6),
        Column("Send-Q", least=6),
        Column("Local Address:", right=True),
        Column("Port", gap="", least=5),  # ss glues PortProcess together when every port is short
        Column("Peer Address:", right=True),
        Column("Port", gap="", least=5),
        Column("Process", gap=""),
    ]
    first = 1 if options.hide_state else 0
    if streamed:
        from tracker.views.columns import cells as of_rows  # noqa: PLC0415 - NumPy and Numba
        from tracker.views.columns import texts  # noqa: PLC0415 - the same

        many: Any = sockets
        yield from texts.lines(columns[first:], lambda: of_rows.ss_runs(many, options), header=options.header)
        return
    table = render(
        columns[first:],
        (cells(row, options)[first:] for row in rows),
        width=width,
        header=options.header,
        paint=paint,
    )
    if options.header:
        yield next(table)
    under = options.info and not options.one_line
    for row, line in zip(rows, table, strict=True):
        yield line
        if under:
            yield f"\t {clean(info_text(row.details))}".rstrip(" ")


def state_text(state: str) -> str:
    """Return ss's spelling of a state that is spelled as netstat does."""
    return SPELLING.get(state, state)


def timer_text(timer: Timer) -> str:
    """Spell a timer as ss -o: `timer:(keepalive,1min58sec,0)`."""
    return f"timer:({timer.kind},{ms_text(timer.remaining // 1_000_000)},{timer.retrans})"


def ms_text(milliseconds: int) -> str:
    """Spell a duration as ss's print_ms_timer: ever coarser as it grows, and nothing at all for 0."""
    minutes, rest = divmod(milliseconds, 60_000)
    seconds, thousandths = divmod(rest, 1000)
    text = ""
    if minutes:
        text, thousandths = f"{minutes}min", 0
        if minutes > 9:
            seconds = 0
    if seconds:
        if seconds > 9:
            thousandths = 0
        text += f"{seconds}." if thousandths else f"{seconds}sec"
    return f"{text}{thousandths:03}ms" if thousandths else text


def info_text(details: Details) -> str:
    """Spell what is known as ss -i does, in its order and only where it is not zero.

    ss's `unacked` counts packets where Details has bytes; so it is `bytes_unacked` here, lest a script mistake it.
    """
    sent, total = details.retrans
    words = [
        "ts" if details.timestamps else "",
        "sack" if details.sack else "",
        "ecn" if details.ecn else "",
        "fastopen" if details.fastopen else "",
        f"wscale:{details.wscale[0]},{details.wscale[1]}" if details.wscale is not None else "",
        f"rto:{_milliseconds(details.rto)}" if details.rto else "",
        f"rtt:{_milliseconds(details.rtt)}/{_milliseconds(details.rttvar or 0)}" if details.rtt else "",
        _count("mss", details.mss),
        _count("bytes_sent", details.bytes_sent),
        _count("bytes_acked", details.bytes_acked),
        _count("bytes_received", details.bytes_received),
        _count("segs_out", details.segs_out),
        _count("segs_in", details.segs_in),
        _count("lastsnd", details.lastsnd and details.lastsnd // 1_000_000),
        _count("lastrcv", details.lastrcv and details.lastrcv // 1_000_000),
        _count("bytes_unacked", details.unacked),
        f"retrans:{sent}/{total}" if sent or total else "",
        _count("snd_wnd", details.snd_wnd),
        "tcp-ulp-mptcp" if details.mptcp else "",
    ]
    return " ".join(filter(None, words))


def _count(name: str, value: int | None) -> str:
    return f"{name}:{value}" if value else ""


def _milliseconds(ns: int) -> str:
    """Spell ns in milliseconds with up to three decimals, as %g does to microseconds."""
    whole, thousandths = divmod(ns // 1000, 1000)
    return f"{whole}.{thousandths:03}".rstrip("0").rstrip(".")


def cells(socket: Socket, options: SsOptions) -> list[Cell]:
    """A row's cells."""
    version = socket.local.version
    words = []
    if options.timers and socket.timer is not None:
        words.append(timer_text(socket.timer))
    if options.extended:
        if socket.flow is not None:
            words.append(f"flow:{socket.flow}")
        words.append(f"certainty:{socket.certainty}")
    if options.info and options.one_line:
        words.append(info_text(socket.details))
    return [
        Styled(state_text(socket.state), style_of_state(socket.state)),
        queue_text(socket.recv_q),
        queue_text(socket.send_q),
        *ss_parts(socket.local, version, socket.local_port, numeric=options.numeric),
        *ss_parts(socket.peer, version, socket.peer_port, numeric=options.numeric),
        "".join(f" {word}" for word in words if word),  # ss's Process column starts with the blank
    ]
