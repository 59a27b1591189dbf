"""Real captures beside dpkt, the reference decoder; each frame also from a buffer of exactly its size."""

from pathlib import Path

import dpkt
import pytest

from tracker.capture.records import Frame
from tracker.capture.source import open_capture
from tracker.capture.walk import next_frame
from tracker.decode.frame import frame_to_segment
from tracker.tcp.segment import QUOTED, Segment

from .conftest import decode_frame

CORPUS = Path(__file__).parents[2].parent / "shared" / "kernel" / "corpus"
CAPTURES = sorted(CORPUS.glob("*/*.pcap")) if CORPUS.is_dir() else []
LAYERS = {dpkt.pcap.DLT_EN10MB: dpkt.ethernet.Ethernet, dpkt.pcap.DLT_LINUX_SLL: dpkt.sll.SLL, 276: dpkt.sll2.SLL2}


def by_dpkt(path: Path) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    with path.open("rb") as file:
        reader = dpkt.pcap.Reader(file)
        for number, (_, data) in enumerate(reader, 1):
            packet = LAYERS[reader.datalink()](data).data
            if isinstance(packet, (dpkt.ip.IP, dpkt.ip6.IP6)) and isinstance(packet.data, dpkt.tcp.TCP):
                tcp = packet.data
                rows.append((number, tcp.sport, tcp.dport, tcp.seq, tcp.ack, tcp.flags, tcp.win))
    return rows


@pytest.mark.skipif(not CAPTURES, reason=f"no kernel corpus in {CORPUS}")
@pytest.mark.parametrize("path", CAPTURES[::12], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_corpus_reads_as_dpkt_reads_it(path: Path) -> None:
    rows, frame, segment = [], Frame(), Segment()
    with open_capture(path) as capture:
        while next_frame(capture.buffer, capture.size, capture.reader, capture.interfaces, frame):
            found = frame_to_segment(capture.buffer, frame, segment)
            own = decode_frame(bytes(capture.buffer[frame.start : frame.stop]), frame.link, frame.wire)
            assert (own is not None) == found
            if found and not segment.marks & QUOTED:
                ports = (segment.number, segment.sport, segment.dport)
                rows.append((*ports, segment.seq, segment.ack, segment.flags & 0x1FF, segment.window))
        assert not capture.advance()
        assert capture.damage is None
    assert rows == by_dpkt(path)
