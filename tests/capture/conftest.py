from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.capture.records import Frame
from tracker.capture.source import Capture, open_capture
from tracker.capture.walk import next_frame

Seen = tuple[int, int, bytes, int, int]  # number, time, bytes, wire, link
Walk = Callable[[Capture], list[Seen]]
Opened = Callable[[bytes], Capture]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Write bytes to a file and open it as a capture."""

    def write_and_open(content: bytes) -> Capture:
        path = tmp_path / "sample"
        path.write_bytes(content)
        return open_capture(path)

    return write_and_open


@pytest.fixture
def walk() -> Walk:
    """Every frame of a capture."""

    def frames(capture: Capture) -> list[Seen]:
        frame, seen = Frame(), []
        while True:
            while next_frame(capture.buffer, capture.size, capture.reader, capture.interfaces, frame):
                data = bytes(capture.buffer[frame.start : frame.stop])
                seen.append((frame.number, frame.time, data, frame.wire, frame.link))
            if not capture.advance():
                return seen

    return frames
