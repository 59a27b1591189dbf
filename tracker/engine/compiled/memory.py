"""Rows that grow without being copied: an anonymous mapping, whose pages Linux moves (mremap) instead of their bytes."""

import mmap
import sys
from typing import Any, Final

import numpy as np

HUGE: Final = 1 << 21  # bytes; a huge page
# (A shared mapping cannot grow beyond its first size. Windows has private ones only.)
PRIVATE: Final[dict[str, int]] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if sys.platform != "win32" else {}


class Growing:
    """Rows of one type. `rows` is a view made anew by each growth: keep no other view of them while they grow."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        self.size = 0
        self._memory = mmap.mmap(-1, HUGE, **PRIVATE)
        self._resized(HUGE)

    @property
    def address(self) -> int:
        """Of the first row."""
        return int(self.rows.ctypes.data)

    def reserve(self, rows: int) -> None:
        """Have room for so many rows. What is new is zero."""
        wanted = rows * self.dtype.itemsize
        if wanted <= self.size:
            return
        size = -(-max(wanted, self.size * 3 // 2) // HUGE) * HUGE
        self.rows = np.empty(0, self.dtype)  # a mapping with a view on it cannot be moved
        if sys.platform == "linux":
            self._memory.resize(size)
        else:
            old, self._memory = self._memory, mmap.mmap(-1, size, **PRIVATE)
            self._memory[: self.size] = old[:]
        self._resized(size)

    def _resized(self, size: int) -> None:
        self.size = size
        if hasattr(mmap, "MADV_HUGEPAGE"):
            self._memory.madvise(mmap.MADV_HUGEPAGE)
        self.rows = np.frombuffer(self._memory, self.dtype, count=size // self.dtype.itemsize)
