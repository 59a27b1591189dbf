"""observe(): what one segment does to its sender and its receiver.

The order is RFC 9293 3.10.7.4's. First the receiver's verdict; then, for the sender, what its words prove and disprove; then,
for the receiver, what follows if it accepts: RST, SYN, ACK, FIN.
"""

from typing import Any

from tracker.tcp.acceptance import (
    ACCEPT,
    ACK_OF_NOTHING,
    BEYOND,
    DUPLICATE,
    INVALID,
    OLD,
    TOO_OLD_ACK,
    WRONG_CHECKSUM,
    judge,
)
from tracker.tcp.arrival import arrive
from tracker.tcp.duplicate import NEAR, is_duplicate
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    CHECKSUM_BY_CARD,
    EDGE_KNOWN,
    FAST_OPEN,
    FIN_INFERRED,
    FIN_SENT,
    ISS_KNOWN,
    RIGHT_SUMS,
    SCALE_OFFERED,
    SEQ_KNOWN,
    SIGHT_INCOMING,
    SIGHT_OUTGOING,
    TS_KNOWN,
    UNANSWERED,
    Endpoint,
    Flow,
)
from tracker.tcp.evidence import (
    bare_rst_answers,
    closed_before_rst,
    covers_fin,
    crossing_syn_was_lost,
    fin_not_covered,
    fin_repeated,
    fin_unanswered,
    goes_on_after_rst,
)
from tracker.tcp.handshake import on_syn
from tracker.tcp.log import assumed, move, received, sent
from tracker.tcp.missed import is_missed_fin, missed_fin, was_no_fin
from tracker.tcp.segment import (
    ACK,
    CHECKSUM_PARTIAL,
    FIN,
    HAS_TIMESTAMPS,
    INCOMING,
    OUTGOING,
    RIGHT_CHECKSUM,
    RST,
    SYN,
    Segment,
)
from tracker.tcp.sequence import MASK32, add, distance
from tracker.tcp.states import (
    CLOSED,
    ESTABLISHED,
    NOT_SURE,
    ON_ACK_OF_FIN,
    ON_ACK_OF_SYN,
    ON_DATA,
    ON_FIN,
    ON_RST,
    ON_SYN,
    ON_SYN_ACK,
    SEEN,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    UNKNOWN,
)
from tracker.tcp.transfer import account, note_ack, probed
from tracker.tcp.trouble import own_trouble, trouble_of

MOST_TRANSITIONS = 9  # that one segment can cause: the proof is in tests/tcp/test_step.py


def observe(
    segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any
) -> int:
    """Apply one segment of flow `number`, sent by `side` (0: a, 1: b). Returns the receiver's verdict."""
    if (sender.ident - segment.ident) & 0xFFFF < NEAR and sender.packets and is_duplicate(segment, sender, receiver):
        if trouble_of(store, sender).duplicates < 65535:
            own_trouble(store, sender).duplicates += 1
        return DUPLICATE
    sender.ident = segment.ident
    verdict = judge(segment, sender, receiver)
    if verdict != ACCEPT and trouble_of(store, receiver).ignored < 65535:
        own_trouble(store, receiver).ignored += 1
    if verdict == INVALID or verdict == WRONG_CHECKSUM:
        return verdict  # nothing of it is its sender's word either
    flags = segment.flags
    if flags & RST:
        on_rst(segment, sender, receiver, verdict, number, side, store)
    elif flags & SYN:
        on_syn(segment, flow, sender, receiver, verdict, number, side, store)
    elif flags & ACK:
        on_segment(segment, sender, receiver, verdict, number, side, store)
    if sender.packets == 0 or segment.marks:
        note_sight(segment, sender)
    if sender.packets < MASK32:
        sender.packets += 1
    sender.last = segment.time
    return verdict


def note_sight(segment: Segment, sender: Endpoint) -> None:
    """What tells how far the sender is from the capture."""
    if sender.packets == 0:
        sender.ttl = segment.ttl
    if segment.marks & OUTGOING:
        sender.sight |= SIGHT_OUTGOING
    if segment.marks & INCOMING:
        sender.sight |= SIGHT_INCOMING
    if segment.marks & CHECKSUM_PARTIAL:
        sender.marks |= CHECKSUM_BY_CARD
    if segment.marks & RIGHT_CHECKSUM:
        sender.sight |= RIGHT_SUMS


def on_rst(
    segment: Segment, sender: Endpoint, receiver: Endpoint, verdict: int, number: int, side: int, store: Any
) -> None:
    """The sender has no connection (any more); the receiver's ends if the RST is exact."""
    if sender.resets < 65535:
        sender.resets += 1
    if sender.state == UNKNOWN and receiver.state == UNKNOWN:
        if not segment.flags & ACK or segment.seq == 0:
            return  # backscatter claims nothing
        # With ACK and a number of its own it is the abort of a synchronized socket (tcp_send_active_reset).
        move(sender, ESTABLISHED, NOT_SURE, ON_DATA, segment, number, side, store)
        move(receiver, ESTABLISHED, NOT_SURE, ON_DATA, segment, number, 1 - side, store)
    if answers_syn(segment, sender, receiver):
        bare_rst_answers(segment, sender, receiver, store)
        sent(ON_RST, segment, sender, number, side, store)
    elif sender.state == SYN_SENT and segment.seq != add(sender.iss, 1):
        pass  # it answers an ACK that is not of its attempt, and goes on trying (RFC 9293 3.10.7.3)
    elif is_the_owners(segment, sender, receiver):
        if segment.flags & ACK:
            fin_not_covered(segment, sender, receiver, store)
        else:
            bare_rst_answers(segment, sender, receiver, store)
        sent(ON_RST, segment, sender, number, side, store)
    if verdict == ACCEPT:
        received(ON_RST, segment, receiver, number, 1 - side, store)


def answers_syn(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """RFC 9293 3.10.7.1: number 0, and an ACK of the SYN: where that SYN came there was no socket, not even one in SYN_SENT."""
    if segment.seq != 0 or not segment.flags & ACK or not receiver.marks & ISS_KNOWN:
        return False
    return sender.state <= SYN_RECV and distance(segment.ack, receiver.iss) > 0


def is_the_owners(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """A host resets with its own next number, or with the number that the segment it answers acknowledged."""
    if not sender.marks & SEQ_KNOWN or sender.state == SYN_SENT:
        return True
    if receiver.marks & ACK_KNOWN and segment.seq == receiver.rcv_nxt:
        return True
    if sender.marks & FIN_SENT and segment.seq == sender.fin_seq:
        return True
    return distance(segment.seq, sender.snd_una) >= 0 and distance(segment.seq, sender.snd_nxt) <= 0


def on_segment(
    segment: Segment, sender: Endpoint, receiver: Endpoint, verdict: int, number: int, side: int, store: Any
) -> None:
    """Everything after the SYNs: data, ACKs, FINs."""
    if verdict == BEYOND or verdict == TOO_OLD_ACK:
        return  # nobody sends where no window was offered: forged, or the capture has lost the offer; the next ACK tells
    accepted = verdict == ACCEPT
    state = sender.state
    if state != ESTABLISHED or sender.certainty != SEEN or receiver.state == UNKNOWN or receiver.state == SYN_SENT:
        prove_going_on(segment, sender, receiver, accepted, number, side, store)
    size = segment.length
    fin = segment.flags & FIN
    if size and sender.sight & FIN_INFERRED and distance(add(segment.seq, size), sender.fin_seq) > 0:
        was_no_fin(segment, sender, receiver, store)
    if verdict == OLD and not sender.marks & FIN_SENT:
        fin = 0  # more than it has been acknowledged since: a stray of another life, or forged
    if fin:
        size = size + 1
    if size:
        carry(segment, sender, receiver, size, verdict, store)
    elif not sender.marks & SEQ_KNOWN:
        account(segment, sender, receiver, segment.seq, store)
    elif segment.seq != sender.snd_nxt == sender.snd_una and segment.seq == add(sender.snd_nxt, -1):
        probed(segment, sender, receiver, store)
    if accepted and segment.options & HAS_TIMESTAMPS and segment.tsval != receiver.ts_recent:
        note_timestamp(segment, receiver)
    if receiver.state == SYN_RECV and accepted:
        received(ON_ACK_OF_SYN, segment, receiver, number, 1 - side, store)
    shift = sender.scale if sender.marks & receiver.marks & SCALE_OFFERED else 0
    closed_unseen = accepted and (segment.ack - receiver.snd_nxt) & MASK32 == 1 and is_missed_fin(segment, receiver)
    note_ack(segment, sender, receiver, shift, accepted or verdict == OLD, store)
    if closed_unseen and receiver.snd_nxt == segment.ack:
        missed_fin(segment, sender, receiver, number, side, store)
    if receiver.marks & FIN_SENT and distance(segment.ack, receiver.fin_seq) > 0:
        sent(ON_ACK_OF_FIN, segment, sender, number, side, store)
        if accepted:
            received(ON_ACK_OF_FIN, segment, receiver, number, 1 - side, store)
    again = fin != 0 and sender.marks & FIN_SENT != 0 and not sender.sight & FIN_INFERRED
    if again:
        fin_unanswered(segment, sender, receiver, store)
    if fin:
        on_fin(segment, sender, receiver, number, side, store)
    if sender.marks & FIN_SENT and size and distance(receiver.edge, sender.fin_seq) > 0:
        if receiver.state == TIME_WAIT:
            receiver.timer_at = segment.time
        if not again:
            received(ON_FIN, segment, receiver, number, 1 - side, store)


def carry(segment: Segment, sender: Endpoint, receiver: Endpoint, size: int, verdict: int, store: Any) -> None:
    """Payload or FIN: the sender's numbers, and what it brings to the receiver. size: the sequence numbers it takes."""
    said = sender.bytes
    account(segment, sender, receiver, add(segment.seq, size), store)
    if sender.bytes != said:  # a repetition is the system's, not the application's
        sender.sight &= 0xFF ^ UNANSWERED
    if segment.length:
        receiver.sight |= UNANSWERED
    if verdict == ACCEPT or verdict == ACK_OF_NOTHING:
        if segment.seq == receiver.edge and receiver.marks & EDGE_KNOWN and not receiver.ranges:
            receiver.edge = add(segment.seq, size)  # in order, as nearly always
        else:
            arrive(receiver, segment.seq, add(segment.seq, size), store)


def note_timestamp(segment: Segment, receiver: Endpoint) -> None:
    """RFC 7323 4.3: the timestamp of what arrives in order is the one to hold later ones against."""
    if not receiver.marks & ACK_KNOWN or distance(segment.seq, receiver.rcv_nxt) <= 0:
        receiver.ts_recent = segment.tsval
        receiver.marks |= TS_KNOWN


def prove_going_on(
    segment: Segment, sender: Endpoint, receiver: Endpoint, accepted: bool, number: int, side: int, store: Any
) -> None:
    """It speaks as a synchronized socket: what does that say of the handshake, or of an RST before?"""
    state = sender.state
    if state == CLOSED:
        goes_on_after_rst(segment, sender, receiver, store)
    elif (state == SYN_RECV or state == ESTABLISHED) and crossing_syn_was_lost(segment, sender, receiver, store):
        received(ON_SYN_ACK, segment, sender, number, side, store)
        sent(ON_ACK_OF_SYN, segment, sender, number, side, store)
    elif state == SYN_RECV:
        # A request socket acknowledges, too (a challenge), and one opened by fast open sends data before the final ACK.
        # But its RCV.NXT never moves (tcp_check_req); and of a side that is not captured the final ACK is not seen.
        moved = sender.marks & ACK_KNOWN != 0 and distance(segment.ack, sender.rcv_nxt) > 0
        if (segment.length or moved or receiver.packets == 0) and not sender.marks & FAST_OPEN:
            sent(ON_DATA, segment, sender, number, side, store)
    elif receiver.marks & ISS_KNOWN and distance(segment.ack, receiver.iss) > 0:
        if state == UNKNOWN and receiver.state == SYN_SENT and accepted:
            # The SYN-ACK is missing in the capture; both have passed it.
            sent(ON_SYN_ACK, segment, sender, number, side, store)
            received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
            if segment.length:
                sent(ON_DATA, segment, sender, number, side, store)
        if state == UNKNOWN and receiver.state == SYN_RECV:
            # Its SYN is missing in the capture: nobody answers a SYN-ACK with an ACK who has not sent one.
            sent(ON_SYN, segment, sender, number, side, store)
        sent(ON_ACK_OF_SYN, segment, sender, number, side, store)
    elif state != SYN_SENT:
        sent(ON_DATA, segment, sender, number, side, store)
    elif receiver.state == UNKNOWN and distance(segment.seq, sender.iss) > 0:
        # It acknowledges what the capture has missed: a SYN-ACK, since in SYN_SENT nothing else is acknowledged.
        assumed(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
        received(ON_SYN_ACK, segment, sender, number, side, store)
        sent(ON_ACK_OF_SYN, segment, sender, number, side, store)
    if receiver.state == UNKNOWN and accepted and sender.state != SYN_SENT:
        if receiver.marks & ISS_KNOWN or sender.marks & ISS_KNOWN:
            # A lone SYN-ACK whose sender goes on: the other side has passed SYN_SENT and ESTABLISHED, unseen.
            assumed(ON_SYN, segment, receiver, number, 1 - side, store)
            received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
        else:
            received(ON_DATA, segment, receiver, number, 1 - side, store)


def on_fin(segment: Segment, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any) -> None:
    """The sender has closed its direction."""
    if sender.sight & FIN_INFERRED:  # the capture is out of order: here is the FIN that its acknowledgment told of
        sender.sight &= 0xFF ^ FIN_INFERRED
        sent(ON_FIN, segment, sender, number, side, store)
        return
    if sender.marks & FIN_SENT:
        elsewhere_before(segment, sender, receiver)
        fin_repeated(segment, sender, store)
        if covers_fin(segment, receiver):
            sent(ON_ACK_OF_FIN, segment, sender, number, side, store)
        return
    sender.marks |= FIN_SENT
    sender.fin_seq = add(segment.seq, segment.length)
    crossed = fin_not_covered(segment, sender, receiver, store)
    crossed_rst = closed_before_rst(segment, sender, store)
    sent(ON_FIN, segment, sender, number, side, store)
    if crossed_rst:
        received(ON_RST, segment, sender, number, side, store)
    if crossed:  # the other FIN is still under way to it
        received(ON_FIN, segment, sender, number, side, store)
    if receiver.packets == 0:  # of a side that the capture does not show, its mandatory answers are assumed
        received(ON_ACK_OF_FIN, segment, sender, number, side, store)


def elsewhere_before(segment: Segment, sender: Endpoint, receiver: Endpoint) -> None:
    """Nobody closes at two places. As long as neither FIN is acknowledged, the one further on was forged."""
    fin = add(segment.seq, segment.length)
    if receiver.marks & ACK_KNOWN and distance(receiver.rcv_nxt, fin) > 0:
        return
    if distance(fin, sender.fin_seq) < 0:
        sender.fin_seq = fin
