"""Runs of sockets as lists of texts, a list a column, for tables of millions of lines."""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address
from typing import Any, Final

import numpy as np

from tracker.output.table import Column
from tracker.views.columns.hosts import is_ipv4
from tracker.views.history import address
from tracker.views.names import port_text
from tracker.views.rows import UNKNOWABLE

HALVES: Final[list[str]] = []  # the two last parts of an IPv4 address by their number
SMALL: Final = [str(number) for number in range(4096)]
PORTS: Final[tuple[dict[int, str], dict[int, str]]] = ({}, {})  # by name, and by number: those met so far
Columns = list[list[str]]


def halves() -> list[str]:
    """Made when the first address is to be written."""
    if not HALVES:
        HALVES.extend(f"{number >> 8}.{number & 255}" for number in range(65536))
    return HALVES


def addresses(words: Any, six: Callable[[IPv6Address], str] = str) -> list[str]:
    """Addresses as text; `six` spells one of IPv6."""
    if not len(words):
        return []
    if is_ipv4(words).all():
        half = halves()
        last = words[:, 3]
        high, low = (last >> 16).tolist(), (last & 0xFFFF).tolist()
        return [f"{half[i]}.{half[j]}" for i, j in zip(high, low, strict=True)]
    known: dict[tuple[int, ...], str] = {}
    texts = []
    for one in map(tuple, words.tolist()):
        text = known.get(one)
        if text is None:
            ip = address(list(one))
            text = known[one] = six(ip) if isinstance(ip, IPv6Address) else str(ip)
        texts.append(text)
    return texts


def ports(numbers: Any, *, numeric: bool) -> list[str]:
    """Ports as text."""
    listed = numbers.tolist()
    known = PORTS[numeric]
    known.update((port, port_text(port, numeric=numeric)) for port in set(listed).difference(known))
    return [known[port] for port in listed]


def queues(lengths: Any) -> list[str]:
    """Queues in bytes as text; see rows.queue_text."""
    return [SMALL[n] if 0 <= n < 4096 else UNKNOWABLE if n < 0 else str(n) for n in lengths.tolist()]


def longest(words: Any, numbers: Any, *, numeric: bool) -> Any:
    """The row whose address and port, as text, are the longest, as an index array; of IPv6 all rows may be."""
    if not len(words) or not is_ipv4(words).all():
        return np.arange(len(words))
    digits = np.array([len(half) for half in halves()])
    used = np.flatnonzero(np.bincount(numbers))
    named = np.zeros(1 << 16, np.int64)
    named[used] = [len(text) for text in ports(used, numeric=numeric)]
    last = words[:, 3]
    return np.array([np.argmax(digits[last >> 16] + digits[last & 0xFFFF] + named[numbers])])


def lines(
    columns: Sequence[Column],
    runs: Callable[[], Iterator[Columns]],
    *,
    header: bool = True,
    samples: Callable[[], Iterator[Columns]] | None = None,
) -> Iterator[str]:
    """What output.table.render gives for a pipe, without keeping the rows: they are made twice.

    samples: the runs' columns cut down to texts with a longest one among them; the last one, to the left, needs none.
    """
    widths = [max(column.least, len(column.title) if header else 0) for column in columns]
    for run in (samples or runs)():
        widths = [max(width, *map(len, texts)) if texts else width for width, texts in zip(widths, run, strict=True)]
    shape = "".join(
        f"{column.gap if i else ''}%{'' if column.right else '-'}{width}s"
        for i, (column, width) in enumerate(zip(columns, widths, strict=True))
    )
    if header:
        yield (shape % tuple(column.title for column in columns)).rstrip(" ")
    for run in runs():
        for cells in zip(*run, strict=True):
            yield (shape % cells).rstrip(" ")
