import pytest

from .build import MICRO, MODIFIED, NANO, pcap
from .conftest import Opened, Walk

SECOND = 1_000_000_000


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(MICRO, 1000), (NANO, 1), (MODIFIED, 1000)])
def test_pcap_every_magic_in_either_byte_order(opened: Opened, walk: Walk, order: str, magic: int, unit: int) -> None:
    capture = opened(pcap([(5, 7, b"abc", 60), (6, 8, b"")], order, magic, link=113))
    assert walk(capture) == [(1, 5 * SECOND + 7 * unit, b"abc", 60, 113), (2, 6 * SECOND + 8 * unit, b"", 0, 113)]
    assert capture.damage is None
    assert capture.links == {113: 2}


def test_pcap_time_is_exact_beyond_what_a_float_holds(opened: Opened, walk: Walk) -> None:
    assert walk(opened(pcap([(1_795_216_407, 817_058_144, b"")], magic=NANO)))[0][1] == 1_795_216_407_817_058_144


def test_pcap_latest_second_is_unsigned(opened: Opened, walk: Walk) -> None:
    assert walk(opened(pcap([(0xFFFFFFFF, 999_999, b"")])))[0][1] == 0xFFFFFFFF * SECOND + 999_999_000


def test_pcap_fraction_of_more_than_a_second_is_added(opened: Opened, walk: Walk) -> None:
    assert walk(opened(pcap([(1, 0xFFFFFFFF, b"")])))[0][1] == SECOND + 0xFFFFFFFF * 1000


def test_pcap_link_type_without_its_fcs_bits(opened: Opened, walk: Walk) -> None:
    assert walk(opened(pcap([(1, 0, b"x")], link=0x5400_0001)))[0][4] == 1


def test_pcap_header_only_is_an_empty_capture(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([]))
    assert walk(capture) == []
    assert capture.damage is None


def test_pcap_stamps_backwards_are_counted_and_kept(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([(10, 0, b""), (12, 0, b""), (11, 0, b""), (11, 0, b""), (13, 0, b"")]))
    assert [seen[1] // SECOND for seen in walk(capture)] == [10, 12, 11, 11, 13]
    assert capture.reader.backwards == 1
    assert (capture.reader.first, capture.reader.last) == (10 * SECOND, 13 * SECOND)


def test_pcap_record_longer_than_a_small_snaplen_is_believed(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([(1, 0, bytes(2000))], snaplen=96))
    assert len(walk(capture)) == 1
    assert capture.damage is None


def test_pcap_snaplen_of_everything_is_bounded(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([(1, 0, b"x")], snaplen=0xFFFFFFFF) + b"\xff" * 16)
    assert len(walk(capture)) == 1
    assert "4,294,967,295 bytes is impossible (at most 67,108,864 expected)" in str(capture.damage)
