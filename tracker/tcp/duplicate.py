"""The same packet captured twice: on two interfaces, on both legs of a router, by SPAN, bond or `-i any`.

A host that sends a segment again makes a new packet of it: Linux, Windows and BSD count the IPv4 identification up. So a
packet whose identification is the last one's, or a little lower, and that brings nothing new shortly after, was not sent
again. Where there is no identification (IPv6, Linux's SYN-ACKs and RSTs) it must follow at once.
"""

from typing import Final

from tracker.tcp.endpoint import ACK_KNOWN, EDGE_KNOWN, ISS_KNOWN, SCALE_OFFERED, SEQ_KNOWN, Endpoint
from tracker.tcp.segment import ACK, FIN, RST, SYN, Segment
from tracker.tcp.sequence import add, distance

RECENT: Final = 100_000_000  # ns: two captures' clocks, or the way between two interfaces
AT_ONCE: Final = 2_000_000  # ns: no retransmission comes so soon
NEAR: Final = 32  # identifications back: packets between the first copy and the second


def is_duplicate(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """Whether this packet, whose identification is the last one's or little lower, was seen before, a moment ago."""
    since = segment.time - sender.last
    if segment.ident:
        return since < RECENT and brings_nothing(segment, sender, receiver)
    flags = segment.flags
    if since >= AT_ONCE or not (segment.length or flags & (SYN | FIN | RST)):
        return False  # without a number of its own an ACK that says the same may well be another one
    return brings_nothing(segment, sender, receiver)


def brings_nothing(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """Everything in it has passed before."""
    flags = segment.flags
    if flags & ACK and not flags & RST:
        shift = sender.scale if sender.marks & receiver.marks & SCALE_OFFERED and not flags & SYN else 0
        if not sender.marks & ACK_KNOWN or distance(segment.ack, sender.rcv_nxt) > 0:
            return False
        if segment.ack == sender.rcv_nxt and segment.window << shift != sender.rcv_wnd:
            return False
    if flags & SYN:
        return sender.marks & ISS_KNOWN != 0 and segment.seq == sender.iss
    if flags & RST:
        # Several RSTs at once answer several segments, each with another number; only a packet's own number tells a copy.
        return segment.ident != 0 and segment.ident == sender.ident and sender.resets > 0
    size = segment.length
    if flags & FIN:
        size = size + 1
    if size == 0:
        return True
    if not receiver.marks & EDGE_KNOWN or not sender.marks & SEQ_KNOWN:
        return False
    return distance(add(segment.seq, size), receiver.edge) <= 0
