"""The row that netstat and ss print: one socket of one host at one moment."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from tracker.output.color import Paint, plain
from tracker.tcp.states import Certainty, State

Address = IPv4Address | IPv6Address

STATE_NAMES: Final = tuple(
    state.name for state in State
)  # by number; a look-up is ten times quicker than State(number)
UNKNOWABLE: Final = "-"  # what no packet tells: users, inodes, programs, queues without ground
TIMER_KINDS: Final = ("", "on", "keepalive", "timewait", "persist")  # ss's words, by rules.OFF, ...
CERTAINTY_NAMES: Final = tuple(certainty.name.lower() for certainty in Certainty)


@dataclass(frozen=True, slots=True)
class Timer:
    """The timer that netstat -o and ss -o show.

    kind is ss's word: "on" (retransmission), "keepalive", "timewait", "persist"; remaining is ns (never negative);
    retrans counts unanswered retransmissions or probes.
    """

    kind: str
    remaining: int
    retrans: int = 0


@dataclass(frozen=True, slots=True)
class Details:
    """What `ss -i` and `-e` can say from packets alone; None or 0 where nothing was seen."""

    timestamps: bool = False
    sack: bool = False
    ecn: bool = False
    fastopen: bool = False
    mptcp: bool = False
    wscale: tuple[int, int] | None = None  # (peer's, own), as ss prints them: send, receive
    rto: int | None = None  # ns
    rtt: int | None = None  # ns, smoothed
    rttvar: int | None = None  # ns
    mss: int | None = None  # bytes, the least of both offers
    bytes_sent: int = 0
    bytes_acked: int = 0
    bytes_received: int = 0
    segs_out: int = 0
    segs_in: int = 0
    lastsnd: int | None = None  # ns before the asked moment
    lastrcv: int | None = None
    unacked: int = 0  # bytes in flight
    retrans: tuple[int, int] = (0, 0)  # (unanswered now, in all)
    snd_wnd: int | None = None  # bytes the peer offers


@dataclass(frozen=True, slots=True)
class Socket:
    """One socket as its own host would list it."""

    state: str  # netstat's spelling: LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 ... (never CLOSED)
    local: Address
    local_port: int
    peer: Address | None  # None in a LISTEN row
    peer_port: int  # 0 in a LISTEN row
    recv_q: int | None  # None: nothing on the wire gives ground for a number
    send_q: int | None
    certainty: str  # seen, assumed, unknown; never timed: such a socket is gone
    since: int  # ns since the epoch, when the state was entered; LISTEN: first seen accepting
    flow: int | None = None  # None in a LISTEN row
    timer: Timer | None = None
    details: Details = field(default_factory=Details)


def order(socket: Socket) -> tuple[int, bool, int, int, int, int, int, int]:
    """Sort key: tcp before tcp6 and LISTEN before the rest, as netstat lists them; then by addresses and ports.

    netstat's order within the connections is the kernel's hash table, which means nothing. By address a row keeps its
    place when its state changes, so two moments can be compared line by line. Lives of one tuple follow their age.
    """
    return (
        socket.local.version,
        socket.state != "LISTEN",
        int(socket.local),
        socket.local_port,
        int(socket.peer) if socket.peer is not None else 0,
        socket.peer_port,
        socket.since,
        socket.flow if socket.flow is not None else -1,
    )


def queue_text(length: int | None) -> str:
    """Spell a queue in bytes; `-` where nothing on the wire gives ground for a number."""
    return UNKNOWABLE if length is None else str(length)


def is_streamed(sockets: object, width: int | None, paint: Paint) -> bool:
    """Whether a table is written from columns: of the compiled engine's rows, into a pipe and without colour."""
    return hasattr(sockets, "runs") and width is None and paint is plain
