"""Where an end's Trouble lies: aside, in a row of its own that it gets with the first trouble it has.

Row 0 is all zeros for ever: it is what an end without trouble reads, and nobody writes it.
"""

from typing import Any, Final

from tracker.tcp.endpoint import Endpoint, Trouble

MOST_TROUBLES: Final = 2  # rows that one segment can begin, one an end: the proof is in tests/tcp/test_trouble.py


def trouble_row(store: Any, index: int) -> Trouble:
    """Row `index` of the troubles. (A storage's own act: the compiled engine replaces this function.)"""
    row: Trouble = store.troubles[index]
    return row


def new_trouble(store: Any) -> int:
    """A new row of zeros at the end of the troubles; returns its number. (A storage's own act.)"""
    index: int = store.new_trouble()
    return index


def trouble_of(store: Any, endpoint: Endpoint) -> Trouble:
    """An end's trouble, to read only: all ends that have none share one row."""
    return trouble_row(store, endpoint.trouble)


def own_trouble(store: Any, endpoint: Endpoint) -> Trouble:
    """An end's own trouble, to write; it gets its row now if it has none."""
    if endpoint.trouble == 0:
        endpoint.trouble = new_trouble(store)
    return trouble_row(store, endpoint.trouble)
