"""The entries: the only functions that see arrays. Down the call tree go records, pointers and integers.

An array is seven words and two atomic reference counts a call unless LLVM proves them away, which it does not across functions:
passing them down made the whole engine four times slower.
"""

import importlib
import inspect
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from tracker.capture.records import FULL
from tracker.engine.compiled import acts, reads  # noqa: F401 - they take the places of plain functions
from tracker.engine.compiled.acts import FLOW_SIZE, LOW, flow_at, home, insert, number_in, prepare, slot_at
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
    "engine.evict",
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
CHUNK: Final = 128  # segments that are in the nearest cache yet when their tuples are hashed
AHEAD: Final = 32  # segments whose index slots and flow rows are asked for before they are stepped
CACHED: Final = 1024  # flows whose rows are in the cache anyway
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


def register() -> None:
    """Let compiled code call every function of the kernels' modules. (Those it never calls are never compiled.)"""
    for name in KERNEL_MODULES:
        module = importlib.import_module("tracker." + name)
        for function in vars(module).values():
            if (
                inspect.isfunction(function)
                and function.__module__ == module.__name__
                and function.__name__ not in REPLACED
            ):
                register_jitable(forceinline=function.__name__ != "observe")(function)


register()
from tracker.engine.evict import eviction_class, last_heard  # noqa: E402 - the same
from tracker.engine.feed import fill as _fill_batch  # noqa: E402 - a dispatcher that met an unregistered callee fails for ever
from tracker.engine.feed import run as _run_batch  # noqa: E402 - the same
from tracker.engine.replay import replay as _replay  # noqa: E402 - the same


def _fill(array, size, readers, interfaces_at, frames, segments, room, every, stores):
    store, reader, frame, count = stores[0], readers[0], frames[0], 0
    while count < room:
        some = segments[count : min(count + CHUNK, room)]
        more = _fill_batch(pointer(array), size, reader, interfaces_at, frame, some, len(some), every)
        for i in range(more):  # here, for the step is the longer stage
            prepare(some[i], store)
        count += more
        if reader.code != FULL:
            break
    return count


def _prepare(segments, start, stop, stores):
    store = stores[0]
    for i in range(start, stop):
        prepare(segments[i], store)


def _step(segments, start, stop, stores):
    store = stores[0]
    if store.flows < CACHED:
        _replay(segments, start, stop, store)
        return
    while start < stop:
        until = min(start + AHEAD, stop)
        for i in range(start, until):
            prefetch(store.index_at + 8 * home(segments[i].hash, store))
        for i in range(start, until):
            number = number_in(home(segments[i].hash, store), store)
            if number >= 0:
                at = store.flows_at + FLOW_SIZE * number
                for line in range(0, FLOW_SIZE, 64):
                    prefetch(at + line)
        _replay(segments, start, until, store)
        start = until


def _run(segments, start, stop, until, number):
    return _run_batch(segments, start, stop, until, number)


def _rehash(new_at, new_size, old_at, old_size):
    """Fill a larger index. Both are in the order of hashes, so both are walked from end to end."""
    for i in range(old_size):
        entry = slot_at(old_at, i).entry
        if entry != np.uint64(0):
            insert(new_at, new_size, entry)


def _renumber(new_at, size, old_at, numbers):
    """Fill an index of the same size for flows that have new numbers, negative: none."""
    for i in range(size):
        entry = slot_at(old_at, i).entry
        if entry != np.uint64(0):
            number = numbers[np.int64(entry & LOW) - 1]
            if number >= 0:
                insert(new_at, size, entry & (LOW << np.uint64(32)) | np.uint64(number + 1))


def _rank(stores, superseded, classes, times):
    """The eviction class of each flow, and when it was last heard, ns."""
    store = stores[0]
    for i in range(store.flows):
        flow = flow_at(store.flows_at, i)
        classes[i] = eviction_class(flow, superseded[i])
        times[i] = last_heard(flow)


class Kernels(NamedTuple):
    """The compiled entries."""

    fill: Any
    prepare: Any
    step: Any
    run: Any
    rehash: Any
    renumber: Any
    rank: Any


def decorated(*, cache: bool) -> Kernels:
    """The entries, not compiled yet."""
    return Kernels(
        *(
            njit(function, cache=cache, nogil=True)
            for function in (_fill, _prepare, _step, _run, _rehash, _renumber, _rank)
        )
    )


def warmed(kernels: Kernels) -> Kernels:
    """Load from the cache, or compile: each entry's first call does it. Arguments are of these types for ever after."""
    none = np.frombuffer(b"", np.uint8)
    segments = np.zeros(1, SEGMENT)
    kernels.fill(none, 0, np.zeros(1, READER), 0, np.zeros(1, FRAME), segments, 0, 0, np.zeros(1, STORE))
    kernels.prepare(segments, 0, 0, np.zeros(1, STORE))
    kernels.step(segments, 0, 0, np.zeros(1, STORE))
    kernels.run(segments, 0, 0, 0, 0)
    kernels.rehash(0, 0, 0, 0)
    numbers = np.zeros(0, np.int64)
    kernels.renumber(0, 0, 0, numbers)
    kernels.rank(np.zeros(1, STORE), numbers, numbers, numbers)
    return kernels
