"""The reads of capture/reads.py and decode/reads.py on a pointer: one load each. Whoever reads has checked the length.

With NUMBA_BOUNDSCHECK=1 the buffer is an array and every byte's index is checked: then the loads go byte by byte.
"""

from typing import Any

import numpy as np
from numba.core import config
from numba.extending import register_jitable

from tracker.capture import reads as file_reads
from tracker.decode import reads as wire_reads
from tracker.engine.compiled.intrinsics import load
from tracker.engine.compiled.replace import instead_of


def checked(bits: int, *, big: bool) -> Any:
    """load(), byte by byte, for arrays."""
    count = bits // 8

    @register_jitable
    def read(b, o):
        value = np.int64(0)
        for i in range(count):
            value = value << 8 | np.int64(b[o + i if big else o + count - 1 - i])
        return value

    return read


word = checked if config.BOUNDSCHECK else load
big16, big32 = word(16, big=True), word(32, big=True)
little16, little32 = word(16, big=False), word(32, big=False)


@instead_of(file_reads.read16)
def read16(b, o, big):
    return big16(b, o) if big else little16(b, o)


@instead_of(file_reads.read32)
def read32(b, o, big):
    return big32(b, o) if big else little32(b, o)


@instead_of(file_reads.read2x32)
def read2x32(b, o, big):
    return read32(b, o, big), read32(b, o + 4, big)


@instead_of(file_reads.read4x32)
def read4x32(b, o, big):
    return read32(b, o, big), read32(b, o + 4, big), read32(b, o + 8, big), read32(b, o + 12, big)


@instead_of(file_reads.read5x32)
def read5x32(b, o, big):
    first = read32(b, o, big)
    return first, read32(b, o + 4, big), read32(b, o + 8, big), read32(b, o + 12, big), read32(b, o + 16, big)


@instead_of(wire_reads.u16)
def u16(b, o):
    return big16(b, o)


@instead_of(wire_reads.u32)
def u32(b, o):
    return big32(b, o)


@instead_of(wire_reads.u32x3)
def u32x3(b, o):
    return big32(b, o), big32(b, o + 4), big32(b, o + 8)


@instead_of(wire_reads.sum16)
def sum16(b, o, stop):
    total = np.int64(0)
    at = o
    while at + 2 <= stop:
        total += big16(b, at)
        at += 2
    if at < stop:
        total += np.int64(b[at]) << 8
    return total % 0xFFFF


@instead_of(wire_reads.ipv4_header)
def ipv4_header(b, o):
    times = big16(b, o + 8)
    return (
        np.int64(b[o]),
        big16(b, o + 2),
        big16(b, o + 4),
        big16(b, o + 6),
        times >> 8,
        times & 0xFF,
        big32(b, o + 12),
        big32(b, o + 16),
    )


@instead_of(wire_reads.ipv6_header)
def ipv6_header(b, o):
    return (
        np.int64(b[o]),
        big16(b, o + 4),
        np.int64(b[o + 6]),
        np.int64(b[o + 7]),
        big32(b, o + 8),
        big32(b, o + 12),
        big32(b, o + 16),
        big32(b, o + 20),
        big32(b, o + 24),
        big32(b, o + 28),
        big32(b, o + 32),
        big32(b, o + 36),
    )


@instead_of(wire_reads.tcp_header)
def tcp_header(b, o):
    return big16(b, o), big16(b, o + 2), big32(b, o + 4), big32(b, o + 8), big16(b, o + 12), big16(b, o + 14)
