"""The tree is clean: ruff and mypy have nothing to say."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def clean(*command: str) -> None:
    ran = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_ruff_check() -> None:
    pytest.importorskip("ruff")
    clean("ruff", "check", "--no-cache")


def test_ruff_format() -> None:
    pytest.importorskip("ruff")
    clean("ruff", "format", "--check", "--no-cache")


def test_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    clean("mypy", "--cache-dir", str(tmp_path))
