"""The few acts that each storage does its own way. Interpreted: methods of the store; the compiled engine overloads these names.

`begin` and `start_again` are built on them, and are the same for both.
"""

from typing import Any

from tracker.tcp.endpoint import TENTATIVE, YOUNG, Flow
from tracker.tcp.log import transition_of
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


def flow_of(store: Any, number: int) -> Flow:
    """The row of a flow."""
    flow: Flow = store.flows[number]
    return flow


def cleared(store: Any, number: int) -> Flow:
    """The row of a flow, all of it zero again."""
    flow: Flow = store.cleared(number)
    return flow


def is_swapped(segment: Segment) -> int:
    """1 if the segment runs from the higher address and port."""
    return int((*segment.src, segment.sport) > (*segment.dst, segment.dport))


def begin(flow: Flow, segment: Segment, previous: int, incarnation: int) -> None:
    """Fill the empty row of a flow whose first segment this is; its sender is `a`."""
    flow.first = segment.time
    flow.born = segment.number
    for w in range(4):
        flow.src[w] = segment.src[w]
        flow.dst[w] = segment.dst[w]
    flow.sport = segment.sport
    flow.dport = segment.dport
    flow.swapped = is_swapped(segment)
    flow.previous = previous
    flow.incarnation = incarnation


def start_again(store: Any, number: int, segment: Segment) -> None:
    """Clear a flow's row, so that this segment's attempt takes the place of a tentative one."""
    flow = flow_of(store, number)
    marks, previous, incarnation = flow.marks, flow.previous, flow.incarnation
    undo(store, flow.a.log, segment)  # what the attempt before was believed to do is not shown
    undo(store, flow.b.log, segment)
    flow = cleared(store, number)
    begin(flow, segment, previous, incarnation)
    flow.marks = marks & (TENTATIVE | YOUNG)


def undo(store: Any, log: int, segment: Segment) -> None:
    """Take back an end's row `log` - 1 of the log and all those before it."""
    row = log
    while row:
        taken = transition_of(store, row - 1)
        taken.undone = segment.number
        row = taken.previous
