import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.blocks import interface_of
from tracker.capture.pcapng import nanoseconds
from tracker.capture.records import LATEST

from .build import block, enhanced, interface, old, option, padded, section, simple
from .conftest import Opened, Walk

SECOND = 1_000_000_000
MICROSECOND_STAMP = 1_795_216_407_817_058


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_every_packet_block_in_either_byte_order(opened: Opened, walk: Walk, order: str) -> None:
    capture = opened(
        section(order)
        + interface(1, 64, order=order)
        + enhanced(b"abcde", MICROSECOND_STAMP, wire=60, order=order)
        + simple(b"xyz", order=order)
        + old(b"q", MICROSECOND_STAMP + 1, order=order)
    )
    time = MICROSECOND_STAMP * 1000
    assert walk(capture) == [(1, time, b"abcde", 60, 1), (2, time, b"xyz", 3, 1), (3, time + 1000, b"q", 1, 1)]
    assert capture.damage is None
    assert capture.links == {1: 3}


def test_pcapng_simple_packet_is_cut_at_the_first_interface_s_snaplen(opened: Opened, walk: Walk) -> None:
    capture = opened(section() + interface(101, 4) + interface(1, 0) + simple(b"abcd", wire=1500))
    assert walk(capture) == [(1, 0, b"abcd", 1500, 101)]


def test_pcapng_simple_packet_without_interface_is_damage(opened: Opened, walk: Walk) -> None:
    capture = opened(section() + simple(b"abcd"))
    assert walk(capture) == []
    assert "names interface 0, and 0 are described" in str(capture.damage)


def test_pcapng_packet_options_and_other_blocks_are_skipped(opened: Opened, walk: Walk) -> None:
    capture = opened(
        section(options=option(4, b"made by hand") + option(0, b""))
        + block(0x0BAD, struct.pack("<I", 32473) + b"custom")
        + interface(options=option(2, b"eth0") + option(0, b""))
        + block(4, b"names of addresses")
        + enhanced(b"abcde", 1, options=option(2, b"\1\0\0\0") + option(0, b""))
        + block(0x80000001, b"")
        + enhanced(b"", 2)
        + block(5, bytes(8) + b"statistics")
    )
    assert [seen[1:3] for seen in walk(capture)] == [(1000, b"abcde"), (2000, b"")]
    assert capture.damage is None


def test_pcapng_sections_have_their_own_byte_order_and_interfaces(opened: Opened, walk: Walk) -> None:
    first = section("<") + interface(1) + interface(113) + enhanced(b"a", 1, 1)
    second = section(">", length=64) + interface(101, order=">") + enhanced(b"b", 2, order=">")
    capture = opened(first + second + section("<") + interface(228) + enhanced(b"c", 3))
    assert [(seen[2], seen[4]) for seen in walk(capture)] == [(b"a", 113), (b"b", 101), (b"c", 228)]
    assert capture.links == {1: 0, 113: 1, 101: 1, 228: 1}


def test_pcapng_interface_of_an_earlier_section_is_gone(opened: Opened, walk: Walk) -> None:
    capture = opened(section() + interface() + interface() + section() + interface() + enhanced(b"x", 0, 1))
    assert walk(capture) == []
    assert "names interface 1, and 1 are described" in str(capture.damage)


def test_pcapng_header_only_is_an_empty_capture(opened: Opened, walk: Walk) -> None:
    capture = opened(section())
    assert walk(capture) == []
    assert capture.damage is None


def stamp(ticks: int, options: bytes) -> int:
    return nanoseconds(ticks >> 32, ticks & 0xFFFFFFFF, interface_of(interface(options=options), 0))


def resolution(value: int) -> bytes:
    return option(9, bytes([value]))


@pytest.mark.parametrize(
    ("value", "ticks", "ns"),
    [
        (0, 1_795_216_407, 1_795_216_407 * SECOND),
        (3, 1_795_216_407_817, 1_795_216_407_817_000_000),
        (6, MICROSECOND_STAMP, MICROSECOND_STAMP * 1000),
        (9, 1_795_216_407_817_058_144, 1_795_216_407_817_058_144),
        (12, 1_999, 1),
        (27, 2**63 - 1, 9),
        (127, 2**63 - 1, 9),
        (0x80 | 1, 3, 1_500_000_000),
        (0x80 | 10, 1_795_216_407 << 10 | 512, 1_795_216_407_500_000_000),
        (0x80 | 32, 1_795_216_407 << 32 | 1 << 31, 1_795_216_407_500_000_000),
        (0x80 | 32, 2**64 - 1, 0xFFFFFFFF * SECOND + 999_999_999),
        (0x80 | 64, 1 << 63, 500_000_000),
        (0x80, 7, 7 * SECOND),
    ],
)
def test_pcapng_resolution_powers_of_ten_and_two(value: int, ticks: int, ns: int) -> None:
    assert stamp(ticks, resolution(value)) == ns


@given(st.integers(0, 2**64 - 1), st.integers(0, 255), st.integers(-(2**63), 2**63 - 1))
def test_pcapng_time_between_any_two_stamps_fits_64_bits_whatever_is_claimed(
    ticks: int, value: int, offset: int
) -> None:
    ns = stamp(ticks, resolution(value) + option(14, struct.pack("<q", offset)))
    assert -LATEST < ns <= LATEST
    assert LATEST + LATEST <= 2**63


@given(st.integers(0, 2**62), st.integers(1, 64))
def test_pcapng_binary_resolution_rounds_down_exactly(ticks: int, digits: int) -> None:
    exact = ticks * SECOND >> digits
    assert stamp(ticks, resolution(0x80 | digits)) == exact or exact > LATEST - SECOND


def test_pcapng_offset_may_be_negative() -> None:
    assert stamp(5_000_000, option(14, struct.pack("<q", -3))) == 2 * SECOND


def test_pcapng_high_stamp_is_clamped() -> None:
    assert LATEST - SECOND < stamp(2**64 - 1, b"") <= LATEST


@pytest.mark.parametrize(
    "options", [option(9, b""), option(9, b"\x09\x09"), option(14, b"\1"), struct.pack("<HH", 9, 500), b"\x09\0\1"]
)
def test_pcapng_interface_options_that_make_no_sense_are_passed_over(options: bytes) -> None:
    assert stamp(1, options) == 1000


def test_pcapng_interface_options_end_where_they_say() -> None:
    assert stamp(1, option(0, b"") + resolution(9)) == 1000


SECTION = section() + interface()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (struct.pack("<II", 6, 8) + bytes(20), "a block length of 8 bytes is impossible (at least 12 expected)"),
        (struct.pack("<II", 6, 0) + bytes(20), "a block length of 0 bytes is impossible (at least 12 expected)"),
        (struct.pack("<II", 6, 33) + bytes(40), "a block length of 33 bytes is no multiple of four"),
        (struct.pack("<II", 6, 0x80000000) + bytes(40), "a record length of 2,147,483,648 bytes is impossible"),
        (struct.pack("<III", 9, 16, 0) + struct.pack("<I", 20), "it has 16 bytes in front and 20 behind"),
        (block(6, bytes(16)), "a block length of 28 bytes is impossible (at least 32 expected)"),
        (
            block(6, struct.pack("<IIIII", 0, 0, 0, 9, 9) + bytes(8)),
            "a packet of 9 bytes stands in a block with room for 8",
        ),
        (block(3, b""), "a block length of 12 bytes is impossible (at least 16 expected)"),
        (block(1, b"\1\0\0\0"), "a block length of 16 bytes is impossible (at least 20 expected)"),
        (block(0x0A0D0D0A, bytes(16)), "a section header with no byte order or version that is known"),
        (section(major=2), "a section header with no byte order or version that is known"),
        (enhanced(b"", 0, 4), "a packet names interface 4, and 1 are described"),
    ],
)
def test_pcapng_damage_is_named_with_its_offset(opened: Opened, walk: Walk, bad: bytes, says: str) -> None:
    before = SECTION + enhanced(b"good", 1)
    capture = opened(before + bad + enhanced(b"lost", 2))
    assert [seen[2] for seen in walk(capture)] == [b"good"]
    assert capture.damage is not None
    assert (capture.damage.packet, capture.damage.offset) == (1, len(before))
    assert says in str(capture.damage)
    assert str(capture.damage).endswith(", after 1 whole packet")


def test_pcapng_too_many_interfaces_are_damage(opened: Opened, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.capture.source.MAX_INTERFACES", 3)
    capture = opened(section() + interface() * 4)
    assert walk(capture) == []
    assert "more than 3 interfaces" in str(capture.damage)


def test_pcapng_odd_packet_is_padded() -> None:
    assert len(padded(b"abcde")) == 8
