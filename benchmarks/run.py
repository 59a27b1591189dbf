"""One command measures speed and memory beside other tools, in one run, as ratios, and prints Markdown for README.md:

    python benchmarks/run.py                    everything: an hour or so, 15 GB in benchmarks/data
    python benchmarks/run.py --quick            small captures, each once: only to see that it works

Each tool runs as a whole process, page cache warm, in turns with the others; medians are compared. A tool too slow for a
whole capture gets its first million packets, or fewer; rates are packets a second of what it was given. What is not
installed is named.

--peers-python PATH (or TRACKER_PEERS_PYTHON) is asked for dpkt, scapy and nfstream where this interpreter has them not.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import stock
import tools
from measure import Command, Failure, Limits, Usage, floor, in_turns, once
from report import Row, capture_table, heading, start_up_lines
from stock import Capture
from tools import Tool

COMPILED = "... with `--engine compiled`"
LADDER = (1_000_000, 200_000, 20_000)  # packets of the slices


@dataclass(frozen=True)
class Options:
    runs: int
    engine: str
    short: float  # s: a tool is given as many packets as it can do in that
    limits: Limits


def largest(tool: Tool, capture: Capture, options: Options) -> Iterator[int]:
    """Numbers of packets that the tool may manage in time, most first, guessed from a run with few."""
    sizes = [size for size in (capture.packets, *LADDER) if size <= capture.packets]
    small = min(tool.probe, capture.packets)
    guess = once(partial(tool.ask, stock.sliced(capture, small)), options.limits)
    if isinstance(guess, Failure):
        fitting = [size for size in sizes if size <= small]
    else:
        # What a tool waits for (argus: a second) does not grow with the capture.
        fitting = [size for size in sizes if guess.wall + guess.cpu * (size / small - 1) <= options.short]
    yield from fitting or sizes[-1:]


def chosen(tool: Tool, capture: Capture, options: Options) -> Row:
    """The row of a tool with the packets that it can do; what failed with more is told. This run warms the page cache."""
    row = Row(tool.name, 0, Failure("failed with few packets"), [])
    for size in largest(tool, capture, options):
        row.packets, row.result = size, once(partial(tool.ask, stock.sliced(capture, size)), options.limits)
        if isinstance(row.result, Usage):
            break
        row.notes.append(f"{size:,} packets: {row.result.reason}")
    return row


def compare(capture: Capture, everyone: list[Tool], options: Options) -> list[Row]:
    rows = []
    for tool in everyone:
        progress(f"{capture.name}: {tool.name}")
        rows.append(chosen(tool, capture, options))
    alive = {
        tool.name: partial(tool.ask, stock.sliced(capture, row.packets))
        for tool, row in zip(everyone, rows, strict=True)
        if isinstance(row.result, Usage)
    }
    progress(f"{capture.name}: {options.runs} runs in turns of {len(alive)} tools")
    results = in_turns(alive, options.runs, options.limits)
    for row in rows:
        row.result = results.get(row.name, row.result)
    return rows


def progress(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def start_up(engine: str, options: Options) -> dict[str, Usage | Failure]:
    """Where the time goes before the first packet: a small capture; and what compiling takes, the first time."""
    plain = [*tools.TRACKER, "-tan", str(tools.HERE.parent / "pcaps" / "close-wait-stuck.pcap")]
    commands: dict[str, Command] = {
        "`tracker netstat -tan` of a small capture": lambda _: plain,
        "an empty Python": lambda _: [sys.executable, "-c", "pass"],
    }
    found: dict[str, Usage | Failure] = {}
    if engine in ("compiled", "auto"):
        compiled = [*plain, "--engine", "compiled"]
        unhurried = Limits(max(options.limits.seconds, 900), options.limits.memory)
        progress("compiling")
        fresh = ["env", "-u", "NUMBA_CACHE_DIR"]
        found["... its first run, nothing compiled yet"] = once(
            lambda scratch: [*fresh, f"XDG_CACHE_HOME={scratch}", *compiled], unhurried
        )
        # Into the cache that the measured runs use.
        once(lambda _: compiled, unhurried)
        commands[COMPILED] = lambda _: compiled
    progress("start-up")
    for command in commands.values():
        once(command, options.limits)
    return in_turns(commands, max(options.runs, 3), options.limits) | found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAMES", help=f"of {','.join([*stock.BASES, *stock.LONG])}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, help="default 5")
    parser.add_argument("--engine", choices=["auto", "compiled", "interpreted"], default="compiled")
    parser.add_argument(
        "--peers-python", default=os.environ.get("TRACKER_PEERS_PYTHON", sys.executable), metavar="PATH"
    )
    parser.add_argument("--short", type=float, default=12, help="seconds of one run, about (default 12)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds of one run, at most (default 60)")
    parser.add_argument("--memory", type=float, default=14, help="GiB of address space of one tool (default 14)")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    wanted = given.only.split(",") if given.only else [*stock.BASES, *stock.LONG]
    unknown = set(wanted) - {*stock.BASES, *stock.LONG}
    if unknown:
        raise SystemExit(f"no capture {', '.join(sorted(unknown))}")
    runs = given.runs or (1 if given.quick else 5)
    options = Options(runs, given.engine, given.short, Limits(given.timeout, int(given.memory * 1024)))

    # The tools run elsewhere; what is measured is the tracker beside this file, whichever is installed.
    os.environ["PYTHONPATH"] = str(tools.HERE.parent)
    least = floor()
    engines = tools.has_engines()
    ours = tools.tracker(given.engine if engines else "")
    interpreted = [tools.tracker("interpreted")] if engines and given.engine != "interpreted" else []
    stock.DATA.mkdir(exist_ok=True)
    limit = tools.limit(stock.DATA)
    bound = [] if isinstance(limit, str) else [limit]
    peers, missing = tools.peers(given.peers_python)
    others = [*bound, *peers]

    print(heading(datetime.now(UTC), machine(), versions(others), runs))
    if isinstance(limit, str):
        print(f"limit.c is not built: {limit}.\n")
    if missing:
        print(f"Not installed, so not measured: {', '.join(missing)}.\n")
    before = start_up(given.engine if engines else "", options)
    print(start_up_lines(before))
    ready = before.get(COMPILED)
    for name in wanted:
        capture = stock.ready(name, given.quick)
        if name in stock.BASES:
            rows = compare(capture, [ours, *interpreted, *others], options)
            print(capture_table(capture, rows, least), flush=True)
        else:
            patient = Options(runs, given.engine, given.timeout, Limits(given.timeout * 5, options.limits.memory))
            alone = [tools.replay(given.engine)] if engines else []
            rows = compare(
                capture, [*alone, ours, *(tool for tool in others if tool.name in stock.LONG_TOOLS)], patient
            )
            start = ready.wall if isinstance(ready, Usage) else 0
            print(capture_table(capture, rows, least, start), flush=True)


def machine() -> str:
    model = "unknown CPU"
    about = Path("/proc/cpuinfo")
    if about.exists():
        names = [
            line.split(":", 1)[1].strip() for line in about.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release()}"


def versions(others: list[Tool]) -> list[str]:
    commit = tools.said(["git", "-C", str(tools.HERE), "rev-parse", "--short", "HEAD"], "")
    ours = tools.version("tracker", tools.said([sys.executable, "-m", "tracker", "--version"], ""))
    modules = [
        f"{module} {version}"
        for module in ("numpy", "numba")
        if (version := tools.module_version(sys.executable, module))
    ]
    return [
        f"{ours} at commit {commit}" if commit else ours,
        f"Python {platform.python_version()}",
        *modules,
        *(tool.version for tool in others),
    ]


if __name__ == "__main__":
    main()
