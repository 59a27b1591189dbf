"""Run the command line: in this process where that shows all there is to see, else as a program of its own."""

import gc
import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tracker.cli.main import main

ROOT = Path(__file__).parents[2]
PCAPS = ROOT / "pcaps"
# Whatever the tests themselves run under must not colour or widen what they look at.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM"} and not name.startswith("_TRACKER")
} | {"TZ": "UTC"}


@dataclass(frozen=True)
class Result:
    """What a command left."""

    code: object
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def run(*args: str | Path) -> Result:
    """In this process, through main()."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.object(sys, "argv", ["tracker", *map(str, args)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            return Result(left.code, out.getvalue(), err.getvalue())
        finally:
            gc.enable()
    raise AssertionError("main() always leaves by SystemExit")


def program(*args: str | Path, stdin: bytes = b"", cwd: Path = ROOT, **environment: str) -> Result:
    """As `python -m tracker`."""
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", *map(str, args)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=ENVIRONMENT | environment,
        timeout=60,
        check=False,
    )
    return Result(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def rows(result: Result) -> list[str]:
    """The table without its title and heading."""
    return result.lines[2:]


def states(result: Result) -> list[str]:
    """netstat's State column."""
    return [line.split()[5] for line in rows(result)]


def hold(found: str, golden: Path) -> None:
    """Compare with a golden file, byte for byte; TRACKER_GOLDEN=write makes the file instead, to be read by eye."""
    if os.environ.get("TRACKER_GOLDEN") == "write":
        golden.write_bytes(found.encode())
    assert found.encode() == golden.read_bytes()
