"""Rows that grow without being copied: a mapping, whose pages Linux moves (mremap) instead of their bytes.

Beyond a budget they lie in a file: what is not touched for long then costs disk and no memory.
"""

import mmap
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from weakref import finalize

import numpy as np

HUGE: Final = 1 << 21  # bytes; a huge page
NONE: Final = -1  # no file
WINDOW: Final = 64 << 20  # bytes of a file's rows that stay mapped in memory behind those written last
# (A shared mapping without a file cannot grow beyond its first size. Windows has private ones only.)
PRIVATE: Final[dict[str, int]] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if sys.platform != "win32" else {}


class Growing:
    """Rows of one type. `rows` is a view made anew by each growth: keep no other view of them while they grow.

    budget: bytes that may lie in memory, 0: any number. `spilled` tells whether there is a file; it has no name and goes
    with the process.
    """

    def __init__(self, dtype: Any, budget: int = 0) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._budget = budget
        self._file = NONE
        self._close: Callable[[], object] = no_file
        self._released = 0
        self._memory = mmap.mmap(-1, HUGE, **PRIVATE)
        self._resized(HUGE)

    @property
    def address(self) -> int:
        """Of the first row."""
        return int(self.rows.ctypes.data)

    @property
    def spilled(self) -> bool:
        """Whether the rows lie in a file."""
        return self._file != NONE

    def reserve(self, rows: int) -> None:
        """Have room for so many rows. What is new is zero."""
        wanted = rows * self.dtype.itemsize
        if wanted > self.size:
            self._grow(-(-max(wanted, self.size * 3 // 2) // HUGE) * HUGE)

    def written(self, rows: int) -> None:
        """So many rows are in use: of a file, those before the last ones need not stay in memory."""
        end = rows * self.dtype.itemsize - WINDOW
        if self._file != NONE and end - self._released > WINDOW and hasattr(mmap, "MADV_DONTNEED"):
            end -= end % HUGE
            self._memory.madvise(mmap.MADV_DONTNEED, self._released, end - self._released)
            self._released = end

    def _grow(self, size: int) -> None:
        self.rows = np.empty(0, self.dtype)  # a mapping with a view on it cannot be moved
        if self._file != NONE and not more_room(self._file, self.size, size):
            self._move(mmap.mmap(-1, size, **PRIVATE))
            self._close()
            self._file, self._budget = NONE, 0  # the disk is full: memory it is
        elif self._file == NONE and self._budget and size > self._budget and sys.platform == "linux":
            self._file = room_on_disk(size)
            if self._file != NONE:
                self._close = finalize(self, os.close, self._file)
                self._move(mmap.mmap(self._file, size))
            else:
                self._budget = 0
                self._memory.resize(size)
        elif sys.platform == "linux":
            self._memory.resize(size)
        else:
            self._move(mmap.mmap(-1, size, **PRIVATE))
        self._resized(size)

    def _move(self, memory: mmap.mmap) -> None:
        old, self._memory = self._memory, memory
        for start in range(0, self.size, WINDOW):  # in pieces, for a slice is a copy of its own
            stop = min(start + WINDOW, self.size)
            memory[start:stop] = old[start:stop]
            if hasattr(mmap, "MADV_DONTNEED"):
                old.madvise(mmap.MADV_DONTNEED, start, stop - start)
        old.close()

    def _resized(self, size: int) -> None:
        self.size = size
        if hasattr(mmap, "MADV_HUGEPAGE") and self._file == NONE:
            self._memory.madvise(mmap.MADV_HUGEPAGE)
        self.rows = np.frombuffer(self._memory, self.dtype, count=size // self.dtype.itemsize)


def no_file() -> None:
    """Close nothing."""


def room_on_disk(size: int) -> int:
    """The descriptor of a file of zeros without a name, or NONE where there is no room: a write would end the process then."""
    try:
        with tempfile.TemporaryFile(prefix="tracker-", dir=folder()) as file:
            descriptor = os.dup(file.fileno())
    except OSError:
        return NONE
    if more_room(descriptor, 0, size):
        return descriptor
    os.close(descriptor)
    return NONE


def more_room(descriptor: int, old: int, new: int) -> bool:
    """Make the file longer; False: there is no room."""
    try:
        os.posix_fallocate(descriptor, old, new - old)
    except OSError:
        return False
    return True


def folder() -> str:
    """TMPDIR, or /var/tmp, which unlike /tmp is never in memory."""
    if "TMPDIR" in os.environ or not Path("/var/tmp").is_dir():  # noqa: S108 - the file has no name there
        return tempfile.gettempdir()
    return "/var/tmp"  # noqa: S108 - the same


def quarter_of_memory() -> int:
    """Bytes: a quarter of what the machine has, or of what Linux's cgroup allows."""
    try:
        most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2 << 30
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        most = min(most, int(limit))
    except (OSError, ValueError):  # there is none, or it is "max"
        pass
    return most // 4
