"""The compiled storage: flows and transitions as rows, and the index that finds a flow by its tuple."""

import os
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.dtypes import FLOW, STORE, TRANSITION, TROUBLE
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.compiled.memory import Growing
from tracker.tcp.step import MOST_TRANSITIONS
from tracker.tcp.trouble import MOST_TROUBLES

SLOTS: Final = 1 << 16  # of an empty index


class Rows:
    """The storage of one replay, as the kernels see it (`view`) and as everybody else does."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        self._flows = Growing(FLOW)
        self._transitions = Growing(TRANSITION)
        self._troubles = Growing(TROUBLE)
        self._index = np.zeros(SLOTS, np.uint64)
        self.view = np.zeros(1, STORE)
        self.view["troubles"] = 1  # number 0 is that of all ends that have none
        self.keys = np.zeros(1, STORE)  # for those who only hash, on another thread
        self.view["keys"] = self.keys["keys"] = np.frombuffer(os.urandom(24), np.uint64)

    def reserve(self, segments: int) -> Any:
        """Make room for whatever so many segments can need, so that the kernels never check."""
        view = self.view[0]
        flows, transitions = int(view["flows"]) + segments, int(view["transitions"]) + MOST_TRANSITIONS * segments
        self._flows.reserve(flows)
        self._transitions.reserve(transitions)
        self._troubles.reserve(int(view["troubles"]) + MOST_TROUBLES * segments)
        while flows * 4 > len(self._index) * 3:
            old, self._index = self._index, np.zeros(len(self._index) * 3 // 2, np.uint64)
            self._kernels.rehash(self._index.ctypes.data, len(self._index), old.ctypes.data, len(old))
        view["flows_at"] = self._flows.address
        view["transitions_at"] = self._transitions.address
        view["troubles_at"] = self._troubles.address
        view["index_at"] = self._index.ctypes.data
        view["index_size"] = len(self._index)
        return self.view

    @property
    def flows(self) -> Any:
        """The rows of all flows."""
        return self._flows.rows[: int(self.view[0]["flows"])]

    @property
    def transitions(self) -> Any:
        """The rows of the log."""
        return self._transitions.rows[: int(self.view[0]["transitions"])]

    @property
    def troubles(self) -> Any:
        """The rows of the troubles."""
        return self._troubles.rows[: int(self.view[0]["troubles"])]
