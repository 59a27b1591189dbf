"""Every view says the same, whichever engine has replayed."""

from pathlib import Path
from typing import Any

import pytest

from .run import PCAPS, ROOT, run

VIEWS = [
    ["netstat", "-tano", "--as", "all"],
    ["netstat", "-t", "--certainty", "-e", "-p"],
    ["netstat", "-ltn", "--as", "all"],
    ["netstat", "-s"],
    ["netstat", "-an", "--json", "--as", "all"],
    ["netstat", "-n", "--csv"],
    ["ss", "-tano", "--as", "all"],
    ["ss", "-taniO"],
    ["ss", "-tanie", "--as", "10.0.0.0/8"],
    ["ss", "-s", "--as", "all"],
    ["flows"],
    ["flows", "-n", "--as", "10.0.0.0/8"],
    ["flows", "-nH", "-4", "--profile", "rfc9293"],
    ["flows", "-6"],
    ["flows", "--color", "always"],
    ["flows", "--json"],
    ["flows", "--csv", "--iso"],
]
MOMENTS = [[], ["--at", "+0.03"], ["--at", "#5", "--believed"], ["--at", "+200"]]
CAPTURES = sorted(PCAPS.glob("*.pcap"))


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred connections."""
    import subprocess
    import sys

    path = tmp_path_factory.mktemp("engines") / "web.pcap"
    subprocess.run([sys.executable, ROOT / "benchmarks/captures.py", "web", "300", "1", path], check=True)
    run("netstat", "--engine", "compiled", path)  # a first compile is told on standard error
    return path


@pytest.fixture(scope="session")
def midstream(web: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same from its middle on: connections whose start was not seen, to ports that later ones show listening."""
    data = web.read_bytes()
    starts = [24]
    while starts[-1] < len(data):
        starts.append(starts[-1] + 16 + int.from_bytes(data[starts[-1] + 8 : starts[-1] + 12], "little"))
    path = tmp_path_factory.mktemp("engines") / "midstream.pcap"
    path.write_bytes(data[:24] + data[starts[len(starts) // 3] :])
    return path


def same(capture: Path, words: list[str], filters: list[str]) -> None:
    pytest.importorskip("numba", reason="Numba is not installed")
    one, other = (run(*words, "--engine", engine, capture, *filters) for engine in ("interpreted", "compiled"))
    assert one == other
    assert one.code == 0


@pytest.mark.parametrize("at", MOMENTS, ids=" ".join)
@pytest.mark.parametrize("words", VIEWS, ids=" ".join)
def test_both_engines_say_the_same(words: list[str], at: list[str], web: Path) -> None:
    for capture in [*CAPTURES, web]:
        same(capture, [*words, *at], [])


@pytest.mark.parametrize("width", [40, 90, 200])
def test_both_engines_leave_out_the_same_columns(width: int, web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.cli.flows.terminal_width", lambda: width)
    for capture in [*CAPTURES, web]:
        same(capture, ["flows"], [])


@pytest.mark.parametrize("words", [["flows", "-n"], ["flows", "--json"]], ids=" ".join)
def test_both_engines_find_the_same_clients(words: list[str], midstream: Path) -> None:
    same(midstream, words, [])
    assert '"direction":"listener"' in run("flows", "--json", "--engine", "compiled", midstream).out


def numbers(column: Any) -> Any:
    """Times as ns: Python's own have none."""
    return column.cast("int64") if str(column.type).startswith("timestamp") else column


@pytest.mark.parametrize("at", MOMENTS, ids=" ".join)
def test_both_engines_write_the_same_parquet(at: list[str], web: Path, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    for capture in [*CAPTURES, web]:
        tables = []
        for engine in ("interpreted", "compiled"):
            run("flows", *at, "--engine", engine, "--parquet", tmp_path / engine, capture)
            tables.append([numbers(column).to_pylist() for column in pq.read_table(tmp_path / engine).columns])
        assert tables[0] == tables[1]


@pytest.mark.parametrize(
    "filters", ["state established", "exclude time-wait dport = :80", "not src 10.0.0.0/9 or sport gt :40000"]
)
def test_both_engines_filter_alike(filters: str, web: Path) -> None:
    for capture in [*CAPTURES, web]:
        same(capture, ["ss", "-tan", "--as", "all"], filters.split())
