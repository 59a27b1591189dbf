"""What the receiver does with a segment: take it, ignore it (and why), or challenge it.

RFC 9293 3.10.7.4 (acceptability), RFC 5961 (blind attacks), RFC 7323 5 (PAWS), with Linux's readings of them (net/ipv4/tcp_input.c,
tcp_minisocks.c). What the receiver knows is rebuilt from what it has said: `receiver.rcv_nxt` is its last acknowledgment,
`receiver.edge` what must have reached it since, `receiver.rcv_adv` the right edge of the window it has offered.
Without the window scale of both SYNs there is no verdict by window.
"""

from typing import Final

from tracker.tcp.endpoint import (
    ACK_KNOWN,
    EDGE_KNOWN,
    ISS_KNOWN,
    RIGHT_SUMS,
    SCALE_OFFERED,
    SEQ_KNOWN,
    TS_KNOWN,
    Endpoint,
)
from tracker.tcp.segment import ACK, BAD_CHECKSUM, FIN, HAS_TIMESTAMPS, RST, SYN, Segment
from tracker.tcp.sequence import MASK32, add, distance
from tracker.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT2,
    LAST_ACK,
    LISTEN,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    UNKNOWN,
)

ACCEPT: Final = 0
OLD: Final = 1  # all of it acknowledged before
BEYOND: Final = 2  # right of the window
PAWS: Final = 3  # timestamp older than one already taken, RFC 7323 5.3
CHALLENGE: Final = 4  # SYN on a synchronized connection, RST in the window but not exact, RFC 5961
ACK_OF_NOTHING: Final = 5  # acknowledges what was never sent
DUPLICATE: Final = 7  # the very packet again, seen on another interface or leg: not sent twice
WRONG_CHECKSUM: Final = 8  # from a sender whose checksums are right: the receiver has dropped it
TOO_OLD_ACK: Final = 9  # acknowledges less than any window could explain: challenged and dropped whole, RFC 5961 5.2
INVALID: Final = 10  # SYN with FIN or RST: no TCP sends that, and none takes it
HALF: Final = 0x80000000  # of the sequence space: what is further on is behind
UNSCALED: Final = 0xFFFF  # bytes; the largest window that needs no scale, for a sender whose SYN alone was seen
NO_ACK: Final = 6  # neither SYN, RST nor ACK: dropped in every state; or an RST without ACK in SYN_SENT

VERDICTS: Final = (
    "accepted",
    "old data",
    "beyond the window",
    "old timestamp (PAWS)",
    "challenged",
    "acknowledges data never sent",
    "no ACK",
    "captured twice",
    "wrong checksum",
    "too old acknowledgment",
    "impossible flags",
)


def end_of(segment: Segment) -> int:
    """The sequence number after the segment: SYN and FIN count one each."""
    size = segment.length
    if segment.flags & SYN:
        size = size + 1
    if segment.flags & FIN:
        size = size + 1
    return add(segment.seq, size)


def judge(segment: Segment, sender: Endpoint, receiver: Endpoint) -> int:
    """The receiver's verdict, before anything of the segment is applied."""
    state = receiver.state
    flags = segment.flags
    if segment.marks & BAD_CHECKSUM and sender.sight & RIGHT_SUMS:
        return WRONG_CHECKSUM
    if flags & SYN and flags & (FIN | RST):
        return INVALID
    if flags & (SYN | RST | ACK) == 0:
        return NO_ACK
    if state == UNKNOWN or state == CLOSED or state == LISTEN:
        return ACCEPT
    if state == SYN_SENT:
        return judge_in_syn_sent(segment, receiver)
    if flags & RST:
        return judge_rst(segment, sender, receiver)
    if flags & SYN:
        return judge_syn(segment, receiver)
    behind = (receiver.snd_nxt - segment.ack) & MASK32  # most ACKs are a little behind: nothing to judge
    if (behind >= HALF or state == SYN_RECV) and ack_of_nothing(segment, sender, receiver):
        return ACK_OF_NOTHING
    if UNSCALED < behind < HALF and too_old_ack(segment, sender, receiver):
        return TOO_OLD_ACK
    if not receiver.marks & ACK_KNOWN:
        return ACCEPT
    if (
        receiver.marks & TS_KNOWN
        and segment.options & HAS_TIMESTAMPS
        and segment.tsval != receiver.ts_recent
        and distance(segment.tsval, receiver.ts_recent) < 0
    ):
        return PAWS
    size = segment.length
    if flags & FIN:
        size = size + 1
    if (add(segment.seq, size) - receiver.rcv_nxt) & MASK32 >= HALF:  # its end is before what was acknowledged
        return OLD
    if (
        segment.seq != receiver.edge
        and receiver.marks & sender.marks & SCALE_OFFERED
        and distance(segment.seq, receiver.rcv_adv) > 0
        and distance(segment.seq, receiver.edge) > 0
    ):
        return BEYOND
    return ACCEPT


def judge_in_syn_sent(segment: Segment, receiver: Endpoint) -> int:
    """RFC 9293 3.10.7.3: first the ACK, then the RST, then the SYN."""
    flags = segment.flags
    if flags & ACK:
        if receiver.marks & ISS_KNOWN and (
            distance(segment.ack, receiver.iss) <= 0 or distance(segment.ack, receiver.snd_nxt) > 0
        ):
            return ACK_OF_NOTHING
        return ACCEPT
    if flags & RST:
        return NO_ACK
    return ACCEPT


def judge_rst(segment: Segment, sender: Endpoint, receiver: Endpoint) -> int:
    """RFC 5961 3.2: only an RST with exactly the expected number resets; one elsewhere in the window is challenged.

    What the observer saw reach the receiver, or leave the sender, may be ahead of what the receiver last acknowledged: all
    three count as exact.
    """
    if not receiver.marks & (ACK_KNOWN | EDGE_KNOWN):
        return ACCEPT
    seq = segment.seq
    if receiver.marks & EDGE_KNOWN and seq == receiver.edge:
        return ACCEPT
    if sender.marks & SEQ_KNOWN and seq == sender.snd_nxt:
        return ACCEPT
    if not receiver.marks & ACK_KNOWN:
        return BEYOND
    if seq == receiver.rcv_nxt:
        return ACCEPT
    if distance(seq, receiver.rcv_nxt) < 0:
        # tcp_reset_check(): who has the other FIN also takes an RST with that FIN's own number (macOS sends such).
        exact = add(seq, 1) == receiver.rcv_nxt and receiver.state in (CLOSE_WAIT, CLOSING, LAST_ACK)
        return ACCEPT if exact else OLD
    if receiver.state == SYN_RECV or receiver.state == FIN_WAIT2:
        # tcp_check_req() and the orphaned FIN_WAIT2 mini-socket take any RST inside the window.
        return ACCEPT if distance(seq, receiver.rcv_adv) <= 0 else BEYOND
    if distance(seq, receiver.rcv_adv) >= 0 and receiver.marks & sender.marks & SCALE_OFFERED:
        return BEYOND
    return CHALLENGE


def judge_syn(segment: Segment, receiver: Endpoint) -> int:
    """SYN and SYN-ACK at an endpoint past SYN_SENT."""
    if receiver.state == SYN_RECV:
        if segment.flags & ACK:  # simultaneous open
            covers = distance(segment.ack, receiver.iss) > 0 and distance(segment.ack, receiver.snd_nxt) <= 0
            return ACCEPT if covers or not receiver.marks & ISS_KNOWN else ACK_OF_NOTHING
        if receiver.marks & EDGE_KNOWN and distance(add(segment.seq, 1), receiver.edge) != 0:
            return CHALLENGE
        return ACCEPT
    return CHALLENGE


def ack_of_nothing(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """An ACK beyond all that was seen of the receiver.

    It may still be right, if the capture lost what it acknowledges; but nobody acknowledges more than he has offered to take.
    """
    if not receiver.marks & SEQ_KNOWN:
        return False
    if receiver.state == SYN_RECV and receiver.marks & ISS_KNOWN and distance(segment.ack, receiver.iss) <= 0:
        return True
    if distance(segment.ack, receiver.snd_nxt) <= 0:
        return False
    if not sender.marks & ACK_KNOWN:
        return receiver.marks & ISS_KNOWN != 0 and receiver.state == SYN_RECV
    return distance(segment.ack, sender.rcv_adv) > 1 and sender.marks & receiver.marks & SCALE_OFFERED != 0


def too_old_ack(segment: Segment, sender: Endpoint, receiver: Endpoint) -> bool:
    """RFC 5961 5.2: further behind SND.UNA than the largest window that was ever offered."""
    if not receiver.marks & sender.marks & ISS_KNOWN or not sender.marks & ACK_KNOWN:
        return False
    return distance(receiver.snd_una, segment.ack) > max(sender.wnd_max, UNSCALED)


def synchronized(state: int) -> bool:
    """RFC 9293 3.3.2: the connection exists for this endpoint."""
    return ESTABLISHED <= state <= TIME_WAIT
