"""Makes the captures that are measured, reproducible from a seed, headers only (snaplen 96), all checksums valid.

    python benchmarks/captures.py KIND COUNT COPIES OUT.pcap

web        COUNT connections, concurrent, of one request each: some refused, unanswered, aborted, with retransmissions, and
           three of ten on ports that an earlier connection had
elephants  5 transfers of COUNT segments each
flood      COUNT SYNs of as many sources, every fourth answered
singles    COUNT packets that begin no connection, each of another source

COPIES repeats the whole with later times and fresh client addresses. Beside OUT.pcap a .json tells what is in it.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SNAPLEN = 96
START = 1_700_000_000_000_000  # us
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1448
REQUEST = 300
SEED = 3
CHUNK = 1 << 17  # packets encoded at a time: bounds the memory whatever the capture's size
MAX_COPIES = 32  # a copy's number takes bits 16 to 20 of the client's address; the kinds leave them zero
COPY_SHIFT = 16
WEB_SERVERS, FLOODED = 0xAC100001, 0xCB007150

PACKET = np.dtype(
    [
        ("time", "i8"),  # us after the start
        ("client", "u4"),
        ("server", "u4"),
        ("client_port", "u2"),
        ("server_port", "u2"),
        ("outward", "?"),  # from the client
        ("flags", "u1"),
        ("length", "u2"),  # of the payload
        ("seq", "u4"),
        ("ack", "u4"),
        ("value", "u4"),  # of the timestamps option
        ("echo", "u4"),
    ]
)

RECORD = np.dtype(
    [
        ("second", "<u4"),
        ("microsecond", "<u4"),
        ("captured", "<u4"),
        ("wire", "<u4"),
        ("ethernet", "u1", (14,)),
        ("version", "u1"),
        ("tos", "u1"),
        ("total", ">u2"),
        ("id", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("ip_sum", "<u2"),  # a ones' complement sum in either byte order is the same sum, swapped
        ("source", ">u4"),
        ("destination", ">u4"),
        ("source_port", ">u2"),
        ("destination_port", ">u2"),
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("offset", "u1"),
        ("flags", "u1"),
        ("window", ">u2"),
        ("tcp_sum", "<u2"),
        ("urgent", ">u2"),
        ("options", ">u4", (5,)),
        ("payload", "u1", (22,)),
    ]
)
IP, ADDRESSES, TCP, PAYLOAD = (RECORD.fields[name][1] for name in ("version", "source", "source_port", "payload"))  # type: ignore[index]


def sums(words: Array, more: Array | int = 0) -> Array:
    """The Internet checksum of each row."""
    total = words.sum(axis=1, dtype=np.uint32) + more
    total = (total >> 16) + (total & 0xFFFF)
    total = (total >> 16) + (total & 0xFFFF)
    inverted: Array = (~total & 0xFFFF).astype(np.uint16)
    return inverted


def encode(packets: Array, copy: int = 0, later: int = 0) -> Array:
    """The packets' records of a capture file, as bytes."""
    out = np.zeros(len(packets), RECORD)
    at = packets["time"] + (START + later)
    syn = packets["flags"] & SYN != 0
    header = np.where(syn, 40, np.where(packets["flags"] & RST != 0, 20, 32)).astype(np.uint16)
    length = packets["length"]
    out["second"], out["microsecond"] = at // 1_000_000, at % 1_000_000
    out["wire"] = 34 + header + length
    out["captured"] = np.minimum(out["wire"], SNAPLEN)
    out["ethernet"] = np.frombuffer(bytes.fromhex("001122334455 66778899aabb 0800"), np.uint8)
    out["version"], out["fragment"], out["ttl"], out["protocol"] = 0x45, 0x4000, 64, 6
    out["total"], out["id"] = 20 + header + length, packets["seq"] & 0xFFFF
    client, outward = packets["client"] | np.uint32(copy << COPY_SHIFT), packets["outward"]
    out["source"] = np.where(outward, client, packets["server"])
    out["destination"] = np.where(outward, packets["server"], client)
    out["source_port"] = np.where(outward, packets["client_port"], packets["server_port"])
    out["destination_port"] = np.where(outward, packets["server_port"], packets["client_port"])
    out["seq"], out["ack"], out["flags"], out["window"] = packets["seq"], packets["ack"], packets["flags"], 502
    out["offset"] = header << 2
    options, value, echo = out["options"], packets["value"], packets["echo"]
    options[:, 0] = np.where(syn, 0x020405B4, np.where(header == 32, 0x0101080A, 0))
    options[:, 1] = np.where(syn, 0x0402080A, np.where(header == 32, value, 0))
    options[:, 2] = np.where(syn, value, np.where(header == 32, echo, 0))
    options[:, 3] = np.where(syn, echo, 0)
    options[:, 4] = np.where(syn, 0x01030307, 0)
    raw = out.view(np.uint8).reshape(len(out), RECORD.itemsize)
    out["ip_sum"] = sums(raw[:, IP:TCP].view("<u2"))
    # The payload is zeros: it adds nothing, cut or not.
    pseudo = (header + length).byteswap().astype(np.uint32) + (6 << 8)
    out["tcp_sum"] = sums(raw[:, ADDRESSES:PAYLOAD].view("<u2"), pseudo)
    kept: Array = raw[np.arange(RECORD.itemsize) < (16 + out["captured"])[:, None]]
    return kept


@dataclass
class Connections:
    """What is drawn for each connection; arrays of the same length, ordered by start."""

    start: Array
    segments: Array  # of the response
    client: Array
    server: Array
    client_port: Array
    server_port: Array
    client_first: Array  # initial sequence numbers
    server_first: Array
    ending: Array
    client_closes: Array
    gap: int  # us between two packets, at most


ORDERLY, ABORTED, REFUSED, UNANSWERED = range(4)
OPENING = 5  # handshake, request, its ACK


def connections(one: Connections, lost: float, rng: np.random.Generator) -> Array:
    """All packets of the connections, by time; `lost`: how many of the data segments are sent twice."""
    body = one.segments + one.segments // 2  # the client acknowledges every second segment
    steps = np.choose(one.ending, [OPENING + body + 3, OPENING + body + 1, np.full_like(body, 2), np.ones_like(body)])
    which = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
    ending, position = one.ending[which], step - OPENING
    data = (ending < REFUSED) & (position >= 0) & (position < body[which]) & (position % 3 < 2)
    again = np.where(data & (rng.random(len(which)) < lost), 2, 1)
    again[ending == UNANSWERED] = 3
    index = np.repeat(np.arange(len(which)), again)
    repeated = np.concatenate([[False], index[1:] == index[:-1]])
    which, step, ending, position, data = (each[index] for each in (which, step, ending, position, data))

    tail = position - body[which]
    closes, complete = one.client_closes[which], ending < REFUSED
    closing, aborting = complete & (tail >= 0) & (ending == ORDERLY), complete & (tail >= 0) & (ending == ABORTED)
    reply = (step == 1) | (step == 4) | data
    outward = np.where(closing, (tail != 1) == closes, ~reply)

    out = np.zeros(len(which), PACKET)
    for name in ("client", "server", "client_port", "server_port"):
        out[name] = getattr(one, name)[which]
    out["outward"] = outward
    flags = np.full(len(which), ACK)
    flags[step == 0], flags[step == 1] = SYN, SYN | ACK
    flags[(step == 3) | data] = PSH | ACK
    flags[closing & (tail < 2)] = FIN | ACK
    flags[aborting | ((ending == REFUSED) & (step == 1))] = RST | ACK
    out["flags"] = flags
    out["length"] = np.where(data, MSS, np.where((step == 3) & complete, REQUEST, 0))

    # What each end has sent so far, counted from its SYN.
    asked = np.where(step > 3, REQUEST + 1, np.minimum(step, 1))
    asked += closing & (tail > 0) & (closes | (tail == 2))
    done = np.clip(position - position // 3, 0, one.segments[which])
    answered = (step > 1) + MSS * done + (closing & (tail > 0) & (~closes | (tail == 2)))
    client_seq, server_seq = one.client_first[which] + asked, one.server_first[which] + answered
    refusing = (ending == REFUSED) & (step == 1)
    out["seq"] = np.where(refusing, 0, np.where(outward, client_seq, server_seq)) & 0xFFFFFFFF
    out["ack"] = np.where(step == 0, 0, np.where(outward, server_seq, client_seq)) & 0xFFFFFFFF

    gaps = rng.integers(one.gap // 20 + 1, one.gap + 1, len(which))
    gaps[repeated] += 200_000
    gaps[repeated & (ending == UNANSWERED)] += 800_000
    firsts = np.flatnonzero((step == 0) & ~repeated)
    gaps[firsts] = 0
    passed = np.cumsum(gaps)
    out["time"] = one.start[which] + passed - passed[firsts][which]
    out["value"] = out["time"] // 1000 + 1
    out["echo"][1:] = np.where(step[1:] > 0, out["value"][:-1], 0)
    ordered: Array = out[np.argsort(out["time"], kind="stable")]
    return ordered


def web(count: int, rng: np.random.Generator) -> Array:
    def number(low: int, high: int) -> Array:
        return rng.integers(low, high, count, dtype=np.int64)

    one = Connections(
        start=np.cumsum(number(1, 1000)),
        segments=np.minimum(1 + rng.exponential(9, count).astype(np.int64), 100),
        client=0x0A000000 + number(1, 60_000),
        server=WEB_SERVERS + number(0, 40),
        client_port=number(1024, 65_535),
        server_port=np.where(number(0, 2) == 0, 80, 443),
        client_first=number(0, 1 << 32),
        server_first=number(0, 1 << 32),
        ending=np.searchsorted([0.96, 0.98, 0.99], rng.random(count), side="right"),
        client_closes=rng.random(count) < 0.5,
        gap=20_000,
    )
    # One distance for all, so that no two connections follow the same one; long enough that the earlier one is over.
    lag = max(count // 10, 10_000)
    reuses = rng.random(count) < 0.29 / 0.9
    for begin in range(lag, count, lag):
        new = begin + np.flatnonzero(reuses[begin : begin + lag])
        for name in ("client", "server", "client_port", "server_port"):
            column = getattr(one, name)
            column[new] = column[new - lag]
        for column in (one.client_first, one.server_first):
            column[new] = column[new - lag] + 1_000_000 + column[new] % 1_000_000
    return connections(one, 0.005, rng)


def elephants(count: int, rng: np.random.Generator) -> Array:
    few = np.arange(5)
    one = Connections(
        start=few * 1000,
        segments=np.full(5, count),
        client=0x0A000001 + few,
        server=np.full(5, WEB_SERVERS),
        client_port=40_000 + few,
        server_port=np.full(5, 443),
        client_first=rng.integers(0, 1 << 32, 5, dtype=np.int64),
        server_first=rng.integers(0, 1 << 32, 5, dtype=np.int64),
        ending=np.full(5, ORDERLY),
        client_closes=np.full(5, True),
        gap=40,
    )
    return connections(one, 0.0002, rng)


def scattered(count: int, rng: np.random.Generator) -> Array:
    """A packet each of `count` different sources (up to 16 million) to one server."""
    number = np.arange(count, dtype=np.uint64)
    for _ in range(2):  # each step maps 24 bits one to one
        number = (number * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFF)
        number ^= number >> np.uint64(11)
    out = np.zeros(count, PACKET)
    out["time"] = np.cumsum(rng.integers(3, 11, count))
    out["client"] = 0x40000000 | (number >> np.uint64(16)) << np.uint64(21) | number & np.uint64(0xFFFF)
    out["server"], out["server_port"], out["outward"] = FLOODED, 80, True
    out["client_port"] = rng.integers(1024, 65_535, count)
    out["seq"] = rng.integers(0, 1 << 32, count)
    out["value"] = rng.integers(1, 1 << 32, count)
    return out


def flood(count: int, rng: np.random.Generator) -> Array:
    asked = scattered(count, rng)
    asked["flags"] = SYN
    answers = asked[::4].copy()
    answers["time"] += 2
    answers["outward"], answers["flags"] = False, SYN | ACK
    answers["ack"], answers["seq"] = answers["seq"] + np.uint32(1), rng.integers(0, 1 << 32, len(answers))
    answers["echo"], answers["value"] = answers["value"], answers["time"] // 1000 + 1
    both = np.concatenate([asked, answers])
    ordered: Array = both[np.argsort(both["time"], kind="stable")]
    return ordered


def singles(count: int, rng: np.random.Generator) -> Array:
    out = scattered(count, rng)
    full = rng.random(count) < 0.3
    out["flags"], out["length"] = np.where(full, PSH | ACK, ACK), np.where(full, MSS, 0)
    out["ack"], out["echo"] = rng.integers(0, 1 << 32, count), rng.integers(1, 1 << 32, count)
    return out


KINDS: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "web": web,
    "elephants": elephants,
    "flood": flood,
    "singles": singles,
}


@dataclass
class Made:
    """What a capture holds, as promised by its maker."""

    packets: int
    connections: int  # lives, not tuples
    seconds: float  # that it spans
    maker: str  # the digest of this file: another one's captures are made again


def digest() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def chunks(packets: Array, copies: int) -> Iterator[Array]:
    period = int(packets["time"][-1]) + 1_000_000
    for copy in range(copies):
        for begin in range(0, len(packets), CHUNK):
            yield encode(packets[begin : begin + CHUNK], copy, copy * period)


def write_head(file: BinaryIO) -> None:
    head = np.array([0xA1B2C3D4, 2 | 4 << 16, 0, 0, SNAPLEN, 1], "<u4")
    file.write(head.tobytes())


def write(kind: str, count: int, copies: int, path: Path) -> Made:
    """Make a capture and its .json."""
    if not 1 <= copies <= MAX_COPIES:
        raise SystemExit(f"1 to {MAX_COPIES} copies, not {copies}")
    packets = KINDS[kind](count, np.random.default_rng(SEED))
    with path.open("wb") as file:
        write_head(file)
        for chunk in chunks(packets, copies):
            file.write(chunk.data)
    lives = 5 if kind == "elephants" else count
    span = (int(packets["time"][-1]) + 1_000_000) * copies / 1e6
    made = Made(len(packets) * copies, lives * copies, span, digest())
    path.with_suffix(".json").write_text(json.dumps(asdict(made)) + "\n", encoding="utf-8")
    return made


if __name__ == "__main__":
    print(write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
