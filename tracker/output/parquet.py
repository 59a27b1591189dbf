"""Sockets and flows as Parquet: typed columns, in row groups. pyarrow is optional: importing this module asks for it."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tracker.views.flows import End, FlowRow
from tracker.views.rows import Socket

GROUP: Final = 1 << 17  # rows
NAME: Final = pa.dictionary(pa.int32(), pa.string())  # few different values
TIME: Final = pa.timestamp("ns", tz="UTC")

Column = tuple[str, Any, Callable[[Any], Any]]

SOCKET: Final[list[Column]] = [
    ("state", NAME, lambda s: s.state),
    ("recv_q", pa.int64(), lambda s: s.recv_q),
    ("send_q", pa.int64(), lambda s: s.send_q),
    ("local_addr", NAME, lambda s: str(s.local)),
    ("local_port", pa.uint16(), lambda s: s.local_port),
    ("peer_addr", NAME, lambda s: None if s.peer is None else str(s.peer)),
    ("peer_port", pa.uint16(), lambda s: None if s.peer is None else s.peer_port),
    ("timer_kind", NAME, lambda s: None if s.timer is None else s.timer.kind),
    ("timer_remaining", pa.int64(), lambda s: None if s.timer is None else s.timer.remaining),
    ("timer_retrans", pa.int64(), lambda s: None if s.timer is None else s.timer.retrans),
    ("certainty", NAME, lambda s: s.certainty),
    ("since", TIME, lambda s: s.since),
    ("flow", pa.int64(), lambda s: s.flow),
]
END: Final[list[Column]] = [
    ("addr", NAME, lambda e: str(e.address)),
    ("port", pa.uint16(), lambda e: e.port),
    ("state", NAME, lambda e: e.state),
    ("certainty", NAME, lambda e: e.certainty),
    ("since", TIME, lambda e: e.since),
    ("timed_at", TIME, lambda e: None if e.timed is None else e.timed.at),
    *((name, pa.int64(), lambda e, name=name: getattr(e, name)) for name in (
        "packets", "bytes", "bytes_again", "retransmitted", "ignored", "rtt", "missed",
    )),
]  # fmt: skip
FLOW: Final[list[Column]] = [
    ("flow", pa.int64(), lambda f: f.flow),
    ("first", TIME, lambda f: f.first),
    ("last", TIME, lambda f: f.last),
    ("incarnation", pa.int32(), lambda f: f.incarnation),
    ("direction", NAME, lambda f: f.direction),
    ("confidence", NAME, lambda f: f.confidence),
    ("end", NAME, lambda f: f.end),
    ("icmp", pa.int32(), lambda f: f.icmp),
    ("next", pa.int64(), lambda f: f.next),
]


def of_end(side: str, value: Callable[[End], Any]) -> Callable[[FlowRow], Any]:
    """A column of one end of a flow."""
    return lambda row: value(getattr(row, side))


def write_sockets(path: str, sockets: Iterable[Socket], at: int) -> None:
    """One row a socket; `at` is the moment shown, ns."""
    runs: Iterable[Any] = sockets.runs() if hasattr(sockets, "runs") else [sockets]
    write(path, [("at", TIME, lambda _: at), *SOCKET], batches(runs, at))


def batches(runs: Iterable[Any], at: int) -> Iterator[Any]:
    """Runs of rows (arrays of the compiled engine's, or sockets) as batches."""
    columns: list[Column] = [("at", TIME, lambda _: at), *SOCKET]
    for run in runs:
        if hasattr(run, "dtype"):
            from tracker.views.columns.arrow import values_of  # noqa: PLC0415 - NumPy and Numba

            yield of_arrays(values_of(run, at), columns)
        else:
            yield from of_objects(run, columns)


def of_arrays(found: list[Any], columns: list[Column]) -> Any:
    """Columns as a batch: arrays, or what `encoded` takes."""
    return pa.record_batch(
        [pa.array(values, kind, from_pandas=False) if not isinstance(values, tuple) else encoded(*values)
         for values, (_, kind, _) in zip(found, columns, strict=True)],
        names=[name for name, _, _ in columns],
    )  # fmt: skip


def encoded(names: list[str], numbers: Any, mask: Any) -> Any:
    """A dictionary column of names by their numbers, null where the mask is set."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32(), mask=mask), pa.array(names, pa.string()))


def write_flows(path: str, rows: Iterable[FlowRow]) -> None:
    """One row a connection, its ends side by side."""
    ends = [(f"{side}_{name}", kind, of_end(side, value)) for side in ("client", "server") for name, kind, value in END]
    columns = [*FLOW, *ends]
    if hasattr(rows, "runs"):
        from tracker.views.columns.arrow import flow_values_of  # noqa: PLC0415 - NumPy and Numba

        write(path, columns, (of_arrays(flow_values_of(run), columns) for run in rows.runs()))
    else:
        write(path, columns, of_objects(rows, columns))


def of_objects(rows: Iterable[Any], columns: list[Column]) -> Iterator[Any]:
    """Rows as batches of columns."""
    waiting = iter(rows)
    while some := list(islice(waiting, GROUP)):
        yield pa.record_batch(
            [pa.array([value(row) for row in some], kind) for _, kind, value in columns],
            names=[name for name, _, _ in columns],
        )


def write(path: str, columns: list[Column], found: Iterable[Any]) -> None:
    """Write aside and rename, so that a file of that name is a whole one. Raises OSError."""
    schema = pa.schema([(name, kind) for name, kind, _ in columns])
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - the same string as below
        raise OSError(errno.EINVAL, "it is no file, and Parquet cannot be streamed")
    aside = f"{path}.{os.getpid()}.part"
    try:
        with pq.ParquetWriter(aside, schema) as writer:
            waiting, count = [], 0
            for batch in found:
                waiting.append(batch)
                count += len(batch)
                if count >= GROUP:
                    writer.write_table(pa.Table.from_batches(waiting, schema), GROUP)
                    waiting, count = [], 0
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, schema), GROUP)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)
