"""Round-trip times and retransmission timers, as the capture point sees them (RFC 6298)."""

from typing import Any, Final

from tracker.tcp.endpoint import TIMING, Endpoint
from tracker.tcp.segment import Segment
from tracker.tcp.sequence import MASK32, distance
from tracker.tcp.trouble import own_trouble

MAX_MICROSECONDS: Final = 0x7FFFFFFF  # half of the clock of rtt_at: what looks longer went backwards
MICROSECOND: Final = 1000  # ns
LONGEST: Final = MAX_MICROSECONDS * MICROSECOND


def start_timing(segment: Segment, sender: Endpoint, end: int) -> None:
    """New bytes left: time them unless others are being timed; the retransmission timer starts if nothing was in flight."""
    if not sender.marks & TIMING:
        sender.marks |= TIMING
        sender.rtt_seq = end
        sender.rtt_at = segment.time // MICROSECOND & MASK32
    if sender.snd_una == sender.snd_nxt:
        sender.timer_at = segment.time
        sender.retries = 0


def repeated(segment: Segment, sender: Endpoint, store: Any) -> None:
    """A retransmission: no sample from what it covers (Karn), the timer starts again, backed off."""
    sender.marks &= ~TIMING & 0xFFFF
    trouble = own_trouble(store, sender)
    if trouble.retransmitted < MASK32:
        trouble.retransmitted += 1
    sender.timer_at = segment.time
    if sender.retries < 255:
        sender.retries += 1


def acknowledged(segment: Segment, receiver: Endpoint) -> None:
    """New bytes of `receiver` are acknowledged (RFC 6298 2 and 5.3)."""
    receiver.timer_at = segment.time
    receiver.retries = 0
    if not receiver.marks & TIMING or distance(segment.ack, receiver.rtt_seq) < 0:
        return
    receiver.marks &= ~TIMING & 0xFFFF
    sample = (segment.time // MICROSECOND - receiver.rtt_at) & MASK32
    if sample > MAX_MICROSECONDS or segment.time - receiver.last > LONGEST:  # the clock has gone round
        return
    if sample == 0:
        sample = 1
    if receiver.rtt_min == 0 or sample < receiver.rtt_min:
        receiver.rtt_min = sample
    if receiver.srtt == 0:
        receiver.srtt = sample
        receiver.rttvar = sample // 2
        return
    error = abs(sample - receiver.srtt)
    receiver.rttvar = (3 * receiver.rttvar + error) // 4
    receiver.srtt = (7 * receiver.srtt + sample) // 8
