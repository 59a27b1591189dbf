"""One connection as a ladder: its packets in their order, what each did to both ends, and why.

A `Ladders` is told the steps of engine.watch. Long stretches of packets that change nothing are counted, not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tracker.engine.watch import Stand, Step
from tracker.tcp.endpoint import BY_SELF_CONNECT, ISS_KNOWN, SEQ_KNOWN, Endpoint, Flow, Transition
from tracker.tcp.evidence import covers_fin
from tracker.tcp.segment import ACK, CWR, ECE, FIN, PSH, QUOTED, RST, SYN, URG, Segment
from tracker.tcp.sequence import add, distance
from tracker.views.account import A, B
from tracker.views.icmp import icmp_text
from tracker.views.packets import untaken
from tracker.views.reasons import Reason, entered, taken_back
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES

PLAIN: Final = ACK | PSH | ECE | CWR
FEW: Final = 5  # plain packets in a row that are still shown one by one
SOME: Final = 6  # the same of equal packets that are not plain: a repeated SYN, an ignored RST


@dataclass(slots=True)
class Entry:
    """A state that an end entered: the log's row, how sure it was then, why; what proved it or took it back later."""

    row: Transition
    certainty: str
    reason: Reason
    proven_by: int = 0  # packet, 0: none
    why_back: Reason | None = None

    @property
    def side(self) -> int:
        """0: a, 1: b."""
        return self.row.side

    @property
    def old(self) -> str:
        """The state before, in netstat's spelling."""
        return STATE_NAMES[self.row.old]

    @property
    def new(self) -> str:
        """The state entered."""
        return STATE_NAMES[self.row.new]


@dataclass(slots=True)
class Rung:
    """A packet, or a run of packets that change nothing (`until` is the last one's number).

    states: of a and b behind it, with a question mark where nothing proves them. verdict: what the receiver did with it,
    empty where it took it. bytes: payload by sender.
    """

    number: int
    at: int  # ns
    side: int
    text: str
    states: tuple[str, str]
    changed: tuple[bool, bool]
    verdict: str = ""
    icmp: bool = False
    entered: tuple[Entry, ...] = ()
    taken_back: tuple[Entry, ...] = ()
    until: int = 0
    last: int = 0  # ns, of a run's last packet
    packets: list[int] = field(default_factory=lambda: [0, 0])
    bytes: list[int] = field(default_factory=lambda: [0, 0])
    again: int = 0  # repeated packets among them
    acknowledged: bool = True  # all that both have sent

    @property
    def count(self) -> int:
        """How many packets."""
        return sum(self.packets)


@dataclass(slots=True)
class Facts:
    """Packet numbers (0: none seen) of what an end has sent, and what became of it."""

    first: int = 0
    last: int = 0
    syn: int = 0
    syn_ack: int = 0
    fin: int = 0
    fins: int = 0
    rst: int = 0
    acked: int = 0  # the packet of the other end that first acknowledged its FIN
    acked_at: int = 0  # ns


class Ladder:
    """One connection's packets up to the moment shown."""

    def __init__(self, number: int, *, everything: bool = False) -> None:
        self.number = number
        self.rungs: list[Rung] = []
        self.facts = (Facts(), Facts())
        self._everything = everything
        self._entries: dict[int, Entry] = {}  # by the row's identity
        self._key: tuple[int, ...] = ()
        self._same = 0  # how many rungs at the end are of one key
        self._run: Rung | None = None
        self._bases: list[int | None] = [None, None]
        self._again = [0, 0]

    def add(self, step: Step) -> None:
        """A packet of the connection."""
        segment, flow = step.segment, step.flow
        assert flow is not None
        side = segment.side
        _, peer = ends_of(flow, side)
        again = step.retransmitted != self._again[side]
        self._again[side] = step.retransmitted
        self.proofs(step)
        rung = self._rung(step, flow, again=again)
        if not segment.marks & QUOTED and rung.verdict != "captured twice":
            self._note(segment, peer)
        self._append(rung, key_of(step, rung, again=again))

    def proofs(self, step: Step) -> None:
        """Note which of the states entered before a step proves, or disproves."""
        segment = step.segment
        for row in step.taken_back:
            entry = self._entries.get(id(row))
            if entry is not None:
                entry.why_back = taken_back(row, segment)
        for row in step.proven:
            entry = self._entries.get(id(row))
            if entry is not None:
                entry.proven_by = segment.number

    def _rung(self, step: Step, flow: Flow, *, again: bool) -> Rung:
        segment = step.segment
        refuses = segment.flags & ACK != 0
        for row in step.entered:
            reason = entered(row, segment, refuses=refuses)
            self._entries[id(row)] = Entry(row, CERTAINTY_NAMES[row.certainty], reason)
        ends = (flow.a, flow.a if flow.direction == BY_SELF_CONNECT else flow.b)
        quoted = bool(segment.marks & QUOTED)
        text = icmp_text(segment.icmp, 4 if segment.src[2] == 0xFFFF else 6) if quoted else self._text(segment, flow)
        return Rung(
            segment.number,
            segment.time,
            segment.side,
            f"{text}, again" if again else text,
            (state_text(ends[A]), state_text(ends[B])),
            (moved(ends[A], step.before[A]), moved(ends[B], step.before[B])),
            verdict_of(step),
            quoted,
            tuple(self._entries[id(row)] for row in step.entered),
            tuple(self._entries[id(row)] for row in step.taken_back if id(row) in self._entries),
        )

    def _text(self, segment: Segment, flow: Flow) -> str:
        """What a segment says: `SYN`, `data 1:301, ACK 1`, `FIN 301, ACK 1`; numbers count from the SYN where it is known."""
        side, flags = segment.side, segment.flags
        own, peer = ends_of(flow, side)
        seq = distance(segment.seq, self._base(side, own, segment.seq))
        parts = [name for bit, name in ((SYN, "SYN"), (URG, "URG")) if flags & bit]
        if flags & RST:
            parts.append(f"RST {seq}" if own.marks & SEQ_KNOWN else "RST")
        if segment.length:
            parts.append(f"data {seq}:{seq + segment.length}")
        if flags & FIN:
            parts.append(f"FIN {seq + segment.length}")
        if flags & ACK:
            ack = distance(segment.ack, self._base(1 - side, peer, add(segment.ack, -1)))
            parts.append("ACK" if flags & SYN else f"ACK {ack}")
        return ", ".join(parts) or "no flags"

    def _base(self, side: int, endpoint: Endpoint, seq: int) -> int:
        if endpoint.marks & ISS_KNOWN:
            return endpoint.iss
        base = self._bases[side]
        if base is None:
            base = self._bases[side] = seq
        return base

    def _note(self, segment: Segment, peer: Endpoint) -> None:
        facts, other = self.facts[segment.side], self.facts[1 - segment.side]
        number, flags = segment.number, segment.flags
        facts.first = facts.first or number
        facts.last = number
        if flags & RST:
            facts.rst = facts.rst or number
        elif flags & SYN:
            if flags & ACK:
                facts.syn_ack = facts.syn_ack or number
            else:
                facts.syn = facts.syn or number
        elif flags & FIN:
            facts.fin = facts.fin or number
            facts.fins += 1
        if not other.acked and covers_fin(segment, peer):
            other.acked, other.acked_at = number, segment.time

    def _append(self, rung: Rung, key: tuple[int, ...]) -> None:
        rung.until, rung.last = rung.number, rung.at
        if self._everything or not key or key != self._key:
            self.rungs.append(rung)
            self._key, self._same, self._run = key, 1, None
            return
        if self._run is None:
            self.rungs.append(rung)
            self._same += 1
            if self._same > (FEW if key == (0,) else SOME):
                first, *rest = self.rungs[-self._same :]
                for one in rest:
                    join(first, one)
                del self.rungs[1 - self._same :]
                self._run = first
        else:
            join(self._run, rung)


def join(run: Rung, rung: Rung) -> None:
    """Let a rung be one of a run."""
    run.until, run.last, run.states = rung.number, rung.at, rung.states
    for side in (A, B):
        run.packets[side] += rung.packets[side]
        run.bytes[side] += rung.bytes[side]
    run.again += rung.again
    run.acknowledged = rung.acknowledged


def key_of(step: Step, rung: Rung, *, again: bool) -> tuple[int, ...]:
    """What makes packets in a row equal enough to be counted only: (0,) for plain ones; empty for one that stands alone."""
    segment, flow = step.segment, step.flow
    assert flow is not None
    rung.packets[segment.side] = int(not rung.icmp)
    rung.bytes[segment.side] = 0 if rung.icmp else segment.length
    rung.again = int(again)
    rung.acknowledged = all(end.snd_una == end.snd_nxt for end in (flow.a, flow.b))
    if step.entered or step.taken_back or rung.icmp:
        return ()
    if not segment.flags & ~PLAIN and not rung.verdict:
        return (0,)
    return (1, segment.side, segment.flags, segment.verdict, int(again))


def verdict_of(step: Step) -> str:
    """What the receiver did with a segment, empty where it took it, or where the verdict rests on what it disproves."""
    return "" if step.segment.marks & QUOTED or step.taken_back else untaken(step.segment)


def state_text(endpoint: Endpoint) -> str:
    """`CLOSE_WAIT`, `ESTABLISHED?` where nothing proves it, `-` where nothing is known."""
    if not endpoint.state:
        return "-"
    return STATE_NAMES[endpoint.state] + ("" if endpoint.certainty else "?")


def moved(endpoint: Endpoint, before: Stand) -> bool:
    """Whether a segment changed an end's state."""
    return endpoint.state != before.state or endpoint.log != before.log


def ends_of(flow: Flow, side: int) -> tuple[Endpoint, Endpoint]:
    """(its own endpoint, the other one) of a side."""
    if flow.direction == BY_SELF_CONNECT:
        return flow.a, flow.a
    return (flow.b, flow.a) if side else (flow.a, flow.b)


class Ladders:
    """The ladders of the connections that are wanted. wanted: asked once a connection, with its number."""

    def __init__(self, wanted: Callable[[int, Flow], bool], *, everything: bool = False) -> None:
        self._wanted = wanted
        self._everything = everything
        self._ladders: dict[int, Ladder | None] = {}

    @property
    def found(self) -> dict[int, Ladder]:
        """By the connection's number."""
        return {number: ladder for number, ladder in self._ladders.items() if ladder is not None}

    def add(self, step: Step) -> None:
        """A step of the capture. Of one behind the moment shown only what it says of earlier ones counts."""
        number, flow = step.number, step.flow
        if flow is None:
            return
        if number not in self._ladders and not step.late:
            self._ladders[number] = Ladder(number, everything=self._everything) if self._wanted(number, flow) else None
        ladder = self._ladders.get(number)
        if ladder is not None and step.late:
            ladder.proofs(step)
        elif ladder is not None:
            ladder.add(step)
