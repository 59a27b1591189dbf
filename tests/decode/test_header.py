import pytest

from tracker.capture.records import Frame
from tracker.decode.frame import frame_to_segment
from tracker.decode.header import header_of
from tracker.tcp.segment import Segment

from .build import ethernet, ipv4, ipv6, tcp

OPTIONS = b"\x02\x04\x05\xb4\x01\x01\x04\x02"


def found(packet: bytes, cut: int | None = None) -> bytes:
    frame, segment = Frame(), Segment()
    frame.link, frame.start, frame.stop, frame.wire = 1, 0, len(packet) if cut is None else cut, len(packet)
    assert frame_to_segment(packet, frame, segment)
    return header_of(packet, frame, segment)


def test_the_header_with_its_options() -> None:
    header = tcp(flags=2, options=OPTIONS, payload=b"data")
    assert found(ethernet(ipv4(header))) == header[:28]
    assert found(ethernet(ipv6(header), 0x86DD)) == header[:28]


def test_as_far_as_it_was_captured() -> None:
    whole = ethernet(ipv4(tcp(flags=2, options=OPTIONS)))
    assert found(whole, 14 + 20 + 24) == tcp(flags=2, options=OPTIONS)[:24]
    assert found(whole, 14 + 20 + 16) == tcp(flags=2, options=OPTIONS)[:16]


def test_octets_in_front_that_only_begin_alike_are_passed_over() -> None:
    header = tcp(flags=2)
    decoy = header[:12] + b"\x00\x00\xff\xff"
    packet = ethernet(ipv4(header))
    frame, segment = Frame(), Segment()
    frame.link, frame.stop, frame.wire = 1, len(packet), len(packet)
    assert frame_to_segment(packet, frame, segment)
    shifted = decoy + packet
    frame.stop = len(shifted)
    assert header_of(shifted, frame, segment) == found(packet)


@pytest.mark.parametrize("mark", [0x04, 0x200])
def test_no_header_of_what_was_not_sent(mark: int) -> None:
    segment = Segment()
    segment.marks = mark
    assert header_of(b"", Frame(), segment) == b""


def test_nothing_found() -> None:
    frame = Frame()
    frame.stop = 8
    assert header_of(bytes(8), frame, Segment()) == b""
