"""The records as NumPy row types: the same lists of fields."""

from typing import Any, Final

import numpy as np

from tracker.capture.records import Frame, Interface, Reader
from tracker.tcp.endpoint import Flow, Transition, Trouble
from tracker.tcp.segment import Segment


def dtype_of(record: Any) -> np.dtype[Any]:
    """The aligned row type of a record. (Aligned everywhere: to Numba an unaligned row is another, slower type.)"""
    fields: list[Any] = []
    for name, kind in record.FIELDS.items():
        if not isinstance(kind, str):
            fields.append((name, dtype_of(kind)))
        elif kind == "4u4":
            fields.append((name, "u4", (4,)))
        else:
            fields.append((name, kind))
    return np.dtype(fields, align=True)


SEGMENT: Final = dtype_of(Segment)
FLOW: Final = dtype_of(Flow)
TRANSITION: Final = dtype_of(Transition)
TROUBLE: Final = dtype_of(Trouble)
FRAME: Final = dtype_of(Frame)
READER: Final = dtype_of(Reader)
INTERFACE: Final = dtype_of(Interface)

# What the kernels see of the storage: one record, so that passing it down costs one pointer.
STORE: Final = np.dtype(
    [
        ("flows_at", "i8"),
        ("flows", "i8"),
        ("transitions_at", "i8"),
        ("transitions", "i8"),
        ("troubles_at", "i8"),
        ("troubles", "i8"),
        ("index_at", "i8"),
        ("index_size", "i8"),
        ("keys", "u8", (3,)),
    ],
    align=True,
)
SLOT: Final = np.dtype([("entry", "u8")], align=True)  # hash << 32 | flow + 1; 0 is empty
