import struct
from ipaddress import ip_address

import pytest

from tracker.tcp.segment import (
    BAD_CHECKSUM,
    CHECKSUM_PARTIAL,
    FRAGMENT,
    HAS_FAST_OPEN,
    HAS_MPTCP,
    HAS_MSS,
    HAS_SACK,
    HAS_SACK_PERMITTED,
    HAS_SCALE,
    HAS_TIMESTAMPS,
    RIGHT_CHECKSUM,
    TRUNCATED,
    Segment,
)

from .build import (
    CLIENT,
    CLIENT6,
    NOP_NOP_TIMESTAMPS,
    SERVER,
    SERVER6,
    SYN_OPTIONS,
    fragment6,
    ipv4,
    ipv6,
    ones_complement_sum,
    tcp,
)
from .conftest import decode_frame


def decoded(segment: bytes) -> Segment:
    found = decode_frame(ipv4(segment), 101)
    assert found is not None
    return found


def test_tcp_fields() -> None:
    segment = decoded(tcp(b"hello", flags=0x1FF, seq=0xFFFFFFFF, ack=0x80000000, window=65535))
    assert (segment.sport, segment.dport, segment.seq, segment.ack) == (40000, 443, 0xFFFFFFFF, 0x80000000)
    assert (segment.flags, segment.window, segment.length) == (0x1FF, 65535, 5)
    assert segment.options == 0


def test_tcp_syn_options() -> None:
    segment = decoded(tcp(flags=2, options=SYN_OPTIONS))
    assert segment.options == HAS_MSS | HAS_SACK_PERMITTED | HAS_TIMESTAMPS | HAS_SCALE
    assert (segment.mss, segment.tsval, segment.tsecr, segment.scale) == (1460, 7, 0, 7)
    assert segment.length == 0


def test_tcp_timestamps_in_the_fast_lane_and_more_behind() -> None:
    sack = b"\x01\x01\x05\x12" + struct.pack(">IIII", 5000, 6000, 8000, 9000)
    segment = decoded(tcp(b"x", options=NOP_NOP_TIMESTAMPS + sack))
    assert segment.options == HAS_TIMESTAMPS | HAS_SACK
    assert (segment.tsval, segment.tsecr, segment.sack_left, segment.sack_right) == (111, 222, 5000, 6000)
    assert segment.length == 1


@pytest.mark.parametrize(
    ("options", "has"),
    [
        (b"\x22\x02", HAS_FAST_OPEN),
        (b"\x22\x0a12345678", HAS_FAST_OPEN),
        (b"\xfe\x04\xf9\x89", HAS_FAST_OPEN),
        (b"\xfe\x0c\xf9\x8912345678", HAS_FAST_OPEN),
        (b"\xfe\x04\x12\x34", 0),
        (b"\xfe\x02", 0),
        (b"\x1e\x0c" + bytes(10), HAS_MPTCP),
        (b"\x1e\x02", 0),
        (b"\x13\x12" + bytes(16) + b"\x04\x02", HAS_SACK_PERMITTED),
        (b"\x01\x01\x01\x04\x02", HAS_SACK_PERMITTED),
    ],
)
def test_tcp_option_kinds(options: bytes, has: int) -> None:
    assert decoded(tcp(options=options)).options == has


@pytest.mark.parametrize(
    "options",
    [
        b"\x04\x00\x03\x03",
        b"\x04\x01\x03\x03",
        b"\x08\x0a\x00\x00",
        b"\x02\x03\x05\x03",
        b"\x08\x09" + bytes(9) + b"\x01",
        b"\x05\x08" + bytes(6),
        b"\x00\x04\x02\x01",
        b"\x01\x01\x01\x02",
        b"\x01\x01\x08\x0a\x00\x00\x00\x01",
    ],
)
def test_tcp_option_with_a_wrong_length_is_not_believed(options: bytes) -> None:
    assert decoded(tcp(options=options)).options == 0


def test_tcp_options_before_a_bad_one_are_kept() -> None:
    segment = decoded(tcp(options=b"\x02\x04\x05\xb4\x03\x00\x04\x02"))
    assert (segment.options, segment.mss) == (HAS_MSS, 1460)


@pytest.mark.parametrize("words", [0, 4, 6, 15])
def test_tcp_header_length_that_does_not_fit_gives_no_segment(words: int) -> None:
    assert decode_frame(ipv4(tcp(words=words)), 101) is None


@pytest.mark.parametrize("there", range(16, 40))
def test_tcp_header_cut_by_the_snaplen_is_marked(there: int) -> None:
    packet = ipv4(tcp(b"data", flags=2, options=SYN_OPTIONS))
    segment = decode_frame(packet[: 20 + there], 101, wire=len(packet))
    assert segment is not None
    assert segment.marks == TRUNCATED
    assert (segment.window, segment.length) == (502, 4)
    assert segment.mss == (1460 if there >= 24 else 0)
    assert segment.options & HAS_TIMESTAMPS == (HAS_TIMESTAMPS if there >= 36 else 0)


@pytest.mark.parametrize("there", [0, 15])
def test_tcp_header_cut_before_the_window_gives_no_segment(there: int) -> None:
    assert decode_frame(ipv4(tcp())[: 20 + there], 101) is None


def test_tcp_bytes_behind_the_frame_are_never_read() -> None:
    whole = ipv4(tcp(flags=2, options=SYN_OPTIONS))
    cut = decode_frame(whole[:44], 101, wire=len(whole))
    assert cut is not None
    assert cut.options == HAS_MSS


@pytest.mark.parametrize("flags", [0x02, 0x12, 0x11, 0x14, 0x04])
@pytest.mark.parametrize("payload", [b"", b"odd", b"even"])
@pytest.mark.parametrize("six", [False, True])
def test_tcp_partial_checksum_is_the_pseudo_header_s_sum(flags: int, payload: bytes, six: bool) -> None:
    source, destination = (CLIENT6, SERVER6) if six else (CLIENT, SERVER)
    length = 20 + len(payload)
    addresses = ip_address(source).packed + ip_address(destination).packed
    partial = ones_complement_sum(addresses + struct.pack(">HH", 6, length))
    wrap = ipv6 if six else ipv4
    found = decode_frame(wrap(tcp(payload, flags=flags, checksum=partial)), 101)
    assert found is not None
    assert found.marks == CHECKSUM_PARTIAL
    right = (
        ~ones_complement_sum(addresses + struct.pack(">HH", 6, length) + tcp(payload, flags=flags, checksum=0)) & 0xFFFF
    )
    for checksum, mark in ((right, RIGHT_CHECKSUM), (partial ^ 1, BAD_CHECKSUM), (right ^ 0x100, BAD_CHECKSUM)):
        found = decode_frame(wrap(tcp(payload, flags=flags, checksum=checksum)), 101)
        assert found is not None
        assert found.marks == mark


def test_tcp_checksum_is_not_judged_of_cut_or_merged_segments() -> None:
    whole = ipv4(tcp(b"x" * 100, flags=0x12, checksum=1))
    cut = decode_frame(whole[:80], 101, wire=len(whole))
    assert cut is not None
    assert cut.marks == 0
    merged = decode_frame(ipv4(tcp(b"x" * 1500, flags=0x11, checksum=1)), 101)
    assert merged is not None
    assert merged.marks == 0


@pytest.mark.parametrize("checksum", [1, 0x1234])
def test_tcp_checksum_is_not_judged_of_a_first_fragment(checksum: int) -> None:
    """It is the sum of the whole segment, and the rest is elsewhere."""
    segment = tcp(b"x" * 8, flags=0x11, checksum=checksum)
    for packet in (ipv4(segment, fragment=0x2000), ipv6(fragment6(segment), 44)):
        found = decode_frame(packet, 101)
        assert found is not None
        assert found.marks == FRAGMENT


def test_tcp_checksum_is_not_judged_of_plain_data() -> None:
    found = decode_frame(ipv4(tcp(b"data", flags=0x18, checksum=1)), 101)
    assert found is not None
    assert found.marks == 0


def test_tcp_segment_is_blank_of_what_stood_in_it_before() -> None:
    used = decode_frame(ipv4(tcp(flags=2, options=SYN_OPTIONS + b"\x05\x0a" + bytes(range(8)))), 101)
    assert used is not None
    used.hash, used.icmp, used.vlan, used.marks = 5, 6, 7, 8
    again = decode_frame(ipv6(tcp()), 101, segment=used)
    fresh = decode_frame(ipv6(tcp()), 101)
    assert again is used
    assert fresh is not None
    fields: dict[str, object] = Segment.FIELDS  # type: ignore[attr-defined]
    assert {name: getattr(again, name) for name in fields} == {name: getattr(fresh, name) for name in fields}
