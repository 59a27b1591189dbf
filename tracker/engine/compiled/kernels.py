"""The entries: the only functions that see arrays. Down the call tree go records, pointers and integers.

An array is seven words and two atomic reference counts a call unless LLVM proves them away, which it does not across functions:
passing them down made the whole engine four times slower.
"""

import importlib
import inspect
from collections.abc import Container
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from tracker.engine.compiled import acts, reads  # noqa: F401 - they take the places of plain functions
from tracker.engine.compiled.acts import home, slot_at, tuple_hash
from tracker.engine.compiled.dtypes import FRAME, READER, SEGMENT, STORE
from tracker.engine.compiled.intrinsics import pointer, prefetch

KERNEL_MODULES: Final = (
    "capture.pcap",
    "capture.pcapng",
    "capture.walk",
    "decode.frame",
    "decode.icmp",
    "decode.ip",
    "decode.link",
    "decode.tcp",
    "engine.feed",
    "engine.replay",
    "engine.store",
    "tcp.acceptance",
    "tcp.arrival",
    "tcp.duplicate",
    "tcp.evidence",
    "tcp.handshake",
    "tcp.incarnation",
    "tcp.log",
    "tcp.missed",
    "tcp.round_trip",
    "tcp.sequence",
    "tcp.step",
    "tcp.transfer",
    "tcp.trouble",
)
REPLACED: Final = {
    "is_swapped",
    "find",
    "look_up",
    "next_life",
    "cleared",
    "flow_of",
    "new_transition",
    "transition_of",
    "last_row",
    "new_trouble",
    "trouble_row",
}


def register(module: Any, replaced: Container[str], *, inline: bool = True) -> None:
    """Let compiled code call every function of a module but those replaced. (Those it never calls are never compiled.)"""
    for function in vars(module).values():
        if (
            inspect.isfunction(function)
            and function.__module__ == module.__name__
            and function.__name__ not in replaced
        ):
            register_jitable(forceinline=inline)(function)


for name in KERNEL_MODULES:
    register(importlib.import_module("tracker." + name), REPLACED)
from tracker.engine.feed import fill as _fill_batch  # noqa: E402 - a dispatcher that met an unregistered callee fails for ever
from tracker.engine.feed import run as _run_batch  # noqa: E402 - the same
from tracker.engine.replay import replay as _replay  # noqa: E402 - the same


def _fill(array, size, readers, interfaces_at, frames, segments, room, every):
    return _fill_batch(pointer(array), size, readers[0], interfaces_at, frames[0], segments, room, every)


def _step(segments, start, stop, stores):
    store = stores[0]
    for i in range(start, stop):
        segment = segments[i]
        segment.hash = tuple_hash(segment, store)
        prefetch(store.index_at + 8 * home(segment.hash, store))
    _replay(segments, start, stop, store)


def _run(segments, start, stop, until, number):
    return _run_batch(segments, start, stop, until, number)


def _rehash(new_at, new_size, old_at, old_size):
    """Fill a larger index. Both are in the order of hashes, so both are walked from end to end."""
    for i in range(old_size):
        entry = slot_at(old_at, i).entry
        if entry != np.uint64(0):
            j = (np.int64(entry >> np.uint64(32)) * new_size) >> 32
            while slot_at(new_at, j).entry != np.uint64(0):
                j += 1
                if j == new_size:
                    j = np.int64(0)
            slot_at(new_at, j).entry = entry


class Kernels(NamedTuple):
    """The compiled entries."""

    fill: Any
    step: Any
    run: Any
    rehash: Any


def decorated(*, cache: bool) -> Kernels:
    """The entries, not compiled yet."""
    return Kernels(*(njit(function, cache=cache, nogil=True) for function in (_fill, _step, _run, _rehash)))


def warmed(kernels: Kernels) -> Kernels:
    """Load from the cache, or compile: each entry's first call does it. Arguments are of these types for ever after."""
    none = np.frombuffer(b"", np.uint8)
    segments = np.zeros(1, SEGMENT)
    kernels.fill(none, 0, np.zeros(1, READER), 0, np.zeros(1, FRAME), segments, 0, 0)
    kernels.step(segments, 0, 0, np.zeros(1, STORE))
    kernels.run(segments, 0, 0, 0, 0)
    kernels.rehash(0, 0, 0, 0)
    return kernels
