"""Every sample as `tracker packets` and `tracker explain` tell it, to the letter. How to write anew: test_golden.py."""

import pytest

from .run import PCAPS, ROOT, hold, run

GOLDEN = ROOT / "tests" / "golden" / "ladders"
LONG = {"two-hundred"}
PICTURED = {"blind-reset-ignored", "simultaneous-close"}
FLOWS = {"time-wait-reuse": ["0", "1", "2"], "two-hundred": ["7"], "refused": ["0"], "prohibited": ["1"]}


def commands(name: str) -> list[list[str]]:
    capture = f"pcaps/{name}.pcap"
    if name in LONG:
        found = [["packets", "-nt", "--changes", "-c", "20", capture, "state", "close-wait"]]
    else:
        found = [["packets", "-n", capture]]
    found += [["explain", "-n", capture, flow] for flow in FLOWS.get(name, ["0"])]
    if name in PICTURED:
        found += [["explain", "--mermaid", capture, "0"], ["explain", "--svg", "-", capture, "0"]]
    return found


def transcript(name: str) -> str:
    """What a terminal would show."""
    parts = []
    for command in commands(name):
        result = run(*command)
        assert (result.code, result.err) == (0, "")
        parts.append(f"$ tracker {' '.join(command)}\n{result.out}")
    return "\n".join(parts)


@pytest.mark.parametrize("name", sorted(path.stem for path in PCAPS.glob("*.pcap")))
def test_golden(name: str) -> None:
    hold(transcript(name), GOLDEN / f"{name}.txt")


def test_every_golden_file_has_its_capture() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in PCAPS.glob("*.pcap")}
