"""The records as rows of memory: each field at a multiple of its width, as the compiled engine lays them out.

There are as many endpoints as connections ever were, and the processor's cache holds few of them.
"""

from itertools import pairwise
from typing import Any

import pytest

from tracker.tcp.endpoint import Endpoint, Flow, Transition, Trouble

WIDTHS = {"u1": (1, 1), "u2": (2, 2), "u4": (4, 4), "i4": (4, 4), "i8": (8, 8), "4u4": (16, 4)}  # size, alignment


def laid_out(kind: Any) -> tuple[int, int]:
    """(size, alignment) of a record."""
    size, widest = 0, 1
    for field in kind.FIELDS.values():
        width, step = WIDTHS[field] if isinstance(field, str) else laid_out(field)
        size = -(-size // step) * step + width
        widest = max(widest, step)
    return -(-size // widest) * widest, widest


@pytest.mark.parametrize(("kind", "most"), [(Endpoint, 120), (Flow, 304), (Transition, 40), (Trouble, 56)])
def test_rows_are_small(kind: type, most: int) -> None:
    assert laid_out(kind)[0] <= most


@pytest.mark.parametrize("kind", [Endpoint, Trouble, Transition])
def test_wide_fields_come_first_so_that_nothing_is_left_between(kind: Any) -> None:
    alignments = [WIDTHS[field][1] for field in kind.FIELDS.values()]
    size, _ = laid_out(kind)
    assert all(before >= after for before, after in pairwise(alignments))
    assert size - sum(WIDTHS[field][0] for field in kind.FIELDS.values()) < 8
