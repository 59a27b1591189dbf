"""Rows seen as the records that they are: for whoever asks about one flow or some, not about millions."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, overload

import numpy as np

from tracker.record import of_values

R = TypeVar("R")
CHUNK = 1024  # rows turned into Python's numbers at a time


@cache
def plain_dtype(record: Any) -> np.dtype[Any]:
    """The record's row type with sub-arrays as fields of their own, which become tuples of ints and not arrays."""
    words = np.dtype([(str(i), "u4") for i in range(4)])
    fields: list[Any] = []
    for name, kind in record.FIELDS.items():
        fields.append((name, plain_dtype(kind) if not isinstance(kind, str) else words if kind == "4u4" else kind))
    return np.dtype(fields, align=True)


class Table(Sequence[R], Generic[R]):
    """A sequence of records, made of `rows` (a structured array) when they are asked for: copies, not references."""

    def __init__(self, kind: type[R], rows: Any) -> None:
        self.rows = rows
        self._kind = kind
        self._plain = rows.view(plain_dtype(kind))

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> R: ...

    @overload
    def __getitem__(self, index: slice) -> "Table[R]": ...

    def __getitem__(self, index: int | slice) -> "R | Table[R]":
        if isinstance(index, slice):
            return Table(self._kind, self.rows[index])
        return of_values(self._kind, self._plain[index].item())

    def __iter__(self) -> Iterator[R]:
        for start in range(0, len(self.rows), CHUNK):
            for values in self._plain[start : start + CHUNK].tolist():
                yield of_values(self._kind, values)
