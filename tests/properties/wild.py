"""Segments as hypothesis invents them: two hosts, numbers near each other, everything else as bad as it may be."""

from typing import NamedTuple

from hypothesis import strategies as st

from tracker.tcp import segment as bits
from tracker.tcp.segment import Segment
from tracker.tcp.sequence import add

HERE, THERE = [0, 0, 0xFFFF, 0x0A000001], [0, 0, 0xFFFF, 0x0A000002]
START = 1_700_000_000_000_000_000
STEPS = (0, 1, 1_000_000, 1_000_000, 60_000_000, 2_000_000_000, 100_000_000_000, -5_000_000)
FLAGS = (
    bits.SYN,
    bits.SYN | bits.ACK,
    bits.ACK,
    bits.ACK,
    bits.PSH | bits.ACK,
    bits.FIN | bits.ACK,
    bits.FIN | bits.ACK,
    bits.RST,
    bits.RST | bits.ACK,
    bits.FIN,
    0,
    bits.SYN | bits.FIN,
    bits.SYN | bits.RST,
    bits.SYN | bits.ACK | bits.FIN | bits.RST | bits.URG | bits.ECE | bits.CWR | bits.PSH,
)
ISS = ((1000, 50_000), (0xFFFFFFFC, 0xFFFFFFF0), (0x7FFFFFFA, 0x80000000), (0, 0))


class Wild(NamedTuple):
    """One segment in small numbers: `seq` and `ack` count from the two ISSs."""

    side: int = 0
    flags: int = bits.ACK
    seq: int = 0
    ack: int = 0
    length: int = 0
    step: int = 1
    window: int = 1000
    scale: int = -1
    tsval: int = -1
    quoted: int = 0
    life: int = 0


near = st.one_of(
    st.integers(0, 4), st.integers(-3, 30), st.sampled_from([-(2**31), 2**31 - 1, 1001, 100_000, -100_000])
)
wild = st.builds(
    Wild,
    side=st.integers(0, 1),
    flags=st.sampled_from(FLAGS) | st.integers(0, 255),
    seq=near,
    ack=near,
    length=st.sampled_from([0, 0, 0, 1, 2, 10, 1460, 65535]),
    step=st.sampled_from(STEPS),
    window=st.sampled_from([0, 10, 1000, 65535]),
    scale=st.sampled_from([-1, -1, 0, 7, 14, 255]),
    tsval=st.sampled_from([-1, -1, 0, 5, 2**31, 2**32 - 1]),
    quoted=st.sampled_from([0, 0, 0, 0, 0, 0, 0x301, 0x304, 0x303]),
    life=st.sampled_from([0, 0, 0, 0, 1_000_000, 2_000_000]),
)
iss = st.sampled_from(ISS)


def segments(
    wilds: list[Wild], numbers: tuple[int, int], *, turned: bool = False, itself: bool = False, shift: int = 0
) -> list[Segment]:
    """The segments that these stand for. turned: the hosts' addresses are exchanged; itself: there is one host only."""
    made = []
    now = START
    for number, one in enumerate(wilds, 1):
        segment = Segment()
        now += one.step
        segment.time, segment.number = now, number
        own, other = (HERE, THERE) if one.side == turned else (THERE, HERE)
        segment.src, segment.dst = list(own), list(HERE if itself else other)
        segment.sport, segment.dport = (40000, 80) if one.side == 0 else (80, 40000)
        if itself:
            segment.src, segment.sport, segment.dport = list(HERE), 80, 80
        segment.seq = add(numbers[one.side], one.seq + one.life + shift)
        segment.ack = add(numbers[1 - one.side], one.ack + shift)
        segment.flags, segment.length, segment.window = one.flags, one.length, one.window
        if one.scale >= 0:
            segment.options |= bits.HAS_SCALE
            segment.scale = one.scale
        if one.tsval >= 0:
            segment.options |= bits.HAS_TIMESTAMPS
            segment.tsval = one.tsval
        if one.quoted:
            segment.marks, segment.icmp = bits.QUOTED, one.quoted
        made.append(segment)
    return made
