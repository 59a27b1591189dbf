"""observe(): what one segment does to its sender and its receiver.

The order is RFC 9293 3.10.7.4's. First the receiver's verdict; then, for the sender, what its words prove and disprove; then,
for the receiver, what follows if it accepts: RST, SYN, ACK, FIN.
"""

from typing import Any

from tracker.tcp.acceptance import ACCEPT, ACK_OF_NOTHING, BEYOND, CHALLENGE, OLD, end_of, judge
from tracker.tcp.arrival import advance, arrive
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_NOTHING,
    BY_SELF_CONNECT,
    BY_SIMULTANEOUS_OPEN,
    BY_SYN,
    BY_SYN_ACK,
    CHECKSUM_BY_CARD,
    ECN_OFFERED,
    EDGE_KNOWN,
    FAST_OPEN,
    FIN_SENT,
    HOLES_LOST,
    ISS_KNOWN,
    KEEPALIVE,
    MPTCP,
    SACK_OFFERED,
    SCALE_OFFERED,
    SEQ_KNOWN,
    SIGHT_INCOMING,
    SIGHT_OUTGOING,
    TS_KNOWN,
    TS_OFFERED,
    Endpoint,
    Flow,
)
from tracker.tcp.evidence import (
    bare_rst_answers,
    covers_fin,
    fin_not_covered,
    fin_repeated,
    fin_unanswered,
    goes_on_after_rst,
    syn_ack_repeated,
    syn_ack_unanswered,
    syn_repeated,
)
from tracker.tcp.log import move, received, sent, told
from tracker.tcp.round_trip import acknowledged, repeated, start_timing
from tracker.tcp.segment import (
    ACK,
    CHECKSUM_PARTIAL,
    ECE,
    FIN,
    HAS_MPTCP,
    HAS_MSS,
    HAS_SACK_PERMITTED,
    HAS_SCALE,
    HAS_TIMESTAMPS,
    INCOMING,
    OUTGOING,
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
    ON_UNREACHABLE,
    SEEN,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    UNKNOWN,
)

MOST_TRANSITIONS = 6  # that one segment can cause: the proof is in tests/tcp/test_step.py


def observe(
    segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any
) -> int:
    """Apply one segment of flow `number`, sent by `side` (0: a, 1: b). Returns the receiver's verdict."""
    verdict = judge(segment, sender, receiver)
    if verdict != ACCEPT and receiver.ignored < 65535:
        receiver.ignored += 1
    flags = segment.flags
    if flags & RST:
        on_rst(segment, sender, receiver, verdict, number, side, store)
    elif flags & SYN:
        on_syn(segment, flow, sender, receiver, verdict, number, side, store)
    elif flags & ACK:
        on_segment(segment, sender, receiver, verdict, number, side, store)
    if sender.packets == 0 or segment.marks:
        note_sight(segment, sender)
    sender.packets += 1
    sender.bytes += segment.length
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
    if sender.state == SYN_SENT and segment.seq != add(sender.iss, 1):
        pass  # it answers an ACK that is not of its attempt, and goes on trying (RFC 9293 3.10.7.3)
    elif is_the_owners(segment, sender, receiver):
        if segment.flags & ACK:
            fin_not_covered(segment, sender, receiver, store)
        else:
            bare_rst_answers(segment, sender, receiver, store)
        sent(ON_RST, segment, sender, number, side, store)
    if verdict == ACCEPT:
        received(ON_RST, segment, receiver, number, 1 - side, store)


def is_the_owners(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """A host resets with its own next number, or with the number that the segment it answers acknowledged."""
    if not sender.marks & SEQ_KNOWN or sender.state == SYN_SENT:
        return True
    if receiver.marks & ACK_KNOWN and segment.seq == receiver.rcv_nxt:
        return True
    if sender.marks & FIN_SENT and segment.seq == sender.fin_seq:
        return True
    return distance(segment.seq, sender.snd_una) >= 0 and distance(segment.seq, sender.snd_nxt) <= 0


def on_syn(
    segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, verdict: int, number: int, side: int, store: Any
) -> None:
    """SYN and SYN-ACK."""
    if verdict == CHALLENGE and not sender.marks & ISS_KNOWN and sender.state != UNKNOWN:
        return
    if sender.marks & ISS_KNOWN and segment.seq == sender.iss:
        if segment.flags & ACK and not sender.marks & ACK_KNOWN:  # simultaneous open: its SYN, now with an ACK
            sent(ON_SYN_ACK, segment, sender, number, side, store)
            note_ack(segment, sender, receiver, 0, verdict == ACCEPT)
            if verdict == ACCEPT:
                received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
            return
        repeated(segment, sender)
        if sender.syn_retries < 255:
            sender.syn_retries += 1
        if segment.flags & ACK:
            syn_ack_repeated(segment, sender, store)
            syn_ack_unanswered(segment, receiver, store)  # whether this one arrives only the ACK will tell
            if verdict == ACCEPT and receiver.state != SYN_SENT:
                received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
        else:
            syn_repeated(segment, sender, store)
            sent(ON_SYN, segment, sender, number, side, store)
        return
    if sender.marks & ISS_KNOWN and (verdict == CHALLENGE or (sender.state != SYN_RECV and sender.state != CLOSED)):
        return  # another number for a SYN-ACK that was taken, or whose connection goes on: not this life's
    begin(segment, flow, sender, receiver, side)
    if segment.flags & ACK:
        sent(ON_SYN_ACK, segment, sender, number, side, store)
        note_ack(segment, sender, receiver, 0, verdict == ACCEPT)
        if receiver.marks & ISS_KNOWN and distance(segment.ack, receiver.iss) > 1:
            sender.marks |= FAST_OPEN
            receiver.marks |= FAST_OPEN
        if verdict == ACCEPT:
            received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
    else:
        sent(ON_SYN, segment, sender, number, side, store)
        if verdict == ACCEPT and receiver.state == SYN_SENT:
            received(ON_SYN, segment, receiver, number, 1 - side, store)
            received(
                ON_SYN, segment, sender, number, side, store
            )  # the SYN that this one crossed is still under way to it


def begin(segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, side: int) -> None:
    """Take the numbers and options of a first SYN or SYN-ACK, and see who opened."""
    options = segment.options
    if options & HAS_MSS:
        sender.mss = segment.mss
    if options & HAS_SCALE:
        sender.marks |= SCALE_OFFERED
        sender.scale = min(segment.scale, 14)
    if options & HAS_TIMESTAMPS:
        sender.marks |= TS_OFFERED
        receiver.marks |= TS_KNOWN
        receiver.ts_recent = segment.tsval
    if options & HAS_SACK_PERMITTED:
        sender.marks |= SACK_OFFERED
    if options & HAS_MPTCP:
        sender.marks |= MPTCP
    if segment.flags & ECE:
        sender.marks |= ECN_OFFERED
    sender.iss = segment.seq
    sender.snd_una = segment.seq
    sender.snd_nxt = segment.seq
    start_timing(segment, sender, end_of(segment))
    sender.snd_nxt = end_of(segment)
    sender.marks = sender.marks & (0xFFFF ^ FIN_SENT) | ISS_KNOWN | SEQ_KNOWN
    receiver.marks = receiver.marks & (0xFFFF ^ HOLES_LOST) | EDGE_KNOWN
    receiver.ranges = 0
    receiver.edge = add(segment.seq, 1)  # data in a SYN counts once it is acknowledged
    if segment.flags & ACK:
        if flow.direction == BY_NOTHING:
            flow.direction = BY_SYN_ACK
            flow.client = 1 - side
    elif flow.direction == BY_SELF_CONNECT:
        return
    elif receiver.state == SYN_SENT or receiver.state == SYN_RECV:
        if flow.direction == BY_SYN and flow.client != side:
            flow.direction = BY_SIMULTANEOUS_OPEN
        elif flow.direction == BY_SYN_ACK:
            flow.direction = BY_SYN
            flow.client = side
    else:
        flow.direction = BY_SYN
        flow.client = side


def on_segment(
    segment: Segment, sender: Endpoint, receiver: Endpoint, verdict: int, number: int, side: int, store: Any
) -> None:
    """Everything after the SYNs: data, ACKs, FINs."""
    if verdict == BEYOND:
        return  # nobody sends where no window was offered: forged, or the capture has lost the offer; the next ACK tells
    accepted = verdict == ACCEPT
    state = sender.state
    if state != ESTABLISHED or sender.certainty != SEEN or receiver.state == UNKNOWN or receiver.state == SYN_SENT:
        prove_going_on(segment, sender, receiver, accepted, number, side, store)
    size = segment.length
    fin = segment.flags & FIN
    if verdict == OLD and not sender.marks & FIN_SENT:
        fin = 0  # more than it has been acknowledged since: a stray of another life, or forged
    if fin:
        size = size + 1
    if size:
        account(segment, sender, add(segment.seq, size))
        if accepted or verdict == ACK_OF_NOTHING:
            arrive(receiver, segment.seq, add(segment.seq, size))
    elif not sender.marks & SEQ_KNOWN:
        account(segment, sender, segment.seq)
    elif sender.snd_una == sender.snd_nxt and segment.seq == add(sender.snd_nxt, -1):
        probed(segment, sender)
    in_order = not receiver.marks & ACK_KNOWN or distance(segment.seq, receiver.rcv_nxt) <= 0
    if accepted and in_order and segment.options & HAS_TIMESTAMPS:
        receiver.ts_recent = segment.tsval
        receiver.marks |= TS_KNOWN

    if receiver.state == SYN_RECV and accepted:
        received(ON_ACK_OF_SYN, segment, receiver, number, 1 - side, store)
    shift = sender.scale if sender.marks & receiver.marks & SCALE_OFFERED else 0
    note_ack(segment, sender, receiver, shift, accepted or verdict == OLD)
    if receiver.marks & FIN_SENT and distance(segment.ack, receiver.fin_seq) > 0:
        sent(ON_ACK_OF_FIN, segment, sender, number, side, store)
        if accepted:
            received(ON_ACK_OF_FIN, segment, receiver, number, 1 - side, store)
    again = fin != 0 and sender.marks & FIN_SENT != 0
    if again:
        fin_unanswered(segment, sender, receiver, store)
    if fin:
        on_fin(segment, sender, receiver, number, side, store)
    if sender.marks & FIN_SENT and size and distance(receiver.edge, sender.fin_seq) > 0:
        if receiver.state == TIME_WAIT:
            receiver.timer_at = segment.time
        if not again:
            received(ON_FIN, segment, receiver, number, 1 - side, store)


def prove_going_on(
    segment: Segment, sender: Endpoint, receiver: Endpoint, accepted: bool, number: int, side: int, store: Any
) -> None:
    """It speaks as a synchronized socket: what does that say of the handshake, or of an RST before?"""
    state = sender.state
    if state == CLOSED:
        goes_on_after_rst(segment, sender, receiver, store)
    elif state == SYN_RECV:
        # A request socket acknowledges, too (a challenge), and one opened by fast open sends data before the final ACK.
        if segment.length and not sender.marks & FAST_OPEN:
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
        sent(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
        received(ON_SYN_ACK, segment, sender, number, side, store)
        sent(ON_ACK_OF_SYN, segment, sender, number, side, store)
    if receiver.state == UNKNOWN and accepted and sender.state != SYN_SENT:
        if receiver.marks & ISS_KNOWN or sender.marks & ISS_KNOWN:
            # A lone SYN-ACK whose sender goes on: the other side has passed SYN_SENT and ESTABLISHED, unseen.
            sent(ON_SYN, segment, receiver, number, 1 - side, store)
            received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
        else:
            received(ON_DATA, segment, receiver, number, 1 - side, store)


def account(segment: Segment, sender: Endpoint, end: int) -> None:
    """The sender's numbers: new bytes, or bytes seen before."""
    if not sender.marks & SEQ_KNOWN:
        sender.marks |= SEQ_KNOWN
        sender.snd_una = segment.seq
        sender.snd_nxt = segment.seq
    ahead = distance(end, sender.snd_nxt)
    if ahead > 0:
        if distance(segment.seq, sender.snd_nxt) > 0 and sender.out_of_order < 65535:
            sender.out_of_order += 1
        start_timing(segment, sender, end)
        sender.snd_nxt = end
    elif ahead < 0 or segment.length or segment.flags & FIN:
        if sender.snd_una == sender.snd_nxt and ahead == 0 and segment.length == 1 and not segment.flags & FIN:
            probed(segment, sender)
        else:
            repeated(segment, sender)


def probed(segment: Segment, sender: Endpoint) -> None:
    """A keepalive: one byte before the next, or none, with nothing in flight (RFC 9293 3.8.4)."""
    if not sender.marks & KEEPALIVE:
        sender.retries = 0
    sender.marks |= KEEPALIVE
    sender.timer_at = segment.time
    if sender.retries < 255:
        sender.retries += 1


def note_ack(segment: Segment, sender: Endpoint, receiver: Endpoint, shift: int, taken: bool) -> None:
    """The sender's acknowledgment and window; for the receiver, if it takes it, how far its own bytes have got."""
    ack = segment.ack
    window = segment.window << shift
    if sender.marks & ACK_KNOWN:
        if distance(ack, sender.rcv_nxt) < 0:
            return  # overtaken by a later one
        if window == 0 and sender.rcv_wnd and sender.zero_windows < 255:
            sender.zero_windows += 1
        right = add(ack, window)
        if distance(right, sender.rcv_adv) > 0:
            sender.rcv_adv = right
    else:
        sender.marks |= ACK_KNOWN
        sender.rcv_adv = add(ack, window)
    sender.rcv_nxt = ack
    sender.rcv_wnd = window
    sender.wnd_max = max(sender.wnd_max, window)
    if not sender.marks & EDGE_KNOWN:
        sender.marks |= EDGE_KNOWN
        sender.edge = ack
    elif distance(ack, sender.edge) > 0:
        advance(sender, ack)
    if not taken:
        return
    if not receiver.marks & SEQ_KNOWN:
        receiver.marks |= SEQ_KNOWN
        receiver.snd_una = ack
        receiver.snd_nxt = ack
    elif distance(ack, receiver.snd_una) > 0:
        receiver.snd_una = ack
        unseen = distance(ack, receiver.snd_nxt)
        if unseen > 0:
            receiver.snd_nxt = ack  # the capture missed what this acknowledges
            receiver.missed = (receiver.missed + unseen) & MASK32
        acknowledged(segment, receiver)
    elif receiver.snd_una != receiver.snd_nxt and not segment.length:
        if sender.dup_acks < 65535 and ack == receiver.snd_una:
            sender.dup_acks += 1
    elif receiver.marks & KEEPALIVE and receiver.retries and receiver.snd_una == receiver.snd_nxt:
        receiver.retries = 0  # the probe is answered
        receiver.timer_at = segment.time


def on_fin(segment: Segment, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any) -> None:
    """The sender has closed its direction."""
    if sender.marks & FIN_SENT:
        elsewhere_before(segment, sender, receiver)
        fin_repeated(segment, sender, store)
        if covers_fin(segment, receiver):
            sent(ON_ACK_OF_FIN, segment, sender, number, side, store)
        return
    sender.marks |= FIN_SENT
    sender.fin_seq = add(segment.seq, segment.length)
    crossed = fin_not_covered(segment, sender, receiver, store)
    sent(ON_FIN, segment, sender, number, side, store)
    if crossed:  # the other FIN is still under way to it
        received(ON_FIN, segment, sender, number, side, store)


def elsewhere_before(segment: Segment, sender: Endpoint, receiver: Endpoint) -> None:
    """Nobody closes at two places. As long as neither FIN is acknowledged, the one further on was forged."""
    fin = add(segment.seq, segment.length)
    if receiver.marks & ACK_KNOWN and distance(receiver.rcv_nxt, fin) > 0:
        return
    if distance(fin, sender.fin_seq) < 0:
        sender.fin_seq = fin


def on_error(segment: Segment, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any) -> None:  # noqa: ARG001
    """An ICMP error quotes a segment of `sender`: it ends an attempt whose SYN it quotes (RFC 9293 3.9.2.2, RFC 5927 4)."""
    if sender.marks & ISS_KNOWN and segment.seq == sender.iss and ends_attempts(segment):
        told(ON_UNREACHABLE, segment, sender, number, side, store)


def ends_attempts(segment: Segment) -> bool:
    """tcp_v4_err() and tcp_v6_err(): unreachable and time exceeded do, fragmentation needed / packet too big do not."""
    kind, code = segment.icmp >> 8, segment.icmp & 0xFF
    if segment.src[0] == 0 and segment.src[1] == 0 and segment.src[2] == 0xFFFF:
        return kind == 11 or kind == 12 or (kind == 3 and code != 4)
    return kind == 1 or kind == 3 or kind == 4
