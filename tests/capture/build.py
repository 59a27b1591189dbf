"""Captures written by hand: tiny pcap and pcapng writers."""

import struct
from collections.abc import Iterable

Packet = tuple[int, int, bytes] | tuple[int, int, bytes, int]  # seconds, fraction, bytes, length on the wire

MICRO, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
SECTION, INTERFACE, OLD, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6


def pcap(
    packets: Iterable[Packet],
    order: str = "<",
    magic: int = MICRO,
    *,
    snaplen: int = 262144,
    link: int = 1,
    version: int = 2,
) -> bytes:
    head = struct.pack(order + "IHHiIII", magic, version, 4, 0, 0, snaplen, link)
    return head + b"".join(record(packet, order, magic) for packet in packets)


def record(packet: Packet, order: str = "<", magic: int = MICRO) -> bytes:
    seconds, fraction, data = packet[:3]
    wire = packet[3] if len(packet) > 3 else len(data)
    extra = bytes(8) if magic == MODIFIED else b""
    return struct.pack(order + "IIII", seconds, fraction, len(data), wire) + extra + data


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    size = struct.pack(order + "I", 12 + len(padded(body)))
    return struct.pack(order + "I", kind) + size + padded(body) + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def section(order: str = "<", major: int = 1, length: int = -1, options: bytes = b"") -> bytes:
    return block(SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, major, 0, length) + options, order)


def interface(link: int = 1, snaplen: int = 0, options: bytes = b"", order: str = "<") -> bytes:
    return block(INTERFACE, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def enhanced(
    data: bytes, ticks: int = 0, number: int = 0, *, wire: int | None = None, options: bytes = b"", order: str = "<"
) -> bytes:
    wire = len(data) if wire is None else wire
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire)
    return block(ENHANCED, head + padded(data) + options, order)


def old(data: bytes, ticks: int = 0, number: int = 0, order: str = "<") -> bytes:
    head = struct.pack(order + "HHIIII", number, 7, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(OLD, head + padded(data), order)


def simple(data: bytes, wire: int | None = None, order: str = "<") -> bytes:
    return block(SIMPLE, struct.pack(order + "I", len(data) if wire is None else wire) + padded(data), order)
