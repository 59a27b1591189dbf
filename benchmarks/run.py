"""One command measures everything, in one run, as ratios:

    python benchmarks/run.py            needs the test extra (dpkt); makes its captures in benchmarks/data

Each command runs as a whole process, page cache warm, in turns with what it is compared with; medians are compared. What
is printed goes into benchmarks/README.md with the date and the machine.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from captures import write

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
RUNS = 5
CAPTURES = {"web": ("web", 14_000), "flood": ("flood", 160_000), "elephant": ("elephant", 130_000)}

# The least that a tool in Python can do with a capture: decode each frame with dpkt and count per connection.
DPKT = """
import sys, dpkt
counts = {}
with open(sys.argv[1], "rb") as file:
    for _, frame in dpkt.pcap.Reader(file):
        ip = dpkt.ethernet.Ethernet(frame).data
        if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP):
            key = (ip.src, ip.dst, ip.data.sport, ip.data.dport)
            counts[key] = counts.get(key, 0) + 1
"""


def run(command: list[str]) -> tuple[float, int]:
    """(seconds, peak memory in MiB) of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[:3]} failed")
    return time.perf_counter() - start, usage.ru_maxrss >> 10


def medians(commands: dict[str, list[str]]) -> dict[str, tuple[float, int]]:
    """Each command's median seconds and memory, measured in turns after one warm-up."""
    seen: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
    for turn in range(RUNS + 1):
        for name, command in commands.items():
            result = run(command)
            if turn:
                seen[name].append(result)
    return {name: (statistics.median(t for t, _ in r), max(m for _, m in r)) for name, r in seen.items()}


def main() -> None:
    DATA.mkdir(exist_ok=True)
    python = sys.executable
    print(f"{'capture':10}{'packets':>10}{'tracker':>12}{'dpkt loop':>12}{'ratio':>8}{'tracker':>10}{'dpkt':>8}")
    print(f"{'':10}{'':>10}{'packets/s':>12}{'packets/s':>12}{'':>8}{'MiB':>10}{'MiB':>8}")
    for name, (kind, count) in CAPTURES.items():
        path = DATA / f"{name}-{count}.pcap"
        packets = write(kind, count, path)
        found = medians(
            {
                "tracker": [python, "-m", "tracker", "netstat", "-s", "--as", "all", "-q", str(path)],
                "dpkt": [python, "-c", DPKT, str(path)],
            }
        )
        ours, theirs = found["tracker"], found["dpkt"]
        rates = f"{packets / ours[0]:>12,.0f}{packets / theirs[0]:>12,.0f}{theirs[0] / ours[0]:>8.2f}"
        print(f"{name:10}{packets:>10,}{rates}{ours[1]:>10,}{theirs[1]:>8,}")
    small = HERE.parent / "pcaps" / "close-wait-stuck.pcap"
    found = medians(
        {
            "netstat": [python, "-m", "tracker", "netstat", "-tan", str(small)],
            "python": [python, "-c", "pass"],
        }
    )
    ours, empty = (found[name][0] * 1000 for name in ("netstat", "python"))
    print(f"\n`tracker netstat` of {small.name}: {ours:.0f} ms; an empty Python: {empty:.0f} ms")


if __name__ == "__main__":
    main()
