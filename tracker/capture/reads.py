"""Reads in the byte order of a capture file's writer.  The caller has checked that the bytes are there.

Interpreted they are `struct` calls, measured twice as fast as shifts; the compiled engine overloads these names.
"""

from mmap import mmap
from struct import Struct
from typing import Any, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview | mmap

_BIG_16, _LITTLE_16 = Struct(">H").unpack_from, Struct("<H").unpack_from
_BIG_32, _LITTLE_32 = Struct(">I").unpack_from, Struct("<I").unpack_from
_BIG_2x32, _LITTLE_2x32 = Struct(">II").unpack_from, Struct("<II").unpack_from
_BIG_4x32, _LITTLE_4x32 = Struct(">IIII").unpack_from, Struct("<IIII").unpack_from
_BIG_5x32, _LITTLE_5x32 = Struct(">IIIII").unpack_from, Struct("<IIIII").unpack_from


def read16(b: Any, o: int, big: int) -> int:
    """16 bits at o."""
    value: int = _BIG_16(b, o)[0] if big else _LITTLE_16(b, o)[0]
    return value


def read32(b: Any, o: int, big: int) -> int:
    """32 bits at o."""
    value: int = _BIG_32(b, o)[0] if big else _LITTLE_32(b, o)[0]
    return value


def read2x32(b: Any, o: int, big: int) -> tuple[int, int]:
    """Two 32-bit words at o."""
    return _BIG_2x32(b, o) if big else _LITTLE_2x32(b, o)


def read4x32(b: Any, o: int, big: int) -> tuple[int, int, int, int]:
    """Four 32-bit words at o."""
    return _BIG_4x32(b, o) if big else _LITTLE_4x32(b, o)


def read5x32(b: Any, o: int, big: int) -> tuple[int, int, int, int, int]:
    """Five 32-bit words at o."""
    return _BIG_5x32(b, o) if big else _LITTLE_5x32(b, o)
