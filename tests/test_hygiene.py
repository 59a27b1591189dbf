"""Who imports whom, and what a command costs before it has done anything."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tracker"
HEAVY = {"pandas", "numpy", "numba", "scapy", "dpkt", "rich", "textual", "pyarrow", "asyncio", "jsonschema"}

# Room -> the rooms it may import from besides itself; the modules of the package's own folder are rooms, too.
MAY_IMPORT = {
    "record": set(),
    "version": set(),
    "capture": {"record"},
    "tcp": {"record"},
    "decode": {"record", "capture", "tcp"},
    "engine": {"record", "capture", "decode", "tcp"},
    "views": {"record", "tcp", "engine", "output"},
    "output": {"views"},
    "api": {"capture", "tcp", "engine", "views", "output"},
    "tools": {"tcp", "views"},
    "cli": {"version", "capture", "tcp", "engine", "views", "output"},
    "__init__": {"version", "api", "capture"},
    "__main__": {"cli"},
}
# Views draw their tables with output's columns and colours; output knows the rows that it writes. More than that neither needs.
OUTPUT_FOR_VIEWS = {"tracker.output.color", "tracker.output.table", "tracker.output.when", "tracker.output.words"}
VIEWS_FOR_OUTPUT = {f"tracker.views.{name}" for name in ("rows", "flows", "packets", "ladder", "explain")}


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(str(node.module))
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "tracker"}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_layers(path: Path) -> None:
    own = room(path)
    ours = {name for name in imports(path) if name.startswith("tracker.")}
    rooms = {name.split(".")[1] for name in ours} - {own}
    assert rooms <= MAY_IMPORT[own], f"{own} may not import {rooms - MAY_IMPORT[own]}"
    if own == "views":
        assert {name for name in ours if name.startswith("tracker.output")} <= OUTPUT_FOR_VIEWS
    if own == "output":
        over_rows = {"tracker.views.columns.arrow"} if path.name == "parquet.py" else set()
        assert {name for name in ours if name.startswith("tracker.views")} <= VIEWS_FOR_OUTPUT | over_rows


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_nothing_outside_the_standard_library_but_click_in_cli(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)} - {"tracker"} - set(sys.stdlib_module_names)
    over_rows = {"numpy", "numba", "llvmlite"} if path.parent.name in {"compiled", "columns"} else set()
    allowed = {"cli": {"click"}, "engine": over_rows, "views": over_rows}
    allowed["output"] = {"pyarrow"} if path.name == "parquet.py" else set()
    assert tops <= allowed.get(room(path), set())


def modules(code: str) -> set[str]:
    """The modules loaded once some code has run in a fresh interpreter."""
    tail = "\nimport sys; sys.stderr.write('\\n'.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(ran.stderr.splitlines())


COMMAND = """
import sys
from tracker.cli.main import main
sys.argv = ["tracker", {words}]
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
"""


@pytest.mark.parametrize(
    "words",
    [
        '"netstat", "-tan", "--as", "all", "-q", "pcaps/half-open.pcap"',
        '"ss", "-tani", "-q", "pcaps/half-open.pcap", "state", "syn-sent"',
        '"flows", "-q", "pcaps/half-open.pcap"',
        '"netstat", "--json", "-q", "pcaps/half-open.pcap"',
        '"netstat", "-s", "-q", "pcaps/half-open.pcap"',
        '"packets", "-n", "-q", "pcaps/half-open.pcap"',
        '"explain", "-n", "-q", "pcaps/half-open.pcap", "0"',
        '"explain", "CLOSE_WAIT"',
    ],
)
def test_a_command_imports_nothing_heavy(words: str) -> None:
    loaded = modules(COMMAND.format(words=words))
    assert loaded & HEAVY == set()
    assert "tracker.api" not in loaded
    if '"ss"' not in words:
        assert "tracker.views.ss" not in loaded


def test_text_pays_for_neither_json_nor_csv() -> None:
    loaded = modules(COMMAND.format(words='"netstat", "-tan", "pcaps/reset.pcap"'))
    assert loaded & {"tracker.output.jsonl", "tracker.output.csv_lines", "tracker.views.statistics", "csv"} == set()


def test_import_tracker_costs_next_to_nothing() -> None:
    loaded = modules("import tracker")
    assert loaded & (HEAVY | {"click"}) == set()
    assert {name for name in loaded if name.startswith("tracker")} == {"tracker", "tracker.version"}


def test_import_tracker_api_needs_no_click() -> None:
    assert modules("import tracker; tracker.replay") & (HEAVY | {"click"}) == set()


def test_help_imports_no_command() -> None:
    loaded = modules(COMMAND.format(words='"--help"'))
    assert not any(name.startswith(("tracker.engine", "tracker.cli.netstat", "tracker.cli.ss")) for name in loaded)
