"""The views' entries, as engine.compiled.kernels has the engine's: arrays go no deeper than here."""

import importlib
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from tracker.engine.compiled.kernels import register
from tracker.views.columns import acts  # noqa: F401 - it takes the places of plain functions
from tracker.views.columns.dtypes import ACCOUNT, COUNTERS, FLOW_CELLS, PROFILE, RUNNING, SOCKET, STAND

KERNEL_MODULES: Final = (
    "tcp.timers",
    "views.account",
    "views.counting",
    "views.direction",
    "views.flow_row",
    "views.listening",
    "views.rules",
    "views.socket_row",
)
REPLACED: Final = {"final_of", "later_of"}

for name in KERNEL_MODULES:
    register(importlib.import_module("tracker." + name), REPLACED, inline=False)  # compiling it counts for more

from tracker.engine.store import flow_of  # noqa: E402 - a dispatcher that met an unregistered callee fails for ever
from tracker.views.account import has_begun  # noqa: E402 - the same
from tracker.views.counting import count_end  # noqa: E402 - the same
from tracker.views.flow_row import fill_flow  # noqa: E402 - the same
from tracker.views.listening import shown_by  # noqa: E402 - the same
from tracker.views.rules import has_socket, stand_of  # noqa: E402 - the same
from tracker.views.socket_row import fill_socket, has_end  # noqa: E402 - the same


def _select(accounts, profiles, stands, start, masks, found):
    """The ends that have a socket, flow << 1 | side, of flows from `start` on. masks: 1 asks for a flow's a, 2 for its b."""
    account, profile, stand = accounts[0], profiles[0], stands[0]
    count = 0
    for i in range(len(masks)):
        number = start + i
        if masks[i] == 0 or not has_begun(account, number):
            continue
        for side in range(2):
            if masks[i] >> side & 1 and has_end(flow_of(account, number), side):
                stand_of(stand, account, number, side, profile)
                if has_socket(stand, account, number, side):
                    found[count] = number << 1 | side
                    count += 1
    return count


def _describe(accounts, profiles, stands, runnings, ends, rows):
    """Fill in the sockets of ends."""
    account, profile, stand, running = accounts[0], profiles[0], stands[0], runnings[0]
    for i in range(len(ends)):
        number, side = ends[i] >> 1, ends[i] & 1
        stand_of(stand, account, number, side, profile)
        fill_socket(rows[i], stand, running, account, number, side, profile)


def _count(accounts, profiles, stands, start, masks, counters):
    """Add the shares of ends to the counters."""
    account, profile, stand, counted = accounts[0], profiles[0], stands[0], counters[0]
    for i in range(len(masks)):
        number = start + i
        if masks[i] == 0 or not has_begun(account, number):
            continue
        for side in range(2):
            if masks[i] >> side & 1 and has_end(flow_of(account, number), side):
                count_end(counted, stand, account, number, side, profile)


def _listening(accounts, start, stop, found, shown):
    """The log's rows that show who accepts or refuses, and which of both."""
    account = accounts[0]
    count = 0
    for index in range(start, stop):
        act = shown_by(account, index)
        if act:
            found[count] = index
            shown[count] = act
            count += 1
    return count


def _begun(accounts, start, marks):
    """Mark the flows that had begun, from `start` on."""
    account = accounts[0]
    for i in range(len(marks)):
        marks[i] = has_begun(account, start + i)


def _flows(accounts, profiles, stands, numbers, listens, rows):
    """Fill in connections."""
    account, profile, stand = accounts[0], profiles[0], stands[0]
    for i in range(len(numbers)):
        fill_flow(rows[i], stand, account, numbers[i], listens[i], profile)


class Kernels(NamedTuple):
    """The compiled entries."""

    select: Any
    describe: Any
    count: Any
    listening: Any
    begun: Any
    flows: Any


def decorated(*, cache: bool) -> Kernels:
    """The entries, not compiled yet."""
    return Kernels(
        *(
            njit(function, cache=cache, nogil=True)
            for function in (_select, _describe, _count, _listening, _begun, _flows)
        )
    )


def warmed(kernels: Kernels) -> Kernels:
    """Load from the cache, or compile: see the engine's."""
    account, profile, stand = np.zeros(1, ACCOUNT), np.zeros(1, PROFILE), np.zeros(1, STAND)
    masks, numbers = np.zeros(0, np.uint8), np.zeros(0, np.int64)
    kernels.select(account, profile, stand, 0, masks, numbers)
    kernels.describe(account, profile, stand, np.zeros(1, RUNNING), numbers, np.zeros(0, SOCKET))
    kernels.count(account, profile, stand, 0, masks, np.zeros(1, COUNTERS))
    kernels.listening(account, 0, 0, numbers, masks)
    kernels.begun(account, 0, masks)
    kernels.flows(account, profile, stand, numbers, masks, np.zeros(0, FLOW_CELLS))
    return kernels
