"""A finished replay: flows, the transition log, and the moments that were asked for."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tracker.capture.source import Capture
from tracker.engine.feed import Clock, batches
from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.record import copied
from tracker.tcp.endpoint import Endpoint, Flow, Trouble
from tracker.tcp.segment import Segment


class Point(NamedTuple):
    """A moment of the capture: up to this time (ns, inclusive) or, with a packet number, up to this packet (inclusive)."""

    at: int
    packet: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """The flows as they stood after the first `packets` packets. `flows[i]` is flow number i; `at` is the moment's time, ns.

    A moment that was asked for by its time ends before the first packet that is stamped later. `troubles` are its ends' by
    their numbers.
    """

    at: int
    packets: int
    flows: Sequence[Flow]
    troubles: Sequence[Trouble] | Mapping[int, Trouble]

    def holds(self, number: int) -> bool:
        """Whether what packet `number` did had happened."""
        return number <= self.packets

    def trouble(self, endpoint: Endpoint) -> Trouble:
        """What has gone wrong on the way of an end's segments; `endpoint` is of one of the moment's flows."""
        return self.troubles[endpoint.trouble]


Points = Callable[[int], Iterable[Point]]  # ns of the first packet -> points in order
Progress = Callable[[int], None]  # packets so far


class Trace:
    """What a replay leaves: the store's flows and transitions, the capture's clock, and the flows at the asked points."""

    def __init__(self, captures: Sequence[Capture]) -> None:
        self.captures = captures
        self.clock = Clock(captures)
        self.store = Store()
        self.interrupted = False
        self._changes: list[tuple[Moment, dict[int, Flow], dict[int, Trouble]]] = []

    @property
    def packets(self) -> int:
        """Frames read, of any kind."""
        return self.clock.frames

    @property
    def first(self) -> int:
        """Time of the first frame, ns; 0 for an empty capture."""
        return self.clock.first or 0

    @property
    def last(self) -> int:
        """The latest time of any frame, ns."""
        return self.clock.last or 0

    def end(self) -> Moment:
        """The last moment of the capture."""
        return Moment(self.last, self.packets, self.store.flows, self.store.troubles)

    def moments(self) -> Iterator[Moment]:
        """The asked points, in order. A moment's flows hold until the next one is taken."""
        flows: list[Flow] = []
        troubles = {0: Trouble()}  # of all ends that have none
        for moment, changed, theirs in self._changes:
            for number, flow in changed.items():
                if number < len(flows):
                    flows[number] = flow
                else:
                    flows.append(flow)
            troubles.update(theirs)
            yield replace(moment, flows=flows, troubles=troubles)

    def keep(self, at: int, packets: int, touched: set[int]) -> None:
        """Remember the flows touched since the point before. at: the moment, ns, after so many packets."""
        changed = {number: copied(self.store.flows[number]) for number in sorted(touched)}
        numbers = {end.trouble for flow in changed.values() for end in (flow.a, flow.b)} - {0}
        theirs = {number: copied(self.store.troubles[number]) for number in numbers}
        self._changes.append((Moment(at, packets, (), ()), changed, theirs))
        touched.clear()


def run(captures: Sequence[Capture], points: Points | None = None, progress: Progress | None = None) -> Trace:
    """Replay captures to their ends, keeping the flows at each point on the way.

    An interrupt (Ctrl-C) ends the replay early; the trace then holds what was read and says so.
    """
    trace = Trace(captures)
    collecting = gc.isenabled()
    gc.disable()  # a replay makes many objects and no cycles: looking for some costs a tenth of the time
    asked = Asked(trace, points) if points is not None else None
    try:
        for segments, start, stop in batches(captures, every=asked is not None):
            if asked is None:
                replay(segments, start, stop, trace.store)
            else:
                asked.replay(segments, start, stop)
            if progress is not None:
                progress(segments[stop - 1].number)
    except KeyboardInterrupt:
        trace.interrupted = True
    finally:
        if collecting:
            gc.enable()
    if asked is not None:
        asked.finish()
    return trace


class Asked:
    """The points that were asked for, kept as the replay passes them.

    It is fed every frame, those without TCP included: a point may fall on one, and its time is then the moment's.
    """

    def __init__(self, trace: Trace, points: Points) -> None:
        self._trace = trace
        self._points = points
        self._rest: Iterator[Point] | None = None
        self._point: Point | None = None
        self._clock = self._packets = 0
        self._touched: set[int] = set()
        self._young: set[int] = set()  # a segment of the life before may change what is held of a young one

    def cut(self, segments: Any, start: int, stop: int) -> int:
        """The index in segments[start:stop] of the first one behind the next point; stop: none is."""
        if self._rest is None:
            self._begin()
        return stop if self._point is None else _first_after(segments, start, stop, self._point)

    def stepped(self, segments: Any, start: int, stop: int) -> None:
        """segments[start:stop] have been replayed."""
        if start < stop:
            self._touched.update(segments[i].flow - 1 for i in range(start, stop) if segments[i].flow)
            self._clock, self._packets = segments[stop - 1].time, segments[stop - 1].number

    def keep(self) -> None:
        """The next point is here: keep it."""
        point = self._point
        if point is not None and self._rest is not None:
            flows = self._trace.store.flows
            self._touched |= self._young
            self._young = {number for number in self._touched if flows[number].marks}
            self._trace.keep(self._clock if point.packet else point.at, self._packets, self._touched)
            self._point = next(self._rest, None)

    def replay(self, segments: Any, start: int, stop: int) -> None:
        """Replay a run, stopping at each point in it."""
        while (cut := self.cut(segments, start, stop)) < stop:
            self._replay(segments, start, cut)
            self.keep()
            start = cut
        self._replay(segments, start, stop)

    def finish(self) -> None:
        """Keep the points behind the last packet: the first one by time, and all by number."""
        if self._rest is None:
            self._begin()
        while self._point is not None:
            behind = self._point.packet == 0 and self._point.at >= self._trace.last
            self.keep()
            if behind:
                return

    def _begin(self) -> None:
        self._rest = iter(self._points(self._trace.first))
        self._clock = self._trace.first
        self._point = next(self._rest, None)

    def _replay(self, segments: Any, start: int, stop: int) -> None:
        replay(segments, start, stop, self._trace.store)
        self.stepped(segments, start, stop)


def _first_after(segments: Sequence[Segment], start: int, stop: int, point: Point) -> int:
    """The index of the first segment behind the point."""
    for i in range(start, stop):
        if (segments[i].number > point.packet) if point.packet else (segments[i].time > point.at):
            return i
    return stop
