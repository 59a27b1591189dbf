"""Runs whole processes: wall time, CPU time, peak memory; in turns, after a run that warms the page cache.

The peak that the kernel reports of a process starts at its parent's: whoever measures stays small (captures are made
by a process of their own), and less than `floor` cannot be told.
"""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MEMORY_WORDS = ("memory", "alloc")

# The shell sets the limit before the tool starts: afterwards one that has changed its user (tcpdump) is out of reach.
LIMITED = ["sh", "-c", 'ulimit -v "$1" && shift && exec "$@"', "sh"]


@dataclass(frozen=True)
class Usage:
    """Of one process and the children it waited for."""

    wall: float  # s
    cpu: float  # s, user and system
    peak: int  # MiB, of the largest process


@dataclass(frozen=True)
class Failure:
    reason: str


@dataclass(frozen=True)
class Limits:
    seconds: float  # then it is stopped
    memory: int  # MiB of address space


def run(command: list[str], limits: Limits, scratch: Path | None = None) -> Usage | Failure:
    """One run in an empty working directory."""
    directory = scratch if scratch is not None else Path(tempfile.gettempdir())
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*LIMITED, str(limits.memory << 10), *command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            end_group(process.pid)

        timer = threading.Timer(limits.seconds, stop)
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            end_group(process.pid)
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss >> (20 if sys.platform == "darwin" else 10)
        if late.is_set():
            return Failure(f"too slow: stopped after {limits.seconds:.0f} s")
        if process.returncode:
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            return Failure(why(process.returncode, text, peak, limits.memory))
        return Usage(wall, usage.ru_utime + usage.ru_stime, peak)


def end_group(leader: int) -> None:
    """Only the group that `run` has made with its new session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def why(code: int, errors: str, peak: int, memory: int) -> str:
    if peak > memory // 2 or any(word in errors.lower() for word in MEMORY_WORDS):
        return f"out of memory at {memory / 1024:.0f} GiB"
    lines = errors.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"failed with {code}" + (f": {last[:80]}" if last else "")


Command = Callable[[Path], list[str]]  # of the scratch directory


def once(command: Command, limits: Limits) -> Usage | Failure:
    with tempfile.TemporaryDirectory(prefix="tracker-bench-", ignore_cleanup_errors=True) as name:
        return run(command(Path(name)), limits, Path(name))


def in_turns(commands: Mapping[str, Command], runs: int, limits: Limits) -> dict[str, Usage | Failure]:
    """The median of each, measured in turns so that other work on the machine meets all alike.

    What fails once is not asked again. Each must have had its warming run.
    """
    seen: dict[str, list[Usage]] = {name: [] for name in commands}
    failed: dict[str, Failure] = {}
    for _ in range(runs):
        for name, command in commands.items():
            if name in failed:
                continue
            result = once(command, limits)
            if isinstance(result, Failure):
                failed[name] = result
            else:
                seen[name].append(result)
    return {name: failed.get(name) or median(seen[name]) for name in commands}


def floor() -> int:
    """MiB: the peak of a process that does nothing."""
    nothing = once(lambda _: ["true"], Limits(10, 1024))
    return nothing.peak if isinstance(nothing, Usage) else 0


def median(runs: list[Usage]) -> Usage:
    return Usage(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.peak for run in runs),
    )
