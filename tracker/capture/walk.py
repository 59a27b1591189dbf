"""The next frame of a capture, whatever its format."""

from typing import Any

from tracker.capture.pcap import next_pcap
from tracker.capture.pcapng import next_pcapng
from tracker.capture.records import PCAP, Frame, Reader


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
