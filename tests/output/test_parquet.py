"""--parquet: the same rows from both engines, typed; never a half-written file."""

from pathlib import Path
from typing import Any

import pytest

from ..cli.run import PCAPS, run  # noqa: TID252 - `tests` is no package to import from

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
CAPTURES = sorted(PCAPS.glob("*.pcap"))


def plain(table: Any) -> dict[str, list[Any]]:
    """A table's columns, times as ns: Python's own have none."""
    found = {}
    for name in table.column_names:
        column = table.column(name)
        found[name] = (column.cast("int64") if str(column.type).startswith("timestamp") else column).to_pylist()
    return found


@pytest.mark.parametrize("capture", CAPTURES, ids=[path.stem for path in CAPTURES])
@pytest.mark.parametrize("words", [["netstat", "-an"], ["ss", "-an", "--as", "all"], ["flows"]], ids=" ".join)
def test_both_engines_write_the_same(words: list[str], capture: Path, tmp_path: Path) -> None:
    tables = []
    for engine in ("interpreted", "compiled"):
        path = tmp_path / engine
        result = run(*words, "--engine", engine, "--parquet", path, capture)
        assert (result.code, result.out) == (0, "")
        tables.append(pq.read_table(path))
    assert tables[0].schema == tables[1].schema
    one, other = (plain(table) for table in tables)
    assert one == other
    assert len(list(tmp_path.iterdir())) == 2


def test_parquet_has_the_rows_of_csv(tmp_path: Path) -> None:
    capture = PCAPS / "two-hundred.pcap"
    run("netstat", "-an", "--parquet", tmp_path / "it", capture)
    assert pq.read_table(tmp_path / "it").num_rows == len(run("netstat", "-an", "--csv", capture).lines) - 1


def test_what_cannot_be_written(tmp_path: Path) -> None:
    result = run("netstat", "-an", "--parquet", tmp_path / "no" / "such", PCAPS / "reset.pcap")
    assert result.code == 74
    assert "cannot be written" in result.err


@pytest.mark.parametrize("other", ["--json", "--csv"])
def test_one_form_at_a_time(other: str, tmp_path: Path) -> None:
    assert run("flows", other, "--parquet", tmp_path / "it", PCAPS / "reset.pcap").code == 2


def test_without_pyarrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = run("flows", "--parquet", tmp_path / "it", PCAPS / "reset.pcap")
    assert result.code == 2
    assert "pip install 'tracker[parquet]'" in result.err
