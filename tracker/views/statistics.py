"""`netstat -s` and `ss -s`: counters of the capture in the words of both programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tracker.views.rows import Socket


@dataclass(frozen=True, slots=True)
class TcpStatistics:
    """Counters of one host, or of all hosts seen, over the capture; None where packets give no ground.

    The first ten are RFC 4022's, in the order of netstat -s; in and out are the host's own.
    """

    active_opens: int | None = 0
    passive_opens: int | None = 0
    attempt_fails: int | None = 0  # SYN_SENT or SYN_RECV to CLOSED, SYN_RECV to LISTEN
    estab_resets: int | None = 0  # ESTABLISHED or CLOSE_WAIT to CLOSED
    curr_estab: int | None = 0  # ESTABLISHED or CLOSE_WAIT now
    in_segs: int | None = 0
    out_segs: int | None = 0  # without retransmissions, as RFC 4022 counts
    retrans_segs: int | None = 0
    in_errs: int | None = 0
    out_rsts: int | None = 0
    syn_retrans: int | None = 0
    out_of_order: int | None = 0  # segments received behind a hole
    dup_acks: int | None = 0  # received
    zero_windows_sent: int | None = 0  # times a window was closed by this host
    zero_windows_received: int | None = 0
    challenge_acks: int | None = 0  # sent, RFC 5961


# netstat's sentences, which know no singular: "1 active connection openings".
_TCP: Final = [
    ("active_opens", "active connection openings"),
    ("passive_opens", "passive connection openings"),
    ("attempt_fails", "failed connection attempts"),
    ("estab_resets", "connection resets received"),
    ("curr_estab", "connections established"),
    ("in_segs", "segments received"),
    ("out_segs", "segments sent out"),
    ("retrans_segs", "segments retransmitted"),
    ("in_errs", "bad segments received"),
    ("out_rsts", "resets sent"),
]
# Linux's names where it has the counter; netstat prints those it has no sentence for as `Name: value`.
_TCP_EXT: Final = [
    ("syn_retrans", "TCPSynRetrans: {}"),
    ("out_of_order", "TCPOFOQueue: {}"),
    ("zero_windows_sent", "TCPToZeroWindowAdv: {}"),
    ("challenge_acks", "TCPChallengeACK: {}"),
    ("dup_acks", "{} duplicate acknowledgments received"),  # ours: Linux does not count these two
    ("zero_windows_received", "{} zero windows received"),
]


def netstat_lines(statistics: TcpStatistics) -> Iterator[str]:
    """Print netstat -s's sections Tcp and TcpExt, the second one without zeros, as netstat does."""
    yield "Tcp:"
    for field, sentence in _TCP:
        value = getattr(statistics, field)
        yield f"    {'-' if value is None else value} {sentence}"
    extra = [text.format(value) for field, text in _TCP_EXT if (value := getattr(statistics, field))]
    if extra:
        yield "TcpExt:"
        yield from (f"    {text}" for text in extra)


@dataclass(frozen=True, slots=True)
class Summary:
    """What ss -s counts of a host's sockets, as ss counts; None is what only the kernel knows.

    `established` counts CLOSE_WAIT too (RFC 4022's tcpCurrEstab), SYN_RECV is no socket yet, TIME_WAIT is none any more and
    so counts as closed; ipv4 and ipv6 have neither. A socket that no packet touched is in no count.
    """

    total: int
    established: int
    closed: int
    orphaned: int | None
    time_wait: int
    ipv4: int
    ipv6: int
    states: dict[str, int]  # netstat's spelling -> rows of the table, SYN_RECV and TIME_WAIT among them


def summary_of(sockets: Iterable[Socket]) -> Summary:
    """Count all sockets of a host."""
    return summary_by(Counter((socket.local.version, socket.state) for socket in sockets))


def summary_by(counts: Mapping[tuple[int, str], int]) -> Summary:
    """The same of sockets by IP version and state."""
    states: Counter[str] = Counter()
    families: Counter[int] = Counter()
    for (version, state), count in counts.items():
        states[state] += count
        families[version] += count if state not in {"SYN_RECV", "TIME_WAIT", "CLOSED"} else 0
    waiting = states["TIME_WAIT"]
    return Summary(
        total=states.total() - states["SYN_RECV"],
        established=states["ESTABLISHED"] + states["CLOSE_WAIT"],
        closed=waiting + states["CLOSED"],
        orphaned=None,
        time_wait=waiting,
        ipv4=families[4],
        ipv6=families[6],
        states={state: count for state, count in sorted(states.items()) if count},
    )


def ss_lines(summary: Summary) -> Iterator[str]:
    """Print ss -s's summary; `-` for other protocols and for what only the kernel knows."""
    counts = f"estab {summary.established}, closed {summary.closed}, orphaned -, timewait {summary.time_wait}"
    yield "Total: -"
    yield f"TCP:   {summary.total} ({counts})"
    yield ""
    yield _transport("Transport", "Total", "IP", "IPv6")
    for name in ("RAW", "UDP"):
        yield _transport(f"{name}\t ", "-", "-", "-")
    yield _transport("TCP\t ", summary.ipv4 + summary.ipv6, summary.ipv4, summary.ipv6)
    for name in ("INET", "FRAG"):
        yield _transport(f"{name}\t ", "-", "-", "-")
    yield ""


def _transport(name: str, *numbers: int | str) -> str:
    return " ".join([name, *(f"{number!s:9}" for number in numbers)]).rstrip()
