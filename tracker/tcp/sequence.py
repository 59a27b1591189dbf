"""Arithmetic modulo 2**32 (RFC 9293 3.4).

Every result is masked here and nowhere else, so that neither a Python int's size nor a machine word's overflow is relied on.
"""

from typing import Final

MASK32: Final = 0xFFFFFFFF


def add(a: int, b: int) -> int:
    """a + b, where b may be negative."""
    return (a + b) & MASK32


def distance(a: int, b: int) -> int:
    """a - b as a signed number: negative when a comes before b, in -2**31 .. 2**31 - 1."""
    d = (a - b) & MASK32
    return d - 0x100000000 if d >= 0x80000000 else d
