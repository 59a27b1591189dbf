"""tcpdump's line of a TCP segment (print-tcp.c of tcpdump 4.99), without what it would say of the payload."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from tracker.output.when import SECOND, rfc3339
from tracker.tcp.segment import ACK, FIN, RST, SYN, TRUNCATED, URG, Segment
from tracker.tcp.sequence import MASK32
from tracker.views.history import address
from tracker.views.names import port_text

FLAGS: Final = ((1, "F"), (2, "S"), (4, "R"), (8, "P"), (16, "."), (32, "U"), (64, "E"), (128, "W"), (256, "e"))
OPTIONS: Final = {
    0: "eol", 1: "nop", 2: "mss", 3: "wscale", 4: "sackOK", 5: "sack", 6: "echo", 7: "echoreply", 8: "TS", 11: "cc",
    12: "ccnew", 13: "ccecho", 19: "md5", 20: "scps", 28: "uto", 29: "tcp-ao", 30: "mptcp", 34: "tfo", 254: "exp",
}  # fmt: skip
SIZES: Final = {2: 2, 3: 1, 4: 0, 6: 4, 7: 4, 8: 8, 11: 4, 12: 4, 13: 4, 19: 16}  # of the data, where the kind fixes it
SUBTYPES: Final = ("capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "tcp-rst")
FAST_OPEN_MAGIC: Final = b"\xf9\x89"  # RFC 7413 A.1

Bases = tuple[int, int]  # what is subtracted from seq, and from ack


class Numbers:
    """tcpdump's relative numbers: from the first segment with ACK of a connection, or its SYN-ACK, on.

    That segment, a SYN, and a bare RST are printed with absolute numbers, as all are with `absolute` (-S).
    """

    def __init__(self, *, absolute: bool = False) -> None:
        self._absolute = absolute
        self._bases: dict[int, list[int]] = {}  # flow -> by side

    def bases(self, segment: Segment) -> tuple[Bases, Bases]:
        """(of seq and ack, of the edges in SACK): they differ for the segment that sets them."""
        if self._absolute or not segment.flags & ACK:
            return (0, 0), (0, 0)
        side = segment.side
        bases = self._bases.get(segment.flow)
        if bases is None or segment.flags & SYN:
            bases = self._bases[segment.flow] = [0, 0]
            bases[side], bases[1 - side] = segment.seq, segment.ack - 1 & MASK32
            return (0, 0), (bases[side], bases[1 - side])
        return (bases[side], bases[1 - side]), (bases[side], bases[1 - side])


def described(segment: Segment, header: bytes, numbers: Numbers, *, numeric: bool) -> str:
    """`IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:301, ack 1, win 502, options [...], length 300`."""
    (own, other), (_, sack) = numbers.bases(segment)
    flags, length = segment.flags, segment.length
    text = f"{ends_text(segment, numeric=numeric)}: Flags [{flags_text(flags)}]"
    if length or flags & (SYN | FIN | RST):
        seq = segment.seq - own & MASK32
        text += f", seq {seq}:{seq + length}" if length else f", seq {seq}"
    if flags & ACK:
        text += f", ack {segment.ack - other & MASK32}"
    text += f", win {segment.window}"
    if flags & URG and len(header) >= 20:
        text += f", urg {int.from_bytes(header[18:20])}"
    if len(header) > 20 or segment.marks & TRUNCATED:
        cut = bool(segment.marks & TRUNCATED)
        text += f", options [{','.join([*options(header, sack), *(['[|tcp]'] if cut else [])])}]"
    return f"{text}, length {length}"


def ends_text(segment: Segment, *, numeric: bool) -> str:
    """`IP 10.0.0.1.40000 > 10.0.0.2.http`."""
    src, dst = address(segment.src), address(segment.dst)
    version = "IP" if src.version == 4 else "IP6"
    return f"{version} {src}.{_port(segment.sport, numeric)} > {dst}.{_port(segment.dport, numeric)}"


def _port(port: int, numeric: bool) -> str:
    return port_text(port, numeric=numeric) if port else "0"


@cache  # there are 4,096 at the most
def flags_text(flags: int) -> str:
    """`S.`, `P.`, `none`."""
    return "".join(letter for bit, letter in FLAGS if flags & bit) or "none"


def options(header: bytes, base: int = 0) -> Iterator[str]:
    """The options of a TCP header, in their order. base: what SACK's edges are relative to."""
    at, stop = 20, len(header)
    while at < stop:
        kind = header[at]
        if kind < 2:
            yield OPTIONS[kind]
            if kind == 0:
                return
            at += 1
            continue
        size = header[at + 1] if at + 1 < stop else 0
        if size < 2 or at + size > stop:
            yield f"{OPTIONS.get(kind, f'unknown-{kind}')}[bad opt]"
            return
        yield option(kind, header[at + 2 : at + size], base)
        at += size


def option(kind: int, data: bytes, base: int) -> str:
    """One option: its name and what it says."""
    name = OPTIONS.get(kind, f"unknown-{kind}")
    value = int.from_bytes(data)
    fixed = SIZES.get(kind)
    if fixed is not None and len(data) != fixed:
        return f"{name}[len {len(data) + 2}]"
    if kind == 8:
        return f"TS val {value >> 32} ecr {value & MASK32}"
    if kind == 5:
        if len(data) % 8:
            return "sackinvalid sack"
        edges = [int.from_bytes(data[i : i + 4]) - base & MASK32 for i in range(0, len(data), 4)]
        blocks = "".join(f"{{{left}:{right}}}" for left, right in zip(edges[::2], edges[1::2], strict=True))
        return f"sack {len(edges) // 2} {blocks}"
    if kind == 30:
        subtype = data[0] >> 4 if data else 15
        return f"mptcp {len(data) + 2} {SUBTYPES[subtype] if subtype < len(SUBTYPES) else 'unknown'}"
    if kind == 34:
        return f"tfo  {fast_open(data)}"  # two blanks, as tcpdump has it
    if kind == 254 and data[:2] == FAST_OPEN_MAGIC:
        return f"exp-tfo {fast_open(data[2:])}"
    if kind == 19:
        return f"md5 {data.hex()}"
    if kind == 28 and len(data) == 2:
        return f"uto {hex(value)} {(value & 0x7FFF) * (60 if value >> 15 else 1)}"
    if fixed:
        return f"{name} {value}"
    return f"{name} 0x{data.hex()}" if data else name


def fast_open(cookie: bytes) -> str:
    """RFC 7413 4.1.1: an empty cookie asks for one."""
    return f"cookie {cookie.hex()}" if cookie else "cookiereq"


# ---- times -----------------------------------------------------------------------------------------------------------


def clock(ns: int) -> str:
    """`12:03:07.250000000`, in this machine's zone, as tcpdump --nano has it; epoch seconds for years that have no date."""
    return date_and_clock(ns).rpartition(" ")[2]


def date_and_clock(ns: int) -> str:
    """`2026-11-20 12:03:07.250000000` (-tttt)."""
    text = rfc3339(ns, None)
    return f"{text[:10]} {text[11:29]}" if "T" in text else text


def apart(ns: int) -> str:
    """A span of time as -ttt and -ttttt have it: ` 00:00:00.000061218`."""
    seconds, fraction = divmod(abs(ns), SECOND)
    return f"{'-' if ns < 0 else ' '}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:09}"


def epoch(ns: int) -> str:
    """`1795217379.828394286` (-tt)."""
    return f"{'-' if ns < 0 else ''}{abs(ns) // SECOND}.{abs(ns) % SECOND:09}"
