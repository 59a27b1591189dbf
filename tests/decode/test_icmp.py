import pytest

from tracker.tcp.segment import QUOTED, Segment

from .build import CLIENT, SERVER, ethernet, extension, icmp, ipv4, ipv6, tcp
from .conftest import decode_frame

QUOTE = tcp(seq=4242, flags=2)


def answer(quote: bytes, kind: int = 3, code: int = 1) -> Segment | None:
    return decode_frame(ipv4(icmp(quote, kind, code), 1, source="198.51.100.1", destination=CLIENT), 101)


def answer6(quote: bytes, kind: int = 1, code: int = 4) -> Segment | None:
    return decode_frame(ipv6(icmp(quote, kind, code), 58), 101)


@pytest.mark.parametrize(("kind", "code"), [(3, 1), (3, 4), (3, 13), (11, 0), (12, 2)])
@pytest.mark.parametrize("there", [8, 20])
def test_icmp_error_gives_the_quoted_head(kind: int, code: int, there: int) -> None:
    segment = answer(ipv4(QUOTE, ident=5)[: 20 + there], kind, code)
    assert segment is not None
    assert segment.src == [0, 0, 0xFFFF, 0x0A000001]
    assert segment.dst == [0, 0, 0xFFFF, 0xC0000207]
    assert (segment.sport, segment.dport, segment.seq, segment.ident) == (40000, 443, 4242, 5)
    assert (segment.flags, segment.length, segment.ack, segment.window) == (0, 0, 0, 0)
    assert (segment.marks, segment.icmp) == (QUOTED, kind << 8 | code)


@pytest.mark.parametrize(("kind", "code"), [(1, 4), (2, 0), (3, 0), (4, 1)])
def test_icmp6_error_gives_the_quoted_head(kind: int, code: int) -> None:
    segment = answer6(ipv6(QUOTE)[:48], kind, code)
    assert segment is not None
    assert (segment.src, segment.dst) == ([0x20010DB8, 0, 0, 1], [0x20010DB8, 0, 0, 2])
    assert (segment.seq, segment.marks, segment.icmp) == (4242, QUOTED, kind << 8 | code)


def test_icmp6_error_quotes_behind_extension_headers() -> None:
    segment = answer6(ipv6(extension(QUOTE), 60))
    assert segment is not None
    assert segment.seq == 4242


def test_icmp_quote_is_of_the_original_length_however_little_is_quoted() -> None:
    assert answer(ipv4(tcp(bytes(1400)))[:28]) is not None


@pytest.mark.parametrize(
    "segment",
    [
        answer(ipv4(QUOTE), 0, 0),
        answer(ipv4(QUOTE), 8, 0),
        answer(ipv4(QUOTE), 5, 1),
        answer(ipv4(QUOTE, 17)),
        answer(ipv4(QUOTE, fragment=0x0010)),
        answer(ipv4(QUOTE)[:27]),
        answer(ipv4(QUOTE)[:10]),
        answer(ipv4(icmp(ipv4(QUOTE), 3, 1), 1)),
        answer(ipv6(QUOTE)),
        answer6(ipv6(QUOTE), 0, 0),
        answer6(ipv6(QUOTE), 128, 0),
        answer6(ipv6(QUOTE), 135, 0),
        answer6(ipv4(QUOTE)),
    ],
)
def test_icmp_that_quotes_no_tcp_gives_no_segment(segment: Segment | None) -> None:
    assert segment is None


def test_icmp_quote_ends_with_its_packet_not_with_the_padding() -> None:
    packet = ipv4(icmp(ipv4(QUOTE)[:24], 3, 1), 1, source=SERVER)
    assert decode_frame(ethernet(packet) + bytes(20)) is None
