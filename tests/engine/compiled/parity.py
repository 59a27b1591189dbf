"""One input through both engines, and all that they can be asked, as plain values to compare."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from unittest import mock

from tracker.capture.source import Capture
from tracker.engine.compiled import machine
from tracker.engine.compiled.machine import Compiled
from tracker.engine.feed import batches
from tracker.engine.interpreted import Interpreted
from tracker.engine.trace import Moment, Point, Trace, run
from tracker.record import of_values
from tracker.tcp.segment import NOT_TCP, QUOTED, Segment
from tracker.tcp.step import MOST_TRANSITIONS
from tracker.tcp.trouble import MOST_TROUBLES

Captures = Callable[[], Sequence[Capture]]  # opens the same input again
Points = Callable[[int], Iterable[Point]]

FAR = 16  # slots: how far from its home an entry of an index with secret keys may be found; the load is 3/4 at most


def silent(text: str) -> None:
    """For `say`: the tests' first compile is nobody's news."""


def content(row: Any) -> Any:
    """A record, and those in it, as lists of ints."""
    if isinstance(row, list | tuple):
        return [content(one) for one in row]
    fields = getattr(type(row), "FIELDS", None)
    return row if fields is None else [content(getattr(row, name)) for name in fields]


def stepped(segment: Any) -> list[Any]:
    """What holds of a segment once it was replayed."""
    if segment.marks & NOT_TCP:
        return [segment.number, segment.time, "no TCP"]
    left_out = {"hash"}
    if segment.marks & QUOTED:
        left_out |= {"verdict", "ttl", "ident"} | (set() if segment.flow else {"side"})
    return [content(getattr(segment, name)) for name in Segment.FIELDS if name not in left_out]  # type: ignore[attr-defined]


class WatchedInterpreted(Interpreted):
    """Writes down what was stepped."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.seen: list[list[Any]] = []
        self._room = room

    def batches(self, captures: Sequence[Capture], *, every: bool) -> Any:
        return batches(captures, self._room, every=every)

    def step(self, segments: Any, start: int, stop: int) -> None:
        super().step(segments, start, stop)
        self.seen += [stepped(segments[i]) for i in range(start, stop)]


class WatchedCompiled(Compiled):
    """The same; and after each run the kernels must have kept to what was reserved for it."""

    def __init__(self) -> None:
        super().__init__(silent)
        self.seen: list[list[Any]] = []

    def step(self, segments: Any, start: int, stop: int) -> None:
        before, count = self.counts(), stop - start
        super().step(segments, start, stop)
        after = self.counts()
        for had, has, most in zip(before, after, (1, MOST_TRANSITIONS, MOST_TROUBLES), strict=True):
            assert had <= has <= had + most * count
        self.seen += [
            stepped(of_values(Segment, [one.tolist() if hasattr(one, "tolist") else one for one in segments[i].item()]))
            for i in range(start, stop)
        ]

    def counts(self) -> tuple[int, int, int]:
        return len(self.rows.flows), len(self.rows.transitions), len(self.rows.troubles)


@dataclass
class Told:
    """Everything that a replay can be asked."""

    clock: list[Any]
    captures: list[Any]
    later: dict[int, int]
    transitions: list[Any]
    troubles: list[Any]
    flows: list[Any]
    moments: list[Any]
    logs: list[Any]
    seen: list[Any] = field(repr=False)


def stood(moment: Moment) -> list[Any]:
    ends = [[content(moment.trouble(flow.a)), content(moment.trouble(flow.b))] for flow in moment.flows]
    return [moment.at, moment.packets, [content(flow) for flow in moment.flows], ends]


def told(trace: Trace, engine: Any) -> Told:
    clock, store = trace.clock, trace.store
    ends = [(number, side) for number in range(len(store.flows)) for side in (0, 1)]
    return Told(
        [
            clock.frames,
            clock.first,
            clock.last,
            clock.backwards,
            clock.not_understood,
            trace.interrupted,
            trace.evicted,
        ],
        [
            [
                content(capture.reader),
                capture.base,
                dict(capture.links),
                str(capture.damage),
                [content(one) for one in capture.interfaces],
            ]
            for capture in trace.captures
        ],
        dict(store.later),
        [content(row) for row in store.transitions],
        [content(row) for row in store.troubles],
        [content(row) for row in store.flows],
        [stood(moment) for moment in chain(trace.moments(), [trace.end()])],
        [[content(row) for row in store.log_of(*end)] for end in ends],
        engine.seen,
    )


def compare(one: Told, other: Told) -> None:
    """With the first difference only: all of them would be a book."""
    for name in Told.__dataclass_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine == theirs:
            continue
        if isinstance(mine, list):
            assert len(mine) == len(theirs), f"{name}: {len(mine)} interpreted, {len(theirs)} compiled"
            for i, (a, b) in enumerate(zip(mine, theirs, strict=True)):
                assert a == b, f"{name}[{i}]: {a} interpreted, {b} compiled"
        raise AssertionError(f"{name}: {mine} interpreted, {theirs} compiled")


def both(
    captures: Captures,
    points: Points | None = None,
    *,
    room: int = 8192,
    threaded: int = 1 << 24,
    most_flows: int = 0,
) -> Told:
    """Replay with either engine, and demand that they tell the same; returns it.

    room: segments a batch. threaded: bytes of a file from which it is decoded on a thread. most_flows: see trace.run.
    """
    engine = WatchedInterpreted(min(room, 256))
    expected = told(run(captures(), points, engine=engine, most_flows=most_flows), engine)
    with mock.patch.object(machine, "ROOM", room), mock.patch.object(machine, "THREADED", threaded):
        rows = WatchedCompiled()
        found = told(run(captures(), points, engine=rows, most_flows=most_flows), rows)
    compare(expected, found)
    in_place(rows.rows)
    return expected


def in_place(rows: Any) -> None:
    """Every flow that its tuple leads to stands in the index, near its home."""
    index = rows._index
    filled = index.nonzero()[0].astype("i8")
    home = (index[filled] >> 32).astype("i8") * len(index) >> 32
    numbers = (index[filled] & 0xFFFFFFFF).astype("i8") - 1
    assert len(set(numbers.tolist())) == len(numbers)
    assert len(filled) * 4 <= len(index) * 3
    away = (filled - home) % len(index)
    assert not len(away) or int(away.max()) <= FAR * max(1, len(index).bit_length())
