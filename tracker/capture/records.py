"""What walking a capture needs to remember, and what it hands on: a frame."""

from typing import Any, Final

from tracker.record import i8, record, u1, u2

# Reader.code: why the walker stopped.
FULL: Final = 0  # it did not: the batch is full
MORE: Final = 1  # the next `need` bytes are not all here
BLOCK: Final = 2  # a pcapng block for plain Python stands at `offset`: a section header or an interface
TOO_LONG: Final = 3  # the record announces `found` bytes
TOO_SHORT: Final = 4  # the block announces `found` bytes, fewer than it must have
UNEVEN: Final = 5  # the block announces `found` bytes, no multiple of four
UNEQUAL: Final = 6  # the block announces `expected` bytes in front and `found` behind
OVERFULL: Final = 7  # the packet of `found` bytes does not fit its block of `expected`
NO_INTERFACE: Final = 8  # the packet names interface `found` of `expected`
NO_SECTION: Final = 9  # a section header whose byte order or version is not known
TOO_MANY: Final = 10  # a section describes more than `expected` interfaces

# Reader.kind
PCAP: Final = 0
PCAPNG: Final = 1

MAX_RECORD: Final = 64 << 20  # bytes; no record may ask for more, whatever its header claims
MAX_SNAPLEN: Final = 262144  # bytes; libpcap's MAXIMUM_SNAPLEN: records so long are believed whatever snaplen says
LATEST: Final = 1 << 62  # ns: the year 2116; later stamps are clamped, so that sums and differences stay in int64
NO_TIME: Final = -LATEST
MAX_INTERFACES: Final = 1 << 16  # of a section


@record
class Frame:
    """One captured frame: where its bytes lie in the buffer and what the capture says of it."""

    time: i8  # ns since the Unix epoch
    number: i8  # packet number in the capture, from 1
    start: i8  # offset of the first byte in the buffer
    stop: i8  # offset behind the last captured byte
    wire: i8  # bytes on the wire, as the capture says
    link: u2  # link type: the low 16 bits of LINKTYPE_


@record
class Reader:
    """Where the walker stands."""

    offset: i8  # of the next record, in the buffer
    number: i8  # frames so far
    first: i8  # ns, time of the first frame
    last: i8  # ns, the latest time of any frame
    time: i8  # ns, time of the frame before
    backwards: i8  # frames with a time before the frame in front of them
    need: i8  # with MORE: bytes wanted from offset on
    found: i8  # with damage, see the codes
    expected: i8
    limit: i8  # the longest packet that is believed, bytes
    unit: i8  # classic pcap: ns in one unit of the fraction
    header: i8  # classic pcap: bytes of a record's header
    interfaces: i8  # pcapng: interfaces described so far in this section
    link: u2  # classic pcap
    kind: u1  # PCAP or PCAPNG
    big: u1  # 1: big-endian
    code: u1


@record
class Interface:
    """A pcapng interface: how to read its packets.

    ns = ticks // divisor * multiplier + offset; with a shift the ticks are 2**-shift seconds.
    """

    offset: i8  # ns to add (if_tsoffset)
    divisor: i8
    multiplier: i8
    most: i8  # ticks // divisor that still fit
    snaplen: i8  # bytes, 0 = no limit
    packets: i8  # walked so far
    link: u2
    shift: u1  # power-of-two resolution: fraction bits; 0 = decimal


def interface_at(interfaces: Any, number: int) -> Interface:
    """A storage's own act (the compiled engine overloads it): an interface of the section; the number was checked."""
    interface: Interface = interfaces[number]
    return interface
