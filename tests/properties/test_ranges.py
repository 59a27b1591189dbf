"""No store leaves its field and no arithmetic differs from the compiled engine's, each watched in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "kernel" / "corpus"
CHECKED = bool(os.environ.get("TRACKER_RANGES"))

pytestmark = pytest.mark.skipif(CHECKED, reason="this is such a run")


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env=os.environ | {"TRACKER_RANGES": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("which", ["tests/tcp", "tests/properties"])
def test_every_store_of_these_tests_fits_its_field(which: str) -> None:
    assert " passed" in run("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", which)


@pytest.mark.parametrize("seed", range(5))
def test_no_arithmetic_differs_from_the_compiled_engine_s(seed: int) -> None:
    assert int(run(str(Path(__file__).with_name("dialect.py")), str(seed), "60")) > 100


def test_no_arithmetic_differs_on_real_captures() -> None:
    captures = sorted(str(path) for path in CORPUS.glob("*/*.pcap"))
    if not captures:
        pytest.skip(f"no captures at {CORPUS}")
    assert int(run(str(Path(__file__).with_name("dialect.py")), "0", "1", *captures)) > 5000


def test_the_watch_would_see_what_differs() -> None:
    """The traps of the dialect, each sprung."""
    script = """
import sys
sys.path.insert(0, "tests/properties")
import dialect
from dialect import Differs, Unsigned
a, b = Unsigned(1), Unsigned(2)
traps = [lambda: -a, lambda: ~a, lambda: (a - b) < 0, lambda: (a - b) // 2, lambda: a + b - 5, lambda: a ** 2, lambda: a << 40,
         lambda: (a - b) | 1, lambda: 3 * (a + b), lambda: 10 + (a - b), lambda: (a + b) > -1]
for trap in traps:
    try:
        trap()
    except Differs:
        continue
    raise SystemExit("a trap was not seen")
assert (a - b) & 0xFFFFFFFF == 0xFFFFFFFF
assert a - 2 == -1
assert b - a == 1
print("seen")
"""
    assert run("-c", script) == "seen\n"
