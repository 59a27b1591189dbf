"""The documents say what the program does: README's examples word for word, the samples' table command by command."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"TZ": "UTC"}
EXAMPLES = re.findall(r"```console\n\$ tracker ([^\n]*)\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
COMMANDS = re.findall(r"\| `tracker ([^`]*pcaps/[^`]*)` \|", (ROOT / "pcaps" / "README.md").read_text())


def tracker(words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tracker", *shlex.split(words)]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("words", "output"), EXAMPLES)
def test_readme_example_prints_what_it_says(words: str, output: str) -> None:
    assert tracker(words).stdout == output


def test_readme_has_examples() -> None:
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("words", COMMANDS)
def test_sample_command_runs(words: str) -> None:
    result = tracker(words)
    assert result.returncode == 0
    assert result.stdout


def test_every_sample_has_a_line_and_every_line_a_sample() -> None:
    told = set(re.findall(r"^\| `([^`]*\.pcap)` \|", (ROOT / "pcaps" / "README.md").read_text(), re.MULTILINE))
    assert told == {path.name for path in (ROOT / "pcaps").glob("*.pcap")}


def test_ci_runs_the_command_of_the_readme() -> None:
    block = re.search(r"<!-- test -->\n```\n(.*?)\n```\n<!-- /test -->", (ROOT / "README.md").read_text(), re.DOTALL)
    assert block is not None
    assert block[1].endswith(".venv/bin/python -m pytest")
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text()
