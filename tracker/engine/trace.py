"""A finished replay: flows, the transition log, and the moments that were asked for."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tracker.capture.source import Capture
from tracker.engine.feed import Clock, batches
from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.record import copied
from tracker.tcp.endpoint import Flow
from tracker.tcp.segment import Segment


class Point(NamedTuple):
    """A moment of the capture: up to this time (ns, inclusive) or, with a packet number, up to this packet (inclusive)."""

    at: int
    packet: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """The flows as they stood at a point. `flows[i]` is flow number i, `packets` how many packets had passed.

    by_packet: the packet number bounds it, not the time.
    """

    at: int
    packets: int
    flows: Sequence[Flow]
    by_packet: bool = False

    def holds(self, at: int, number: int) -> bool:
        """Whether something that took effect at `at` (ns), by packet `number`, had happened."""
        return number <= self.packets if self.by_packet else at <= self.at


def _no_points(_first: int) -> tuple[Point, ...]:
    return ()


Points = Callable[[int], Iterable[Point]]  # ns of the first packet -> points in order
Progress = Callable[[int], None]  # packets so far


class Trace:
    """What a replay leaves: the store's flows and transitions, the capture's clock, and the flows at the asked points."""

    def __init__(self, captures: Sequence[Capture]) -> None:
        self.captures = captures
        self.clock = Clock(captures)
        self.store = Store()
        self.interrupted = False
        self._changes: list[tuple[Moment, dict[int, Flow]]] = []
        self._signs: list[tuple[int, ...]] = []  # of each flow at the last point: what changes with any change of it

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
        return Moment(self.last, self.packets, self.store.flows)

    def moments(self) -> Iterator[Moment]:
        """The asked points, in order. A moment's flows hold until the next one is taken."""
        flows: list[Flow] = []
        for moment, changed in self._changes:
            for number, flow in changed.items():
                if number < len(flows):
                    flows[number] = flow
                else:
                    flows.append(flow)
            yield replace(moment, flows=flows)

    def keep(self, point: Point, clock: int, packets: int) -> None:
        """Remember the flows that have changed since the point before. clock: ns of the last segment before it."""
        changed: dict[int, Flow] = {}
        signs = self._signs
        for number, flow in enumerate(self.store.flows):
            a, b = flow.a, flow.b
            sign = (flow.first, a.packets + b.packets, a.log, b.log, flow.error, flow.marks)
            if number == len(signs):
                signs.append(sign)
            elif signs[number] == sign:
                continue
            else:
                signs[number] = sign
            changed[number] = copied(flow)
        at = clock if point.packet else point.at
        self._changes.append((Moment(at, point.packet or packets, (), bool(point.packet)), changed))


def run(captures: Sequence[Capture], points: Points | None = None, progress: Progress | None = None) -> Trace:
    """Replay captures to their ends, keeping the flows at each point on the way.

    An interrupt (Ctrl-C) ends the replay early; the trace then holds what was read and says so.
    """
    trace = Trace(captures)
    store = trace.store
    points = points or _no_points
    collecting = gc.isenabled()
    gc.disable()  # a replay makes many objects and no cycles: looking for some costs a tenth of the time
    asked: Iterator[Point] | None = None
    point: Point | None = None
    clock = 0
    try:
        for segments, start, stop in batches(captures):
            if asked is None:
                asked = iter(points(trace.first))
                point = next(asked, None)
            at = start
            while point is not None and (cut := _first_after(segments, at, stop, point)) < stop:
                replay(segments, at, cut, store)
                if cut > start:
                    clock = max(clock, segments[cut - 1].time)
                trace.keep(point, clock, segments[cut].number - 1)
                at, point = cut, next(asked, None)
            replay(segments, at, stop, store)
            clock = max(clock, segments[stop - 1].time)
            if progress is not None:
                progress(segments[stop - 1].number)
    except KeyboardInterrupt:
        trace.interrupted = True
    finally:
        if collecting:
            gc.enable()
    if asked is None:
        asked = iter(points(trace.first))
        point = next(asked, None)
    while point is not None:  # behind the last segment
        trace.keep(point, trace.last, trace.packets)
        point = None if point.at >= trace.last or point.packet else next(asked, None)
    return trace


def _first_after(segments: Sequence[Segment], start: int, stop: int, point: Point) -> int:
    """The index of the first segment behind the point."""
    for i in range(start, stop):
        if (segments[i].number > point.packet) if point.packet else (segments[i].time > point.at):
            return i
    return stop
