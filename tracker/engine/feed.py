"""Captures -> batches of segments in the order of time."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tracker.capture.records import FULL, Frame, Reader
from tracker.capture.source import Capture
from tracker.capture.walk import next_frame
from tracker.decode.frame import frame_to_segment, place_holder
from tracker.decode.link import UNDERSTOOD
from tracker.tcp.segment import Segment

ROOM: Final = 256  # segments a batch
NEVER: Final = (1 << 63) - 1  # ns


class Clock:
    """What all frames of the captures say together, those without TCP included; a batch ahead of what was stepped."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        self._captures = list(captures)

    def _readers(self) -> list[Reader]:
        return [capture.reader for capture in self._captures if capture.reader.number]

    @property
    def frames(self) -> int:
        """Frames read so far."""
        return sum(reader.number for reader in self._readers())

    @property
    def first(self) -> int | None:
        """The time of the first frame, ns."""
        return min((reader.first for reader in self._readers()), default=None)

    @property
    def last(self) -> int | None:
        """The latest time of any frame, ns."""
        return max((reader.last for reader in self._readers()), default=None)

    @property
    def backwards(self) -> int:
        """How many frames are stamped before the frame in front of them in their file."""
        return sum(reader.backwards for reader in self._readers())

    @property
    def not_understood(self) -> Counter[int]:
        """Frames of link types that no decoder knows."""
        links: Counter[int] = Counter()
        for capture in self._captures:
            links.update({link: count for link, count in capture.links.items() if link not in UNDERSTOOD and count})
        return links


class Stream:
    """One of several captures: its batch and how far that was stepped."""

    def __init__(self, capture: Capture, room: int) -> None:
        self.segments: Any = [
            Segment()
        ]  # a full batch is made when it is this one's turn: there may be a thousand files
        self.at = 0
        self.count = 0
        self._room = room
        self._capture = capture
        self._frame = Frame()

    def next_batch(self) -> bool:
        """Refill an emptied batch; False: the capture has ended."""
        if self.count and len(self.segments) < self._room:
            self.segments += [Segment() for _ in range(self._room - 1)]
        self.at = 0
        self.count = refill(self._capture, self._frame, self.segments, 1)
        return self.count > 0

    def next_time(self) -> int:
        """The time of the next segment to step, ns."""
        time: int = self.segments[self.at].time
        return time

    def pass_until(self, until: int, number: int) -> None:
        """Number the segments that are not later than `until` and go on to the first that is."""
        self.at = run(self.segments, self.at, self.count, until, number)


def batches(
    captures: Sequence[Capture], room: int = ROOM, *, every: bool = False
) -> Iterator[tuple[list[Segment], int, int]]:
    """Yield (segments, start, stop): runs to step in order.  The segments are reused once the next run is asked for.

    Of several captures, or with `every`, each frame gets a place, those without TCP marked NOT_TCP, and numbers count
    through all.
    """
    if len(captures) != 1:
        yield from merged([Stream(capture, room) for capture in captures])
        return
    segments, frame = [Segment() for _ in range(room)], Frame()
    while count := refill(captures[0], frame, segments, int(every)):
        yield segments, 0, count


def merged(streams: Sequence[Stream]) -> Iterator[tuple[Any, int, int]]:
    """Always the stream whose next frame is the earliest, as far as the others' next frames allow.

    A file's own order is kept: a frame stamped before the one in front of it is simply due.
    """
    number = 1
    heads = [(stream.next_time(), i) for i, stream in enumerate(streams) if stream.next_batch()]
    heapq.heapify(heads)
    while heads:
        _, i = heads[0]
        stream = streams[i]
        until = limit(heads, i)
        while stream.at < stream.count or stream.next_batch():
            start = stream.at
            stream.pass_until(until, number)
            number += stream.at - start
            if stream.at > start:
                yield stream.segments, start, stream.at
            if stream.at < stream.count:
                heapq.heapreplace(heads, (stream.next_time(), i))
                break
        else:
            stream.segments = []
            heapq.heappop(heads)


def limit(heads: list[tuple[int, int]], i: int) -> int:
    """The latest time that stream i, the heap's first, may step to; of equal times the earlier file's goes first."""
    second = min(heads[1:3], default=(NEVER, i))
    return second[0] if i < second[1] else second[0] - 1


def run(segments: Any, start: int, stop: int, until: int, number: int) -> int:
    """Number the segments from start on that are not later than `until`; returns where the next run starts."""
    for i in range(start, stop):
        segment = segments[i]
        if segment.time > until:
            return i
        segment.number = number + i - start
    return stop


def refill(capture: Capture, frame: Frame, segments: list[Segment], every: int) -> int:
    """Fill the batch with what the capture has next, without waiting for more than the first of it; 0: it has ended."""
    while True:
        reader, interfaces = capture.reader, capture.interfaces
        count = fill(capture.buffer, capture.size, reader, interfaces, frame, segments, len(segments), every)
        if count:
            return count  # a slow stream's packets are stepped before the next ones are waited for
        if reader.code != FULL and not capture.advance():
            return 0


def fill(b: Any, size: int, reader: Reader, interfaces: Any, frame: Frame, segments: Any, room: int, every: int) -> int:
    """Walk and decode until `room` segments are full or the walker stops (`reader.code`); returns how many are.

    every: 1 to make a place holder of each frame without TCP.
    """
    count = 0
    while count < room:
        if not next_frame(b, size, reader, interfaces, frame):
            return count
        if frame_to_segment(b, frame, segments[count]):
            count += 1
        elif every:
            place_holder(frame, segments[count])
            count += 1
    reader.code = FULL
    return count
