"""IPv4 and IPv6 headers, down to what they carry.

Both return (protocol, offset, stop): where the payload begins in the buffer and where it ends on the wire, which may
lie behind the captured bytes.  NOTHING: no payload that could be judged.
"""

from typing import Any, Final

from tracker.decode.reads import ipv4_header, ipv6_header, u16
from tracker.tcp.segment import FRAGMENT, Segment

# Protocol numbers (IANA).
HOP_BY_HOP: Final = 0
TCP: Final = 6
ROUTING: Final = 43
FRAGMENT_HEADER: Final = 44
AUTHENTICATION: Final = 51
NOTHING: Final = 59
DESTINATION_OPTIONS: Final = 60

MORE_FRAGMENTS: Final = 0x2000
FRAGMENT_OFFSET: Final = 0x1FFF
MAX_HEADERS: Final = 16  # extension headers; an honest packet has a few


def ipv4(b: Any, o: int, end: int, wire: int, segment: Segment) -> tuple[int, int, int]:
    """RFC 791 3.1.  `wire`: offset of the frame's end on the wire."""
    if o + 20 > end:
        return NOTHING, o, o
    version, total, ident, fragment, ttl, protocol, source, destination = ipv4_header(b, o)
    header = (version & 15) << 2
    stop = o + total
    if total == 0:  # segmentation offload: the length did not fit, or the network card was to write it
        stop = max(wire, end)
    if version >> 4 != 4 or header < 20 or o + header > stop or fragment & FRAGMENT_OFFSET:
        return NOTHING, o, o
    if fragment & MORE_FRAGMENTS:
        segment.marks = segment.marks | FRAGMENT
    src, dst = segment.src, segment.dst
    src[0] = 0
    src[1] = 0
    src[2] = 0xFFFF
    src[3] = source
    dst[0] = 0
    dst[1] = 0
    dst[2] = 0xFFFF
    dst[3] = destination
    segment.ttl = ttl
    segment.ident = ident
    if protocol == AUTHENTICATION:
        return extensions(b, o + header, end, stop, protocol, segment)
    return protocol, o + header, stop


def ipv6(b: Any, o: int, end: int, wire: int, segment: Segment) -> tuple[int, int, int]:
    """RFC 8200 3.  `wire`: offset of the frame's end on the wire."""
    if o + 40 > end:
        return NOTHING, o, o
    version, payload, protocol, hops, s0, s1, s2, s3, d0, d1, d2, d3 = ipv6_header(b, o)
    if version >> 4 != 6:
        return NOTHING, o, o
    src, dst = segment.src, segment.dst
    src[0] = s0
    src[1] = s1
    src[2] = s2
    src[3] = s3
    dst[0] = d0
    dst[1] = d1
    dst[2] = d2
    dst[3] = d3
    segment.ttl = hops
    segment.ident = 0
    o += 40
    stop = o + payload
    if payload == 0:  # a jumbogram (RFC 2675), or Linux's BIG TCP, which leaves the jumbo option out
        stop = max(wire, end)
    if protocol == TCP:
        return protocol, o, stop
    return extensions(b, o, end, stop, protocol, segment)


def extensions(b: Any, o: int, end: int, stop: int, protocol: int, segment: Segment) -> tuple[int, int, int]:
    """Step over extension headers (RFC 8200 4, RFC 4302) to the first other protocol."""
    for _ in range(MAX_HEADERS):
        if protocol in (HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS):
            if o + 8 > end:
                return NOTHING, o, o
            size = (b[o + 1] + 1) << 3
        elif protocol == FRAGMENT_HEADER:
            if o + 8 > end:
                return NOTHING, o, o
            place = u16(b, o + 2)  # offset << 3 | reserved << 1 | more
            if place >> 3 != 0:
                return NOTHING, o, o
            if place & 1:
                segment.marks = segment.marks | FRAGMENT
            size = 8
        elif protocol == AUTHENTICATION:
            if o + 8 > end:
                return NOTHING, o, o
            size = (b[o + 1] + 2) << 2
        else:
            return protocol, o, stop
        protocol = b[o]
        o += size
        if o > stop:
            return NOTHING, o, o
    return NOTHING, o, o
