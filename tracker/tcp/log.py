"""Entering a state, and taking it back. Nothing else writes an endpoint's state or the transition log."""

from typing import Any, Final

from tracker.tcp.endpoint import Endpoint, Transition
from tracker.tcp.segment import Segment
from tracker.tcp.states import ASSUMED, ESTABLISHED, NOT_SURE, PROVES, RECEIVED, SEEN, SENT, UNKNOWN

JITTER: Final = 1_000_000_000  # ns; a clock that goes back further was set back


def new_transition(store: Any) -> Transition:
    """A new row at the end of the log. (A storage's own act: the compiled engine replaces this function.)"""
    row: Transition = store.new_transition()
    return row


def transition_of(store: Any, index: int) -> Transition:
    """Row `index` of the log. (A storage's own act.)"""
    row: Transition = store.transitions[index]
    return row


def last_row(store: Any) -> int:
    """How many rows the log has. (A storage's own act.)"""
    count: int = store.transition_count()
    return count


def move(
    endpoint: Endpoint, new: int, certainty: int, cause: int, segment: Segment, number: int, side: int, store: Any
) -> None:
    """Enter a state; or be surer of the one it is in."""
    if new == endpoint.state:
        if certainty > endpoint.certainty and new != UNKNOWN:
            endpoint.certainty = certainty
            if endpoint.log:
                transition_of(store, endpoint.log - 1).certainty = certainty
        return
    at = segment.time
    if at < endpoint.since < at + JITTER:
        at = (
            endpoint.since
        )  # stamps of several cores go slightly backwards; no state is entered before the one before it
    row = new_transition(store)
    row.at = at
    row.number = segment.number
    row.flow = number
    row.previous = endpoint.log
    row.side = side
    row.old = endpoint.state
    row.new = new
    row.certainty = certainty
    row.cause = cause
    endpoint.log = last_row(store)
    endpoint.state = new
    endpoint.certainty = certainty
    endpoint.since = at


def sent(event: int, segment: Segment, sender: Endpoint, number: int, side: int, store: Any) -> None:
    """What the sender must be, to have sent it."""
    old = sender.state
    new = SENT[event << 4 | old]
    if new == old and (sender.certainty == NOT_SURE or not PROVES[event << 4 | old]):
        return  # going on proves nothing of a state that other states look like
    certainty = SEEN
    if old == UNKNOWN and new == ESTABLISHED:
        certainty = NOT_SURE  # mid-stream: any later state sends the same
    move(sender, new, certainty, event, segment, number, side, store)


def received(event: int, segment: Segment, receiver: Endpoint, number: int, side: int, store: Any) -> None:
    """What the receiver becomes, if it has arrived. `side` is the receiver's."""
    new = RECEIVED[event << 4 | receiver.state]
    if new != receiver.state:
        move(receiver, new, NOT_SURE if receiver.state == UNKNOWN else ASSUMED, event, segment, number, side, store)


def assumed(event: int, segment: Segment, host: Endpoint, number: int, side: int, store: Any) -> None:
    """What a host must be though it has not said so itself: an ICMP error quotes it, or the capture has missed its segment.

    `side` is the host's.
    """
    new = SENT[event << 4 | host.state]
    if new != host.state:
        move(host, new, ASSUMED, event, segment, number, side, store)


def take_back(endpoint: Endpoint, state: int, segment: Segment, store: Any) -> None:
    """`segment` proves that the endpoint never left `state`: what was entered since is marked as undone by it."""
    while endpoint.state != state and endpoint.log:
        row = transition_of(store, endpoint.log - 1)
        row.undone = segment.number
        endpoint.state = row.old
        endpoint.log = row.previous
    if endpoint.log:
        row = transition_of(store, endpoint.log - 1)
        endpoint.since = row.at
        endpoint.certainty = row.certainty
    else:
        endpoint.since = 0
        endpoint.certainty = NOT_SURE
