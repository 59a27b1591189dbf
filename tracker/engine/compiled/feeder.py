"""Captures -> batches of segment rows: the walk and the decoders, compiled."""

from mmap import mmap
from typing import Any, Final

import numpy as np

from tracker.capture.records import FULL
from tracker.capture.source import Capture
from tracker.engine.compiled.dtypes import FRAME, INTERFACE, READER, SEGMENT
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.feed import Stream
from tracker.record import values_of

WINDOW: Final = 32 << 20  # bytes of a mapped file that may stay in memory behind the walker
PAGE: Final = 1 << 16  # a multiple of every page size in use
FIELDS: Final = tuple(READER.names or ())


class Feeder:
    """Fills batches from one capture. The capture's reader and interfaces are kept up to date."""

    def __init__(self, capture: Capture, kernels: Kernels, keys: Any) -> None:
        self._capture = capture
        self._fill = kernels.fill
        self._keys = keys  # a STORE, of which only the keys are read: segments get their hashes here
        self._reader = np.zeros(1, READER)
        self._frame = np.zeros(1, FRAME)
        self._interfaces = np.zeros(4, INTERFACE)
        self._known = 0  # how many of the section's interfaces have a row
        self._list: Any = None  # the section's interfaces
        self._buffer: Any = None
        self._array = np.frombuffer(b"", np.uint8)
        self._size = self._at = self._dropped = 0
        self._changed = True  # the capture has moved on without these rows
        capture.before_count = self.count_packets

    def refill(self, segments: Any, every: int) -> int:
        """Fill the batch with what the capture has next, without waiting for more than the first of it; 0: it has ended."""
        capture, rows = self._capture, self._reader
        while True:
            if self._changed:
                self._take()
            count: int = self._fill(
                self._array, self._size, rows, self._at, self._frame, segments, len(segments), every, self._keys
            )
            code = int(rows[0]["code"])
            if code == FULL:
                capture.reader.number = int(rows[0]["number"])  # the rest is not asked for before the walker stops
                self._drop(int(rows[0]["offset"]))
                return count
            self._give_back()
            if count:
                return count
            self._changed = True
            if not capture.advance():
                self.close()
                return 0

    def close(self) -> None:
        """Let go of the capture's bytes."""
        self._give_back()
        self.count_packets()
        self._array, self._buffer, self._changed = np.frombuffer(b"", np.uint8), None, True

    def _give_back(self) -> None:
        """Bring the capture's reader and interfaces up to date."""
        if not self._changed:
            for name, value in zip(FIELDS, self._reader[0].item(), strict=True):
                setattr(self._capture.reader, name, value)

    def _take(self) -> None:
        """Start from where the capture's reader stands."""
        capture = self._capture
        self._changed = False
        self._reader[0] = values_of(capture.reader)
        if capture.buffer is not self._buffer:
            self._buffer = capture.buffer
            self._array = np.frombuffer(self._buffer, np.uint8)
            self._dropped = 0
        self._size = capture.size
        if capture.interfaces is not self._list or len(capture.interfaces) != self._known:
            self._take_interfaces()
        self._at = self._interfaces.ctypes.data

    def count_packets(self) -> None:
        """Write the interfaces' packet counts back."""
        if self._list is not None:
            for interface, packets in zip(
                self._list, self._interfaces["packets"][: self._known].tolist(), strict=False
            ):
                interface.packets = packets

    def _take_interfaces(self) -> None:
        listed = self._capture.interfaces
        if listed is not self._list:
            self._list, self._known = listed, 0
        if len(listed) > len(self._interfaces):
            more = np.zeros(2 * len(listed), INTERFACE)
            more[: self._known] = self._interfaces[: self._known]
            self._interfaces = more
        for number in range(self._known, len(listed)):
            self._interfaces[number] = values_of(listed[number])
        self._known = len(listed)

    def _drop(self, offset: int) -> None:
        """Tell the system that a mapped file's pages behind the walker are not needed: they count as this process's memory."""
        if isinstance(self._buffer, mmap) and offset - self._dropped > WINDOW and hasattr(self._buffer, "madvise"):
            from mmap import MADV_DONTNEED  # noqa: PLC0415 - not on every system

            upto = offset // PAGE * PAGE
            self._buffer.madvise(MADV_DONTNEED, self._dropped, upto - self._dropped)
            self._dropped = upto


class RowStream(Stream):
    """One of several captures, as rows."""

    def __init__(self, capture: Capture, kernels: Kernels, keys: Any, room: int) -> None:
        super().__init__(capture, room)
        self.segments = np.zeros(1, SEGMENT)
        self._kernels = kernels
        self._feeder = Feeder(capture, kernels, keys)

    def next_batch(self) -> bool:
        """Refill an emptied batch; False: the capture has ended."""
        if self.count and len(self.segments) < self._room:
            self.segments = np.zeros(self._room, SEGMENT)
        self.at = 0
        self.count = self._feeder.refill(self.segments, 1)
        return self.count > 0

    def next_time(self) -> int:
        """The time of the next segment to step, ns."""
        return int(self.segments[self.at]["time"])

    def pass_until(self, until: int, number: int) -> None:
        """Number the segments that are not later than `until` and go on to the first that is."""
        self.at = self._kernels.run(self.segments, self.at, self.count, until, number)
