"""The interpreted engine: slots objects in lists, flows found in a dict."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from tracker.capture.source import Capture
from tracker.engine.evict import CLASSES, eviction_class, last_heard
from tracker.engine.feed import batches
from tracker.engine.replay import replay
from tracker.engine.store import begin
from tracker.record import copied
from tracker.tcp.endpoint import TENTATIVE, Flow, Transition, Trouble
from tracker.tcp.segment import Segment

Key = tuple[int, ...]
Ends = tuple[list[Transition], list[Transition]]  # of a and of b
_EMPTY: Final[Ends] = ([], [])


class Store:
    """Flows and transitions of one replay. `flows[i]` is flow number i; `transitions` is the log in the order of learning.


    `troubles[i]` is Trouble number i; number 0 is that of all ends that have none.
    """

    def __init__(self) -> None:
        self.flows: list[Flow] = []
        self.transitions: list[Transition] = []
        self.troubles: list[Trouble] = [Trouble()]
        self.places: dict[Key, int] = {}

    def new_transition(self) -> Transition:
        """Append a row to the log."""
        row = Transition()
        self.transitions.append(row)
        return row

    def transition_count(self) -> int:
        """How many rows the log has."""
        return len(self.transitions)

    def new_trouble(self) -> int:
        """Append a row to the troubles."""
        self.troubles.append(Trouble())
        return len(self.troubles) - 1

    def look_up(self, segment: Segment) -> int:
        """See engine.store."""
        return self.places.get((segment.sport, segment.dport, *segment.src, *segment.dst), -1)

    def find(self, segment: Segment) -> int:
        """See engine.store."""
        place = self.places.get((segment.sport, segment.dport, *segment.src, *segment.dst))
        return self._add(segment, -1, 0) if place is None else place

    def next_life(self, place: int, segment: Segment) -> int:
        """See engine.store."""
        before = self.flows[place >> 1]
        return self._add(segment, place >> 1, min(before.incarnation + 1, 0xFFFF)) >> 1

    def cleared(self, number: int) -> Flow:
        """See engine.store."""
        flow = self.flows[number] = Flow()
        return flow

    def _add(self, segment: Segment, previous: int, incarnation: int) -> int:
        number = len(self.flows)
        flow = Flow()
        begin(flow, segment, previous, incarnation)
        self.flows.append(flow)
        swapped = flow.swapped
        self.places[(segment.dport, segment.sport, *segment.dst, *segment.src)] = number << 1 | (1 - swapped)
        self.places[(segment.sport, segment.dport, *segment.src, *segment.dst)] = number << 1 | swapped
        return number << 1 | swapped

    def keep(self, numbers: Sequence[int]) -> None:
        """Forget all flows but these, which are numbered anew in their order, and what belongs to them."""
        flow_of = {old: new for new, old in enumerate(numbers)}
        rows = [row for row, transition in enumerate(self.transitions) if transition.flow in flow_of]
        row_of = {old + 1: new + 1 for new, old in enumerate(rows)} | {0: 0}
        self.flows = [self.flows[number] for number in numbers]
        self.transitions = [self.transitions[row] for row in rows]
        troubles = [self.troubles[0]]
        for flow in self.flows:
            flow.previous = flow_of.get(flow.previous, -1)
            for end in (flow.a, flow.b):
                end.log = row_of[end.log]
                if end.trouble:
                    troubles.append(self.troubles[end.trouble])
                    end.trouble = len(troubles) - 1
        for transition in self.transitions:
            transition.flow = flow_of[transition.flow]
            transition.previous = row_of[transition.previous]
        self.troubles = troubles
        self.places = {
            key: flow_of[place >> 1] << 1 | place & 1 for key, place in self.places.items() if place >> 1 in flow_of
        }

    def log_of(self, number: int, side: int) -> Sequence[Transition]:
        """The rows of an end's transitions in the order of learning; once the replay is over."""
        return self._logs.get(number, _EMPTY)[side]

    @cached_property
    def _logs(self) -> dict[int, Ends]:
        logs: dict[int, Ends] = {}
        for row in self.transitions:
            ends = logs.get(row.flow)
            if ends is None:
                ends = logs[row.flow] = ([], [])
            ends[row.side].append(row)
        return logs

    @cached_property
    def later(self) -> Mapping[int, int]:
        """A flow's number -> that of the tuple's next life which is no tentative one; once the replay is over."""
        return {
            flow.previous: number
            for number, flow in enumerate(self.flows)
            if flow.previous >= 0 and not flow.marks & TENTATIVE
        }


class Interpreted:
    """Steps batches of Segment objects."""

    name = "interpreted"

    def __init__(self) -> None:
        self.store = Store()

    def batches(self, captures: Sequence[Capture], *, every: bool) -> Iterator[tuple[Any, int, int]]:
        """See feed.batches."""
        return batches(captures, every=every)

    def step(self, segments: Any, start: int, stop: int) -> None:
        """Replay segments[start:stop]."""
        replay(segments, start, stop, self.store)

    def count(self) -> int:
        """How many flows there are."""
        return len(self.store.flows)

    def evict(self, surplus: int) -> Counter[str]:
        """Let go of so many flows, in the order of engine.evict; returns how many of each class."""
        flows = self.store.flows
        superseded = {flow.previous for flow in flows}
        needed = {
            flow.previous for flow in flows if flow.marks
        }  # it may still speak, and is found through the young one
        needed |= {number for number, flow in enumerate(flows) if flow.marks and number not in superseded}
        ranked = sorted(
            (eviction_class(flow, int(number in superseded)), last_heard(flow), number)
            for number, flow in enumerate(flows)
            if number not in needed
        )[:surplus]
        gone = {number for _, _, number in ranked}
        self.store.keep([number for number in range(len(flows)) if number not in gone])
        return Counter(CLASSES[kind] for kind, _, _ in ranked)

    def rest(self) -> Iterator[tuple[Any, int, int]]:
        """After an interrupt: the runs that were decoded already."""
        return iter(())

    def first_after(self, segments: Any, start: int, stop: int, packet: int, at: int) -> int:
        """The index of the first segment behind a packet or, with packet 0, a time (ns); `stop`: there is none."""
        for i in range(start, stop):
            if (segments[i].number > packet) if packet else (segments[i].time > at):
                return i
        return stop

    def stamp(self, segments: Any, i: int) -> tuple[int, int]:
        """Time (ns) and packet number of segments[i]."""
        return segments[i].time, segments[i].number

    def touched(self) -> "Touched":
        """Whom segments have touched."""
        return Touched(self.store)

    def kept(self, numbers: Iterable[int]) -> Any:
        """A copy of some flows, and of their troubles, as they stand."""
        flows = {number: copied(self.store.flows[number]) for number in sorted(numbers)}
        troubles = {end.trouble for flow in flows.values() for end in (flow.a, flow.b)} - {0}
        return flows, {number: copied(self.store.troubles[number]) for number in troubles}

    def laid_over(self, before: Any, kept: Any) -> tuple[Sequence[Flow], Mapping[int, Trouble]]:
        """The flows of a moment and their troubles: those of the moment before (None: there was none) with the copies since.

        Changes `before`.
        """
        flows, troubles = before if before is not None else ([], {0: Trouble()})  # 0: of all ends that have none
        for number, flow in kept[0].items():
            if number < len(flows):
                flows[number] = flow
            else:
                flows.append(flow)
        troubles.update(kept[1])
        return flows, troubles


class Touched:
    """The numbers of the flows that were touched since the last `take`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers: set[int] = set()
        self._young: set[int] = set()  # a segment of the life before may change what is held of a young one

    def add(self, segments: Any, start: int, stop: int) -> None:
        """segments[start:stop] have been stepped."""
        self._numbers.update(segments[i].flow - 1 for i in range(start, stop) if segments[i].flow)

    def take(self) -> Iterable[int]:
        """The numbers, which are forgotten."""
        taken = self._numbers | self._young
        self._young = {number for number in taken if self._store.flows[number].marks}
        self._numbers = set()
        return taken
