"""The numbers of what is under way: SND.NXT and SND.UNA, acknowledgments, windows, probes (RFC 9293 3.3.1 and 3.8)."""

from typing import Any, Final

from tracker.tcp.arrival import advance
from tracker.tcp.endpoint import ACK_KNOWN, EDGE_KNOWN, KEEPALIVE, PROBING, SEQ_KNOWN, Endpoint
from tracker.tcp.round_trip import acknowledged, repeated, start_timing
from tracker.tcp.segment import FIN, Segment
from tracker.tcp.sequence import MASK32, add, distance
from tracker.tcp.trouble import own_trouble, trouble_of

MOST_GAP: Final = 0xFFFFFFFF  # ms


def account(segment: Segment, sender: Endpoint, receiver: Endpoint, end: int, store: Any) -> None:
    """The sender's numbers: new bytes, or bytes seen before."""
    if not sender.marks & SEQ_KNOWN:
        sender.marks |= SEQ_KNOWN
        sender.snd_una = segment.seq
        sender.snd_nxt = segment.seq
    ahead = distance(end, sender.snd_nxt)
    if ahead > 0:
        if distance(segment.seq, sender.snd_nxt) > 0 and trouble_of(store, sender).out_of_order < 65535:
            own_trouble(store, sender).out_of_order += 1
        fin = distance(end, segment.seq) - segment.length
        fresh = ahead - fin  # with what a hole before it must hold
        sender.bytes += fresh
        if segment.length > fresh:
            own_trouble(store, sender).bytes_again += segment.length - fresh
        start_timing(segment, sender, end)
        sender.snd_nxt = end
    elif ahead < 0 or segment.length or segment.flags & FIN:
        if segment.length:
            own_trouble(store, sender).bytes_again += segment.length
        if sender.snd_una == sender.snd_nxt and ahead == 0 and segment.length == 1 and not segment.flags & FIN:
            probed(segment, sender, receiver, store)
        else:
            repeated(segment, sender, store)


def probed(segment: Segment, sender: Endpoint, receiver: Endpoint, store: Any) -> None:
    """One byte before the next, or none, with nothing in flight: a window probe where the other side's window is closed
    (RFC 9293 3.8.6.1), else a keepalive (3.8.4)."""
    closed = receiver.marks & ACK_KNOWN != 0 and receiver.rcv_wnd == 0
    again = sender.sight & PROBING if closed else sender.marks & KEEPALIVE
    if again:
        gap = (segment.time - sender.timer_at) // 1_000_000  # the probe before, or its answer: both start the timer
        own_trouble(store, sender).probe_gap = min(max(gap, 0), MOST_GAP)
    else:
        if trouble_of(store, sender).probe_gap:
            own_trouble(store, sender).probe_gap = 0
        sender.retries = 0
    if closed:
        sender.sight |= PROBING
    else:
        sender.marks |= KEEPALIVE
    sender.timer_at = segment.time
    if sender.retries < 255:
        sender.retries += 1


def note_ack(segment: Segment, sender: Endpoint, receiver: Endpoint, shift: int, taken: bool, store: Any) -> None:
    """The sender's acknowledgment and window; for the receiver, if it takes it, how far its own bytes have got."""
    ack = segment.ack
    window = segment.window << shift
    new = not sender.marks & ACK_KNOWN or ack != sender.rcv_nxt or window != sender.rcv_wnd
    if new and not said(sender, ack, window, store):
        return  # overtaken by a later one
    if taken:
        heard(segment, sender, receiver, window, store)


def said(sender: Endpoint, ack: int, window: int, store: Any) -> bool:
    """The sender acknowledges something new or offers another window; False: it has said more before."""
    if sender.marks & ACK_KNOWN:
        if distance(ack, sender.rcv_nxt) < 0:
            return False
        if window == 0 and sender.rcv_wnd and trouble_of(store, sender).zero_windows < 255:
            own_trouble(store, sender).zero_windows += 1
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
        advance(sender, ack, store)
    return True


def heard(segment: Segment, sender: Endpoint, receiver: Endpoint, window: int, store: Any) -> None:
    """How far the receiver's own bytes have got, and whether it may go on."""
    ack = segment.ack
    if not receiver.marks & SEQ_KNOWN:
        receiver.marks |= SEQ_KNOWN
        receiver.snd_una = ack
        receiver.snd_nxt = ack
    elif ack != receiver.snd_una and distance(ack, receiver.snd_una) > 0:
        receiver.snd_una = ack
        unseen = distance(ack, receiver.snd_nxt)
        if unseen > 0:
            receiver.snd_nxt = ack  # the capture missed what this acknowledges
            trouble = own_trouble(store, receiver)
            trouble.missed = (trouble.missed + unseen) & MASK32
        acknowledged(segment, receiver)
    elif receiver.snd_una != receiver.snd_nxt and not segment.length:
        if ack == receiver.snd_una and trouble_of(store, sender).dup_acks < 65535:
            own_trouble(store, sender).dup_acks += 1
    elif receiver.retries and receiver.snd_una == receiver.snd_nxt:
        receiver.retries = 0  # the probe is answered
        receiver.timer_at = segment.time
    if window and receiver.sight & PROBING:
        receiver.sight &= 0xFF ^ PROBING
