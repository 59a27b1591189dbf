"""No byte that any frame can hold makes the decoders read where they may not, or raise."""

import struct

import dpkt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.decode.link import UNDERSTOOD
from tracker.tcp.segment import QUOTED, Segment

from .build import (
    NOP_NOP_TIMESTAMPS,
    SYN_OPTIONS,
    authentication,
    cooked,
    cooked2,
    ethernet,
    extension,
    fragment6,
    icmp,
    ipv4,
    ipv6,
    tcp,
)
from .conftest import decode_frame

SYN = tcp(flags=2, options=SYN_OPTIONS)
SAMPLES = [
    (1, ethernet(ipv4(SYN))),
    (1, ethernet(ipv4(tcp(b"x", options=NOP_NOP_TIMESTAMPS)), tags=((0x88A8, 3), (0x8100, 4)))),
    (1, ethernet(b"\xaa\xaa\x03\0\0\0\x08\0" + ipv4(SYN), 68)),
    (113, cooked(ipv4(SYN, options=bytes(8)), 4)),
    (276, cooked2(b"\0\1\x86\xdd" + ipv6(SYN), 0, 0x8100)),
    (0, struct.pack("<I", 30) + ipv6(extension(authentication(fragment6(SYN), 44), 51), 0)),
    (108, struct.pack(">I", 2) + ipv4(icmp(ipv4(SYN), 3, 4), 1)),
    (101, ipv6(icmp(ipv6(extension(SYN), 43), 2, 0), 58)),
    (228, ipv4(authentication(SYN), 51)),
]


@pytest.mark.parametrize(("link", "frame"), SAMPLES)
def test_frame_cut_at_every_length_never_reads_beyond_its_end(link: int, frame: bytes) -> None:
    assert decode_frame(frame, link) is not None
    for length in range(len(frame)):
        decode_frame(frame[:length], link, len(frame))


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=6),
    st.integers(0, 250),
    st.integers(0, 300),
)
def test_frame_mutated_and_cut_never_raises(
    sample: tuple[int, bytes], changes: list[tuple[int, int]], length: int, wire: int
) -> None:
    link, frame = sample
    mutated = bytearray(frame)
    for at, value in changes:
        mutated[at % len(mutated)] = value
    decode_frame(bytes(mutated[:length]), link, wire)


@given(st.sampled_from(UNDERSTOOD), st.binary(max_size=120))
@example(0, b"")
@example(101, b"\x45")
def test_any_bytes_are_decoded_or_not(link: int, frame: bytes) -> None:
    decode_frame(frame, link)


@given(
    st.binary(max_size=40),
    st.integers(0, 0xFF),
    st.integers(0, 2**32 - 1),
    st.sampled_from([b"", SYN_OPTIONS, NOP_NOP_TIMESTAMPS, b"\x02\x04\x02\x18", b"\x01" * 40]),
    st.booleans(),
)
def test_well_formed_frame_reads_as_dpkt_reads_it(
    payload: bytes, flags: int, seq: int, options: bytes, six: bool
) -> None:
    segment = tcp(payload, flags=flags, seq=seq, options=options)
    frame = ethernet(ipv6(segment), 0x86DD) if six else ethernet(ipv4(segment))
    ours = decode_frame(frame)
    packet = dpkt.ethernet.Ethernet(frame).data
    theirs = packet.data
    assert isinstance(ours, Segment)
    assert (ours.sport, ours.dport, ours.seq, ours.ack) == (theirs.sport, theirs.dport, theirs.seq, theirs.ack)
    assert (ours.flags & 0xFF, ours.window, ours.length) == (theirs.flags & 0xFF, theirs.win, len(theirs.data))
    assert ours.ttl == (packet.hlim if six else packet.ttl)
    assert not ours.marks & QUOTED
