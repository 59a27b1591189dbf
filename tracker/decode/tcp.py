"""The TCP header and its options (RFC 9293 3.1, 3.2)."""

from typing import Any, Final

from tracker.decode.reads import sum16, tcp_header, u16, u32, u32x3
from tracker.tcp.segment import (
    BAD_CHECKSUM,
    CHECKSUM_PARTIAL,
    FIN,
    FRAGMENT,
    HAS_FAST_OPEN,
    HAS_MPTCP,
    HAS_MSS,
    HAS_SACK,
    HAS_SACK_PERMITTED,
    HAS_SCALE,
    HAS_TIMESTAMPS,
    RIGHT_CHECKSUM,
    RST,
    SYN,
    TRUNCATED,
    Segment,
)

PROTOCOL: Final = 6
EDGE: Final = SYN | FIN | RST

# Option kinds (IANA).
END: Final = 0
NOP: Final = 1
MSS: Final = 2
SCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
MPTCP: Final = 30
FAST_OPEN: Final = 34
EXPERIMENT: Final = 254
FAST_OPEN_MAGIC: Final = 0xF989  # RFC 7413 A.1
LARGEST: Final = 1500  # bytes of TCP in a frame that nothing has merged
NOP_NOP_TIMESTAMPS: Final = 0x0101080A


def tcp(b: Any, o: int, end: int, stop: int, segment: Segment) -> bool:
    """The segment at o.  `end`: offset behind the captured bytes; `stop`: where IP says that it ends on the wire."""
    if o + 16 > end:
        return False
    sport, dport, seq, ack, offset_and_flags, window = tcp_header(b, o)
    body = o + (offset_and_flags >> 12 << 2)
    if body < o + 20 or body > stop:
        return False
    segment.sport = sport
    segment.dport = dport
    segment.seq = seq
    segment.ack = ack
    segment.flags = offset_and_flags & 0xFFF
    segment.window = window
    segment.length = stop - body
    if body > end:
        segment.marks = segment.marks | TRUNCATED
        options(b, o + 20, end, segment)
    elif body > o + 20:
        options(b, o + 20, body, segment)
    if offset_and_flags & EDGE and o + 18 <= end and segment.marks & FRAGMENT == 0:
        mark_checksum(b, o, end, stop, segment)
    return True


def mark_checksum(b: Any, o: int, end: int, stop: int, segment: Segment) -> None:
    """RFC 9293 3.1: right, wrong, or left to the network card, which is the pseudo-header's sum uncomplemented.

    Right or wrong is judged only of a segment that was captured whole and that nothing has merged from several. An IPv4
    address stands mapped in its words; the ffff of the mapping is nothing to a ones' complement sum.
    """
    src, dst = segment.src, segment.dst
    checksum, length = u16(b, o + 16), stop - o
    total = PROTOCOL + length + src[0] + src[1] + src[2] + src[3] + dst[0] + dst[1] + dst[2] + dst[3]
    if checksum != 0 and total % 0xFFFF == checksum % 0xFFFF:
        segment.marks = segment.marks | CHECKSUM_PARTIAL
    elif stop <= end and length <= LARGEST:
        right = (total + sum16(b, o, stop)) % 0xFFFF == 0
        segment.marks = segment.marks | (RIGHT_CHECKSUM if right else BAD_CHECKSUM)


def options(b: Any, o: int, end: int, segment: Segment) -> None:
    """Options between o and end; an impossible length ends them."""
    if o + 12 <= end:
        head, tsval, tsecr = u32x3(b, o)
        if head == NOP_NOP_TIMESTAMPS:  # nearly every segment
            segment.options = HAS_TIMESTAMPS
            segment.tsval = tsval
            segment.tsecr = tsecr
            o += 12
    while o < end:
        kind = b[o]
        if kind == END:
            return
        if kind == NOP:
            o += 1
            continue
        if o + 2 > end:
            return
        size = b[o + 1]
        if size < 2 or o + size > end:
            return
        option(b, o, kind, size, segment)
        o += size


def option(b: Any, o: int, kind: int, size: int, segment: Segment) -> None:
    """One option of `size` bytes; with a size that is not its kind's it is not believed."""
    has = 0
    if kind == TIMESTAMPS and size == 10:  # RFC 7323 3.2
        has = HAS_TIMESTAMPS
        segment.tsval = u32(b, o + 2)
        segment.tsecr = u32(b, o + 6)
    elif kind == SACK and size >= 10:  # RFC 2018 3
        has = HAS_SACK
        segment.sack_left = u32(b, o + 2)
        segment.sack_right = u32(b, o + 6)
    elif kind == MSS and size == 4:
        has = HAS_MSS
        segment.mss = u16(b, o + 2)
    elif kind == SACK_PERMITTED and size == 2:
        has = HAS_SACK_PERMITTED
    elif kind == SCALE and size == 3:  # RFC 7323 2.2
        has = HAS_SCALE
        segment.scale = b[o + 2]
    elif kind == FAST_OPEN or (kind == EXPERIMENT and size >= 4 and u16(b, o + 2) == FAST_OPEN_MAGIC):
        has = HAS_FAST_OPEN
    elif kind == MPTCP and size >= 3:  # RFC 8684 3
        has = HAS_MPTCP
    segment.options = segment.options | has
