"""The bytes of a TCP header, for those who print what a Segment does not keep: options in their order, the urgent pointer."""

from typing import Any

from tracker.capture.records import Frame
from tracker.tcp.segment import NOT_TCP, QUOTED, Segment


def header_of(b: Any, frame: Frame, segment: Segment) -> bytes:
    """The captured part of the TCP header that `segment` was decoded from; empty where it cannot be found.

    Decoding every segment should not pay for remembering where its header lay, so it is looked for: ports and numbers are
    twelve bytes, flags and window three and a half more.
    """
    if segment.marks & (NOT_TCP | QUOTED):
        return b""
    octets = bytes(b[frame.start : frame.stop])
    mark = (segment.sport << 80 | segment.dport << 64 | segment.seq << 32 | segment.ack).to_bytes(12)
    at = octets.find(mark)
    while at >= 0:
        rest = int.from_bytes(octets[at + 12 : at + 16])
        if rest & 0x0FFFFFFF == (segment.flags << 16 | segment.window):
            return octets[at : at + (rest >> 28 << 2)]
        at = octets.find(mark, at + 1)
    return b""
