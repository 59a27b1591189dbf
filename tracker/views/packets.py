"""`tracker packets`: one line a segment as tcpdump prints it, with both ends' states behind it and what the receiver did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tracker.engine.watch import Stand, Step
from tracker.output.color import Paint, style_of_state
from tracker.output.table import clean
from tracker.tcp.acceptance import ACCEPT, VERDICTS
from tracker.tcp.endpoint import BY_SELF_CONNECT, TENTATIVE, Endpoint, Transition
from tracker.tcp.segment import ACK, QUOTED, Segment
from tracker.views import tcpdump
from tracker.views.flows import CAUSES
from tracker.views.history import address
from tracker.views.icmp import icmp_text
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, Address, Socket
from tracker.views.tcpdump import Numbers, clock, described, flags_text

SENDER: Final = "sender"
RECEIVER: Final = "receiver"
NO_FLOW: Final = Endpoint()
NOT_IGNORED: Final = {"challenged", "captured twice"}  # verdicts that say by themselves what became of the segment


@dataclass(frozen=True, slots=True)
class PacketEnd:
    """Sender or receiver: where it stands after the segment, and whether the segment moved it."""

    address: Address
    port: int
    state: str
    certainty: str
    since: int | None  # ns
    changed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one end: entered because of this segment, or, where `packet` is another one's number, taken back by it."""

    end: str  # sender or receiver
    old: str
    new: str
    certainty: str
    cause: str
    packet: int  # that the state was entered at


@dataclass(frozen=True, slots=True)
class PacketRow:
    """A segment, or an ICMP error that quotes one: `sender` is then who sent what is quoted."""

    number: int
    at: int  # ns
    flow: int | None
    sender: PacketEnd
    receiver: PacketEnd
    flags: str  # as tcpdump writes them
    seq: int
    ack: int | None
    window: int  # as in the header
    length: int
    header: bytes  # TCP's, as far as it was captured
    verdict: str
    doubtful: int | None  # a SYN on a living connection: that flow's number
    entered: tuple[Change, ...]
    taken_back: tuple[Change, ...]
    icmp: int | None  # type << 8 | code

    @property
    def options(self) -> tuple[str, ...]:
        """TCP's options as tcpdump writes them, numbers absolute."""
        return tuple(tcpdump.options(self.header))


def row_of(step: Step) -> PacketRow:
    """What a step shows; nothing in it changes when the next one is taken."""
    segment, flow = step.segment, step.flow
    side = segment.side if flow is not None else 0
    other = side if flow is not None and flow.direction == BY_SELF_CONNECT else 1 - side
    a, b = (flow.a, flow.b) if flow is not None else (NO_FLOW, NO_FLOW)
    quoted = bool(segment.marks & QUOTED)
    return PacketRow(
        segment.number,
        segment.time,
        None if flow is None else step.number,
        packet_end(address(segment.src), segment.sport, b if side else a, step.before[side]),
        packet_end(address(segment.dst), segment.dport, b if other else a, step.before[other]),
        "" if quoted else flags_text(segment.flags),
        segment.seq,
        segment.ack if segment.flags & ACK and not quoted else None,
        segment.window,
        segment.length,
        step.header,
        "" if quoted else VERDICTS[segment.verdict],
        flow.previous if flow is not None and flow.marks & TENTATIVE else None,
        tuple(change(row, side) for row in step.entered),
        tuple(change(row, side) for row in step.taken_back),
        segment.icmp if quoted else None,
    )


def packet_end(ip: Address, port: int, endpoint: Endpoint, before: Stand) -> PacketEnd:
    """One end after a segment, compared with where it stood before."""
    changed = endpoint.state != before.state or endpoint.log != before.log
    state, certainty = STATE_NAMES[endpoint.state], CERTAINTY_NAMES[endpoint.certainty]
    return PacketEnd(ip, port, state, certainty, endpoint.since or None, changed)


def change(row: Transition, side: int) -> Change:
    """A row of the log as sender's or receiver's. side: the sender's."""
    return Change(
        SENDER if row.side == side else RECEIVER,
        STATE_NAMES[row.old],
        STATE_NAMES[row.new],
        CERTAINTY_NAMES[row.certainty],
        CAUSES[row.cause],
        row.number,
    )


def sockets_of(row: PacketRow) -> tuple[Socket, Socket]:
    """Both ends as sockets, for filters that judge sockets."""
    ends = ((row.sender, row.receiver), (row.receiver, row.sender))
    sender, receiver = (
        Socket(own.state, own.address, own.port, peer.address, peer.port, None, None, own.certainty, own.since or 0)
        for own, peer in ends
    )
    return sender, receiver


# ---- text ------------------------------------------------------------------------------------------------------------


class Lines:
    """Steps to lines of text. They are asked for every step, in order, for relative numbers count from the first."""

    def __init__(self, stamp: Callable[[int], str], paint: Paint, *, numeric: bool, absolute: bool) -> None:
        self._stamp = stamp
        self._paint = paint
        self._numeric = numeric
        self._numbers = Numbers(absolute=absolute)

    def seen(self, step: Step) -> None:
        """A step that is not printed."""
        self._numbers.bases(step.segment)

    def line(self, step: Step, row: PacketRow) -> str:
        """The line of a step, without line end."""
        time = self._stamp(row.at)
        states = f"[{state_text(row.sender, self._paint)} > {state_text(row.receiver, self._paint)}]"
        if row.icmp is not None:
            text = quoted_text(step.segment, numeric=self._numeric)
        else:
            text = described(step.segment, step.header, self._numbers, numeric=self._numeric)
        line = f"{row.number:>5} {time}{' ' if time else ''}{clean(text)}"
        if row.flow is not None:
            line += f" {states}"
        note = verdict_text(step.segment, row)
        return f"{line} {self._paint(note, 'stuck')}" if note else line


def state_text(end: PacketEnd, paint: Paint) -> str:
    """`CLOSE_WAIT*`: * for a state that this segment changed, ? for one that nothing proves, - for none known."""
    if end.state == "UNKNOWN":
        return "-*" if end.changed else "-"
    doubt = "?" if end.certainty == "unknown" else ""
    return paint(end.state, style_of_state(end.state)) + doubt + ("*" if end.changed else "")


def verdict_text(segment: Segment, row: PacketRow) -> str:
    """What the receiver did with it, unless it simply took it; or what it disproves, where the verdict rests on just that."""
    if row.icmp is not None:
        return ""
    if row.taken_back:
        return "; ".join(f"takes back the {change.end}'s {change.new} (#{change.packet})" for change in row.taken_back)
    if row.doubtful is not None:
        return f"doubtful: flow {row.doubtful} has these ports"
    return untaken(segment)


def untaken(segment: Segment) -> str:
    """What became of a segment that its receiver did not simply take; empty for one that it did."""
    if segment.verdict == ACCEPT:
        return ""
    name = VERDICTS[segment.verdict]
    return name if name in NOT_IGNORED else f"ignored: {name}"


def quoted_text(segment: Segment, *, numeric: bool) -> str:
    """`ICMP admin prohibited (3/13) for IP 10.0.0.1.40000 > 10.0.0.2.80: seq 4711`."""
    ends = tcpdump.ends_text(segment, numeric=numeric)
    return f"{icmp_text(segment.icmp, 6 if ends.startswith('IP6') else 4)} for {ends}: seq {segment.seq}"


def stamps(style: int, first: Callable[[], int]) -> Callable[[int], str]:
    """tcpdump's -t to -ttttt, by how many t: the clock, none, epoch, since the line before, with the date, since the first.

    first: asked for the time of the capture's first packet, ns.
    """
    before: list[int] = []

    def since_before(at: int) -> str:
        text = tcpdump.apart(at - (before[0] if before else at))
        before[:] = [at]
        return text

    def since_first(at: int) -> str:
        return tcpdump.apart(at - first())

    def nothing(_: int) -> str:
        return ""

    return (clock, nothing, tcpdump.epoch, since_before, tcpdump.date_and_clock, since_first)[style]
