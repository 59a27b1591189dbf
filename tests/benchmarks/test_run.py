"""How run.py chooses, what it says of failures, and its tables. Nothing is timed."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Script = Callable[[str], ModuleType]


@pytest.fixture
def capture(script: Script) -> Any:
    return script("stock").Capture("web", Path("web.pcap"), 4_000_000, 200_000, 400)


def test_table(script: Script, capture: Any) -> None:
    report, measure = script("report"), script("measure")
    rows = [
        report.Row("tracker, compiled", 4_000_000, measure.Usage(2.0, 1.6, 300), []),
        report.Row("limit.c", 4_000_000, measure.Usage(0.2, 0.2, 19), []),
        report.Row("slow", 1_000_000, measure.Usage(10.0, 8.0, 2500), ["4,000,000 packets: out of memory at 14 GiB"]),
        report.Row("broken", 200_000, measure.Failure("failed with 1: no"), []),
    ]
    assert report.capture_table(capture, rows, 19).splitlines() == [
        "**web**: 4,000,000 packets, 200,000 connections, 400 MiB",
        "",
        "| | million packets/s | by CPU time | tracker's ratio | by CPU time | peak MiB | packets | remarks |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
        "| tracker, compiled | 2.0 | 2.5 | 1 | 1 | 300 | all |  |",
        "| limit.c | 20 | 20 | 0.10 | 0.12 | ≤ 19 | all |  |",
        "| slow | 0.10 | 0.12 | 20 | 20 | 2,500 | 1,000,000 | 4,000,000 packets: out of memory at 14 GiB |",
        "| broken | - | - | - | - | - | 200,000 | failed with 1: no |",
    ]


def test_no_ratio_to_a_tracker_that_failed(script: Script, capture: Any) -> None:
    report, measure = script("report"), script("measure")
    rows = [
        report.Row("tracker", 4_000_000, measure.Failure("no"), []),
        report.Row("limit.c", 4_000_000, measure.Usage(0.2, 0.2, 40), []),
    ]
    assert "| limit.c | 20 | 20 | - | - | 40 | all |  |" in report.capture_table(capture, rows, 19)


def test_heading_and_start_up(script: Script) -> None:
    report, measure = script("report"), script("measure")
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert (
        report.heading(now, "2 cores", ["tracker 0.1.0"], 5)
        == "2026-11-21, 2 cores; tracker 0.1.0. Medians of 5 runs.\n"
    )
    lines = report.start_up_lines({"a": measure.Usage(0.05, 0.04, 20), "b": measure.Failure("no")})
    assert lines == "* a: 50 ms, 20 MiB\n* b: no\n"


@pytest.mark.parametrize(
    ("code", "errors", "peak", "said"),
    [
        (1, "malloc: Cannot allocate memory\n", 10, "out of memory at 14 GiB"),
        (-9, "", 8000, "out of memory at 14 GiB"),
        (2, "first\nno such file\n\n", 10, "failed with 2: no such file"),
        (2, "", 10, "failed with 2"),
    ],
)
def test_why(script: Script, code: int, errors: str, peak: int, said: str) -> None:
    assert script("measure").why(code, errors, peak, 14 * 1024) == said


def test_a_run_is_measured_or_its_failure_told(script: Script) -> None:
    measure = script("measure")
    limits = measure.Limits(20, 4096)
    used = measure.once(lambda _: ["true"], limits)
    assert used.wall > 0
    assert measure.once(lambda _: ["false"], limits) == measure.Failure("failed with 1")
    assert measure.once(lambda _: ["sleep", "20"], measure.Limits(0.05, 4096)).reason.startswith("too slow")


def test_a_tool_that_fails_is_not_asked_again(script: Script) -> None:
    measure, asked = script("measure"), []

    def failing(_: Path) -> list[str]:
        asked.append(1)
        return ["false"]

    found = measure.in_turns({"good": lambda _: ["true"], "bad": failing}, 3, measure.Limits(20, 4096))
    assert len(asked) == 1
    assert isinstance(found["good"], measure.Usage)
    assert isinstance(found["bad"], measure.Failure)


@pytest.mark.parametrize(
    ("wall", "sizes"),
    [
        (0.05, [4_000_000, 1_000_000, 200_000, 20_000]),
        (2.0, [1_000_000, 200_000, 20_000]),
        (60.0, [20_000]),
        (None, [200_000, 20_000]),
    ],
)
def test_packets_that_fit(
    script: Script, capture: Any, monkeypatch: pytest.MonkeyPatch, wall: float | None, sizes: list[int]
) -> None:
    run, measure, tools, stock = (script(name) for name in ("run", "measure", "tools", "stock"))
    result = measure.Usage(wall, wall, 10) if wall else measure.Failure("no")
    monkeypatch.setattr(run, "once", lambda *_: result)
    monkeypatch.setattr(stock, "sliced", lambda *_: Path("x"))
    options = run.Options(1, "auto", 12.0, measure.Limits(60, 1024))
    assert list(run.largest(tools.Tool("t", lambda *_: [], "t 1"), capture, options)) == sizes


def test_slices(script: Script, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    captures, stock = script("captures"), script("stock")
    path = tmp_path / "flood.pcap"
    made = captures.write("flood", 80, 1, path)
    capture = stock.Capture("flood", path, made.packets, made.connections, 0)
    assert stock.sliced(capture, 100) == path
    part = stock.sliced(capture, 30)
    assert part.read_bytes() == path.read_bytes()[: 24 + 30 * 90]


def test_peers_names_what_is_missing(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = script("tools")
    monkeypatch.setattr(tools.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(tools, "module_version", lambda _, module: "1.9" if module == "dpkt" else "")
    found, missing = tools.peers(sys.executable)
    assert [(tool.name, tool.version) for tool in found] == [("dpkt loop", "dpkt 1.9")]
    assert missing == ["tcpdump", "softflowd", "nfpcapd", "argus", "tcptrace", "p0f", "tshark", "nfstream", "scapy"]


def test_version_is_found_amid_usage(script: Script) -> None:
    tools = script("tools")
    assert tools.version("softflowd", "This is softflowd version 1.1.0. Valid options:") == "softflowd 1.1.0"
    assert tools.version("x", "") == "x (version unknown)"


def test_without_a_compiler_there_is_no_limit(script: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tools = script("tools")
    monkeypatch.setattr(tools.shutil, "which", lambda *_, **__: None)
    assert tools.limit(tmp_path) == "no C compiler (`cc`)"
