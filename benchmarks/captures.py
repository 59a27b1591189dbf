"""Makes the captures that are measured: headers only (snaplen 96), reproducible from a seed.

python benchmarks/captures.py web 14000 OUT.pcap      web-like: handshake, request, response, close; interleaved
python benchmarks/captures.py flood 200000 OUT.pcap   SYNs of random sources, every fourth answered
python benchmarks/captures.py elephant 200000 OUT.pcap  packets of five long transfers
"""

import random
import struct
import sys
from collections.abc import Iterator
from heapq import heappop, heappush
from pathlib import Path

SNAPLEN = 96
ETHERNET = bytes.fromhex("001122334455 66778899aabb 0800")
START = 1_700_000_000_000_000  # us
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MASK32 = 0xFFFFFFFF


def frame(
    src: int, dst: int, sport: int, dport: int, seq: int, ack: int, flags: int, options: bytes, length: int
) -> tuple[bytes, int]:
    """(captured bytes, bytes on the wire) of a segment with `length` bytes of payload."""
    offset = (20 + len(options)) // 4
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq & MASK32, ack & MASK32, offset << 4, flags, 502, 0, 0) + options
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp) + length, seq & 0xFFFF, 0x4000, 64, 6, 0, src, dst)
    head = ETHERNET + ip + tcp
    return (head + bytes(min(length, SNAPLEN)))[:SNAPLEN], len(head) + length


def times(value: int, echo: int) -> bytes:
    return b"\x01\x01\x08\x0a" + struct.pack(">II", value & MASK32, echo & MASK32)


def syn_options(value: int, echo: int) -> bytes:
    return b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + struct.pack(">II", value & MASK32, echo & MASK32) + b"\x01\x03\x03\x07"


Timed = tuple[int, int, bytes, int]  # us, tie-break, captured bytes, wire length


def connection(rng: random.Random, start: int, order: int) -> Iterator[Timed]:
    """One web-like connection."""
    client, server = 0x0A000000 + rng.randrange(1, 60000), 0x0A640001 + rng.randrange(40)
    sport, dport = rng.randrange(1024, 65535), rng.choice([80, 443])
    iss, irs, at = rng.getrandbits(32), rng.getrandbits(32), start
    out, back = (client, server, sport, dport), (server, client, dport, sport)
    steps: list[tuple[tuple[int, int, int, int], int, int, int, int]] = [
        (out, iss, 0, SYN, 0),
        (back, irs, iss + 1, SYN | ACK, 0),
        (out, iss + 1, irs + 1, ACK, 0),
        (out, iss + 1, irs + 1, PSH | ACK, 300),
        (back, irs + 1, iss + 301, ACK, 0),
    ]
    seq = irs + 1
    for i in range(rng.randrange(2, 12)):
        steps.append((back, seq, iss + 301, PSH | ACK, 1448))
        seq += 1448
        if i % 2:
            steps.append((out, iss + 301, seq, ACK, 0))
    steps += [
        (out, iss + 301, seq, FIN | ACK, 0),
        (back, seq, iss + 302, FIN | ACK, 0),
        (out, iss + 302, seq + 1, ACK, 0),
    ]
    for way, number, ack, flags, length in steps:
        at += rng.randrange(20, 2000)
        options = syn_options(at // 1000, at // 1000) if flags & SYN else times(at // 1000, at // 1000)
        yield (at, order, *frame(*way, number, ack, flags, options, length))


def web(count: int, rng: random.Random) -> Iterator[Timed]:
    """`count` connections, a new one every 200 us."""
    waiting: list[tuple[int, int, Timed, Iterator[Timed]]] = []
    start = 0
    for order in range(count):
        start += rng.randrange(1, 400)
        steps = connection(rng, start, order)
        first = next(steps)
        heappush(waiting, (first[0], order, first, steps))
        while waiting and waiting[0][0] < start:
            _, number, item, rest = heappop(waiting)
            yield item
            following = next(rest, None)
            if following is not None:
                heappush(waiting, (following[0], number, following, rest))
    while waiting:
        _, number, item, rest = heappop(waiting)
        yield item
        following = next(rest, None)
        if following is not None:
            heappush(waiting, (following[0], number, following, rest))


def flood(count: int, rng: random.Random) -> Iterator[Timed]:
    """`count` SYNs from anywhere."""
    for order in range(count):
        src, sport, iss = rng.randrange(0x0B000000, 0xDF000000), rng.randrange(1024, 65535), rng.getrandbits(32)
        yield (order, order, *frame(src, 0x0A640001, sport, 80, iss, 0, SYN, syn_options(order, 0), 0))
        if order % 4 == 0:
            yield (order, order, *frame(0x0A640001, src, 80, sport, rng.getrandbits(32), iss + 1, SYN | ACK, b"", 0))


def elephant(count: int, rng: random.Random) -> Iterator[Timed]:
    """`count` data packets of five transfers, an ACK for every second one."""
    sent = [rng.getrandbits(32) for _ in range(5)]
    for order in range(count):
        which = order % 5
        client, server, sport = 0x0A000001 + which, 0x0A640001, 40000 + which
        yield (order * 10, order, *frame(server, client, 443, sport, sent[which], 1, ACK, times(order, order), 1448))
        sent[which] += 1448
        if order % 2:
            yield (order * 10, order, *frame(client, server, sport, 443, 1, sent[which], ACK, times(order, order), 0))


KINDS = {"web": web, "flood": flood, "elephant": elephant}


def write(kind: str, count: int, path: Path) -> int:
    """Write a capture; returns its packets."""
    packets = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAPLEN, 1))
        for after, _, captured, wire in KINDS[kind](count, random.Random(3)):
            at = START + after
            file.write(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(captured), wire) + captured)
            packets += 1
    return packets


if __name__ == "__main__":
    print(write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])), "packets")
