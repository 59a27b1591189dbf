"""pcapng: the walk over a section's packet blocks (draft-ietf-opsawg-pcapng, section 4).

Section headers and interfaces are rare: the walk stops in front of them (BLOCK), and plain Python reads them.
"""

from typing import Any, Final

from tracker.capture.reads import read2x32, read5x32, read16, read32
from tracker.capture.records import (
    BLOCK,
    LATEST,
    MAX_RECORD,
    MORE,
    NO_INTERFACE,
    OVERFULL,
    TOO_LONG,
    TOO_SHORT,
    UNEQUAL,
    UNEVEN,
    Frame,
    Interface,
    Reader,
    interface_at,
)

# Block types.
SECTION_HEADER: Final = 0x0A0D0D0A  # the same in either byte order
INTERFACE_DESCRIPTION: Final = 1
PACKET: Final = 2  # obsolete
SIMPLE_PACKET: Final = 3
ENHANCED_PACKET: Final = 6

SECOND: Final = 1_000_000_000
LATEST_SECOND: Final = LATEST // SECOND


def next_pcapng(b: Any, size: int, reader: Reader, interfaces: Any, frame: Frame) -> bool:
    """Step to the next packet, over whatever else stands before it; False: `reader.code` says why there is none."""
    while True:
        o = reader.offset
        if o + 12 > size:
            reader.need = 12
            reader.code = MORE
            return False
        kind, total = read2x32(b, o, reader.big)
        if kind == SECTION_HEADER:
            reader.code = BLOCK
            return False
        if not whole(b, size, o, total, reader):
            return False
        if kind == ENHANCED_PACKET or kind == PACKET:
            return timed_packet(b, o, total, kind, reader, interfaces, frame)
        if kind == SIMPLE_PACKET:
            return simple_packet(b, o, total, reader, interfaces, frame)
        if kind == INTERFACE_DESCRIPTION:
            reader.code = BLOCK
            return False
        reader.offset = o + total


def whole(b: Any, size: int, o: int, total: int, reader: Reader) -> bool:
    """Is the block of `total` bytes at o all here, and as long as it says in front and behind?"""
    code = 0
    if total < 12:
        code = TOO_SHORT
        reader.expected = 12
    elif total & 3:
        code = UNEVEN
    elif total > MAX_RECORD:
        code = TOO_LONG
    if code:
        reader.found = total
        reader.code = code
        return False
    if o + total > size:
        reader.need = total
        reader.code = MORE
        return False
    behind = read32(b, o + total - 4, reader.big)
    if behind != total:
        reader.found = behind
        reader.expected = total
        reader.code = UNEQUAL
        return False
    return True


def timed_packet(b: Any, o: int, total: int, kind: int, reader: Reader, interfaces: Any, frame: Frame) -> bool:
    """An Enhanced Packet Block (4.3), or the obsolete Packet Block (appendix A), whose interface number is shorter."""
    if total < 32:
        reader.found = total
        reader.expected = 32
        reader.code = TOO_SHORT
        return False
    number, high, low, captured, wire = read5x32(b, o + 8, reader.big)
    if kind == PACKET:
        number = read16(b, o + 8, reader.big)
    if captured > total - 32:
        reader.found = captured
        reader.expected = total - 32
        reader.code = OVERFULL
        return False
    if number >= reader.interfaces:
        reader.found = number
        reader.expected = reader.interfaces
        reader.code = NO_INTERFACE
        return False
    interface = interface_at(interfaces, number)
    interface.packets += 1
    frame.time = nanoseconds(high, low, interface)
    frame.start = o + 28
    frame.stop = o + 28 + captured
    frame.wire = wire
    frame.link = interface.link
    reader.offset = o + total
    return True


def simple_packet(b: Any, o: int, total: int, reader: Reader, interfaces: Any, frame: Frame) -> bool:
    """A Simple Packet Block (4.4): of the first interface, cut at its snaplen; the packet before lends its time."""
    if total < 16:
        reader.found = total
        reader.expected = 16
        reader.code = TOO_SHORT
        return False
    if reader.interfaces == 0:
        reader.found = 0
        reader.expected = 0
        reader.code = NO_INTERFACE
        return False
    interface = interface_at(interfaces, 0)
    interface.packets += 1
    wire = read32(b, o + 8, reader.big)
    captured = min(wire, total - 16)
    if interface.snaplen:
        captured = min(captured, interface.snaplen)
    frame.time = reader.time if reader.number else 0
    frame.start = o + 12
    frame.stop = o + 12 + captured
    frame.wire = wire
    frame.link = interface.link
    reader.offset = o + total
    return True


def nanoseconds(high: int, low: int, interface: Interface) -> int:
    """A stamp of two 32-bit halves -> ns since the Unix epoch, rounded down; later ones than LATEST become LATEST.

    The earliest is -MAX_OFFSET: an int64 holds the time between any two stamps.
    """
    if interface.shift:
        return min(binary(high, low, interface.shift) + interface.offset, LATEST)
    ticks = (min(high, 0x7FFFFFFF) << 32 | low) // interface.divisor
    return min(min(ticks, interface.most) * interface.multiplier + interface.offset, LATEST)


def binary(high: int, low: int, shift: int) -> int:
    """The same in units of 2**-shift seconds, 0 < shift <= 64, without ever holding more than 63 bits."""
    if shift >= 32:
        shift -= 32
        seconds = high >> shift
        fraction = ((high & ((1 << shift) - 1)) * SECOND + (low * SECOND >> 32)) >> shift
    else:
        seconds = high << (32 - shift) | low >> shift
        fraction = (low & ((1 << shift) - 1)) * SECOND >> shift
    return min(seconds, LATEST_SECOND) * SECOND + fraction
