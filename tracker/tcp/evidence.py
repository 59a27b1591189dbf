"""What a later segment proves or disproves of an earlier belief.

A state entered because a segment passed *towards* an endpoint is only assumed. The endpoint's next words decide:

 - it repeats its SYN: the SYN-ACK never reached it (still SYN_SENT);
 - it has been sent the same SYN-ACK, or the same FIN, again, and has not acknowledged the one before: that was lost;
 - it repeats its SYN-ACK: the final ACK did not count (lost, accept queue full, deferred accept: still SYN_RECV);
 - it repeats its FIN: the ACK of it never arrived (still FIN_WAIT1, CLOSING or LAST_ACK);
 - its FIN, or its RST with ACK, does not cover the other side's FIN: that FIN had not arrived when this one left, so what
   looked like CLOSE_WAIT > LAST_ACK was FIN_WAIT1 > CLOSING;
 - it answers a segment with a bare RST: there was no socket that could have taken that segment;
 - it goes on after an RST that should have ended it: the RST was ignored or lost.
"""

from typing import Any, Final

from tracker.tcp.endpoint import ACK_KNOWN, FIN_SENT, Endpoint
from tracker.tcp.log import take_back, transition_of
from tracker.tcp.segment import ACK, Segment
from tracker.tcp.sequence import distance
from tracker.tcp.states import (
    ASSUMED,
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT1,
    FIN_WAIT2,
    LAST_ACK,
    ON_ACK_OF_SYN,
    ON_FIN,
    ON_RST,
    ON_SYN,
    ON_SYN_ACK,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
)

# In flight when the RST passed, at the most: what an endpoint sends later than this after an RST, it sends in spite of it.
CROSSING: Final = 50_000_000  # ns, beside two round trips


def covers_fin(segment: Segment, other: Endpoint) -> bool:
    """The segment acknowledges the other side's FIN."""
    return other.marks & FIN_SENT != 0 and segment.flags & ACK != 0 and distance(segment.ack, other.fin_seq) > 0


def syn_repeated(segment: Segment, sender: Endpoint, store: Any) -> None:
    """The same SYN again: the SYN-ACK had not reached it, nor had the refusal. (Windows tries again after a refusal, too.)"""
    if sender.certainty != ASSUMED:
        return
    state = sender.state
    if state == ESTABLISHED or state == SYN_RECV or (state == CLOSED and state_below(sender, store) == SYN_SENT):
        take_back(sender, SYN_SENT, segment, store)


def crossing_syn_was_lost(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> bool:
    """Who gets a crossing SYN answers with SYN-ACK. One that acknowledges the other side's SYN-ACK, and never sent its own,
    was still SYN_SENT when that came (tcp_rcv_synsent_state_process). True if SYN_RECV was believed."""
    if sender.certainty != ASSUMED or sender.marks & ACK_KNOWN:
        return False
    opened = (
        sender.state == ESTABLISHED and cause_of(sender, store) == ON_SYN_ACK and state_below(sender, store) == SYN_RECV
    )
    if not opened and (sender.state != SYN_RECV or cause_of(sender, store) != ON_SYN):
        return False
    if not receiver.marks & ACK_KNOWN or distance(segment.ack, receiver.iss) <= 0:
        return False
    take_back(sender, SYN_SENT, segment, store)
    return True


def syn_ack_repeated(segment: Segment, sender: Endpoint, store: Any) -> None:
    """The same SYN-ACK again: the final ACK did not complete the handshake there."""
    if sender.certainty == ASSUMED and (sender.state == ESTABLISHED or sender.state == CLOSE_WAIT):
        take_back(sender, SYN_RECV, segment, store)


def syn_ack_unanswered(segment: Segment, receiver: Endpoint, store: Any) -> None:
    """The same SYN-ACK again, and no ACK between: the one before had not arrived."""
    if receiver.state == ESTABLISHED and receiver.certainty == ASSUMED and cause_of(receiver, store) == ON_SYN_ACK:
        take_back(receiver, state_below(receiver, store), segment, store)


def fin_repeated(segment: Segment, sender: Endpoint, store: Any) -> None:
    """The same FIN again: its ACK had not arrived. Only states assumed from that ACK fall."""
    if sender.certainty != ASSUMED:
        return
    before = sender.log
    if sender.state == FIN_WAIT2:
        take_back(sender, FIN_WAIT1, segment, store)
    elif sender.state == TIME_WAIT:
        below = state_below(sender, store)
        if below == CLOSING:
            take_back(sender, CLOSING, segment, store)
        elif below == FIN_WAIT2:
            take_back(sender, FIN_WAIT1, segment, store)
    elif sender.state == CLOSED and state_below(sender, store) == LAST_ACK and cause_of(sender, store) != ON_RST:
        take_back(sender, LAST_ACK, segment, store)
    if sender.log != before and distance(sender.snd_una, sender.fin_seq) > 0:
        sender.snd_una = sender.fin_seq


def fin_unanswered(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> None:
    """The same FIN again: if the receiver has not acknowledged it, it had not arrived. Whether this one does its ACK will tell."""
    if receiver.certainty == ASSUMED and cause_of(receiver, store) == ON_FIN:
        take_back(receiver, state_below(receiver, store), segment, store)
    acknowledged = receiver.marks & ACK_KNOWN != 0 and distance(receiver.rcv_nxt, sender.fin_seq) > 0
    if not acknowledged and distance(receiver.edge, sender.fin_seq) > 0:
        receiver.edge = sender.fin_seq


def state_below(endpoint: Endpoint, store: Any) -> int:
    """The state before its last transition."""
    return transition_of(store, endpoint.log - 1).old if endpoint.log else endpoint.state


def cause_of(endpoint: Endpoint, store: Any) -> int:
    """The event of its last transition."""
    return transition_of(store, endpoint.log - 1).cause if endpoint.log else -1


def fin_not_covered(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> bool:
    """The sender closes or resets without having the receiver's FIN: it had not arrived. True if that was believed."""
    if not receiver.marks & FIN_SENT or covers_fin(segment, receiver) or sender.certainty != ASSUMED:
        return False
    if sender.state == CLOSE_WAIT:
        take_back(sender, transition_of(store, sender.log - 1).old, segment, store)
        return True
    if sender.state == CLOSING:
        take_back(sender, FIN_WAIT1, segment, store)
        return True
    return False


def bare_rst_answers(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> None:
    """A bare RST answers the receiver's last segment: no socket was there to take it, so what that segment was believed to
    do never happened. (An ACK of a FIN it did take: tcp_rcv_state_process() enters FIN_WAIT2 before it resets for data.)"""
    while sender.log and sender.certainty == ASSUMED and sender.state != CLOSED:
        row = transition_of(store, sender.log - 1)
        if row.at != receiver.last or sender.last > row.at:
            return
        if row.cause != ON_FIN and row.cause != ON_ACK_OF_SYN and row.cause != ON_SYN_ACK and row.cause != ON_SYN:
            return
        take_back(sender, row.old, segment, store)


def closed_before_rst(segment: Segment, sender: Endpoint, store: Any) -> bool:
    """Its first FIN, after an RST that should have ended it: they have crossed, it had closed before. True if so."""
    if sender.state != CLOSED or sender.certainty != ASSUMED or cause_of(sender, store) != ON_RST:
        return False
    take_back(sender, state_below(sender, store), segment, store)
    return True


def goes_on_after_rst(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> None:
    """It speaks although an RST should have ended it, later than anything that was under way then."""
    if sender.state != CLOSED or sender.certainty != ASSUMED or not sender.log:
        return
    row = transition_of(store, sender.log - 1)
    if row.cause != ON_RST:
        return
    under_way = CROSSING + 2000 * sender.srtt + 2000 * receiver.srtt
    if segment.time - row.at > under_way:
        take_back(sender, row.old, segment, store)
