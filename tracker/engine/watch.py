"""Replay one segment at a time, and see what each one did: for views that print while a capture is still being read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tracker.capture.records import FULL
from tracker.capture.source import Capture
from tracker.decode.header import header_of
from tracker.engine.feed import Stream, fill, merged
from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.engine.trace import Asked, Point, Points, Trace
from tracker.tcp.endpoint import Endpoint, Flow, Transition
from tracker.tcp.segment import NOT_TCP, Segment
from tracker.tcp.trouble import trouble_of


class Stand(NamedTuple):
    """Where one end stood: its state and certainty (numbers of tcp.states), and its last row of the log + 1."""

    state: int
    certainty: int
    log: int


NOTHING: Final = Stand(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """A segment that was replayed, and what it did. It holds until the next one is asked for: segments are reused.

    flow: None for an ICMP error that quotes no known connection. before: where its ends a and b stood. header: the TCP
    header's bytes. entered: rows of the log that the segment wrote; proven: rows before it that it made surer; taken_back:
    rows that it disproved. retransmitted: how many segments its sender has sent again so far. late: it lies behind the moment
    that was asked for.
    """

    segment: Segment
    header: bytes
    flow: Flow | None
    before: tuple[Stand, Stand]
    entered: tuple[Transition, ...]
    proven: tuple[Transition, ...]
    taken_back: tuple[Transition, ...]
    retransmitted: int
    late: bool = False

    @property
    def number(self) -> int:
        """The flow's number, -1: none."""
        return self.segment.flow - 1


class Held(Segment):
    """A segment with the bytes of its TCP header."""

    __slots__ = ("header",)
    header: bytes


class Tapped(Stream):
    """A capture, frame by frame. `idle` is called before more is read, which may have to be waited for."""

    def __init__(self, capture: Capture, idle: Callable[[], None]) -> None:
        super().__init__(capture, 1)
        self._held = Held()
        self.segments = [self._held]
        self._idle = idle

    def next_batch(self) -> bool:
        """Read the next frame; False: the capture has ended."""
        capture, self.at = self._capture, 0
        while True:
            self.count = fill(
                capture.buffer, capture.size, capture.reader, capture.interfaces, self._frame, self.segments, 1, 1
            )
            if self.count:
                self._held.header = header_of(capture.buffer, self._frame, self._held)
                return True
            if capture.reader.code != FULL:
                self._idle()
                if not capture.advance():
                    return False


def _nothing() -> None:
    pass


def watch(
    trace: Trace, points: Points | None = None, *, beyond: bool = True, idle: Callable[[], None] = _nothing
) -> Iterator[Step]:
    """Replay the trace's captures, yielding every TCP segment and every ICMP error that quotes one.

    points: moments to keep in the trace, as engine.trace.run does; steps behind the first one are marked `late`, or with
    `beyond` False not taken at all. Memory grows with flows, not with packets. An interrupt (Ctrl-C) ends it early, and the
    trace says so.
    """
    asked = Asked(trace, points) if points is not None and beyond else None
    last: Point | None = None
    known = points is None  # whether `last` is known: it may need the time of the first packet
    late = False
    try:
        for segments, start, stop in merged([Tapped(capture, idle) for capture in trace.captures]):
            if not known:
                last, known = next(iter(points(trace.first)), None) if points else None, True
            if last is not None and not late and is_after(segments[start], last):
                if not beyond:
                    return
                late = True
            if not segments[start].marks & NOT_TCP:
                yield one_step(segments, start, trace.engine.store, asked, late=late)
            elif asked is not None:
                asked.replay(segments, start, stop)
    except KeyboardInterrupt:
        trace.interrupted = True
    if asked is not None:
        asked.finish()


def is_after(segment: Segment, point: Point) -> bool:
    """Whether the segment lies behind the point."""
    return segment.number > point.packet if point.packet else segment.time > point.at


def one_step(segments: Any, i: int, store: Store, asked: Asked | None = None, *, late: bool = False) -> Step:
    """Replay segments[i], comparing the store before and after."""
    segment: Segment = segments[i]
    stood = standing(segment, store)
    rows = store.transition_count()
    if asked is None:
        replay(segments, i, i + 1, store)
    else:
        asked.replay(segments, i, i + 1)
    number = segment.flow - 1
    flow = store.flows[number] if number >= 0 else None
    before = stood.get(number, (NOTHING, NOTHING))
    return Step(
        segment,
        getattr(segment, "header", b""),
        flow,
        before,
        tuple(row for row in store.transitions[rows:] if not row.undone),
        tuple(proven_of(flow, before, store)) if flow is not None else (),
        tuple(row for stand in before for row in undone_by(segment.number, stand.log, store)),
        trouble_of(store, flow.b if segment.side else flow.a).retransmitted if flow is not None else 0,
        late,
    )


def standing(segment: Segment, store: Store) -> dict[int, tuple[Stand, Stand]]:
    """Where the ends of the flow stand that the segment may belong to: the tuple's last life, or the one before it."""
    place = store.look_up(segment)
    if place < 0:
        return {}
    number = place >> 1
    flow = store.flows[number]
    lives = {number: flow} if flow.previous < 0 else {number: flow, flow.previous: store.flows[flow.previous]}
    return {number: (stand(flow.a), stand(flow.b)) for number, flow in lives.items()}


def stand(endpoint: Endpoint) -> Stand:
    """Where an end stands."""
    return Stand(endpoint.state, endpoint.certainty, endpoint.log)


def proven_of(flow: Flow, before: tuple[Stand, Stand], store: Store) -> Iterator[Transition]:
    """The rows that ends were in before and are still in, only surer."""
    for stood, endpoint in zip(before, (flow.a, flow.b), strict=True):
        if stood.log and endpoint.log == stood.log and endpoint.certainty > stood.certainty:
            yield store.transitions[stood.log - 1]


def undone_by(packet: int, log: int, store: Store) -> Iterator[Transition]:
    """The rows, from an end's last one backwards, that a packet has taken back."""
    while log and store.transitions[log - 1].undone == packet:
        yield store.transitions[log - 1]
        log = store.transitions[log - 1].previous
