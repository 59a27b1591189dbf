"""A view of a small capture answers in 0.3 s, so its modules may import next to nothing."""

import subprocess
import sys

import pytest

MODULES = [
    "tracker.output.color",
    "tracker.output.csv_lines",
    "tracker.output.jsonl",
    "tracker.output.table",
    "tracker.output.when",
    "tracker.views.names",
    "tracker.views.netstat",
    "tracker.views.ss",
    "tracker.views.ss_filter",
    "tracker.views.statistics",
]
HEAVY = ["pandas", "numpy", "numba", "scapy", "rich", "textual", "click", "asyncio", "zoneinfo", "logging"]


@pytest.mark.parametrize("module", MODULES)
def test_import_brings_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*(set(sys.modules) & set({HEAVY})))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
