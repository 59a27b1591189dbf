"""What is kept of each end of a connection, in RFC 9293's names, and what each means to an observer."""

from typing import Final

from tracker.record import i4, i8, record, u1, u2, u4, words

# Endpoint.marks
ISS_KNOWN: Final = 0x0001  # its SYN was seen
SEQ_KNOWN: Final = 0x0002  # snd_una and snd_nxt hold (its SYN, its data, or the other side's ACKs were seen)
ACK_KNOWN: Final = 0x0004  # rcv_nxt, rcv_wnd and rcv_adv hold: it has acknowledged something
EDGE_KNOWN: Final = 0x0008  # edge holds
TS_KNOWN: Final = 0x0010  # ts_recent holds
FIN_SENT: Final = 0x0020  # fin_seq holds
SCALE_OFFERED: Final = 0x0040
TS_OFFERED: Final = 0x0080
SACK_OFFERED: Final = 0x0100
ECN_OFFERED: Final = 0x0200
FAST_OPEN: Final = 0x0400  # data in its SYN was accepted, or it accepted data in a SYN
MPTCP: Final = 0x0800
TIMING: Final = 0x1000  # rtt_seq and rtt_at hold: one segment is being timed
KEEPALIVE: Final = 0x2000  # it has sent a keepalive probe
HOLES_LOST: Final = 0x4000  # more ranges arrived above a hole than are kept; only its ACKs tell the edge now
CHECKSUM_BY_CARD: Final = 0x8000  # its checksums were left to its network card: the capture was made on this host

# Endpoint.sight: what tells the capturing host, and what the application or the other side is waiting for
SIGHT_OUTGOING: Final = 1
SIGHT_INCOMING: Final = 2
UNANSWERED: Final = 4  # payload has come since it last sent payload
RIGHT_SUMS: Final = 16  # its checksums were right where they could be judged
FIN_INFERRED: Final = 32  # its FIN was not captured; an acknowledgment of one byte more tells of it (missed.py)
PROBING: Final = 8  # the other side's window is closed and it has sent window probes (RFC 9293 3.8.6.1)


@record
class Endpoint:
    """One end. All sequence numbers are absolute; times are ns since the epoch; zero where the mark that guards it is unset."""

    since: i8  # when `state` was entered
    last: i8  # its last segment
    bytes: i8  # payload it sent, each byte once, by its sequence numbers
    timer_at: i8  # the last event that restarted its retransmission, keepalive or TIME_WAIT timer
    iss: u4  # its initial sequence number
    snd_una: u4  # the oldest byte the other side has not acknowledged
    snd_nxt: u4  # the end of the highest byte it was seen to send
    rcv_nxt: u4  # the highest acknowledgment it sent: proof of receipt up to there
    edge: u4  # what must have reached it without a hole: max of rcv_nxt and what was seen passing towards it
    rcv_wnd: u4  # the window it offered last, scaled, bytes
    rcv_adv: u4  # the right edge of what it ever offered
    wnd_max: u4  # the largest window it offered
    fin_seq: u4  # the sequence number of its FIN
    ts_recent: u4  # RFC 7323: the timestamp it would echo
    packets: u4
    log: u4  # its last transition's row + 1, 0: none
    srtt: u4  # us, RFC 6298, as seen from the capture
    rttvar: u4  # us
    rtt_min: u4  # us, 0: none
    rtt_seq: u4  # an ACK from here on answers the timed segment
    rtt_at: u4  # when that was sent, us modulo 2**32
    trouble: u4  # the number of its Trouble, 0: none so far
    mss: u2
    marks: u2
    ident: u2  # IPv4 identification of its last segment
    resets: u2  # RSTs it sent
    state: u1
    certainty: u1
    scale: u1  # window scale it offered, at most 14 (RFC 7323 2.3)
    ttl: u1  # of its first segment
    sight: u1
    ranges: u1  # how many of Trouble.above are used: 0, 1, 2
    retries: u1  # unanswered retransmissions, or unanswered keepalive probes


@record
class Trouble:
    """What goes wrong on the way of an end's segments. Most ends have none, so it lies aside (trouble.py)."""

    bytes_again: i8  # payload it sent again: retransmissions and probes
    above: words  # two ranges (left, right, left, right) that arrived above a hole at Endpoint.edge
    retransmitted: u4  # segments with nothing new in them, and SYNs and FINs repeated
    probe_gap: u4  # ms that its timer ran before its last keepalive or window probe, 0: unknown
    missed: u4  # bytes it sent, by the other side's ACKs, that the capture never showed
    ignored: u2  # segments to it that it must have ignored
    duplicates: u2  # segments of it that were captured twice
    dup_acks: u2  # ACKs it sent that acknowledged nothing new while the other side had bytes in flight
    out_of_order: u2  # segments of it that left a hole before them: what was missing came later, or never
    zero_windows: u1  # times it closed its window
    syn_retries: u1  # times it repeated its SYN or SYN-ACK


# Flow.direction: why `client` is the client
BY_NOTHING: Final = 0
BY_SYN: Final = 1
BY_SYN_ACK: Final = 2
BY_SIMULTANEOUS_OPEN: Final = 3
BY_SELF_CONNECT: Final = 4

# Flow.marks
TENTATIVE: Final = 1  # begun by a SYN on a living connection; nobody has answered it yet
YOUNG: Final = 2  # an earlier life of the tuple may still speak
DISMISSED: Final = 4  # tentative, and its sender has gone on with the earlier life: the SYN was not its own


@record
class Flow:
    """One life of a 4-tuple. `a` is who sent its first segment, `b` the other; `client` says which of them opened it."""

    first: i8  # ns
    born: i8  # the packet that began it
    src: words  # a's address
    dst: words  # b's address
    previous: i4  # the life before, or -1
    sport: u2
    dport: u2
    incarnation: u2
    error: u2  # the last ICMP error that quotes it, type << 8 | code
    swapped: u1  # a has the higher (address, port)
    client: u1  # 0: a, 1: b
    direction: u1  # BY_*
    marks: u1
    a: Endpoint
    b: Endpoint


@record
class Transition:
    """One change of one endpoint's state."""

    at: i8  # when it took effect, ns
    number: i8  # the packet that taught it
    undone: i8  # the packet that disproved it, 0: it stands
    flow: u4
    previous: u4  # the row before it of the same endpoint, + 1; 0: none
    side: u1  # 0: a, 1: b
    old: u1
    new: u1
    certainty: u1
    cause: u1
