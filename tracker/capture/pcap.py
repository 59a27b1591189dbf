"""Classic pcap: the file header and the walk over its records (draft-ietf-opsawg-pcap, sections 4 and 5)."""

from struct import unpack
from typing import Any, Final

from tracker.capture.reads import read4x32
from tracker.capture.records import MAX_RECORD, MAX_SNAPLEN, MORE, NO_TIME, PCAP, TOO_LONG, Frame, Reader

FILE_HEADER: Final = 24  # bytes
VERSION: Final = 2
SECOND: Final = 1_000_000_000

# Magic as read little-endian -> (big-endian?, ns a unit, bytes of a record header).
MAGICS: Final = {
    0xA1B2C3D4: (0, 1000, 16),
    0xD4C3B2A1: (1, 1000, 16),
    0xA1B23C4D: (0, 1, 16),
    0x4D3CB2A1: (1, 1, 16),
    0xA1B2CD34: (0, 1000, 24),  # "modified" pcap of old Linux distributions: interface and protocol behind each header
    0x34CDB2A1: (1, 1000, 24),
}


def pcap_version(header: bytes) -> int:
    """The major version."""
    big = MAGICS[int.from_bytes(header[:4], "little")][0]
    return int.from_bytes(header[4:6], "big" if big else "little")


def pcap_reader(header: bytes) -> Reader:
    """The reader that stands at the first record; `header` is the file's first 24 bytes, its magic known."""
    big, unit, record = MAGICS[int.from_bytes(header[:4], "little")]
    snaplen, link = unpack(">II" if big else "<II", header[16:24])
    reader = Reader()
    reader.kind = PCAP
    reader.offset = FILE_HEADER
    reader.big = big
    reader.unit = unit
    reader.header = record
    reader.link = link & 0xFFFF  # above are the bits that tell of an FCS
    reader.last = NO_TIME
    reader.time = NO_TIME
    reader.limit = min(max(snaplen, MAX_SNAPLEN), MAX_RECORD)
    return reader


def next_pcap(b: Any, size: int, reader: Reader, frame: Frame) -> bool:
    """Step over one record into `frame`; False: `reader.code` says why not."""
    o = reader.offset
    start = o + reader.header
    if start > size:
        reader.need = reader.header
        reader.code = MORE
        return False
    seconds, fraction, captured, wire = read4x32(b, o, reader.big)
    if captured > reader.limit:
        reader.found = captured
        reader.code = TOO_LONG
        return False
    stop = start + captured
    if stop > size:
        reader.need = stop - o
        reader.code = MORE
        return False
    reader.offset = stop
    frame.time = seconds * SECOND + fraction * reader.unit
    frame.start = start
    frame.stop = stop
    frame.wire = wire
    frame.link = reader.link
    return True
