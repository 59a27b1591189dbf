"""Link layers, down to the IP packet (numbers: tcpdump.org/linktypes.html)."""

from typing import Any, Final

from tracker.decode.icmp import ICMP, ICMP6, icmp, icmp6
from tracker.decode.ip import TCP, ipv4, ipv6
from tracker.decode.reads import u16, u32
from tracker.decode.tcp import tcp
from tracker.tcp.segment import INCOMING, OUTGOING, Segment

NULL: Final = 0  # the family in the capturing host's byte order
ETHERNET: Final = 1
RAW_12: Final = 12
RAW_14: Final = 14
RAW: Final = 101
LOOP: Final = 108  # the family in network byte order
SLL: Final = 113
IPV4: Final = 228
IPV6: Final = 229
SLL2: Final = 276
UNDERSTOOD: Final = (NULL, ETHERNET, RAW_12, RAW_14, RAW, LOOP, SLL, IPV4, IPV6, SLL2)

# EtherTypes.
TYPE_IPV4: Final = 0x0800
TYPE_IPV6: Final = 0x86DD
TAGS: Final = (0x8100, 0x88A8, 0x9100)
NO_TYPE: Final = -1
FIRST_TYPE: Final = 1536  # smaller numbers are an IEEE 802.3 length
SNAP: Final = 0xAAAA0300  # LLC header and the first byte of the organisation 0 (RFC 1042)

# Packet types of Linux cooked captures.
TO_US: Final = 0
FROM_US: Final = 4


def link_layer(b: Any, link: int, o: int, end: int, wire: int, segment: Segment) -> bool:
    """The frame at o -> a segment.  `end`: offset behind its captured bytes; `wire`: where it ended on the wire."""
    size = header_size(link)
    if size < 0 or o + size > end:
        return False
    kind = NO_TYPE
    if link == ETHERNET:
        kind = u16(b, o + 12)
    elif link == SLL:
        mark_direction(u16(b, o), segment)
        kind = u16(b, o + 14)
    elif link == SLL2:
        mark_direction(b[o + 10], segment)
        kind = u16(b, o)
    elif size and not is_ip_family(u32(b, o)):
        return False
    return network(b, kind, o + size, end, wire, segment)


def header_size(link: int) -> int:
    """Bytes in front of what a link layer carries; negative: not understood."""
    if link == ETHERNET:
        return 14
    if link == SLL:
        return 16
    if link == SLL2:
        return 20
    if link in (NULL, LOOP):
        return 4
    return 0 if link in (RAW, IPV4, IPV6, RAW_12, RAW_14) else -1


def network(b: Any, kind: int, o: int, end: int, wire: int, segment: Segment) -> bool:
    """What an EtherType announces; VLAN tags (IEEE 802.1Q, 802.1ad) may stand before it.  NO_TYPE: an IP packet says which it is."""
    while kind in TAGS:
        if o + 4 > end:
            return False
        if segment.vlan == 0:
            segment.vlan = u16(b, o) & 0xFFF
        kind = u16(b, o + 2)
        o += 4
    if kind == NO_TYPE and o < end:
        kind = TYPE_IPV4 if b[o] >> 4 == 4 else TYPE_IPV6
    elif kind < FIRST_TYPE and o + 8 <= end and u32(b, o) == SNAP and u16(b, o + 4) == 0:
        kind = u16(b, o + 6)
        o += 8
    if kind == TYPE_IPV4:
        protocol, o, stop = ipv4(b, o, end, wire, segment)
    elif kind == TYPE_IPV6:
        protocol, o, stop = ipv6(b, o, end, wire, segment)
    else:
        return False
    if protocol == TCP:
        return tcp(b, o, end, stop, segment)
    if protocol == ICMP and kind == TYPE_IPV4:
        return icmp(b, o, min(end, stop), segment)
    return protocol == ICMP6 and kind == TYPE_IPV6 and icmp6(b, o, min(end, stop), segment)


def mark_direction(kind: int, segment: Segment) -> None:
    """Linux cooked captures know who sent a frame."""
    if kind == FROM_US:
        segment.marks = segment.marks | OUTGOING
    elif kind == TO_US:
        segment.marks = segment.marks | INCOMING


def is_ip_family(family: int) -> bool:
    """AF_INET or one of the values of AF_INET6 (Linux 10; BSD 24, 28; Darwin 30), in either byte order."""
    if family & 0xFFFFFF == 0:
        family >>= 24
    return family in (2, 10, 24, 28, 30)
