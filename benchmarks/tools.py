"""The programs that are measured: how each is asked, what of it is installed, and which version.

All of them tell flows apart, except tcpdump, which only copies, and the scapy loop, which only reads. Names are not looked
up where a tool would.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRACKER = [sys.executable, "-m", "tracker", "netstat"]
COUNTS = ["-s", "--as", "all", "-q"]
LOOK = 30  # seconds that a question about a version may take

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

SCAPY = """
import sys
from scapy.layers.inet import TCP
from scapy.utils import PcapReader
import scapy.layers.l2
counts = {}
with PcapReader(sys.argv[1]) as packets:
    for packet in packets:
        if TCP in packet:
            counts[packet[TCP].sport] = counts.get(packet[TCP].sport, 0) + 1
"""

NFSTREAM = """
import sys
from nfstream import NFStreamer
if __name__ == "__main__":
    print(sum(1 for _ in NFStreamer(source=sys.argv[1], n_dissections=0, statistical_analysis=False, n_meters=1)))
"""

Ask = Callable[[Path, Path], list[str]]  # of the capture and an empty directory


WHOLE = 1 << 62  # packets


@dataclass(frozen=True)
class Tool:
    name: str
    ask: Ask
    version: str
    probe: int = 200_000  # packets of the run from which its speed is guessed


def tracker(engine: str) -> Tool:
    """tracker with one engine; "" asks for none (what has no --engine is interpreted)."""
    option = ["--engine", engine] if engine else []
    command = [*TRACKER, *COUNTS, *option]
    whole = WHOLE if engine == "compiled" else 200_000  # of a few packets it is mostly start-up
    return Tool(f"tracker, {engine or 'interpreted'}", lambda file, _: [*command, str(file)], "", whole)


def replay(engine: str) -> Tool:
    """The same without a view: all states, evidence and the log, and nothing asked of them, as the other tools count."""
    code = f"import sys, tracker; tracker.replay(sys.argv[1], engine={engine!r})"
    return Tool("tracker, its replay alone", lambda file, _: [sys.executable, "-c", code, str(file)], "", WHOLE)


def has_engines() -> bool:
    asked = subprocess.run([*TRACKER, "--help"], capture_output=True, text=True, timeout=LOOK, check=False)
    return "--engine" in asked.stdout


def limit(directory: Path) -> Tool | str:
    """The C program, built; or why not."""
    compiler = shutil.which("cc")
    if compiler is None:
        return "no C compiler (`cc`)"
    program = directory / "limit"
    command = [compiler, "-O3", "-march=native", str(HERE / "limit.c"), "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        return f"`cc` failed: {built.stderr.strip().splitlines()[-1] if built.stderr.strip() else built.returncode}"
    return Tool("limit.c", lambda file, _: [str(program), str(file)], version("cc", said([compiler, "--version"], "")))


def said(command: list[str], marker: str) -> str:
    """The first line with the marker of what a command says, or ""."""
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, timeout=LOOK, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (asked.stdout + asked.stderr).splitlines()
    return next((line.strip() for line in lines if line.strip() and marker in line), "")


def version(name: str, line: str) -> str:
    """The name with the first number that looks like a version: many tools tell theirs amid their usage."""
    number = re.search(r"\d+\.\d+[\w.]*", line)
    return f"{name} {number[0].rstrip('.') if number else '(version unknown)'}"


def softflowd(program: str, file: Path, scratch: Path) -> list[str]:
    # By default it gives up flows beyond 8192.
    own = ["-p", str(scratch / "pid"), "-c", str(scratch / "control")]
    return [program, "-d", "-m", "10000000", *own, "-r", str(file)]


def on_path() -> list[tuple[str, Callable[[str], Ask], list[str], str]]:
    """(name, how it is asked once its path is known, arguments that make it tell its version, the line's marker)."""
    return [
        ("tcpdump", lambda p: lambda f, _: [p, "-n", "-r", str(f), "-w", "/dev/null"], ["--version"], "tcpdump"),
        ("softflowd", lambda p: partial(softflowd, p), ["-h"], "version"),
        ("nfpcapd", lambda p: partial(nfpcapd, p, writes_with(p)), ["-V"], "ersion"),
        ("argus", lambda p: lambda f, _: [p, "-X", "-r", str(f), "-w", "/dev/null"], ["-h"], "Version"),
        ("tcptrace", lambda p: lambda f, _: [p, "-n", str(f)], ["-version"], "ersion"),
        ("p0f", lambda p: lambda f, _: [p, "-r", str(f)], ["-h"], "p0f"),
        ("tshark", lambda p: lambda f, _: [p, "-n", "-q", "-r", str(f), "-z", "conv,tcp"], ["--version"], "TShark"),
    ]


def writes_with(program: str) -> str:
    """nfpcapd's option for its directory: -l until nfdump 1.6, -w since."""
    return "-w" if "-w flowdir" in said([program, "-h"], "flowdir") else "-l"


def nfpcapd(program: str, option: str, file: Path, scratch: Path) -> list[str]:
    return [program, "-r", str(file), option, str(scratch)]


def loops() -> list[tuple[str, str, int]]:
    """(module, program, packets of the first run)."""
    return [("dpkt", DPKT, 200_000), ("nfstream", NFSTREAM, 200_000), ("scapy", SCAPY, 20_000)]


def peers(python: str) -> tuple[list[Tool], list[str]]:
    """The installed ones, and the names of those missing; `python` is asked for modules that this interpreter has not."""
    found: list[Tool] = []
    missing: list[str] = []
    for name, ask, arguments, marker in on_path():
        program = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if program is None:
            missing.append(name)
        else:
            found.append(Tool(name, ask(program), version(name, said([program, *arguments], marker))))
    for module, text, probe in loops():
        for interpreter in dict.fromkeys([sys.executable, python]):
            number = module_version(interpreter, module)
            if number:
                found.append(loop(module, interpreter, text, number, probe))
                break
        else:
            missing.append(module)
    return found, missing


def loop(module: str, interpreter: str, text: str, number: str, probe: int) -> Tool:
    def ask(file: Path, scratch: Path) -> list[str]:
        # A file and not -c: nfstream starts processes that import it.
        script = scratch / "loop.py"
        script.write_text(text, encoding="utf-8")
        return [interpreter, str(script), str(file)]

    name = module if module == "nfstream" else f"{module} loop"
    return Tool(name, ask, f"{module} {number}", probe)


def module_version(interpreter: str, module: str) -> str:
    """Its version if it can be imported, else ""."""
    text = f"import {module}, importlib.metadata; print('found', importlib.metadata.version({module!r}))"
    line = said([interpreter, "-c", text], "found")
    return line.removeprefix("found ") if line.startswith("found ") else ""
