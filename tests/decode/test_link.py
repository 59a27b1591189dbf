import struct

import pytest

from tracker.tcp.segment import INCOMING, OUTGOING

from .build import cooked, cooked2, ethernet, ipv4, ipv6, tcp
from .conftest import decode_frame

V4, V6 = ipv4(tcp(b"data")), ipv6(tcp(b"data"))
SNAP = b"\xaa\xaa\x03\0\0\0"


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, ethernet(V4)),
        (1, ethernet(V6, 0x86DD)),
        (1, ethernet(SNAP + b"\x08\x00" + V4, len(V4) + 8)),
        (12, V4),
        (12, V6),
        (14, V4),
        (101, V4),
        (101, V6),
        (228, V4),
        (229, V6),
        (0, struct.pack("<I", 2) + V4),
        (0, struct.pack(">I", 2) + V4),
        (0, struct.pack("<I", 24) + V6),
        (0, struct.pack(">I", 28) + V6),
        (0, struct.pack("<I", 30) + V6),
        (0, struct.pack("<I", 10) + V6),
        (108, struct.pack(">I", 2) + V4),
        (108, struct.pack(">I", 30) + V6),
        (113, cooked(V4)),
        (113, cooked(V6, 0, 0x86DD)),
        (276, cooked2(V4)),
        (276, cooked2(V6, 0, 0x86DD)),
    ],
)
def test_link_type_leads_to_the_segment(link: int, frame: bytes) -> None:
    segment = decode_frame(frame, link)
    assert segment is not None
    assert (segment.sport, segment.dport, segment.length, segment.time, segment.number) == (40000, 443, 4, 17, 4)
    assert segment.vlan == 0


@pytest.mark.parametrize(
    ("tags", "vlan"),
    [
        (((0x8100, 0x6064),), 0x64),
        (((0x88A8, 7), (0x8100, 9)), 7),
        (((0x9100, 0xFFFF), (0x8100, 9), (0x8100, 10)), 0xFFF),
        (((0x8100, 0xE000), (0x8100, 9)), 9),
    ],
)
def test_vlan_is_the_outermost_id_that_says_something(tags: tuple[tuple[int, int], ...], vlan: int) -> None:
    segment = decode_frame(ethernet(V4, tags=tags))
    assert segment is not None
    assert segment.vlan == vlan


def test_vlan_inside_a_cooked_capture() -> None:
    for frame, link in (
        (cooked(b"\0\x05\x08\x00" + V4, 0, 0x8100), 113),
        (cooked2(b"\0\x05\x86\xdd" + V6, 0, 0x88A8), 276),
    ):
        segment = decode_frame(frame, link)
        assert segment is not None
        assert segment.vlan == 5


def test_vlan_tags_without_end_are_no_segment() -> None:
    assert decode_frame(bytes(12) + b"\x81\x00\x00\x01" * 1000) is None


@pytest.mark.parametrize(("kind", "mark"), [(0, INCOMING), (1, 0), (2, 0), (3, 0), (4, OUTGOING)])
def test_cooked_capture_knows_who_sent(kind: int, mark: int) -> None:
    for frame, link in ((cooked(V4, kind), 113), (cooked2(V4, kind), 276)):
        segment = decode_frame(frame, link)
        assert segment is not None
        assert segment.marks & (INCOMING | OUTGOING) == mark


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (1, ethernet(V4, 0x0806)),
        (1, ethernet(SNAP + b"\x08\x06" + V4, 50)),
        (1, ethernet(b"\xaa\xaa\x03\0\0\1\x08\0" + V4, 50)),
        (1, ethernet(V4, 0x86DD)),
        (1, ethernet(V6, 0x0800)),
        (0, struct.pack("<I", 7) + V4),
        (0, struct.pack("<I", 0x0202) + V4),
        (101, b"\x50" + V4[1:]),
        (127, V4),
        (9, V4),
    ],
)
def test_what_is_no_ip_gives_no_segment(link: int, frame: bytes) -> None:
    assert decode_frame(frame, link) is None
