"""Asks tshark, tcptrace, argus and tracker about one capture; every answer is a list of `Record`. See peers.py."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

Address = tuple[str, int]
Pair = tuple[Address, Address]


@dataclass(frozen=True)
class Record:
    """What a tool says of one connection: its verdict, and what each end did. The first end is the one that spoke first."""

    ends: Pair
    start: int
    verdict: str
    did: tuple[str, str]

    def seen_from(self, end: Address) -> tuple[str, str]:
        """(the verdict, everything), told by one end."""
        first = end == self.ends[0]
        own, other = self.did if first else self.did[::-1]
        who = "first" if first else "second"
        return f"{self.verdict} {who}", f"{self.verdict} {who}: {own or '-'} / {other or '-'}"


def same(a: str, port: int | str, b: str, peer_port: int | str) -> Pair:
    return (str(ip_address(a)), int(port)), (str(ip_address(b)), int(peer_port))


def output(*command: str, given: bytes | None = None) -> str:
    """What a command prints; of one that fails, what it printed before."""
    ran = subprocess.run(command, input=given, capture_output=True, check=False)
    return ran.stdout.decode("utf-8", "replace")


def nanoseconds(text: str) -> int:
    """Decimal seconds since the epoch, exactly."""
    whole, _, part = text.strip().partition(".")
    return int(whole) * 1_000_000_000 + int(part.ljust(9, "0")[:9] or 0)


def tshark(capture: Path) -> list[Record]:
    fields = "frame.time_epoch tcp.stream ip.src ipv6.src tcp.srcport ip.dst ipv6.dst tcp.dstport tcp.completeness"
    fields += " tcp.connection.fin_active tcp.connection.fin_passive tcp.connection.rst icmp.type icmpv6.type"
    wanted = [word for field in fields.split() for word in ("-e", field)]
    text = output("tshark", "-2", "-n", "-r", str(capture), "-Y", "tcp", "-T", "fields", "-E", "occurrence=f", *wanted)
    ends: dict[str, tuple[Pair, int]] = {}
    verdict: dict[str, str] = {}
    did: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for line in text.splitlines():
        row = line.split("\t")
        stream = row[1]
        verdict[stream] = row[8]
        if row[12] or row[13]:
            for side in did[stream]:
                side.add("icmp")
            continue
        pair = same(row[2] or row[3], row[4], row[5] or row[6], row[7])
        first = ends.setdefault(stream, (pair, nanoseconds(row[0])))[0][0]
        acts = {name for name, value in zip(("fin_active", "fin_passive", "rst"), row[9:12], strict=True) if value}
        did[stream][pair[0] != first].update(acts)
    told = {stream: (" ".join(sorted(a)), " ".join(sorted(b))) for stream, (a, b) in did.items()}
    return [Record(pair, start, verdict[stream], told[stream]) for stream, (pair, start) in ends.items()]


def tcptrace(capture: Path) -> list[Record]:
    """Of `tcptrace -l`: the verdict from its text, the rest from its CSV (the same connections in the same order)."""
    verdicts = re.findall(r"complete conn: (.*)", output("tcptrace", "-n", "-l", str(capture)))
    lines = [
        line for line in output("tcptrace", "-n", "-l", "--csv", str(capture)).splitlines() if line and line[0] != "#"
    ]
    heading = next((i for i, line in enumerate(lines) if line.startswith("conn_")), len(lines))
    names = lines[heading].split(",") if lines else []
    found = []
    for verdict, line in zip(verdicts, lines[heading + 1 :], strict=True):
        row = dict(zip(names, (cell.strip() for cell in line.split(",")), strict=False))
        sides = [f"SYN/FIN {row[f'SYN/FIN_pkts_sent_{way}']} RST {row[f'resets_sent_{way}']}" for way in ("a2b", "b2a")]
        pair = same(row["host_a"], row["port_a"], row["host_b"], row["port_b"])
        found.append(Record(pair, nanoseconds(row["first_packet"]), " ".join(verdict.split()), (sides[0], sides[1])))
    return found


def argus(capture: Path) -> list[Record]:
    """`argus -S 3600`: one record a flow, no status in between."""
    made = subprocess.run(["argus", "-S", "3600", "-r", capture, "-w", "-"], capture_output=True, check=False).stdout
    columns = "stime:20 saddr:45 sport:9 daddr:45 dport:9 flgs:12 state:20"
    common = ("ra", "-r", "-", "-n", "-u", "-c,", "-s", *columns.split())
    states = output(*common, "-", "tcp", given=made).splitlines()
    flags = output(*common, "-Z", "b", "-", "tcp", given=made).splitlines()
    found = []
    for state, flag in zip(states, flags, strict=True):
        at, a, port, b, peer_port, mapped, verdict = state.split(",")
        if at[:1].isdigit():
            own, _, other = flag.rsplit(",", 1)[1].partition("_")
            icmp = {"U": " unreachable", "R": " redirect", "T": " exceeded"}.get(mapped[2:3], "")
            pair = same(a, port, b, peer_port)
            found.append(Record(pair, nanoseconds(at), verdict + icmp, (own, other)))
    return found


def tracker(command: Sequence[str]) -> Callable[[Path], list[Record]]:
    """Its states as they are, then what caused the last one. States taken back, and timers', do not count (as for the corpus)."""

    def ask(capture: Path) -> list[Record]:
        found = []
        for line in output(*command, "flows", "--json", "-q", str(capture)).splitlines():
            flow = json.loads(line)
            ends, did = [], []
            for end in (flow["client"], flow["server"]):
                ends += [str(ip_address(end["addr"])), end["port"]]
                kept = [s for s in end["states"] if not s.get("revised") and s["certainty"] != "timed"]
                did.append(" ".join([*(s["state"] for s in kept), kept[-1]["cause"] or "none"]) if kept else "")
            found.append(Record(same(ends[0], ends[1], ends[2], ends[3]), flow["first"], "", (did[0], did[1])))
        return found

    return ask


def version(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return next((m[0] for m in re.finditer(r"\d+\.\d+(\.\d+)*", ran.stdout + ran.stderr)), "?")
