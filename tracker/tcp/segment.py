"""The narrow waist: everything before it is decoding, everything after it is TCP."""

from typing import Final

from tracker.record import i8, record, u1, u2, u4, words

# Header flags, RFC 9293 3.1 (AE from RFC 3168/9768's reserved bit is kept but means nothing here).
FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10
URG: Final = 0x20
ECE: Final = 0x40
CWR: Final = 0x80

# Segment.options: which options the header carried.
HAS_MSS: Final = 0x01
HAS_SCALE: Final = 0x02
HAS_SACK_PERMITTED: Final = 0x04
HAS_TIMESTAMPS: Final = 0x08
HAS_SACK: Final = 0x10
HAS_FAST_OPEN: Final = 0x20  # RFC 7413, cookie or request
HAS_MPTCP: Final = 0x40  # RFC 8684

# Segment.marks: what the observer should know of the frame it came in.
TRUNCATED: Final = 0x01  # the snaplen cut the TCP header or its options: options may be missing
FRAGMENT: Final = 0x02  # the first fragment of an IP datagram; `length` counts this fragment's payload
QUOTED: Final = 0x04  # not sent: an ICMP error quotes it; `icmp` says which error; only addresses, ports and seq hold
OUTGOING: Final = 0x08  # Linux cooked capture: sent by the capturing host
INCOMING: Final = 0x10  # Linux cooked capture: received by the capturing host
CHECKSUM_PARTIAL: Final = 0x20  # the checksum is the pseudo-header's sum alone: left to the sender's network card
TUNNELLED: Final = 0x40
DUPLICATE: Final = 0x80
BAD_CHECKSUM: Final = 0x100
RIGHT_CHECKSUM: Final = 0x400  # judged only of SYNs, FINs and RSTs that were captured whole, as is BAD_CHECKSUM
NOT_TCP: Final = 0x200  # a place holder that only counts: time and number hold


@record
class Segment:
    """One TCP segment as it stood on the wire, or the head of one that an ICMP error quotes."""

    time: i8  # ns since the Unix epoch
    number: i8  # packet number in the capture, from 1, counting every frame
    src: words  # four 32-bit words, most significant first; IPv4 as ::ffff:a.b.c.d
    dst: words
    seq: u4
    ack: u4
    length: u4  # payload bytes on the wire, whatever the snaplen kept
    tsval: u4
    tsecr: u4
    sack_left: u4
    sack_right: u4
    hash: u4  # of the tuple; the engine's
    sport: u2
    dport: u2
    flags: u2
    window: u2  # as in the header, not scaled
    mss: u2
    options: u2
    marks: u2
    icmp: u2  # of a QUOTED one: type << 8 | code, ICMPv6's with the IPv6 addresses
    ident: u2  # IPv4 identification, 0 for IPv6
    vlan: u2  # outermost VLAN tag's id, 0 without
    scale: u1  # window scale offered
    ttl: u1  # IPv4 TTL or IPv6 hop limit
    side: u1  # once replayed: the sender's side of the flow, 0: a, 1: b
    verdict: u1  # once replayed: the receiver's verdict (acceptance.py)
    flow: u4  # once replayed: the flow's number + 1, 0: none
