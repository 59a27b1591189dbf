"""A one-line language for TCP conversations, played through the real loop.

    play("C>S S; S>C SA; C>S A; C>S FA; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")

A segment is `FROM>TO FLAGS WORDS`; segments are parted by `;`. Hosts: C (client), S (server), D (the client's next port).
The players keep their own books, so sequence and acknowledgment numbers come out as a real host's would: SYN and FIN count
one, out-of-order bytes wait for the hole to fill, a first SYN begins at the host's ISS.

FLAGS    any of S A P F R U E W, then the payload's length: `S`, `SA`, `P100` (P brings A with it), `FA`, `RA`, `A10`, `-` none
WORDS    +61s +5ms +7us +1ns, -5ms   when, after the segment before (else 1 ms)
         seq=+500 seq=-1             besides the number that is due;  seq=#1 from the own ISS;  seq=7 the number itself
         seq=heard                   the last acknowledgment that it got, as a host without the connection resets
         ack=+1 ack=-1 ack=#1 ack=7  the same, # from the other side's ISS
         win=0                       as in the header
         ws=7 ts ts=-5 ts=99 mss=1460 sackok fo mptcp   options; ts stays on for the host that began with it
         ttl=63 id=9                 of the IP header
         new                         a SYN that begins another attempt, with another ISS
         again                       the sender's last segment (of these flags, if any are given) once more, with today's ACK
         dup                         the same to the letter
         crossing                    sent before the other side's last segment came
         dropped                     seen by the capture, but it never arrives
         unseen                      it arrives, but the capture has missed it
         gone                        both: nobody but the sender knows
         icmp=3/1                    not sent: an ICMP error of this type and code quotes the sender's last segment
"""

import re
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tracker.engine import replay as loop
from tracker.engine.interpreted import Store
from tracker.tcp import segment as bits
from tracker.tcp.acceptance import VERDICTS
from tracker.tcp.endpoint import TENTATIVE, Endpoint, Flow, Transition, Trouble
from tracker.tcp.segment import Segment
from tracker.tcp.sequence import MASK32, add, distance
from tracker.tcp.states import Certainty, State
from tracker.tcp.step import MOST_TRANSITIONS, observe
from tracker.tcp.trouble import MOST_TROUBLES, trouble_of

START = 1_700_000_000_000_000_000  # ns
MS = 1_000_000
UNITS = {"ns": 1, "us": 1000, "ms": MS, "s": 1000 * MS}
FLAGS = {
    "S": bits.SYN,
    "A": bits.ACK,
    "P": bits.PSH | bits.ACK,
    "F": bits.FIN,
    "R": bits.RST,
    "U": bits.URG,
    "E": bits.ECE,
    "W": bits.CWR,
    "-": 0,
}
PLACES = {
    "C": ([0, 0, 0xFFFF, 0x0A000001], 40000),
    "S": ([0, 0, 0xFFFF, 0x0A000002], 80),
    "D": ([0, 0, 0xFFFF, 0x0A000001], 40001),
}
TURNED = {"C": (PLACES["S"][0], 40000), "S": (PLACES["C"][0], 80), "D": (PLACES["S"][0], 40001)}
ISS = {"C": 1_000, "S": 50_000, "D": 90_000}
WRAPPING = {"C": 0xFFFFFFFF, "S": 0xFFFFFF9C, "D": 0xFFFFFFF0}

# The ways into each state; each builds on the one before. The client is the one who is named.
SYN_SENT = "C>S S"
SYN_RECV = SYN_SENT + "; S>C SA"
ESTABLISHED = SYN_RECV + "; C>S A"
SPOKEN = ESTABLISHED + "; C>S P100; S>C A; S>C P200; C>S A"  # both have proven that they are ESTABLISHED
FIN_WAIT1 = SPOKEN + "; C>S FA dropped"  # and the server still ESTABLISHED as far as it knows
FIN_WAIT2 = SPOKEN + "; C>S FA; S>C A"  # the server: CLOSE_WAIT
CLOSING = SPOKEN + "; C>S FA; S>C FA crossing"  # both
TIME_WAIT = FIN_WAIT2 + "; S>C FA"  # the server: LAST_ACK
CLOSED = TIME_WAIT + "; C>S A"  # the server


@dataclass
class Player:
    """One host's books about its side of a tuple."""

    iss: int
    nxt: int
    started: bool = False  # it has an ISS of its own
    got: int | None = None  # the next byte it expects
    before: int | None = None  # the same before the last segment came
    asked: int | None = None  # a SYN that came while it had a connection
    heard_ack: int = 0  # the last acknowledgment it got
    early: list[tuple[int, int]] = field(default_factory=list)
    sent: list[Segment] = field(default_factory=list)
    stamps: bool = False
    greeted: bool = False  # its SYN was answered
    ident: int = 0  # of its last packet (IPv4)

    def hears(self, segment: Segment, end: int) -> None:
        self.before = self.got
        if segment.flags & bits.ACK:
            self.heard_ack = segment.ack
        if segment.flags & bits.SYN:
            answer = segment.flags & bits.ACK and segment.ack == add(self.iss, 1) and not self.greeted
            self.greeted = self.greeted or bool(answer)
            if self.got is None or answer:
                self.got = end if segment.options & bits.HAS_FAST_OPEN else add(segment.seq, 1)
            elif self.got != add(segment.seq, 1):
                self.asked = add(segment.seq, 1)
            return
        if self.got is None:
            self.got = None if self.started else end
            return
        self.early.append((segment.seq, end))
        for seq, stop in sorted(self.early, key=lambda part: distance(part[0], self.got or 0)):
            if distance(seq, self.got) <= 0 < distance(stop, self.got):
                self.got = stop


class Stage:
    """Turns a script into the segments that the capture saw."""

    def __init__(self, places: dict[str, tuple[list[int], int]], iss: dict[str, int]) -> None:
        self.places = places
        self.iss = iss
        self.players: dict[tuple[str, str], Player] = {}
        self.segments: list[Segment] = []
        self.time = START

    def player(self, own: str, other: str) -> Player:
        if (own, other) not in self.players:
            self.players[own, other] = Player(self.iss[own], self.iss[own])
        return self.players[own, other]

    def play(self, script: str) -> None:
        for line in script.split(";"):
            if line.strip():
                self.line(line.split())

    def line(self, words: list[str]) -> None:
        source, arrow, target = words[0].partition(">")
        if not arrow or source not in self.places or target not in self.places:
            raise SyntaxError(f"no hosts in {' '.join(words)!r}")
        sender, receiver = self.player(source, target), self.player(target, source)
        flags, length, words = split_flags(words[1:])
        options = dict(parse(word) for word in words)
        self.time += options.pop("time", MS)
        segment = self.segment(source, target)
        if "again" in options or "dup" in options or "icmp" in options:
            self.repeat(segment, sender, receiver, flags, options)
            end = add(segment.seq, occupied(segment))
        else:
            self.first_time(segment, sender, receiver, flags or 0, length, options)
            end = add(segment.seq, occupied(segment))
            if distance(end, sender.nxt) > 0 and not segment.flags & bits.RST:
                sender.nxt = end
        if "dup" not in options:  # the same packet again has the same identification, a segment sent again another one
            sender.ident += 1
            segment.ident = sender.ident
        self.decorate(segment, sender, options)
        if segment.marks & bits.QUOTED:
            self.capture(segment)
            return
        sender.sent.append(segment)
        if "unseen" not in options and "gone" not in options:
            self.capture(segment)
        if "dropped" not in options and "gone" not in options:
            receiver.hears(segment, end)

    def capture(self, segment: Segment) -> None:
        self.segments.append(segment)
        segment.number = len(self.segments)

    def segment(self, source: str, target: str) -> Segment:
        made = Segment()
        made.time = self.time
        made.src, made.sport = list(self.places[source][0]), self.places[source][1]
        made.dst, made.dport = list(self.places[target][0]), self.places[target][1]
        made.ttl, made.window = 64, 64000
        return made

    def first_time(
        self, segment: Segment, sender: Player, receiver: Player, flags: int, length: int, options: dict[str, Any]
    ) -> None:
        if flags & bits.SYN:
            if "new" in options or (sender.asked is not None and flags & bits.ACK):
                sender.iss = sender.nxt = add(sender.nxt, options.get("new") or 1_000_000)
                sender.got, sender.asked, sender.early, sender.greeted = sender.asked, None, [], False
            elif sender.started and not (flags & bits.ACK and sender.nxt == add(sender.iss, 1)):
                raise SyntaxError("a second SYN is `new` or `again`")
            sender.started = True
        segment.flags = flags
        segment.length = length
        segment.seq = sender.iss if flags & bits.SYN else sender.nxt  # its SYN again in a simultaneous open
        if flags & bits.RST and not sender.started and sender.nxt == sender.iss:
            segment.seq = 0 if flags & bits.ACK else sender.heard_ack
        due = sender.before if "crossing" in options else sender.got
        if flags & bits.ACK:
            segment.ack = receiver.nxt if due is None else due
        if "seq" in options:
            due = sender.heard_ack if options["seq"] == "heard" else None
            segment.seq = number(options["seq"], segment.seq, sender.iss) if due is None else due
        if "ack" in options:
            segment.ack = number(options["ack"], segment.ack, receiver.iss)
        if flags & bits.SYN and "seq" in options:
            sender.iss = sender.nxt = segment.seq

    def repeat(
        self, segment: Segment, sender: Player, receiver: Player, flags: int | None, options: dict[str, Any]
    ) -> None:
        old = next(old for old in reversed(sender.sent) if flags is None or old.flags == flags)
        for name in ("seq", "ack", "flags", "length", "options", "window", "mss", "scale", "tsval", "ttl", "ident"):
            setattr(segment, name, getattr(old, name))
        if "again" in options and segment.flags & bits.ACK and not segment.flags & bits.SYN and sender.got is not None:
            segment.ack = sender.got
        if "seq" in options:
            segment.seq = number(options["seq"], segment.seq, sender.iss)
        if "ack" in options:
            segment.ack = number(options["ack"], segment.ack, receiver.iss)
        if "icmp" in options:
            segment.marks |= bits.QUOTED
            segment.icmp = options["icmp"]
            segment.flags = segment.length = segment.ack = 0

    def decorate(self, segment: Segment, sender: Player, options: dict[str, Any]) -> None:
        if "ts" in options and segment.flags & bits.SYN:
            sender.stamps = True
        if ("ts" in options or sender.stamps) and "dup" not in options and "icmp" not in options:
            clock = (self.time - START) // MS
            segment.options |= bits.HAS_TIMESTAMPS
            segment.tsval = number(options.get("ts") or "+0", add(clock, 10_000), 0)
        for name, has, attribute in (("ws", bits.HAS_SCALE, "scale"), ("mss", bits.HAS_MSS, "mss")):
            if name in options:
                segment.options |= has
                setattr(segment, attribute, options[name])
        for name, has in (("sackok", bits.HAS_SACK_PERMITTED), ("fo", bits.HAS_FAST_OPEN), ("mptcp", bits.HAS_MPTCP)):
            if name in options:
                segment.options |= has
        for name, attribute in (("win", "window"), ("ttl", "ttl"), ("id", "ident")):
            if name in options:
                setattr(segment, attribute, options[name])


def occupied(segment: Segment) -> int:
    """The sequence numbers that a segment uses up."""
    return segment.length + bool(segment.flags & bits.SYN) + bool(segment.flags & bits.FIN)


def split_flags(words: list[str]) -> tuple[int | None, int, list[str]]:
    """Flags and length off the front; None: no flags are given."""
    found = re.fullmatch(r"([SAPFRUEW]+|-)(\d*)", words[0]) if words else None
    if not found:
        return None, 0, words
    flags = 0
    for letter in found[1]:
        flags |= FLAGS[letter]
    return flags, int(found[2] or 0), words[1:]


def parse(word: str) -> tuple[str, Any]:
    """One word behind the flags: (its name, its value)."""
    when = re.fullmatch(r"([+-]\d+)(ns|us|ms|s)", word)
    if when:
        return "time", int(when[1]) * UNITS[when[2]]
    name, _, value = word.partition("=")
    if name in ("seq", "ack", "ts"):
        return name, value
    if name == "icmp":
        kind, _, code = value.partition("/")
        return name, int(kind) << 8 | int(code)
    if name in ("win", "ws", "mss", "ttl", "id", "new"):
        return name, int(value) if value else None
    if name in ("sackok", "fo", "mptcp", "again", "dup", "crossing", "dropped", "unseen", "gone") and not value:
        return name, True
    raise SyntaxError(f"{word!r} is no word of this language")


def number(text: str, due: int, iss: int) -> int:
    """A sequence number: +n and -n from what is due, #n from the ISS, or itself."""
    if text[0] in "+-":
        return add(due, int(text))
    if text[0] == "#":
        return add(iss, int(text[1:]))
    return int(text) & MASK32


class Played:
    """What the heart made of it. Names of hosts are the script's; `life` counts the lives of C and S that views show."""

    def __init__(self, script: str, places: dict[str, tuple[list[int], int]], iss: dict[str, int]) -> None:
        self.script = script
        stage = Stage(places, iss)
        stage.play(script)
        self.places = places
        self.segments = stage.segments
        self.store = Store()
        self.verdicts: dict[int, str] = {}
        with mock.patch.object(loop, "observe", self._observe):
            for i in range(len(self.segments)):
                had = len(self.store.transitions), len(self.store.troubles)
                loop.replay(self.segments, i, i + 1, self.store)
                assert len(self.store.transitions) - had[0] <= MOST_TRANSITIONS
                assert len(self.store.troubles) - had[1] <= MOST_TROUBLES

    def _observe(self, segment: Segment, *rest: Any) -> int:
        verdict = observe(segment, *rest)
        self.verdicts[segment.number] = VERDICTS[verdict]
        return verdict

    # What there is

    def lives(self, one: str = "C", other: str = "S") -> list[int]:
        """The flow numbers of a tuple's lives, without tentative ones."""
        return [i for i in self.all_lives(one, other) if not self.store.flows[i].marks & TENTATIVE]

    def all_lives(self, one: str = "C", other: str = "S") -> list[int]:
        return [i for i, flow in enumerate(self.store.flows) if self._side(flow, one, other) is not None]

    def _side(self, flow: Flow, one: str, other: str) -> int | None:
        a, b = (flow.src, flow.sport), (flow.dst, flow.dport)
        if (a, b) == (self.places[one], self.places[other]):
            return 0
        return 1 if (b, a) == (self.places[one], self.places[other]) else None

    def flow(self, life: int = -1) -> Flow:
        return self.store.flows[self.lives()[life]]

    def end(self, host: str, life: int = -1, other: str = "") -> Endpoint:
        """The endpoint of a host."""
        other = other or ("S" if host != "S" else "C")
        flow = self.store.flows[self.lives(host, other)[life]]
        return flow.a if self._side(flow, host, other) == 0 else flow.b

    def trouble(self, host: str, life: int = -1, other: str = "") -> Trouble:
        """What went wrong on the way of a host's segments."""
        return trouble_of(self.store, self.end(host, life, other))

    def rows(self, host: str, life: int = -1, other: str = "") -> list[Transition]:
        """Its transitions in the order of learning, undone ones included."""
        other = other or ("S" if host != "S" else "C")
        place = self.lives(host, other)[life]
        side = self._side(self.store.flows[place], host, other)
        return [row for row in self.store.transitions if row.flow == place and row.side == side]

    def states(self, host: str, life: int = -1) -> str:
        """What it went through by the best account."""
        rows = sorted((row for row in self.rows(host, life) if not row.undone), key=lambda row: row.at)
        return " ".join(State(row.new).name for row in rows)

    def account(self, host: str, life: int = -1) -> str:
        """The same with what was believed and taken back: ~STATE."""
        return " ".join("~" * bool(row.undone) + State(row.new).name for row in self.rows(host, life))

    def client(self, life: int = -1) -> str:
        """The host that the flow takes for the client."""
        flow = self.flow(life)
        return "C" if self._side(flow, "C", "S") == flow.client else "S"

    def everything(self) -> list[tuple[int, ...]]:
        """The whole log, in terms that do not depend on addresses, ports and numbers."""
        return [
            (
                row.flow,
                row.side,
                row.at,
                row.number,
                row.undone,
                row.previous,
                row.old,
                row.new,
                row.certainty,
                row.cause,
            )
            for row in self.store.transitions
        ]

    def __str__(self) -> str:
        lines = [self.script]
        for i, flow in enumerate(self.store.flows):
            lines.append(f"flow {i}, incarnation {flow.incarnation}, marks {flow.marks}")
            for row in self.store.transitions:
                if row.flow == i:
                    undone = f", undone by #{row.undone}" if row.undone else ""
                    host = next(
                        name
                        for name, place in self.places.items()
                        if place == ((flow.src, flow.sport), (flow.dst, flow.dport))[row.side]
                    )
                    certainty = Certainty(row.certainty).name
                    change = f"{State(row.old).name} > {State(row.new).name}"
                    lines.append(f"  #{row.number} {host} {change} ({certainty}{undone})")
        return "\n".join([*lines, f"verdicts {self.verdicts}"])

    # What must hold

    def is_(self, client: str, server: str, life: int = -1) -> "Played":
        """The states at the end."""
        found = State(self.end("C", life).state).name, State(self.end("S", life).state).name
        assert found == (client, server), str(self)
        return self

    def went(self, client: str, server: str, life: int = -1) -> "Played":
        """All that both went through by the best account, in time order."""
        assert (self.states("C", life), self.states("S", life)) == (client, server), str(self)
        return self

    def believed(self, client: str, server: str, life: int = -1) -> "Played":
        """All that was ever believed, in the order of learning: `SYN_SENT ~ESTABLISHED`."""
        assert (self.account("C", life), self.account("S", life)) == (client, server), str(self)
        return self

    def sure(self, client: str, server: str, life: int = -1) -> "Played":
        """The certainties at the end: unknown, assumed or seen."""
        found = tuple(Certainty(self.end(host, life).certainty).name.lower() for host in "CS")
        assert found == (client, server), str(self)
        return self

    def caused(self, host: str, state: str, packet: int, life: int = -1) -> "Played":
        """The packet that brought a host into a state, by the best account."""
        found = [row.number for row in self.rows(host, life) if not row.undone and State(row.new).name == state]
        assert found == [packet], str(self)
        return self

    def has(self, lives: int, hidden: int = 0) -> "Played":
        """How many lives of C and S views show, and how many tentative ones they hide."""
        assert (len(self.lives()), len(self.all_lives()) - len(self.lives())) == (lives, hidden), str(self)
        return self

    def verdict(self, verdict: str, packet: int = 0) -> "Played":
        """The receiver's verdict on a packet, the last one if none is named."""
        assert self.verdicts[packet or len(self.segments)] == verdict, str(self)
        return self


def play(script: str, iss: dict[str, int] | None = None) -> Played:
    """Play a script: as it is, with the hosts' addresses exchanged, and with sequence numbers about to wrap: always alike."""
    first = Played(script, PLACES, iss or ISS)
    for places, start in ((TURNED, iss or ISS), (PLACES, iss or WRAPPING)):
        other = Played(script, places, start)
        assert first.everything() == other.everything(), f"{first}\n{other}"
        assert first.verdicts == other.verdicts, f"{first}\n{other}"
    return first


def going_on(scene: str, script: str) -> Played:
    """A scene, and what follows."""
    return play(f"{scene}; {script}")
