"""Captures as a dice invents them: conversations half right and half wild, in any wrapping, in any file format, then damaged."""

import struct
from collections.abc import Callable
from ipaddress import ip_address
from random import Random
from typing import Any, NamedTuple

from ...capture import build as files  # noqa: TID252 - `tests` is no package to import from
from ...decode import build as frames  # noqa: TID252

START = 1_700_000_000_000_000_000
STEPS = (0, 1000, 10**6, 10**6, 10**6, 6 * 10**7, 2 * 10**9, 10**11, -(10**7), -1000)
FLAGS = (2, 18, 16, 16, 24, 17, 17, 4, 20, 1, 0, 3, 6, 0xC2, 255, 0xFFF)
LINKS = (1, 1, 1, 113, 276, 0, 108, 101, 12, 14, 228, 229)
USUAL = (
    (2, 0),
    (18, 1),
    (16, 0),
    (24, 0),
    (16, 1),
    (24, 1),
    (16, 0),
    (17, 0),
    (16, 1),
    (17, 1),
    (16, 0),
)  # flags, side


class Packet(NamedTuple):
    time: int
    link: int
    data: bytes


class Talk:
    """One pair of hosts and ports: who is due to say what, and the numbers so far."""

    def __init__(self, dice: Random) -> None:
        six = dice.random() < 0.3
        here, there = ("2001:db8::1", "2001:db8::2") if six else ("10.0.0.1", f"10.0.{dice.randrange(2)}.2")
        ports = dice.choice([(40000, 443), (40001, 443), (443, 443), (dice.randrange(65536), 80)])
        itself = dice.random() < 0.05
        self.ends = (here, ports[1] if itself else ports[0]), (here if itself else there, ports[1])
        self.next = [dice.choice([1000, 0xFFFFFFFC, 0x7FFFFFFA, dice.randrange(1 << 32)]) for _ in range(2)]
        self.stamps = dice.random() < 0.5
        self.at = 0

    def says(self, dice: Random) -> tuple[int, bytes]:
        """(side, TCP segment without checksum)."""
        if self.at < len(USUAL) and dice.random() < 0.8:
            flags, side = USUAL[self.at]
            self.at += 1
        else:
            flags, side = dice.choice(FLAGS), dice.randrange(2)
            if dice.random() < 0.1:
                self.at = 0
        seq, ack = self.next[side], self.next[1 - side]
        if dice.random() < 0.2:
            seq += dice.choice([-1, 1, -10, 10, 1000, -1000, 1 << 31, dice.randrange(1 << 32)])
        if dice.random() < 0.15:
            ack += dice.choice([-1, 1, 10, -10, 100_000, 1 << 31, dice.randrange(1 << 32)])
        data = dice.choice([0, 0, 1, 1, 5, 30]) if flags & 8 or dice.random() < 0.1 else 0
        self.next[side] = (max(seq, self.next[side]) + data + (flags & 1) + (flags >> 1 & 1)) & 0xFFFFFFFF
        head = struct.pack(">HH", self.ends[side][1], self.ends[1 - side][1])
        body = frames.tcp(
            bytes(data),
            flags=flags,
            seq=seq & 0xFFFFFFFF,
            ack=ack & 0xFFFFFFFF,
            options=self.options(dice, flags),
            checksum=dice.choice([0, 0x1234, 0xFFFF]),
            window=dice.choice([0, 10, 502, 502, 65535]),
        )
        return side, head + body[4:]

    def options(self, dice: Random, flags: int) -> bytes:
        made = b""
        if flags & 2 and dice.random() < 0.7:
            made += (
                frames.SYN_OPTIONS
                if self.stamps
                else b"\x02\x04\x05\xb4\x01\x03\x03" + bytes([dice.choice([0, 7, 14, 255])])
            )
        elif self.stamps:
            made += b"\x01\x01\x08\x0a" + struct.pack(">II", dice.choice([0, 5, 2**31, dice.randrange(1 << 32)]), 3)
        if dice.random() < 0.05:
            made += dice.choice(
                [
                    b"\x05\x0a" + bytes(range(8)),
                    b"\x22\x02",
                    b"\x1e\x03\x00",
                    b"\xfe\x04\xf9\x89",
                    b"\x08\x0a\x01",
                    b"\x03\x00",
                    b"\x01",
                ]
            )
        return made[:40]


def packet(dice: Random, talk: Talk, link: int) -> bytes:
    """A frame of that link type."""
    side, segment = talk.says(dice)
    source, target = talk.ends[side][0], talk.ends[1 - side][0]
    six = ":" in source
    if dice.random() < 0.3:
        segment = summed(segment, source, target, partial=dice.random() < 0.3)
    inner = wrapped(dice, segment, 6, source, target, six)
    if dice.random() < 0.06:
        quote = inner[: dice.choice([28, 48, len(inner)])]
        kind, protocol = (dice.choice([1, 2, 3, 9]), 58) if six else (dice.choice([3, 11, 12, 5]), 1)
        inner = wrapped(dice, frames.icmp(quote, kind, dice.randrange(4)), protocol, target, source, six)
    return linked(dice, inner, link, six)


def summed(segment: bytes, source: str, target: str, *, partial: bool) -> bytes:
    """With a right checksum, or the pseudo-header's only."""
    head = ip_address(source).packed + ip_address(target).packed + struct.pack(">II", len(segment), 6)
    bare = segment[:16] + bytes(2) + segment[18:]
    total = frames.ones_complement_sum(head if partial else head + bare)
    return segment[:16] + struct.pack(">H", total if partial else total ^ 0xFFFF) + segment[18:]


def wrapped(dice: Random, inner: bytes, protocol: int, source: str, target: str, six: bool) -> bytes:
    """In an IP header, perhaps behind others."""
    if not six:
        return frames.ipv4(
            inner,
            protocol,
            source=source,
            destination=target,
            options=bytes(dice.choice([0, 0, 0, 0, 8])),
            fragment=dice.choice([0x4000] * 8 + [0x2000, 3]),
            total=dice.choice([None] * 9 + [0]),
            ident=dice.choice([0, 7, dice.randrange(65536)]),
        )
    if dice.random() < 0.2:
        inner, protocol = frames.extension(inner, protocol, dice.choice([0, 1, 200])), dice.choice([0, 43, 60])
    if dice.random() < 0.1:
        inner, protocol = frames.authentication(inner, protocol), 51
    if dice.random() < 0.1:
        inner, protocol = frames.fragment6(inner, protocol, offset=dice.choice([0, 0, 9])), 44
    made = frames.ipv6(inner, protocol, length=dice.choice([None] * 9 + [0]))
    return made[:8] + ip_address(source).packed + ip_address(target).packed + made[40:]


def linked(dice: Random, inner: bytes, link: int, six: bool) -> bytes:
    """In a frame of that link type."""
    kind = 0x86DD if six else 0x0800
    if link == 1:
        if dice.random() < 0.05:
            return frames.ethernet(b"\xaa\xaa\x03\0\0\0" + struct.pack(">H", kind) + inner, 68)
        tags = dice.choice([()] * 6 + [((0x8100, 4),), ((0x88A8, 3), (0x8100, 4))])
        return frames.ethernet(inner, kind, tags)
    if link == 113:
        return frames.cooked(inner, dice.randrange(5), kind)
    if link == 276:
        return frames.cooked2(inner, dice.randrange(5), kind)
    if link in (0, 108):
        return struct.pack(dice.choice("<>") + "I", dice.choice([10, 24, 28, 30]) if six else 2) + inner
    return inner


def packets(dice: Random, count: int, link: Callable[[], int]) -> list[Packet]:
    """Some conversations, mixed."""
    talks = [Talk(dice) for _ in range(dice.randrange(1, 5))]
    made: list[Packet] = []
    now = START
    for _ in range(count):
        now += dice.choice(STEPS)
        kind = link()
        if made and dice.random() < 0.03:
            kind, data = made[-1].link, made[-1].data
        elif dice.random() < 0.03:
            data = dice.randbytes(dice.randrange(80))
        else:
            data = packet(dice, dice.choice(talks), kind)
        if dice.random() < 0.03:
            data = damaged(dice, data, 3)
        made.append(Packet(now, kind, data))
    return made


def pcap(dice: Random, made: list[Packet]) -> bytes:
    """A classic capture of the packets of the first one's link type."""
    magic = dice.choice([files.MICRO, files.NANO, files.MODIFIED])
    unit = 1 if magic == files.NANO else 1000
    rows: list[Any] = []
    for one in made:
        wire = (len(one.data) + dice.choice([0, 0, 0, 5, 70000]),) if dice.random() < 0.1 else ()
        rows.append((one.time // 10**9, one.time % 10**9 // unit, one.data, *wire))
    return files.pcap(
        rows, dice.choice("<>"), magic, link=made[0].link if made else 1, snaplen=dice.choice([96, 262144])
    )


def pcapng(dice: Random, made: list[Packet]) -> bytes:
    """Sections of either byte order, interfaces of any resolution, and packets in all three kinds of block."""
    content, rest = b"", list(made)
    while rest or not content:
        order = dice.choice("<>")
        content += files.section(order, options=files.option(4, b"made up", order) if dice.random() < 0.3 else b"")
        interfaces: list[tuple[int, int]] = []  # (link, ticks a second)
        for _ in range(dice.randrange(1, 30)):
            if not rest:
                break
            one = rest[0]
            known = [i for i, (link, _) in enumerate(interfaces) if link == one.link]
            if not known or dice.random() < 0.1:
                bytes_of, unit = interface(dice, one.link, order)
                content += bytes_of
                interfaces.append((one.link, unit))
                continue
            number = dice.choice(known)
            ticks = max(one.time, 0) * interfaces[number][1] // 10**9
            kind = dice.random()
            if kind < 0.1 and number == 0:
                content += files.simple(one.data, order=order)
            elif kind < 0.2:
                content += files.old(one.data, ticks & (1 << 64) - 1, number, order)
            else:
                wire = len(one.data) + dice.choice([0] * 9 + [9])
                content += files.enhanced(one.data, ticks & (1 << 64) - 1, number, wire=wire, order=order)
            if dice.random() < 0.05:
                content += files.block(dice.choice([4, 5, 0xBAD]), dice.randbytes(dice.randrange(20)), order)
            rest.pop(0)
    return content


def interface(dice: Random, link: int, order: str) -> tuple[bytes, int]:
    """(its block, ticks a second)."""
    resolution = dice.choice([None, 6, 9, 3, 0, 12, 0x80 | 10, 0x80 | 20, 0x80 | 32, 0x80 | 33])
    options, unit = b"", 10**6
    if resolution is not None:
        options = files.option(9, bytes([resolution]), order)
        unit = 1 << (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    if dice.random() < 0.1:
        seconds = dice.choice([1, -1, 3600, 2**62, -(2**62), 2**32, -(2**32)])
        options += files.option(14, struct.pack(order + "q", seconds), order)
    return files.interface(link, dice.choice([0, 0, 60, 262144]), options, order), unit


def capture(dice: Random, count: int) -> bytes:
    """A file of either format."""
    link = dice.choice(LINKS)
    if dice.random() < 0.5:
        return pcap(dice, packets(dice, count, lambda: link))
    return pcapng(dice, packets(dice, count, lambda: link if dice.random() < 0.7 else dice.choice(LINKS)))


def damaged(dice: Random, data: bytes, most: int) -> bytes:
    """Some bytes changed, and perhaps cut."""
    made = bytearray(data)
    for _ in range(dice.randrange(most + 1)):
        if made:
            at = dice.randrange(len(made))
            made[at] = dice.choice([0, 1, 255, made[at] ^ 1 << dice.randrange(8), dice.randrange(256)])
    return bytes(made[: dice.randrange(len(made) + 1)] if dice.random() < 0.4 else made)


class Dribble:
    """A stream that gives what it likes."""

    def __init__(self, content: bytes, dice: Random) -> None:
        self._content, self._dice, self._at = content, dice, 0

    def read(self, size: int) -> bytes:
        some = self._dice.choice([1, 2, 3, 7, 13, 24, 40, 100, 1000, size])
        part = self._content[self._at : self._at + min(some, size)]
        self._at += len(part)
        return part

    def close(self) -> None:
        self._at = len(self._content)
