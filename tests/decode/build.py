"""Frames written by hand, layer by layer from the inside: ethernet(ipv4(tcp()))."""

import struct
from ipaddress import ip_address

CLIENT, SERVER = "10.0.0.1", "192.0.2.7"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"
SYN_OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x07\0\0\0\0\x01\x03\x03\x07"
NOP_NOP_TIMESTAMPS = b"\x01\x01\x08\x0a" + struct.pack(">II", 111, 222)


def tcp(
    payload: bytes = b"",
    *,
    flags: int = 0x10,
    options: bytes = b"",
    seq: int = 1000,
    ack: int = 2000,
    words: int | None = None,
    checksum: int = 0x1234,
    window: int = 502,
) -> bytes:
    options += bytes(-len(options) % 4)
    words = 5 + len(options) // 4 if words is None else words
    head = struct.pack(">HHIIHHHH", 40000, 443, seq, ack, words << 12 | flags, window, checksum, 0)
    return head + options + payload


def ipv4(
    payload: bytes,
    protocol: int = 6,
    *,
    source: str = CLIENT,
    destination: str = SERVER,
    options: bytes = b"",
    fragment: int = 0x4000,
    total: int | None = None,
    version: int = 4,
    words: int | None = None,
    ident: int = 77,
) -> bytes:
    words = 5 + len(options) // 4 if words is None else words
    total = 20 + len(options) + len(payload) if total is None else total
    head = struct.pack(">BBHHHBBH", version << 4 | words, 0, total, ident, fragment, 61, protocol, 0)
    return head + ip_address(source).packed + ip_address(destination).packed + options + payload


def ipv6(payload: bytes, following: int = 6, *, length: int | None = None, version: int = 6) -> bytes:
    length = len(payload) if length is None else length
    head = struct.pack(">IHBB", version << 28 | 0x12345, length, following, 59)
    return head + ip_address(CLIENT6).packed + ip_address(SERVER6).packed + payload


def extension(payload: bytes, following: int = 6, units: int = 0) -> bytes:
    """Hop-by-hop, routing or destination options: 8 bytes and 8 for each unit."""
    return bytes([following, units]) + bytes(6 + 8 * units) + payload


def fragment6(payload: bytes, following: int = 6, *, offset: int = 0, more: int = 1) -> bytes:
    return struct.pack(">BBHI", following, 0, offset << 3 | more, 99) + payload


def authentication(payload: bytes, following: int = 6) -> bytes:
    return bytes([following, 4]) + bytes(22) + payload


def icmp(quoted: bytes, kind: int, code: int) -> bytes:
    return bytes([kind, code]) + bytes(6) + quoted


def ethernet(payload: bytes, kind: int = 0x0800, tags: tuple[tuple[int, int], ...] = ()) -> bytes:
    """tags: (tag protocol, tag control information), outermost first."""
    shims = b"".join(struct.pack(">HH", *tag) for tag in tags)
    return bytes(12) + shims + struct.pack(">H", kind) + payload


def cooked(payload: bytes, direction: int = 0, kind: int = 0x0800) -> bytes:
    return struct.pack(">HHH8sH", direction, 1, 6, bytes(8), kind) + payload


def cooked2(payload: bytes, direction: int = 0, kind: int = 0x0800) -> bytes:
    return struct.pack(">HHIHBB8s", kind, 0, 2, 1, direction, 6, bytes(8)) + payload


def ones_complement_sum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
