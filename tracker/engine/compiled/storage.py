"""The compiled storage: flows and transitions as rows, and the index that finds a flow by its tuple."""

import os
from collections import Counter
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.dtypes import FLOW, STORE, TRANSITION, TROUBLE
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.compiled.memory import Growing, quarter_of_memory
from tracker.engine.evict import CLASSES
from tracker.tcp.step import MOST_TRANSITIONS
from tracker.tcp.trouble import MOST_TROUBLES

SLOTS: Final = 1 << 16  # of an empty index


class Rows:
    """The storage of one replay, as the kernels see it (`view`) and as everybody else does.

    log_memory: bytes from which on the log lies on disk, 0: a quarter of the machine's memory.
    """

    def __init__(self, kernels: Kernels, log_memory: int = 0) -> None:
        self._kernels = kernels
        self._flows = Growing(FLOW)
        self._transitions = Growing(TRANSITION, log_memory or quarter_of_memory())
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
        self._transitions.written(int(view["transitions"]))
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
    def spilled(self) -> bool:
        """Whether the log lies on disk."""
        return self._transitions.spilled

    @property
    def troubles(self) -> Any:
        """The rows of the troubles."""
        return self._troubles.rows[: int(self.view[0]["troubles"])]

    def evict(self, surplus: int) -> Counter[str]:
        """Let go of so many flows, in the order of engine.evict; returns how many of each class."""
        flows = self.flows
        superseded = np.zeros(len(flows) + 1, np.int64)
        superseded[flows["previous"]] = 1  # of -1 it is the last, and nobody's
        classes, times = np.zeros(len(flows), np.int64), np.zeros(len(flows), np.int64)
        self._kernels.rank(self.reserve(0), superseded, classes, times)
        marked = flows["marks"] != 0
        classes[flows["previous"][marked]] = len(CLASSES)  # it may still speak, and is found through the young one
        classes[marked & (superseded[:-1] == 0)] = len(CLASSES)
        order = np.lexsort((times, classes))
        gone = order[: min(surplus, int((classes < len(CLASSES)).sum()))]
        keep = np.ones(len(flows), bool)
        keep[gone] = False
        evicted = np.bincount(classes[gone], minlength=len(CLASSES)).tolist()
        self._keep(keep)
        return Counter(dict(zip(CLASSES, evicted, strict=False)))

    def _keep(self, keep: Any) -> None:
        """Forget all flows but those, which are numbered anew in their order, and what belongs to them."""
        flows, log, troubles = self.flows, self.transitions, self.troubles
        flow_of = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1)
        stays = keep[log["flow"]]
        row_of = np.insert(np.where(stays, np.cumsum(stays), 0), 0, 0)
        old_log, old_flows, old_troubles = len(log), len(flows), len(troubles)
        log, flows = log[stays], flows[keep]
        log["flow"] = flow_of[log["flow"]]
        log["previous"] = row_of[log["previous"]]
        flows["previous"] = flow_of[flows["previous"]]
        ends = np.stack([flows["a"]["trouble"], flows["b"]["trouble"]], axis=1)
        troubled = ends != 0
        troubles = np.concatenate([troubles[:1], troubles[ends[troubled]]])
        ends[troubled] = np.arange(1, len(troubles))
        for i, side in enumerate("ab"):
            flows[side]["log"] = row_of[flows[side]["log"]]
            flows[side]["trouble"] = ends[:, i]
        replaced(self._transitions.rows, log, old_log)
        replaced(self._flows.rows, flows, old_flows)
        replaced(self._troubles.rows, troubles, old_troubles)
        view = self.view[0]
        view["flows"], view["transitions"], view["troubles"] = len(flows), len(log), len(troubles)
        old, self._index = self._index, np.zeros(len(self._index), np.uint64)
        self._kernels.renumber(self._index.ctypes.data, len(old), old.ctypes.data, flow_of)


def replaced(rows: Any, new: Any, old: int) -> None:
    """Put new rows in the place of the first `old`, which are more; what is free is zero."""
    rows[: len(new)] = new
    rows[len(new) : old] = np.zeros(1, rows.dtype)
