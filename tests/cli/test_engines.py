"""Every view says the same, whichever engine has replayed."""

from pathlib import Path

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
    ["flows", "--json"],
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


@pytest.mark.parametrize(
    "filters", ["state established", "exclude time-wait dport = :80", "not src 10.0.0.0/9 or sport gt :40000"]
)
def test_both_engines_filter_alike(filters: str, web: Path) -> None:
    for capture in [*CAPTURES, web]:
        same(capture, ["ss", "-tan", "--as", "all"], filters.split())
