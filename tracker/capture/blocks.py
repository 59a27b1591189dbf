"""pcapng's rare blocks: a section's header and the description of an interface (draft-ietf-opsawg-pcapng 4.1, 4.2)."""

from collections.abc import Iterator
from struct import unpack_from
from typing import Final

from tracker.capture.records import LATEST, MAX_RECORD, NO_TIME, PCAPNG, Interface, Reader

BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
SECTION_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
SECTION_LEAST: Final = 28  # bytes of a section header without options
INTERFACE_LEAST: Final = 20
VERSION: Final = 1

# Options of an interface.
TIME_RESOLUTION: Final = 9
TIME_OFFSET: Final = 14

MAX_OFFSET: Final = LATEST - 2_000_000_000  # ns; with the latest stamp it stays below 2**63
SECOND_DIGITS: Final = 9  # of a second in ns
MICROSECONDS: Final = 6  # 10**-6 s, when no resolution is given


def byte_order(head: bytes) -> int | None:
    """Of a section, by the first 12 bytes of its header: 1 big-endian, 0 little-endian, None: it is neither."""
    magic = head[8:12]
    if magic == BYTE_ORDER_MAGIC.to_bytes(4, "big"):
        return 1
    return 0 if magic == BYTE_ORDER_MAGIC.to_bytes(4, "little") else None


def pcapng_reader() -> Reader:
    """The reader that stands at the first section header."""
    reader = Reader()
    reader.kind = PCAPNG
    reader.limit = MAX_RECORD
    reader.last = NO_TIME
    reader.time = NO_TIME
    return reader


def section_version(block: bytes, big: int) -> int:
    """The major version."""
    version: int = unpack_from(">H" if big else "<H", block, 12)[0]
    return version


def interface_of(block: bytes, big: int) -> Interface:
    """An Interface Description Block of at least 20 bytes; options that make no sense are passed over."""
    order = ">" if big else "<"
    interface = Interface()
    interface.link, interface.snaplen = unpack_from(order + "HxxI", block, 8)
    resolution, offset = MICROSECONDS, 0
    for code, value in options(block, 16, order):
        if code == TIME_RESOLUTION and len(value) == 1:
            resolution = value[0]
        elif code == TIME_OFFSET and len(value) == 8:
            offset = unpack_from(order + "q", value)[0]
    interface.offset = max(-MAX_OFFSET, min(MAX_OFFSET, offset * 10**SECOND_DIGITS))
    set_resolution(interface, resolution)
    return interface


def options(block: bytes, o: int, order: str) -> Iterator[tuple[int, bytes]]:
    """(code, value) of the options from o on, until they end or one does not fit."""
    end = len(block) - 4
    while o + 4 <= end:
        code, size = unpack_from(order + "HH", block, o)
        o += 4
        if code == 0 or o + size > end:
            return
        yield code, block[o : o + size]
        o += size + 3 & ~3


def set_resolution(interface: Interface, resolution: int) -> None:
    """if_tsresol: the high bit set: units of 2**-n seconds, else of 10**-n."""
    digits = resolution & 0x7F
    interface.divisor = 1
    interface.multiplier = 1
    interface.most = LATEST
    if resolution & 0x80 and digits:
        interface.shift = min(digits, 64)  # no stamp has more bits
    elif digits <= SECOND_DIGITS:
        interface.multiplier = 10 ** (SECOND_DIGITS - digits)
        interface.most = LATEST // interface.multiplier
    else:
        interface.divisor = 10 ** min(
            digits - SECOND_DIGITS, 18
        )  # 10**18 < 2**63; a finer one would still be 0 or 1 ns
