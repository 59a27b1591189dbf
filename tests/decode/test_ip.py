import pytest

from tracker.tcp.segment import FRAGMENT

from .build import authentication, ethernet, extension, fragment6, ipv4, ipv6, tcp
from .conftest import decode_frame


def test_ipv4_fields() -> None:
    segment = decode_frame(ipv4(tcp(b"abc")), 101)
    assert segment is not None
    assert segment.src == [0, 0, 0xFFFF, 0x0A000001]
    assert segment.dst == [0, 0, 0xFFFF, 0xC0000207]
    assert (segment.ttl, segment.ident, segment.length, segment.marks) == (61, 77, 3, 0)


def test_ipv6_fields() -> None:
    segment = decode_frame(ipv6(tcp(b"abc")), 101)
    assert segment is not None
    assert segment.src == [0x20010DB8, 0, 0, 1]
    assert segment.dst == [0x20010DB8, 0, 0, 2]
    assert (segment.ttl, segment.ident, segment.length, segment.marks) == (59, 0, 3, 0)


def test_ipv4_options_are_stepped_over() -> None:
    segment = decode_frame(ipv4(tcp(b"abc"), options=bytes(40)), 101)
    assert segment is not None
    assert (segment.sport, segment.length) == (40000, 3)


def test_ipv4_length_counts_not_the_padding_of_ethernet() -> None:
    segment = decode_frame(ethernet(ipv4(tcp())) + bytes(6))
    assert segment is not None
    assert segment.length == 0


def test_ipv4_length_is_the_wire_s_when_the_snaplen_cut() -> None:
    segment = decode_frame(ethernet(ipv4(tcp(bytes(1448))))[:96], wire=1502)
    assert segment is not None
    assert segment.length == 1448


def test_ipv4_total_length_zero_goes_to_the_end_of_the_frame() -> None:
    frame = ethernet(ipv4(tcp(bytes(200)), total=0))
    for captured in (len(frame), 96):
        segment = decode_frame(frame[:captured], wire=14 + 40 + 70_000)
        assert segment is not None
        assert segment.length == 70_000


def test_ipv4_total_length_zero_with_a_wire_length_that_lies() -> None:
    segment = decode_frame(ethernet(ipv4(tcp(bytes(200)), total=0)), wire=0)
    assert segment is not None
    assert segment.length == 200


def test_ipv4_first_fragment_is_marked_and_counts_its_own_payload() -> None:
    segment = decode_frame(ipv4(tcp(bytes(8)), fragment=0x2000), 101)
    assert segment is not None
    assert (segment.marks, segment.length) == (FRAGMENT, 8)


@pytest.mark.parametrize("fragment", [0x2001, 0x0001, 0x1FFF])
def test_ipv4_later_fragment_gives_no_segment(fragment: int) -> None:
    assert decode_frame(ipv4(tcp(bytes(8)), fragment=fragment), 101) is None


@pytest.mark.parametrize(
    "packet",
    [
        ipv4(tcp(), 17),
        ipv4(tcp(), words=4),
        ipv4(tcp(), words=15),
        ipv4(tcp(), total=19),
        ipv4(tcp(), total=39),
        ipv4(tcp(), version=5),
        ipv6(tcp(), 17),
        ipv6(tcp(), 59),
        ipv6(tcp(), version=5),
        ipv6(tcp(), length=19),
    ],
)
def test_ip_header_that_makes_no_sense_gives_no_segment(packet: bytes) -> None:
    assert decode_frame(packet, 101) is None


@pytest.mark.parametrize("kind", [0, 43, 60])
@pytest.mark.parametrize("units", [0, 3, 255])
def test_ipv6_extension_header_is_stepped_over(kind: int, units: int) -> None:
    segment = decode_frame(ipv6(extension(tcp(b"abc"), units=units), kind), 101)
    assert segment is not None
    assert (segment.sport, segment.length) == (40000, 3)


def test_ipv6_extension_headers_in_a_row() -> None:
    payload = extension(extension(authentication(fragment6(extension(tcp(b"ab")), 60), 44), 51), 43)
    segment = decode_frame(ipv6(payload, 0), 101)
    assert segment is not None
    assert (segment.length, segment.marks) == (2, FRAGMENT)


def test_ipv6_extension_headers_without_end_are_given_up() -> None:
    assert decode_frame(ipv6(b"\0\0" + bytes(6) + bytes(8) * 1000, 0), 101) is None


def test_ipv6_extension_header_beyond_the_packet_gives_no_segment() -> None:
    assert decode_frame(ipv6(extension(tcp(), units=9)[:60], 0), 101) is None


@pytest.mark.parametrize(("offset", "more", "marks"), [(0, 1, FRAGMENT), (0, 0, 0)])
def test_ipv6_first_and_atomic_fragment(offset: int, more: int, marks: int) -> None:
    segment = decode_frame(ipv6(fragment6(tcp(b"ab"), offset=offset, more=more), 44), 101)
    assert segment is not None
    assert (segment.marks, segment.length) == (marks, 2)


def test_ipv6_later_fragment_gives_no_segment() -> None:
    assert decode_frame(ipv6(fragment6(tcp(b"ab"), offset=1, more=0), 44), 101) is None


def test_ipv4_authentication_header_is_stepped_over() -> None:
    segment = decode_frame(ipv4(authentication(tcp(b"abc")), 51), 101)
    assert segment is not None
    assert (segment.sport, segment.length, segment.ident) == (40000, 3, 77)


def test_ipv6_big_tcp_without_jumbo_option_goes_to_the_end_of_the_frame() -> None:
    segment = decode_frame(ipv6(tcp(bytes(100)), length=0), 101, wire=40 + 20 + 180_000)
    assert segment is not None
    assert segment.length == 180_000


def test_ipv6_jumbogram_goes_to_the_end_of_the_frame() -> None:
    jumbo = b"\x06\x00\xc2\x04\x00\x02\xbf\x34"
    segment = decode_frame(ipv6(jumbo + tcp(bytes(100)), 0, length=0), 101, wire=40 + 8 + 20 + 180_000)
    assert segment is not None
    assert segment.length == 180_000
