"""The kept kernels: compiled once and told once, and whatever is wrong with the folder stops nobody.

The kernels here are four tiny functions, so that a compile costs nothing; they are loaded in processes of their own.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.engine.compiled import cache
from tracker.engine.compiled.cache import kernels
from tracker.engine.compiled.kernels import Kernels

from .parity import silent

ROOT = Path(__file__).parents[3]
SAMPLE = str(ROOT / "pcaps" / "half-open.pcap")
TINY = """
from numba import njit
from typing import Any, NamedTuple

class Kernels(NamedTuple):
    fill: Any
    prepare: Any
    step: Any
    run: Any
    rehash: Any
    renumber: Any
    rank: Any

def one(x): return x + 1
def two(x): return x + 2
def three(x): return x + 3
def four(x): return x + 4
def five(x): return x + 5
def six(x): return x + 6
def seven(x): return x + 7

def decorated(*, cache):
    return Kernels(*(njit(function, cache=cache) for function in (one, two, three, four, five, six, seven)))

def warmed(kernels):
    assert [kernel(1) for kernel in kernels] == [2, 3, 4, 5, 6, 7, 8]
    return kernels
"""
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
{before}
import tiny
sys.modules["tracker.engine.compiled.kernels"] = tiny
from tracker.engine.compiled.cache import folder, kernels
said = []
made = kernels(said.append)
assert kernels(said.append) is made
hits = sum(sum(one.stats.cache_hits.values()) for one in made)
print(json.dumps([said, hits, str(folder())]))
"""
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"  # every write fails, as there


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder with the module that takes the kernels' place."""
    made = tmp_path / "installed"
    made.mkdir()
    (made / "tiny.py").write_text(TINY, encoding="utf-8")
    return made


def start(tiny: Path, home: Path | str, before: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-B", "-W", "error", "-c", SCRIPT.format(before=before), str(tiny)],
        env=os.environ | {"XDG_CACHE_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[list[str], int, Path]:
    """(what was said, how many kernels were loaded and not compiled, the folder)."""
    out, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    said, hits, folder = json.loads(out)
    return said, hits, Path(folder)


def prepare(tiny: Path, home: Path | str, before: str = "") -> tuple[list[str], int, Path]:
    return finish(start(tiny, home, before))


def left_beside(tiny: Path) -> list[Path]:
    """What Numba has kept where it should not."""
    return [path for path in tiny.rglob("*.nb?") if path.is_file()]


def test_cold_says_so_once_and_warm_says_nothing(tiny: Path, tmp_path: Path) -> None:
    said, hits, folder = prepare(tiny, tmp_path)
    assert said == [
        f"tracker: compiling its engine, once for this version and machine (kept in {tmp_path / 'tracker'})"
    ]
    assert (hits, len(list(folder.rglob("*.nbc")))) == (0, cache.ENTRIES)
    assert prepare(tiny, tmp_path) == ([], cache.ENTRIES, folder)
    assert left_beside(tiny) == []


@pytest.mark.parametrize("content", [b"", b"half", b"\x80\x04nonsense"])
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_torn_files_are_compiled_again_and_kept_again(tiny: Path, tmp_path: Path, ending: str, content: bytes) -> None:
    folder = prepare(tiny, tmp_path)[2]
    for path in list(folder.rglob(f"*.{ending}"))[1:]:
        path.write_bytes(content if content != b"half" else path.read_bytes()[: path.stat().st_size // 2])
    said, _, _ = prepare(tiny, tmp_path)
    assert [text.split()[1] for text in said] == ["what", "compiling"], said
    assert f"{folder} is damaged" in said[0]
    assert prepare(tiny, tmp_path)[:2] == ([], cache.ENTRIES)


def test_first_compile_that_was_killed_is_said_again(tiny: Path, tmp_path: Path) -> None:
    folder = prepare(tiny, tmp_path)[2]
    for path in list(folder.rglob("*four*")):
        path.unlink()
    said, hits, _ = prepare(tiny, tmp_path)
    assert (len(said), hits) == (1, cache.ENTRIES - 1)
    assert prepare(tiny, tmp_path)[:2] == ([], cache.ENTRIES)


@pytest.mark.parametrize("place", ["/proc/nowhere", "below a file"])
def test_folder_that_cannot_be_made_compiles_for_this_run(tiny: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    home = place if place.startswith("/") else str(tmp_path / "file" / "below")
    for _ in range(2):
        said, hits, _ = prepare(tiny, home)
        assert said == [f"tracker: compiling its engine, for this run only: {home}/tracker cannot be written"]
        assert hits == 0
    assert left_beside(tiny) == [], "Numba does not see there that a callee's source has changed"


def test_full_disk_compiles_for_this_run(tiny: Path, tmp_path: Path) -> None:
    said, hits, folder = prepare(tiny, tmp_path, FULL_DISK)
    assert (len(said), hits) == (1, 0)
    assert not list(folder.rglob("*.nb?"))
    said, hits, _ = prepare(tiny, tmp_path)
    assert (len(said), hits) == (1, 0)
    assert prepare(tiny, tmp_path, FULL_DISK)[:2] == ([], cache.ENTRIES), "to load nothing is written"


def test_four_first_runs_at_once_and_a_warm_one_after_them(tiny: Path, tmp_path: Path) -> None:
    for done in [start(tiny, tmp_path) for _ in range(4)]:
        finish(done)
    assert prepare(tiny, tmp_path)[:2] == ([], cache.ENTRIES)


def test_installation_that_cannot_be_written(tiny: Path, tmp_path: Path) -> None:
    (tiny / "tiny.py").chmod(0o444)
    tiny.chmod(0o555)
    try:
        assert prepare(tiny, tmp_path)[1] == 0
        assert prepare(tiny, tmp_path)[:2] == ([], cache.ENTRIES)
        assert [path.name for path in tiny.iterdir()] == ["tiny.py"]
    finally:
        tiny.chmod(0o755)


def test_the_real_kernels_are_loaded_without_a_word_once_they_are_kept() -> None:
    kernels(silent)
    done = run("--engine", "compiled", "--verbose")
    assert done.stderr.splitlines()[0] == "tracker: engine: compiled (as asked)"
    assert done.returncode == 0


def run(*words: str, before: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """`tracker flows` of a sample, in a process where something was done before."""
    code = f"{before}\nimport sys\nfrom tracker.cli.main import main\nsys.argv[0] = 'tracker'\nmain()"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "flows", "-n", SAMPLE, *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numba":
            raise {error}
sys.meta_path.insert(0, Block())
"""
MISSING = BLOCKED.format(error="ModuleNotFoundError(\"No module named 'numba'\")")
BROKEN = BLOCKED.format(error='OSError("libllvmlite.so: cannot open shared object file")')


@pytest.mark.parametrize(
    ("before", "environment", "why"),
    [
        (MISSING, {}, "No module named 'numba'"),
        (BROKEN, {}, "libllvmlite.so: cannot open shared object file"),
        ("", {"NUMBA_DISABLE_JIT": "1"}, "NUMBA_DISABLE_JIT is set"),
    ],
)
def test_without_numba_the_interpreted_engine_serves_and_says_so(
    before: str, environment: dict[str, str], why: str, tmp_path: Path
) -> None:
    plain = run("--engine", "interpreted")
    for words in (("--engine", "compiled"), ("--engine", "compiled", "--verbose")):
        done = run(*words, before=before, **environment, XDG_CACHE_HOME=str(tmp_path))
        assert done.returncode == 0
        assert done.stdout == plain.stdout
        assert done.stderr == f"tracker: no compiled engine ({why}); the interpreted one serves, slower\n"
    quiet = run("--engine", "compiled", "-q", before=before, **environment)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, plain.stdout, "")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache's folders are here; the package is a copy of some names."""
    package = tmp_path / "package"
    for name in ("record.py", "capture/walk.py", "decode/ip.py", "engine/feed.py", "tcp/step.py", "views/rows.py"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(cache, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.folder.cache_clear()
    yield tmp_path
    cache.folder.cache_clear()


def named() -> str:
    cache.folder.cache_clear()
    return cache.folder().name


def test_folder_has_another_name_once_a_source_has_changed(elsewhere: Path) -> None:
    first = named()
    assert named() == first
    assert cache.OURS.fullmatch(first)
    (elsewhere / "package" / "views" / "rows.py").write_text("no kernel is made of this", encoding="utf-8")
    assert named() == first
    names = {first}
    for name in ("record.py", "capture/walk.py", "decode/ip.py", "engine/feed.py", "tcp/step.py"):
        (elsewhere / "package" / name).write_text("changed", encoding="utf-8")
        names.add(named())
    assert len(names) == 6


def test_folder_has_another_name_elsewhere_and_with_checks(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = named()
    (elsewhere / "package").rename(elsewhere / "other")
    monkeypatch.setattr(cache, "PACKAGE", elsewhere / "other")
    assert named() != first
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert "-checked-" in named()
    assert cache.OURS.fullmatch(named())


@pytest.mark.parametrize("given", ["", "relative", "./here"])
def test_base_is_never_relative(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert cache.base().is_absolute()


def test_base_of_a_user_without_home_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(OSError, match="Not a directory"):
        cache.base().mkdir(parents=True)


def test_is_warm_with_all_kernels_in_a_folder_that_can_be_written(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not cache.is_warm()
    kept = cache.folder() / "compiled_0"
    kept.mkdir(parents=True)
    for number in range(cache.ENTRIES):
        assert not cache.is_warm()
        (kept / f"{number}.nbc").write_bytes(b"")
    assert cache.is_warm()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not cache.is_warm()


def test_entries_are_the_kernels() -> None:
    assert len(Kernels._fields) == cache.ENTRIES


def aged(folder: Path, seconds: float) -> None:
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "step.nbc").write_bytes(b"")
    when = time.time() - seconds
    for path in (folder / "sub" / "step.nbc", folder / "sub"):
        os.utime(path, (when, when))


def test_sweep_removes_what_nobody_has_used_and_is_ours(elsewhere: Path) -> None:
    base, long = cache.base(), cache.KEPT + 100
    ours = "cpython-311-numba0.60.0-0123456789abcdef"
    aged(base / ours, long)
    aged(base / ours.replace("0.60.0", "0.60.0-checked"), long)
    aged(base / ours.replace("0.60", "0.61"), cache.KEPT - 100)
    aged(base / "files-of-another-program", long)
    aged(base / "cpython-311-numba-notes", long)
    aged(cache.folder(), long)
    (base / ours.replace("0.60", "0.59")).write_bytes(b"a file")
    cache.sweep()
    assert {path.name for path in base.iterdir()} == {
        ours.replace("0.60", "0.61"),
        ours.replace("0.60", "0.59"),
        "files-of-another-program",
        "cpython-311-numba-notes",
        cache.folder().name,
    }


def test_sweep_of_nothing(elsewhere: Path) -> None:
    cache.sweep()


def test_sources_of_kernels_are_watched() -> None:
    """Every module that a kernel is made of is below one of SOURCES."""
    from tracker.engine.compiled.kernels import KERNEL_MODULES

    watched: set[Any] = {path for name in cache.SOURCES for path in cache.files(cache.PACKAGE / name)}
    for name in KERNEL_MODULES:
        assert (cache.PACKAGE / name.replace(".", "/")).with_suffix(".py") in watched
