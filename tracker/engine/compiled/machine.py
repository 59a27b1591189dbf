"""The compiled engine, as a replay drives it."""

import queue
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from mmap import mmap
from typing import Any, Final, NamedTuple

import numpy as np

from tracker.capture.source import Capture
from tracker.engine.compiled.cache import Say, kernels
from tracker.engine.compiled.dtypes import SEGMENT
from tracker.engine.compiled.feeder import Feeder, RowStream
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.compiled.storage import Rows
from tracker.engine.compiled.tables import Table
from tracker.engine.feed import merged
from tracker.tcp.endpoint import TENTATIVE, Flow, Transition, Trouble

ROOM: Final = 32768  # segments a batch
BATCHES: Final = 3  # decoded ahead of the step
THREADED: Final = 16 << 20  # bytes of a file from which a thread of its own decodes it


class Kept(NamedTuple):
    """Some flows and their troubles as they stood: numbers, in order, and rows."""

    numbers: Any
    flows: Any
    trouble_numbers: Any
    troubles: Any


class Compiled:
    """Steps batches of segment rows. log_memory: see storage.Rows. Raises Unavailable where Numba cannot serve."""

    name = "compiled"

    def __init__(self, say: Say, log_memory: int = 0) -> None:
        made = kernels(say)
        assert isinstance(made, Kernels)
        self._kernels = made
        self.rows = Rows(made, log_memory)
        self.store = Stored(self.rows)
        self._ahead: Ahead | None = None

    def batches(self, captures: Sequence[Capture], *, every: bool) -> Iterator[tuple[Any, int, int]]:
        """See feed.batches."""
        if len(captures) != 1:
            yield from merged([RowStream(capture, self._kernels, self.rows.keys, ROOM) for capture in captures])
            return
        feeder = Feeder(captures[0], self._kernels, self.rows.keys)
        if isinstance(captures[0].buffer, mmap) and captures[0].size >= THREADED:
            self._ahead = Ahead(feeder, int(every))
            yield from self._ahead.batches()
            return
        segments = np.zeros(ROOM, SEGMENT)
        while count := feeder.refill(segments, int(every)):
            yield segments, 0, count

    def step(self, segments: Any, start: int, stop: int) -> None:
        """Replay segments[start:stop]."""
        self._kernels.step(segments, start, stop, self.rows.reserve(stop - start))

    def count(self) -> int:
        """How many flows there are."""
        return len(self.rows.flows)

    def evict(self, surplus: int) -> Counter[str]:
        """Let go of so many flows, in the order of engine.evict; returns how many of each class."""
        return self.rows.evict(surplus)

    def rest(self) -> Iterator[tuple[Any, int, int]]:
        """After an interrupt: the runs that were decoded already."""
        return self._ahead.rest() if self._ahead is not None else iter(())

    def first_after(self, segments: Any, start: int, stop: int, packet: int, at: int) -> int:
        """The index of the first segment behind a packet or, with packet 0, a time (ns); `stop`: there is none."""
        run = segments[start:stop]
        behind = run["number"] > packet if packet else run["time"] > at
        first = int(np.argmax(behind)) if len(behind) else 0
        return start + first if len(behind) and behind[first] else stop

    def stamp(self, segments: Any, i: int) -> tuple[int, int]:
        """Time (ns) and packet number of segments[i]."""
        return int(segments[i]["time"]), int(segments[i]["number"])

    def touched(self) -> "Touched":
        """Whom segments have touched."""
        return Touched(self.rows)

    def kept(self, numbers: Any) -> Kept:
        """A copy of some flows, and of their troubles, as they stand."""
        flows = self.rows.flows[numbers]
        troubles = np.unique(np.concatenate([flows["a"]["trouble"], flows["b"]["trouble"]]))
        return Kept(numbers, flows, troubles, self.rows.troubles[troubles])

    def laid_over(self, before: Any, kept: Any) -> tuple[Sequence[Flow], Sequence[Trouble]]:
        """The flows of a moment and their troubles: those of the moment before (None: there was none) with the copies since."""
        flows, troubles = (
            before if before is not None else (Table(Flow, kept.flows[:0]), Table(Trouble, kept.troubles[:0]))
        )
        return (
            Table(Flow, laid(flows.rows, kept.numbers, kept.flows)),
            Table(Trouble, laid(troubles.rows, kept.trouble_numbers, kept.troubles)),
        )


def laid(rows: Any, numbers: Any, new: Any) -> Any:
    """Rows with new ones in the place of, and behind, the old ones. Changes `rows`."""
    more = int(numbers[-1]) + 1 - len(rows) if len(numbers) else 0
    if more > 0:
        rows = np.concatenate([rows, np.zeros(more, rows.dtype)])
    rows[numbers] = new
    return rows


class Ahead:
    """Decodes on a thread of its own, some batches ahead."""

    def __init__(self, feeder: Feeder, every: int) -> None:
        self._feeder = feeder
        self._every = every
        self._empty: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._over = False
        for _ in range(BATCHES):
            self._empty.put(np.zeros(ROOM, SEGMENT))
        self._thread = threading.Thread(target=self._decode, name="decode", daemon=True)

    def batches(self) -> Iterator[tuple[Any, int, int]]:
        """All runs, until the capture ends."""
        self._thread.start()
        yield from self._decoded()

    def rest(self) -> Iterator[tuple[Any, int, int]]:
        """Stop decoding; the runs that were decoded already."""
        if self._thread.ident is None:  # the interrupt came before it began
            return
        self._empty.put(None)
        yield from self._decoded()

    def _decoded(self) -> Iterator[tuple[Any, int, int]]:
        while not self._over:
            segments, count = self._full.get()
            if count:
                yield segments, 0, count
                self._empty.put(segments)
                continue
            self._over = True
            self._thread.join()
            self._feeder.close()
            if segments is not None:
                raise segments

    def _decode(self) -> None:
        try:
            while (segments := self._empty.get()) is not None:
                count = self._feeder.refill(segments, self._every)
                if not count:
                    break
                self._full.put((segments, count))
            self._full.put((None, 0))
        except BaseException as error:  # noqa: BLE001 - raised again where it is seen
            self._full.put((error, 0))


class Touched:
    """The numbers of the flows that were touched since the last `take`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._mask = np.zeros(1024, bool)
        self._young = np.zeros(0, np.int64)  # a segment of the life before may change what is held of a young one

    def add(self, segments: Any, start: int, stop: int) -> None:
        """segments[start:stop] have been stepped."""
        count = len(self._rows.flows)
        if count > len(self._mask):
            self._mask = np.concatenate([self._mask, np.zeros(count, bool)])
        flows = segments["flow"][start:stop]
        self._mask[flows[flows > 0].astype(np.int64) - 1] = True

    def take(self) -> Any:
        """The numbers in order, which are forgotten."""
        self._mask[self._young] = True
        taken = np.flatnonzero(self._mask)
        self._young = taken[self._rows.flows["marks"][taken] != 0]
        self._mask[:] = False
        return taken


class Stored:
    """What the engine has stored, as the records that it is."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @property
    def flows(self) -> Table[Flow]:
        """All flows."""
        return Table(Flow, self._rows.flows)

    @property
    def transitions(self) -> Table[Transition]:
        """The log."""
        return Table(Transition, self._rows.transitions)

    @property
    def troubles(self) -> Table[Trouble]:
        """What went wrong on the way of those ends that have a number."""
        return Table(Trouble, self._rows.troubles)

    @cached_property
    def later(self) -> Mapping[int, int]:
        """A flow's number -> that of the tuple's next life which is no tentative one; once the replay is over."""
        flows = self._rows.flows
        lives = np.flatnonzero((flows["previous"] >= 0) & (flows["marks"] & TENTATIVE == 0))
        return dict(zip(flows["previous"][lives].tolist(), lives.tolist(), strict=True))

    def log_of(self, number: int, side: int) -> Sequence[Transition]:
        """The rows of an end's transitions in the order of learning; once the replay is over."""
        order, starts = self._by_end
        end = 2 * number + side
        rows = self._rows.transitions[order[starts[end] : starts[end + 1]]]
        return list(Table(Transition, rows))

    def logs_between(self, first: int, stop: int) -> Any:
        """The same of flows first..stop - 1 as rows, an end's after the other's."""
        order, starts = self._by_end
        return self._rows.transitions[order[starts[2 * first] : starts[2 * stop]]]

    @cached_property
    def _by_end(self) -> tuple[Any, Any]:
        """The log's row numbers grouped by end, and where each end's group begins."""
        log = self._rows.transitions
        ends = log["flow"].astype(np.int64) * 2 + log["side"]
        starts = np.zeros(2 * len(self._rows.flows) + 1, np.int64)
        np.cumsum(np.bincount(ends, minlength=len(starts) - 1), out=starts[1:])
        return np.argsort(ends, kind="stable"), starts
