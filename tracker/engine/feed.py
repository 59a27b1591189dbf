"""Captures -> batches of segments in order of time."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tracker.capture.pcap import next_pcap
from tracker.capture.records import FULL, Frame, Reader
from tracker.capture.source import Capture
from tracker.decode.frame import frame_to_segment, place_holder
from tracker.tcp.segment import Segment

ROOM: Final = 256  # segments a batch


def batches(captures: Sequence[Capture], room: int = ROOM) -> Iterator[tuple[list[Segment], int, int]]:
    """Yield (segments, start, stop): runs to step in order.  The segments are reused once the next run is asked for."""
    for capture in captures:
        for segments, count in batches_of(capture, [Segment() for _ in range(room)], 0):
            yield segments, 0, count


def batches_of(capture: Capture, segments: list[Segment], every: int) -> Iterator[tuple[list[Segment], int]]:
    """One capture's batches in file order: (segments, how many of them hold)."""
    frame = Frame()
    while True:
        reader, interfaces = capture.reader, capture.interfaces
        count = fill(capture.buffer, capture.size, reader, interfaces, frame, segments, len(segments), every)
        if count:
            yield segments, count
        if capture.reader.code != FULL and not capture.advance():
            return


def fill(b: Any, size: int, reader: Reader, interfaces: Any, frame: Frame, segments: Any, room: int, every: int) -> int:
    """Walk and decode until `room` segments are full or the walker stops (`reader.code`); returns how many are.

    every: 1 to make a place holder of each frame without TCP.
    """
    count = 0
    while count < room:
        if not next_pcap(b, size, reader, frame):
            return count
        number_frame(reader, frame)
        if frame_to_segment(b, frame, segments[count]):
            count += 1
        elif every:
            place_holder(frame, segments[count])
            count += 1
    reader.code = FULL
    return count


def number_frame(reader: Reader, frame: Frame) -> None:
    """Count the frame and keep the clock."""
    time = frame.time
    number = reader.number + 1
    reader.number = number
    frame.number = number
    if number == 1:
        reader.first = time
    if time < reader.time:
        reader.backwards += 1
    elif time > reader.last:
        reader.last = time
    reader.time = time
