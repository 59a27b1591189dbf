"""SYNs and SYN-ACKs: numbers, options, who opened; and the ICMP errors that end an attempt."""

from typing import Any

from tracker.tcp.acceptance import ACCEPT, CHALLENGE, end_of
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_NOTHING,
    BY_SELF_CONNECT,
    BY_SIMULTANEOUS_OPEN,
    BY_SYN,
    BY_SYN_ACK,
    ECN_OFFERED,
    EDGE_KNOWN,
    FAST_OPEN,
    FIN_SENT,
    HOLES_LOST,
    ISS_KNOWN,
    MPTCP,
    SACK_OFFERED,
    SCALE_OFFERED,
    SEQ_KNOWN,
    TS_KNOWN,
    TS_OFFERED,
    UNANSWERED,
    Endpoint,
    Flow,
)
from tracker.tcp.evidence import syn_ack_repeated, syn_ack_unanswered, syn_repeated
from tracker.tcp.log import assumed, received, sent
from tracker.tcp.round_trip import repeated, start_timing
from tracker.tcp.segment import ACK, ECE, HAS_MPTCP, HAS_MSS, HAS_SACK_PERMITTED, HAS_SCALE, HAS_TIMESTAMPS, Segment
from tracker.tcp.sequence import add, distance
from tracker.tcp.states import CLOSED, ON_SYN, ON_SYN_ACK, ON_UNREACHABLE, SYN_RECV, SYN_SENT, UNKNOWN
from tracker.tcp.transfer import note_ack
from tracker.tcp.trouble import own_trouble


def on_syn(
    segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, verdict: int, number: int, side: int, store: Any
) -> None:
    """SYN and SYN-ACK."""
    if verdict == CHALLENGE and not sender.marks & ISS_KNOWN and sender.state != UNKNOWN:
        return
    if sender.marks & ISS_KNOWN and segment.seq == sender.iss:
        if segment.flags & ACK and not sender.marks & ACK_KNOWN:  # simultaneous open: its SYN, now with an ACK
            sent(ON_SYN_ACK, segment, sender, number, side, store)
            note_ack(segment, sender, receiver, 0, verdict == ACCEPT, store)
            if verdict == ACCEPT:
                received(ON_SYN_ACK, segment, receiver, number, 1 - side, store)
            return
        repeated(segment, sender, store)
        trouble = own_trouble(store, sender)
        trouble.bytes_again += segment.length
        if trouble.syn_retries < 255:
            trouble.syn_retries += 1
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
        note_ack(segment, sender, receiver, 0, verdict == ACCEPT, store)
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
    sender.bytes += segment.length
    if segment.length:
        receiver.sight |= UNANSWERED
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


def on_error(segment: Segment, sender: Endpoint, receiver: Endpoint, number: int, side: int, store: Any) -> None:  # noqa: ARG001
    """An ICMP error quotes a segment of `sender`: it ends an attempt whose SYN it quotes (RFC 9293 3.9.2.2, RFC 5927 4)."""
    if sender.marks & ISS_KNOWN and segment.seq == sender.iss and ends_attempts(segment):
        assumed(ON_UNREACHABLE, segment, sender, number, side, store)


def ends_attempts(segment: Segment) -> bool:
    """tcp_v4_err() and tcp_v6_err(): unreachable and time exceeded do, fragmentation needed / packet too big do not."""
    kind, code = segment.icmp >> 8, segment.icmp & 0xFF
    if segment.src[0] == 0 and segment.src[1] == 0 and segment.src[2] == 0xFFFF:
        return kind == 11 or kind == 12 or (kind == 3 and code != 4)
    return kind == 1 or kind == 3 or kind == 4
