"""The ends of a moment's flows, many at a time: which have a socket, what they count, who was accepting."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.cache import kernels
from tracker.engine.trace import Moment
from tracker.record import of_values
from tracker.tcp.endpoint import TENTATIVE
from tracker.tcp.timers import Profile
from tracker.views.columns.dtypes import ACCOUNT, COUNTERS, RUNNING, SOCKET, STAND, profile_row
from tracker.views.columns.hosts import BOTH, masks_of
from tracker.views.columns.kernels import Kernels
from tracker.views.counting import Counters
from tracker.views.history import History, address
from tracker.views.rows import Address

RUN: Final = 1 << 18  # flows whose masks lie in memory at a time
MODULE: Final = "tracker.views.columns.kernels"


def compiled() -> Kernels:
    """The entries, loaded or compiled now."""
    made = kernels(_nothing, MODULE)
    assert isinstance(made, Kernels)
    return made


def _nothing(_: str) -> None:
    pass


class Ends:
    """A moment's account as the kernels see it. It holds the tables whose addresses it has."""

    def __init__(self, history: History, moment: Moment) -> None:
        store: Any = history.trace.store
        tables: Any = moment
        self.kernels = compiled()
        self.moment = moment
        self.flows, self.troubles = tables.flows.rows, tables.troubles.rows
        self._final, self._log = store.flows.rows, store.transitions.rows
        self._later = later_lives(self._final)
        self.account = np.zeros(1, ACCOUNT)
        for name, value in (
            ("at", moment.at),
            ("packets", moment.packets),
            ("believed", history.believed),
            ("count", len(self.flows)),
            ("flows_at", self.flows.ctypes.data),
            ("final_at", self._final.ctypes.data),
            ("transitions_at", self._log.ctypes.data),
            ("troubles_at", self.troubles.ctypes.data),
            ("later_at", self._later.ctypes.data if len(self._later) else 0),
        ):
            self.account[name] = value

    @cached_property
    def begun(self) -> Any:
        """Whether each flow had begun."""
        marks = np.zeros(len(self.flows), np.uint8)
        self.kernels.begun(self.account, 0, marks)
        return marks.astype(bool)

    def runs(self) -> Iterator[tuple[int, Any]]:
        """(number of the first, flows), a run after the other."""
        for start in range(0, len(self.flows), RUN):
            yield start, self.flows[start : start + RUN]

    def with_sockets(self, profile: Profile, local: Any, versions: Sequence[int] = BOTH) -> Any:
        """The ends that have a socket, as flow << 1 | side, by flow."""
        stand, room, found = np.zeros(1, STAND), np.zeros(2 * RUN, np.int64), []
        for start, flows in self.runs():
            masks = masks_of(flows, local, versions)
            count = self.kernels.select(self.account, profile_row(profile), stand, start, masks, room)
            found.append(room[:count].copy())
        return np.concatenate(found) if found else room[:0]

    def described(self, ends: Any, profile: Profile) -> Any:
        """The sockets of ends, as rows."""
        rows = np.zeros(len(ends), SOCKET)
        self.kernels.describe(self.account, profile_row(profile), np.zeros(1, STAND), np.zeros(1, RUNNING), ends, rows)
        return rows

    def listening(self) -> Iterator[tuple[Any, Any]]:
        """(rows of the log, what each shows), a run after the other."""
        found, shown = np.zeros(RUN, np.int64), np.zeros(RUN, np.uint8)
        for start in range(0, len(self._log), RUN):
            count = self.kernels.listening(self.account, start, min(start + RUN, len(self._log)), found, shown)
            if count:
                yield self._log[found[:count]], shown[:count].copy()


def later_lives(flows: Any) -> Any:
    """By flow the next life of its tuple that is no tentative one, -1: none; empty where no tuple has a second life."""
    lives = np.flatnonzero((flows["previous"] >= 0) & (flows["marks"] & TENTATIVE == 0))
    if not len(lives):
        return lives
    later = np.full(len(flows), -1, np.int64)
    later[flows["previous"][lives]] = lives
    return later


def ends_of(history: History, moment: Moment) -> Ends:
    """The ends of a moment; made once for it."""
    made: Ends | None = history.made.get("ends")
    if made is None or made.moment is not moment:
        made = history.made["ends"] = Ends(history, moment)
    return made


def counted(history: History, moment: Moment, profile: Profile, local: Any) -> Counters:
    """The counters of netstat -s."""
    ends = ends_of(history, moment)

    def of_run(run: tuple[int, Any]) -> Any:
        counters = np.zeros(1, COUNTERS)
        masks = masks_of(run[1], local)
        ends.kernels.count(ends.account, profile_row(profile), np.zeros(1, STAND), run[0], masks, counters)
        return counters[0].item()

    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:  # the kernel lets the interpreter go
        shares = list(threads.map(of_run, ends.runs()))
    return of_values(Counters, [sum(column) for column in zip(*shares, strict=True)] or [0] * len(COUNTERS.names or ()))


def listening_acts(history: History, moment: Moment) -> Iterator[tuple[tuple[Address, int], int, int, int]]:
    """See history.listening_acts: a name once a run of the log and act."""
    ends = ends_of(history, moment)
    for rows, shown in ends.listening():
        flows, turned = rows["flow"].astype(np.int64), rows["side"] != 0
        names = np.zeros((len(rows), 6), np.uint32)
        names[:, :4] = np.where(turned[:, None], ends.flows["dst"][flows], ends.flows["src"][flows])
        names[:, 4] = np.where(turned, ends.flows["dport"][flows], ends.flows["sport"][flows])
        names[:, 5] = shown
        order = np.lexsort(names.T)
        ordered, at = names[order], rows["at"][order]
        starts = np.flatnonzero(np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(1)]))
        first, last = np.minimum.reduceat(at, starts), np.maximum.reduceat(at, starts)
        appeared = np.argsort(np.minimum.reduceat(order, starts), kind="stable")
        for i in appeared.tolist():
            *words, port, act = ordered[starts[i]].tolist()
            yield (address(words), port), act, int(first[i]), int(last[i])


def connections(history: History, moment: Moment, local: Any, versions: Sequence[int] = BOTH) -> int:
    """How many flows with an end that `local` accepts had begun."""
    ends = ends_of(history, moment)
    return sum(
        int(np.count_nonzero((masks_of(flows, local, versions) != 0) & ends.begun[start : start + RUN]))
        for start, flows in ends.runs()
    )
