"""One tuple, several lives: which life a segment belongs to, and who opened it.

A SYN with the same ISS is a retry of the same attempt. A SYN with another ISS is another attempt: at once a new life where
the old one is over (RFC 9293 3.6.1, RFC 6191 for TIME_WAIT); on a living connection it is doubtful, since anybody can send
one (RFC 5961 4), so it is kept as a tentative life and the answer decides: a SYN-ACK or RST-ACK of its number, the RST that
follows a challenge ACK, or its own repetition make it real. A tentative life that nobody answers is shown nowhere.
Silence never ends a life, and a FIN or RST never begins one or makes its sender the client.
"""

from typing import Final

from tracker.tcp.acceptance import synchronized
from tracker.tcp.endpoint import ACK_KNOWN, DISMISSED, EDGE_KNOWN, ISS_KNOWN, TENTATIVE, TS_KNOWN, YOUNG, Endpoint, Flow
from tracker.tcp.segment import ACK, HAS_TIMESTAMPS, RST, SYN, Segment
from tracker.tcp.sequence import add, distance
from tracker.tcp.states import CLOSED, SYN_RECV, SYN_SENT, TIME_WAIT, UNKNOWN

SAME: Final = 0
NEW: Final = 1
DOUBTFUL: Final = 2


def life_of_syn(segment: Segment, sender: Endpoint, receiver: Endpoint) -> int:
    """What a SYN without ACK is to the life that the tuple has."""
    if not sender.marks & ISS_KNOWN:
        if sender.state == UNKNOWN:
            return SAME if not synchronized(receiver.state) else DOUBTFUL
        return NEW if sender.state == CLOSED else DOUBTFUL
    if segment.seq == sender.iss:
        return SAME
    if sender.state == CLOSED or sender.state == TIME_WAIT or sender.state == SYN_SENT or receiver.state == CLOSED:
        return NEW
    if receiver.state == TIME_WAIT and acceptable_in_time_wait(segment, receiver):
        return NEW
    return DOUBTFUL


def life_of_syn_ack(segment: Segment, sender: Endpoint, receiver: Endpoint) -> int:
    """What a SYN-ACK is to the life that the tuple has: after its end another number answers a SYN that the capture missed."""
    if not over(sender.state) or not over(receiver.state) or (sender.marks & ISS_KNOWN and segment.seq == sender.iss):
        return SAME
    if (
        not sender.marks & ISS_KNOWN
        and receiver.marks & ISS_KNOWN
        and distance(segment.ack, receiver.iss) > 0
        and distance(segment.ack, receiver.snd_nxt) <= 0
    ):
        return SAME  # the SYN was refused at first
    return NEW


def over(state: int) -> bool:
    """The connection has ended for this endpoint."""
    return state == CLOSED or state == TIME_WAIT


def acceptable_in_time_wait(segment: Segment, receiver: Endpoint) -> bool:
    """RFC 9293 3.6.1 and RFC 6191: a higher sequence number, or a later timestamp, may reopen (tcp_timewait_state_process)."""
    if (
        receiver.marks & TS_KNOWN
        and segment.options & HAS_TIMESTAMPS
        and distance(segment.tsval, receiver.ts_recent) > 0
    ):
        return True
    if not receiver.marks & EDGE_KNOWN:
        return True
    return distance(segment.seq, receiver.edge) > 0


def belongs(segment: Segment, flow: Flow, sender: Endpoint, receiver: Endpoint, old_receiver: Endpoint) -> bool:
    """Whether a segment is of the young life `flow`, or still of the one before. May make a tentative life real.

    `old_receiver` is the receiver's endpoint in the life before.
    """
    flags = segment.flags
    if flags & SYN and not flags & ACK:
        if sender.marks & ISS_KNOWN and segment.seq == sender.iss:
            flow.marks &= YOUNG  # nobody repeats a forged SYN: TENTATIVE goes
        return True  # another number is another attempt: life_of_syn decides
    if sender.state != UNKNOWN and receiver.state != UNKNOWN:
        flow.marks = 0  # both ends of the new life have spoken
        return True
    if sender.marks & ISS_KNOWN:  # from the one who is said to have sent the new SYN
        if flags & RST and old_receiver.marks & ACK_KNOWN and segment.seq == old_receiver.rcv_nxt:
            if not flow.marks & DISMISSED:
                flow.marks &= YOUNG  # it does not know the connection that challenged its SYN
            return False
        if not flow.marks & TENTATIVE:
            return segment.seq == add(sender.iss, 1)
        if not flags & RST:
            flow.marks |= DISMISSED
        return False
    if not receiver.marks & ISS_KNOWN or not flags & ACK:
        return False
    answers = distance(segment.ack, receiver.iss) > 0 and distance(segment.ack, receiver.snd_nxt) <= 0
    if answers and flags & (SYN | RST):
        flow.marks = 0
    return answers and flow.marks & TENTATIVE == 0


def still_speaking(old_sender: Endpoint, old_receiver: Endpoint) -> bool:
    """After a SYN began a new life: the other side's old socket is still there and may answer first."""
    return synchronized(old_receiver.state) or old_receiver.state == SYN_RECV or old_sender.state == SYN_RECV
