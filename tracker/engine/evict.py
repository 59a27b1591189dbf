"""Which flows go when there may be no more: those that are over, then those that never were, then those idle for longest.

An ending that was seen is lost from the tables with its flow, so it is counted; a connection that lives should stay.
"""

from collections import Counter
from typing import Any, Final

from tracker.tcp.endpoint import Endpoint, Flow
from tracker.tcp.states import CLOSED, SYN_RECV, TIME_WAIT, UNKNOWN

OVER: Final = 0
EMBRYONIC: Final = 1
IDLE: Final = 2
CLASSES: Final = ("closed", "embryonic", "idle")  # as they are counted


def eviction_class(flow: Flow, superseded: int) -> int:
    """OVER, EMBRYONIC or IDLE. superseded: 1 if the tuple has a later life."""
    a, b = flow.a, flow.b
    if superseded or (is_over(a) and is_over(b)):
        return OVER
    return EMBRYONIC if is_embryonic(a) and is_embryonic(b) else IDLE


def is_over(endpoint: Endpoint) -> bool:
    """Closed or in TIME_WAIT; or never heard of, as the other end of a socket that is connected to itself."""
    return endpoint.state == CLOSED or endpoint.state == TIME_WAIT or endpoint.state == UNKNOWN


def is_embryonic(endpoint: Endpoint) -> bool:
    """Not through with the handshake."""
    return endpoint.state <= SYN_RECV


def last_heard(flow: Flow) -> int:
    """When its last segment came, ns."""
    return max(flow.first, flow.a.last, flow.b.last)


class Bound:
    """Steps an engine so that it never holds more than `most` flows, and counts those that had to go, by class.

    It looks after every so many segments, wherever batches end: both engines let go of the same flows. Only a life of a
    tuple that may still speak is kept beyond the bound.
    """

    def __init__(self, engine: Any, most: int) -> None:
        self.evicted: Counter[str] = Counter()
        self._engine = engine
        self._most = most
        self._every = max(most // 4, 1)
        self._left = 0

    def step(self, segments: Any, start: int, stop: int) -> None:
        """Replay segments[start:stop]."""
        while start < stop:
            if not self._left:
                self._left = self._every
                surplus = self._engine.count() + self._every - self._most
                if surplus > 0:
                    self.evicted.update(self._engine.evict(surplus))
            cut = min(stop, start + self._left)
            self._engine.step(segments, start, cut)
            self._left -= cut - start
            start = cut
