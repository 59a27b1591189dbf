"""ICMP errors quote the head of the packet that they answer (RFC 792, RFC 4443 3)."""

from typing import Any, Final

from tracker.decode.ip import TCP, ipv4, ipv6
from tracker.decode.reads import u16, u32
from tracker.tcp.segment import QUOTED, Segment

ICMP: Final = 1
ICMP6: Final = 58

UNREACHABLE: Final = 3
TIME_EXCEEDED: Final = 11
PARAMETER_PROBLEM: Final = 12
LAST_ERROR6: Final = 4  # 1 unreachable, 2 too big, 3 time exceeded, 4 parameter problem


def icmp(b: Any, o: int, end: int, segment: Segment) -> bool:
    """An ICMP error -> the segment that it quotes; what stood in the segment of the outer packet is overwritten."""
    if o + 8 > end or b[o] not in (UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM):
        return False
    protocol, inner, _ = ipv4(b, o + 8, end, end, segment)
    return protocol == TCP and quoted(b, inner, end, u16(b, o), segment)


def icmp6(b: Any, o: int, end: int, segment: Segment) -> bool:
    """The same of ICMPv6."""
    if o + 8 > end or b[o] == 0 or b[o] > LAST_ERROR6:
        return False
    protocol, inner, _ = ipv6(b, o + 8, end, end, segment)
    return protocol == TCP and quoted(b, inner, end, u16(b, o), segment)


def quoted(b: Any, o: int, end: int, type_and_code: int, segment: Segment) -> bool:
    """Ports and seq of the quoted TCP header; more than 8 bytes of it need not be there."""
    if o + 8 > end:
        return False
    segment.sport = u16(b, o)
    segment.dport = u16(b, o + 2)
    segment.seq = u32(b, o + 4)
    segment.ack = 0
    segment.flags = 0
    segment.window = 0
    segment.length = 0
    segment.icmp = type_and_code
    segment.marks = segment.marks | QUOTED
    return True
