"""The next frame of a capture, whatever its format."""

from typing import Any, Final

from tracker.capture.blocks import byte_order
from tracker.capture.pcap import next_pcap
from tracker.capture.pcapng import next_pcapng
from tracker.capture.reads import read2x32, read32
from tracker.capture.records import PCAP, Frame, Reader

PROBED: Final = 64  # records, whose mean length tells how many a file has
USUAL: Final = 100  # bytes of a record, where there is none


def next_frame(b: Any, size: int, reader: Reader, interfaces: Any, frame: Frame) -> bool:
    """Step to the next frame, number it and keep the clock; False: `reader.code` says why there is none.

    `size`: bytes in the buffer b; `interfaces`: those of the section (pcapng), reached by `interface_at`.
    """
    if reader.kind == PCAP:
        if not next_pcap(b, size, reader, frame):
            return False
    elif not next_pcapng(b, size, reader, interfaces, frame):
        return False
    time = frame.time
    number = reader.number + 1
    reader.number = number
    frame.number = number
    if number == 1:
        reader.first = time
    if time < reader.time:
        reader.backwards = reader.backwards + 1
    elif time > reader.last:
        reader.last = time
    reader.time = time
    return True


def mean_record(b: Any, size: int, reader: Reader) -> int:
    """The mean length of the next records or blocks in the buffer, bytes; of what is there, believing their headers."""
    o, count, big = reader.offset, 0, reader.big
    if reader.kind != PCAP:
        big = byte_order(bytes(b[:12])) or 0
    while o + 16 <= size and count < PROBED:
        o += reader.header + read32(b, o + 8, big) if reader.kind == PCAP else max(read2x32(b, o, big)[1], 12)
        count += 1
    return (o - reader.offset) // count if count else USUAL
