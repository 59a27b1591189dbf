"""`netstat -t`: its title, columns, spellings and timers, from Socket rows.

Layout checked against net-tools 2.10. Three things are ours: the vantage text behind the title, columns as wide as the
longest row needs (netstat lets one long row run out of line), and the order of rows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tracker.output.color import Paint, plain, style_of_state
from tracker.output.table import Cell, Column, Styled, clean, render
from tracker.output.words import wrapped
from tracker.views.names import netstat_address
from tracker.views.rows import UNKNOWABLE, Socket, Timer, is_streamed, order, queue_text

ADDRESS_WIDTH: Final = 23  # characters; netstat's width of both address columns

# ss's timer word -> netstat's.
_TIMERS: Final = {"on": "on", "keepalive": "keepalive", "timewait": "timewait", "persist": "probe"}


@dataclass(frozen=True, slots=True)
class NetstatOptions:
    """netstat's own flags, and `certainty` for how sure each row is (a last column, so that the others stay put)."""

    everything: bool = False  # -a
    listening: bool = False  # -l
    numeric: bool = False  # -n
    extended: bool = False  # -e
    programs: bool = False  # -p
    timers: bool = False  # -o
    wide: bool = False  # -W
    certainty: bool = False


def shown(sockets: Iterable[Socket], options: NetstatOptions) -> list[Socket]:
    """Choose netstat's rows and their order: without -a and -l all but LISTEN, with -l only LISTEN, -a wins."""
    if options.everything:
        chosen = list(sockets)
    else:
        chosen = [socket for socket in sockets if (socket.state == "LISTEN") == options.listening]
    return sorted(chosen, key=order)


def lines(
    sockets: Iterable[Socket],
    options: NetstatOptions,
    *,
    vantage: str = "",
    width: int | None = None,
    paint: Paint = plain,
) -> Iterator[str]:
    """Print rows, which `shown` has chosen and put in order: title, heading, one line a socket, without line ends.

    vantage: from where this is seen and how sure, put behind the title on the same line. width: the terminal's
    characters, None in a pipe. Addresses are cut only in a terminal and without -W.
    """
    streamed = is_streamed(sockets, width, paint)
    rows = [] if streamed else list(sockets)
    extras = [extra for flag, extra in _EXTRAS if getattr(options, flag)]
    timers = max((len(timer_text(row.timer)) + 1 for row in rows), default=0) if options.timers else 0
    limit = None if options.wide or width is None else address_limit(width, extras, timers)
    heading = title(options)
    first, *more = wrapped(f"{heading} {clean(vantage)}" if vantage else heading, width)
    yield paint(heading, "title") + first.removeprefix(heading) if first.startswith(heading) else first
    yield from more
    columns = [
        Column("Proto"),
        Column("Recv-Q", right=True, least=6),
        Column("Send-Q", right=True, least=6),
        Column("Local Address", least=ADDRESS_WIDTH),
        Column("Foreign Address", least=ADDRESS_WIDTH),
        Column("State", least=11),
        *(column for group in extras for column, _ in group),
    ]
    if streamed:
        from tracker.views.columns import cells as of_rows  # noqa: PLC0415 - NumPy and Numba
        from tracker.views.columns import texts  # noqa: PLC0415 - the same

        table: Any = sockets
        yield from texts.lines(columns, lambda: of_rows.netstat_runs(table, options))
        return
    yield from render(columns, (_row(row, options.numeric, limit, extras) for row in rows), paint=paint)


def cells(socket: Socket, options: NetstatOptions) -> list[Cell]:
    """A row's cells, its addresses as long as they are."""
    return _row(socket, options.numeric, None, [extra for flag, extra in _EXTRAS if getattr(options, flag)])


def title(options: NetstatOptions) -> str:
    """Return netstat's title for these flags."""
    which = "servers and established" if options.everything else "only servers" if options.listening else "w/o servers"
    return f"Active Internet connections ({which})"


def timer_text(timer: Timer | None) -> str:
    """Spell a timer as netstat -o: `kind (seconds/retransmissions/probes)`; a LISTEN socket's is off."""
    if timer is None:
        return "off (0.00/0/0)"
    centiseconds = timer.remaining // 10_000_000
    retransmissions, probes = (0, timer.retrans) if timer.kind in {"keepalive", "persist"} else (timer.retrans, 0)
    seconds = f"{centiseconds // 100}.{centiseconds % 100:02}"
    return f"{_TIMERS.get(timer.kind, 'unkn')} ({seconds}/{retransmissions}/{probes})"


def address_limit(width: int, extras: "list[_Group]", timers: int) -> int:
    """Return how many characters an address column may take in a terminal; never less than netstat's own 23."""
    fixed = 5 + 7 + 7 + 1 + 1 + 1 + 11 + timers
    fixed += sum(1 + column.least for group in extras for column, _ in group)
    return max(ADDRESS_WIDTH, (width - fixed) // 2)


def _row(socket: Socket, numeric: bool, limit: int | None, extras: "list[_Group]") -> list[Cell]:
    version = socket.local.version
    return [
        "tcp" if version == 4 else "tcp6",
        queue_text(socket.recv_q),
        queue_text(socket.send_q),
        netstat_address(socket.local, version, socket.local_port, numeric=numeric, limit=limit),
        netstat_address(socket.peer, version, socket.peer_port, numeric=numeric, limit=limit),
        Styled("CLOSE" if socket.state == "CLOSED" else socket.state, style_of_state(socket.state)),
        *(cell(socket) for group in extras for _, cell in group),
    ]


def _unknowable(socket: Socket) -> str:  # noqa: ARG001 - a column's cell
    return UNKNOWABLE


_Group = list[tuple[Column, Callable[[Socket], str]]]

# Flag -> the columns it adds, in netstat's order.
_EXTRAS: Final[list[tuple[str, _Group]]] = [
    ("extended", [(Column("User", least=10), _unknowable), (Column("Inode", least=10), _unknowable)]),
    ("programs", [(Column("PID/Program name", least=20), _unknowable)]),
    ("timers", [(Column("Timer"), lambda socket: timer_text(socket.timer))]),
    ("certainty", [(Column("Certainty", least=9), lambda socket: socket.certainty)]),
]
