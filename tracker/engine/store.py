"""The few acts that each storage does its own way. Interpreted: methods of the store; a compiled engine overloads these names."""

from typing import Any

from tracker.tcp.endpoint import Flow
from tracker.tcp.segment import Segment


def find(store: Any, segment: Segment) -> int:
    """flow number << 1 | (the segment runs from the higher address and port); a new flow when there was none."""
    place: int = store.find(segment)
    return place


def look_up(store: Any, segment: Segment) -> int:
    """The same, or -1 when there is none."""
    place: int = store.look_up(segment)
    return place


def next_life(store: Any, place: int, segment: Segment) -> int:
    """A new flow for the same tuple, begun by the segment's sender; returns its number."""
    new: int = store.next_life(place, segment)
    return new


def start_again(store: Any, number: int, segment: Segment) -> None:
    """Clear a flow's row, so that this segment's attempt takes the place of a tentative one."""
    store.start_again(number, segment)


def flow_of(store: Any, number: int) -> Flow:
    """The row of a flow."""
    flow: Flow = store.flows[number]
    return flow
