"""The sockets of a moment as rows: chosen, put in order, and described a run at a time, so that millions need no objects."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.tables import Table
from tracker.engine.trace import Moment
from tracker.tcp.states import ASSUMED, NOT_SURE
from tracker.tcp.timers import Profile
from tracker.views.columns.ends import Ends, ends_of
from tracker.views.columns.hosts import accepted, is_ipv4
from tracker.views.history import History, listeners
from tracker.views.rows import STATE_NAMES, Socket, order
from tracker.views.socket_row import SocketRow
from tracker.views.sockets import listen_row, socket_of
from tracker.views.vantage import Vantage

RUN: Final = 1 << 15  # sockets described at a time
Chosen = Callable[[Socket], bool]


class SocketTable:
    """The sockets of some hosts. `listening` are its LISTEN rows, `count` says how many rows there are in all."""

    def __init__(self, history: History, moment: Moment, profile: Profile, local: Any, versions: Sequence[int]) -> None:
        self._of: Ends = ends_of(history, moment)
        self._profile = profile
        self.listening = [
            listen_row(one.address, one.port, one.since)
            for one in listeners(history, moment)
            if not one.until and one.address.version in versions and local(one.address)
        ]
        self._ends = self._of.with_sockets(profile, local, versions)

    def __len__(self) -> int:
        return len(self.listening) + len(self._ends)

    def only(self, *, listening: bool, connected: bool) -> None:
        """Leave out the LISTEN rows, or all others."""
        self.listening = self.listening if listening else []
        self._ends = self._ends if connected else self._ends[:0]

    def choose(self, states: frozenset[str], matches: Chosen | None) -> None:
        """Leave those in some states which match."""
        self.listening = [row for row in self.listening if row.state in states and (matches is None or matches(row))]
        wanted = np.array([name in states for name in STATE_NAMES])
        kept = [self._ends[:0]]
        for start, rows in self._runs(self._ends):
            chosen = np.flatnonzero(wanted[rows["state"]])
            if matches is not None:
                verdicts = (matches(row) for row in sockets_of(rows[chosen]))
                chosen = chosen[np.fromiter(verdicts, bool, len(chosen))]
            kept.append(self._ends[start + chosen])
        self._ends = np.concatenate(kept)

    def sort(self) -> None:
        """In the order of rows.order, in which netstat and ss list them."""
        self.listening.sort(key=order)
        self._ends = self._ends[np.lexsort(self._keys())]

    def _keys(self) -> list[Any]:
        """What rows.order compares, the last one first; what is the same for all is left out."""
        numbers, side = self._ends >> 1, self._ends & 1 != 0
        flows = self._of.flows
        since = np.zeros(len(numbers), np.int64)
        for start, rows in self._runs(self._ends):
            since[start : start + len(rows)] = rows["since"]
        keys = [since]
        for near, far, port, other in (("dst", "src", "dport", "sport"), ("src", "dst", "sport", "dport")):
            keys.append(np.where(side, flows[other][numbers], flows[port][numbers]))
            keys.extend(np.where(side, flows[far][numbers, w], flows[near][numbers, w]) for w in (3, 2, 1, 0))
        own = np.where(side[:, None], flows["dst"][numbers], flows["src"][numbers])
        keys.append(~is_ipv4(own))
        return [numbers, *(key for key in keys if len(key) and (key != key[0]).any())]

    def runs(self) -> Iterator[Any]:
        """All rows: lists of LISTEN sockets, and arrays of what socket_row.SocketRow has, in the order given."""
        four = self._ends[:0] if not self.listening else self._ends
        count = self._four() if len(four) else len(self._ends)
        for version, part in ((4, self._ends[:count]), (6, self._ends[count:])):
            listening = [row for row in self.listening if row.local.version == version]
            if listening:
                yield listening
            for _, rows in self._runs(part):
                yield rows

    def _four(self) -> int:
        """How many of the rows, in order, are IPv4."""
        low, high = 0, len(self._ends)
        while low < high:
            middle = (low + high) // 2
            if is_ipv4(self._of.flows["src"][self._ends[middle : middle + 1] >> 1])[0]:
                low = middle + 1
            else:
                high = middle
        return low

    def _runs(self, ends: Any) -> Iterator[tuple[int, Any]]:
        for start in range(0, len(ends), RUN):
            yield start, self._of.described(ends[start : start + RUN], self._profile)

    def __iter__(self) -> Iterator[Socket]:
        for run in self.runs():
            yield from run if isinstance(run, list) else sockets_of(run)

    def unsure(self, capture: Vantage) -> tuple[int, int]:
        """(how many rows of connections are uncertain, how many there are): see vantage.sureness."""
        count = 0
        for _, rows in self._runs(self._ends):
            certainty = rows["certainty"]
            doubtful = certainty == ASSUMED
            if capture.captured:
                doubtful &= accepted(rows["local"], capture.local) == 0
            count += int(np.count_nonzero(doubtful | (certainty == NOT_SURE) | (rows["missed"] != 0)))
        return count, len(self._ends)

    def tally(self) -> Counter[tuple[int, str]]:
        """Rows by IP version and state."""
        counts: Counter[tuple[int, str]] = Counter((row.local.version, row.state) for row in self.listening)
        for _, rows in self._runs(self._ends):
            four = is_ipv4(rows["local"])
            for version, chosen in ((4, four), (6, ~four)):
                for state, count in enumerate(np.bincount(rows["state"][chosen]).tolist()):
                    counts[version, STATE_NAMES[state]] += count
        return counts


def sockets_of(rows: Any) -> Iterator[Socket]:
    """The rows that are printed."""
    return map(socket_of, Table(SocketRow, rows))
