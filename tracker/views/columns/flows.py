"""The connections of a moment as rows, described a run at a time, so that millions need no objects."""

from collections import namedtuple
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.tables import plain_dtype
from tracker.engine.trace import Moment
from tracker.tcp.endpoint import BY_NOTHING
from tracker.tcp.timers import Profile
from tracker.views.columns.dtypes import FLOW_CELLS, STAND, profile_row
from tracker.views.columns.ends import RUN, Ends, connections, ends_of
from tracker.views.columns.hosts import BOTH, masks_of
from tracker.views.direction import A_LISTENS, B_LISTENS
from tracker.views.flow_row import EndCells, FlowCells
from tracker.views.flows import CAUSES, Entered, FlowRow, flow_row
from tracker.views.history import History, listeners
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES

FEW: Final = 1 << 15  # connections described at a time
OBJECTS: Final = 1 << 12  # connections that are objects at a time

PLAIN: Final = plain_dtype(FlowCells)


def values_of(record: Any) -> Any:
    """A class like a record's, which is made of a row's values at once: four times quicker."""
    return namedtuple(record.__name__, record.__slots__)  # noqa: PYI024 - the fields are the record's


EndValues: Final = values_of(EndCells)
FlowValues: Final = values_of(FlowCells)


class FlowTable:
    """The connections with an end that `local` accepts: described anew each time that they are gone through."""

    def __init__(
        self, history: History, moment: Moment, profile: Profile, local: Any, versions: Sequence[int] = BOTH
    ) -> None:
        self._of: Ends = ends_of(history, moment)
        self._history = history
        self._moment = moment
        self._profile = profile_row(profile)
        self._local = local
        self._versions = versions
        self._count = connections(history, moment, local, versions)

    def __len__(self) -> int:
        return self._count

    def runs(self, few: int = FEW) -> Iterator[Any]:
        """Arrays of what flow_row.FlowCells has, in the order of the flows."""
        stand = np.zeros(1, STAND)
        for start, flows in self._of.runs():
            shown = (masks_of(flows, self._local, self._versions) != 0) & self._of.begun[start : start + RUN]
            numbers = start + np.flatnonzero(shown)
            for i in range(0, len(numbers), few):
                some = numbers[i : i + few]
                rows = np.zeros(len(some), FLOW_CELLS)
                self._of.kernels.flows(self._of.account, self._profile, stand, some, self._listens(some), rows)
                yield rows

    def _listens(self, numbers: Any) -> Any:
        """Which ends of flows have a port seen listening, where nothing else tells who the client is."""
        found = np.zeros(len(numbers), np.uint8)
        flows = self._of.flows
        asked = np.flatnonzero(flows["direction"][numbers] == BY_NOTHING)
        if len(asked) and self._listening:
            untold = numbers[asked]
            for near, port, mark in (("src", "sport", A_LISTENS), ("dst", "dport", B_LISTENS)):
                names = zip(flows[near][untold].tolist(), flows[port][untold].tolist(), strict=True)
                marks = (mark if (*words, number) in self._listening else 0 for words, number in names)
                found[asked] |= np.fromiter(marks, np.uint8, len(asked))
        return found

    @cached_property
    def _listening(self) -> set[tuple[int, ...]]:
        """The words of the addresses and the ports seen listening."""
        return {(*words_of(one.address), one.port) for one in listeners(self._history, self._moment)}

    def __iter__(self) -> Iterator[FlowRow]:
        for run in self.runs(OBJECTS):
            states = partial(_of_end, self.entered(int(run["flow"][0]), int(run["flow"][-1]) + 1))
            for *values, client, server in run.view(PLAIN).tolist():
                yield flow_row(FlowValues(*values, EndValues._make(client), EndValues._make(server)), states)

    def entered(self, first: int, stop: int) -> dict[int, tuple[Entered, ...]]:
        """What flows.entered says of the ends of flows first..stop - 1, by 2 * flow + side."""
        store: Any = self._history.trace.store
        log = store.logs_between(first, stop)
        log = log[log["number"] <= self._moment.packets]
        revised = log["undone"] != 0
        if self._history.believed:
            revised &= log["undone"] <= self._moment.packets
        ends = log["flow"].astype(np.int64) * 2 + log["side"]
        order = np.lexsort((log["at"], ends))
        log, ends, revised = log[order], ends[order], revised[order]
        entries = [
            Entered(STATE_NAMES[state], at, number, CERTAINTY_NAMES[certainty], CAUSES[cause], taken_back)
            for state, at, number, certainty, cause, taken_back in zip(
                *(log[name].tolist() for name in ("new", "at", "number", "certainty", "cause")),
                revised.tolist(),
                strict=True,
            )
        ]
        starts = np.flatnonzero(np.diff(ends, prepend=-1)).tolist()
        stops = [*starts[1:], len(entries)] if entries else []
        return {end: tuple(entries[i:j]) for end, i, j in zip(ends[starts].tolist(), starts, stops, strict=True)}


def _of_end(entered: dict[int, tuple[Entered, ...]], number: int, side: int) -> tuple[Entered, ...]:
    return entered.get(2 * number + side, ())


def words_of(ip: Any) -> tuple[int, int, int, int]:
    """The four words of an address: the reverse of history.address."""
    value = int(ip) | (0xFFFF << 32 if ip.version == 4 else 0)
    return value >> 96, value >> 64 & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF, value & 0xFFFFFFFF
