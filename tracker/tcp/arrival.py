"""What has reached an endpoint without a hole, and what lies above the hole (RFC 9293 3.10.7.4, RFC 2018)."""

from typing import Any, Final

from tracker.tcp.endpoint import EDGE_KNOWN, HOLES_LOST, Endpoint
from tracker.tcp.sequence import distance
from tracker.tcp.trouble import own_trouble

KEPT: Final = 2  # ranges in Trouble.above
FARTHEST: Final = 1 << 30  # no window is larger (RFC 7323 2.3): what lies further above the edge is nobody's


def arrive(receiver: Endpoint, seq: int, end: int, store: Any) -> None:
    """Bytes [seq, end) have passed towards the receiver."""
    if not receiver.marks & EDGE_KNOWN:
        receiver.marks |= EDGE_KNOWN
        receiver.edge = end
        return
    ahead = distance(seq, receiver.edge)
    if ahead > 0:
        if ahead < FARTHEST:
            keep(receiver, seq, end, store)
        return
    if distance(end, receiver.edge) > 0:
        advance(receiver, end, store)


def advance(receiver: Endpoint, edge: int, store: Any) -> None:
    """The left edge moves up, over the ranges that it now touches."""
    receiver.edge = edge
    if not receiver.ranges:
        return
    above = own_trouble(store, receiver).above
    while receiver.ranges and distance(above[0], receiver.edge) <= 0:
        if distance(above[1], receiver.edge) > 0:
            receiver.edge = above[1]
        above[0] = above[2]
        above[1] = above[3]
        receiver.ranges -= 1


def keep(receiver: Endpoint, seq: int, end: int, store: Any) -> None:
    """A range above the hole, merged with those that it touches. When there is no room only the receiver's ACKs tell."""
    above = own_trouble(store, receiver).above
    for i in range(0, 2 * receiver.ranges, 2):
        if distance(seq, above[i + 1]) <= 0 and distance(end, above[i]) >= 0:
            if distance(seq, above[i]) < 0:
                above[i] = seq
            if distance(end, above[i + 1]) > 0:
                above[i + 1] = end
            if receiver.ranges == KEPT and distance(above[2], above[1]) <= 0:
                if distance(above[3], above[1]) > 0:
                    above[1] = above[3]
                receiver.ranges = 1
            return
    if receiver.ranges == KEPT:
        receiver.marks |= HOLES_LOST
        return
    if receiver.ranges and distance(seq, above[0]) < 0:
        above[2] = above[0]
        above[3] = above[1]
        above[0] = seq
        above[1] = end
    else:
        above[2 * receiver.ranges] = seq
        above[2 * receiver.ranges + 1] = end
    receiver.ranges += 1
