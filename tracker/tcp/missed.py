"""A FIN that the capture has missed, and that only its acknowledgment tells of.

Somebody acknowledges exactly one byte more than was ever seen of the other side: the byte is a FIN. (Where it was a lost byte
of payload, more payload follows it, and then this is taken back.)
"""

from typing import Any

from tracker.tcp.endpoint import FIN_INFERRED, FIN_SENT, SEQ_KNOWN, Endpoint
from tracker.tcp.log import assumed, received, take_back, transition_of
from tracker.tcp.segment import SYN, Segment
from tracker.tcp.sequence import add, distance
from tracker.tcp.states import CLOSE_WAIT, ESTABLISHED, FIN_WAIT1, LAST_ACK, ON_ACK_OF_FIN, ON_FIN


def is_missed_fin(segment: Segment, receiver: Endpoint) -> bool:
    """The segment acknowledges one byte beyond everything that was seen of its receiver, which had not closed."""
    if receiver.marks & (SEQ_KNOWN | FIN_SENT) != SEQ_KNOWN or segment.flags & SYN:
        return False
    if receiver.state != ESTABLISHED and receiver.state != CLOSE_WAIT:
        return False
    return distance(segment.ack, receiver.snd_nxt) == 1


def missed_fin(segment: Segment, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any) -> None:
    """The receiver has closed, unseen. `side` is the sender's."""
    receiver.marks |= FIN_SENT
    receiver.sight |= FIN_INFERRED
    receiver.fin_seq = add(segment.ack, -1)
    assumed(ON_FIN, segment, receiver, number, 1 - side, store)
    if receiver.state == LAST_ACK and sender.marks & FIN_SENT:
        # It had the sender's FIN before it closed: the FIN that was missed has acknowledged it.
        received(ON_ACK_OF_FIN, segment, sender, number, side, store)
        sender.snd_una = sender.snd_nxt


def was_no_fin(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> None:
    """The sender goes on with payload where its FIN was thought to be: the byte that was missed was payload."""
    sender.marks &= 0xFFFF ^ FIN_SENT
    sender.sight &= 0xFF ^ FIN_INFERRED
    first = 0
    while sender.log and not first:
        row = transition_of(store, sender.log - 1)
        if row.cause == ON_FIN and row.old != row.new and (row.new == FIN_WAIT1 or row.new == LAST_ACK):
            first = row.number
        take_back(sender, row.old, segment, store)
    while receiver.log and first:
        row = transition_of(store, receiver.log - 1)
        if row.number < first or (row.cause != ON_ACK_OF_FIN and row.cause != ON_FIN):
            return
        take_back(receiver, row.old, segment, store)
