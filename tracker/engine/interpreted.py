"""The interpreted storage: slots objects in lists, flows found in a dict."""

from tracker.tcp.endpoint import TENTATIVE, YOUNG, Flow, Transition, Trouble
from tracker.tcp.segment import Segment

Key = tuple[int, ...]


class Store:
    """Flows and transitions of one replay. `flows[i]` is flow number i; `transitions` is the log in the order of learning.

    `troubles[i]` is Trouble number i; number 0 is that of all ends that have none.
    """

    __slots__ = ("flows", "places", "transitions", "troubles")

    def __init__(self) -> None:
        self.flows: list[Flow] = []
        self.transitions: list[Transition] = []
        self.troubles: list[Trouble] = [Trouble()]
        self.places: dict[Key, int] = {}

    def new_transition(self) -> Transition:
        """Append a row to the log."""
        row = Transition()
        self.transitions.append(row)
        return row

    def transition_count(self) -> int:
        """How many rows the log has."""
        return len(self.transitions)

    def new_trouble(self) -> int:
        """Append a row to the troubles."""
        self.troubles.append(Trouble())
        return len(self.troubles) - 1

    def look_up(self, segment: Segment) -> int:
        """See engine.store."""
        return self.places.get((segment.sport, segment.dport, *segment.src, *segment.dst), -1)

    def find(self, segment: Segment) -> int:
        """See engine.store."""
        place = self.places.get((segment.sport, segment.dport, *segment.src, *segment.dst))
        return self._add(segment, -1, 0) if place is None else place

    def next_life(self, place: int, segment: Segment) -> int:
        """See engine.store."""
        before = self.flows[place >> 1]
        return self._add(segment, place >> 1, min(before.incarnation + 1, 0xFFFF)) >> 1

    def start_again(self, number: int, segment: Segment) -> None:
        """See engine.store."""
        flow = self.flows[number]
        marks, previous, incarnation = flow.marks, flow.previous, flow.incarnation
        for endpoint in (flow.a, flow.b):  # what the attempt before was believed to do is not shown
            row = endpoint.log
            while row:
                self.transitions[row - 1].undone = segment.number
                row = self.transitions[row - 1].previous
        new = self.flows[number] = self._flow(segment, previous, incarnation)
        new.marks = marks & (TENTATIVE | YOUNG)

    def _flow(self, segment: Segment, previous: int, incarnation: int) -> Flow:
        flow = Flow()
        flow.first = segment.time
        flow.born = segment.number
        flow.src = list(segment.src)
        flow.dst = list(segment.dst)
        flow.sport = segment.sport
        flow.dport = segment.dport
        flow.swapped = is_swapped(segment)
        flow.previous = previous
        flow.incarnation = incarnation
        return flow

    def _add(self, segment: Segment, previous: int, incarnation: int) -> int:
        number = len(self.flows)
        flow = self._flow(segment, previous, incarnation)
        self.flows.append(flow)
        swapped = flow.swapped
        self.places[(segment.dport, segment.sport, *segment.dst, *segment.src)] = number << 1 | (1 - swapped)
        self.places[(segment.sport, segment.dport, *segment.src, *segment.dst)] = number << 1 | swapped
        return number << 1 | swapped


def is_swapped(segment: Segment) -> int:
    """1 if the segment runs from the higher address and port."""
    return int((*segment.src, segment.sport) > (*segment.dst, segment.dport))
