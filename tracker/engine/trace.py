"""A finished replay: flows, the transition log, and the moments that were asked for."""

import gc
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import current_thread, main_thread
from typing import Any, NamedTuple, Protocol

from tracker.capture.source import Capture
from tracker.engine.evict import Bound
from tracker.engine.feed import Clock
from tracker.engine.interpreted import Interpreted
from tracker.tcp.endpoint import Endpoint, Flow, Transition, Trouble


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


class Storage(Protocol):
    """What an engine has stored. `flows[i]` is flow number i; `transitions` is the log in the order of learning.

    `troubles[i]` is Trouble number i; number 0 is that of all ends that have none.
    """

    @property
    def flows(self) -> Sequence[Flow]:
        """All flows."""

    @property
    def transitions(self) -> Sequence[Transition]:
        """The log."""

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What went wrong on the way of those ends that have a number."""

    @property
    def later(self) -> Mapping[int, int]:
        """A flow's number -> that of the tuple's next life which is no tentative one."""

    def log_of(self, number: int, side: int) -> Sequence[Transition]:
        """The rows of an end's transitions in the order of learning."""


class Touched(Protocol):
    """The flows that segments have touched."""

    def add(self, segments: Any, start: int, stop: int) -> None:
        """segments[start:stop] have been stepped."""

    def take(self) -> Any:
        """The numbers since the last call."""


class Engine(Protocol):
    """What runs the heart over batches of segments: interpreted.Interpreted or compiled.machine.Compiled, which tell more."""

    name: str  # as --engine has it

    @property
    def store(self) -> Any:
        """What it has stored, a Storage."""

    def batches(self, captures: Sequence[Capture], *, every: bool) -> Iterator[tuple[Any, int, int]]:
        """Runs of segments to step in order; with `every`, frames without TCP have a place, too."""

    def step(self, segments: Any, start: int, stop: int) -> None:
        """Replay a run."""

    def count(self) -> int:
        """How many flows there are."""

    def evict(self, surplus: int) -> Counter[str]:
        """Let go of so many flows; returns how many of each class."""

    def rest(self) -> Iterator[tuple[Any, int, int]]:
        """After an interrupt: the runs that were decoded already."""

    def first_after(self, segments: Any, start: int, stop: int, packet: int, at: int) -> int:
        """The index of the first segment behind a packet or, with packet 0, a time (ns)."""

    def stamp(self, segments: Any, i: int) -> tuple[int, int]:
        """Time (ns) and packet number of segments[i]."""

    def touched(self) -> Touched:
        """A new record of touched flows."""

    def kept(self, numbers: Any) -> Any:
        """A copy of some flows, and of their troubles, as they stand."""

    def laid_over(self, before: Any, kept: Any) -> tuple[Sequence[Flow], Sequence[Trouble] | Mapping[int, Trouble]]:
        """The flows, and troubles by number, of the moment before (None: there was none) with the copies since."""


class Trace:
    """What a replay leaves: the store's flows and transitions, the capture's clock, and the flows at the asked points."""

    def __init__(self, captures: Sequence[Capture], engine: Engine | None = None) -> None:
        self.captures = captures
        self.clock = Clock(captures)
        self.engine: Engine = engine if engine is not None else Interpreted()
        self.interrupted = False
        self.evicted: Counter[str] = Counter()  # flows that had to go, by class
        self._changes: list[tuple[Moment, Any]] = []

    @property
    def store(self) -> Storage:
        """What the engine has stored."""
        stored: Storage = self.engine.store
        return stored

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
        laid = None
        for moment, kept in self._changes:
            laid = self.engine.laid_over(laid, kept)
            yield replace(moment, flows=laid[0], troubles=laid[1])

    def keep(self, at: int, packets: int, touched: Any) -> None:
        """Remember the flows touched since the point before. at: the moment, ns, after so many packets."""
        self._changes.append((Moment(at, packets, (), ()), self.engine.kept(touched)))


def run(
    captures: Sequence[Capture],
    points: Points | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
    most_flows: int = 0,
) -> Trace:
    """Replay captures to their ends, keeping the flows at each point on the way. engine: the interpreted one without.

    most_flows: hold no more flows at a time (0: any number); there can be no points then, since flows get new numbers.
    An interrupt (Ctrl-C) ends the replay early; the trace then holds what was read and says so.
    """
    trace = Trace(captures, engine)
    collecting = gc.isenabled()
    gc.disable()  # a replay makes many objects and no cycles: looking for some costs a tenth of the time
    asked = Asked(trace, points) if points is not None else None
    bound = Bound(trace.engine, most_flows) if most_flows and asked is None else None
    step = asked.replay if asked is not None else bound.step if bound is not None else trace.engine.step
    whole = Whole(step)
    try:
        for segments, start, stop in trace.engine.batches(captures, every=asked is not None):
            whole.step(segments, start, stop)
            if progress is not None:
                progress(trace.packets)
    except KeyboardInterrupt:
        trace.interrupted = True
        for segments, start, stop in trace.engine.rest():
            step(segments, start, stop)
    finally:
        whole.done()
        if collecting:
            gc.enable()
    if asked is not None:
        asked.finish()
    if bound is not None:
        trace.evicted = bound.evicted
    return trace


class Whole:
    """Steps runs to their ends: an interrupt (Ctrl-C) meanwhile is raised behind the run, so that no packet is left out."""

    def __init__(self, step: Callable[[Any, int, int], None]) -> None:
        self._step = step
        self._stepping = self._interrupted = False
        ours = current_thread() is main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        self._before: Any = signal.signal(signal.SIGINT, self._interrupt) if ours else None

    def step(self, segments: Any, start: int, stop: int) -> None:
        """Step a run. Raises KeyboardInterrupt behind it."""
        self._stepping = True
        try:
            self._step(segments, start, stop)
        finally:
            self._stepping = False
        if self._interrupted:
            self._interrupted = False
            raise KeyboardInterrupt

    def done(self) -> None:
        """Leave interrupts to whom they belong."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _interrupt(self, *_: object) -> None:
        if not self._stepping:
            raise KeyboardInterrupt
        self._interrupted = True


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
        self._touched = trace.engine.touched()

    def cut(self, segments: Any, start: int, stop: int) -> int:
        """The index in segments[start:stop] of the first one behind the next point; stop: none is."""
        if self._rest is None:
            self._begin()
        point = self._point
        return stop if point is None else self._trace.engine.first_after(segments, start, stop, point.packet, point.at)

    def stepped(self, segments: Any, start: int, stop: int) -> None:
        """segments[start:stop] have been replayed."""
        if start < stop:
            self._touched.add(segments, start, stop)
            self._clock, self._packets = self._trace.engine.stamp(segments, stop - 1)

    def keep(self) -> None:
        """The next point is here: keep it."""
        point = self._point
        if point is not None and self._rest is not None:
            self._trace.keep(self._clock if point.packet else point.at, self._packets, self._touched.take())
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
        self._trace.engine.step(segments, start, stop)
        self.stepped(segments, start, stop)
