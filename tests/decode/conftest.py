from collections.abc import Callable

import pytest

from tracker.capture.records import Frame
from tracker.decode.frame import frame_to_segment
from tracker.tcp.segment import Segment

Decode = Callable[..., Segment | None]


def decode_frame(data: bytes, link: int = 1, wire: int | None = None, segment: Segment | None = None) -> Segment | None:
    """The segment in one frame, decoded from a buffer that ends with it."""
    frame, segment = Frame(), segment or Segment()
    frame.time, frame.number, frame.link = 17, 4, link
    frame.stop = len(data)
    frame.wire = len(data) if wire is None else wire
    return segment if frame_to_segment(data, frame, segment) else None


@pytest.fixture
def decode() -> Decode:
    return decode_frame
