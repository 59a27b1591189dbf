"""The captures in benchmarks/data: made when missing or made by another captures.py, cut where a tool is slow."""

import hashlib
import json
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"

# name: kind, count, copies
BASES = {
    "web": ("web", 200_000, 1),
    "elephants": ("elephants", 290_000, 1),
    "flood": ("flood", 2_000_000, 1),
    "singles": ("singles", 2_000_000, 1),
}
LONG = {
    "web-long": ("web", 200_000, 15),
    "elephants-long": ("elephants", 290_000, 30),
    "flood-long": ("flood", 2_000_000, 5),
}
LONG_TOOLS = ("limit.c", "tcpdump", "softflowd", "p0f")
QUICK = 40  # times fewer


@dataclass(frozen=True)
class Capture:
    name: str
    path: Path
    packets: int
    connections: int
    size: int  # MiB


def ready(name: str, quick: bool) -> Capture:
    kind, count, copies = {**BASES, **LONG}[name]
    count //= QUICK if quick else 1
    path = DATA / f"{kind}-{count}x{copies}.pcap"
    about = path.with_suffix(".json")
    maker = hashlib.sha256((HERE / "captures.py").read_bytes()).hexdigest()[:16]
    made = json.loads(about.read_text(encoding="utf-8")) if about.exists() and path.exists() else {}
    if made.get("maker") != maker:
        for old in DATA.glob(f"{path.stem}*"):
            old.unlink()
        # A process of its own: NumPy's memory must not count as that of what is measured.
        subprocess.run(
            [sys.executable, HERE / "captures.py", kind, str(count), str(copies), path], check=True, stdout=sys.stderr
        )
        made = json.loads(about.read_text(encoding="utf-8"))
    return Capture(name, path, made["packets"], made["connections"], path.stat().st_size >> 20)


def sliced(capture: Capture, packets: int) -> Path:
    """The capture's first packets, as a file."""
    if packets >= capture.packets:
        return capture.path
    path = capture.path.with_name(f"{capture.path.stem}-first-{packets}.pcap")
    if not path.exists():
        unfinished = path.with_suffix(".part")
        cut(capture.path, packets, unfinished)
        unfinished.rename(path)
    return path


def cut(source: Path, packets: int, target: Path) -> None:
    with source.open("rb") as file, target.open("wb") as out:
        out.write(file.read(24))
        for _ in range(packets):
            head = file.read(16)
            out.write(head + file.read(struct.unpack("<8xI4x", head)[0]))
