"""Compile once, then load: where the compiled kernels are kept, and what is done where they cannot be."""

import hashlib
import os
import pickle
import shutil
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import tracker

PACKAGE: Final = Path(tracker.__file__).parent
SOURCES: Final = ("record.py", "capture", "decode", "engine", "tcp", "views")  # what a kernel is made of
KEPT: Final = 30 * 86_400  # seconds that a folder of other sources is kept


@cache
def folder() -> Path:
    """Where these sources' kernels are kept. Numba itself watches the entries' file only: so the name has a hash of them all."""
    digest = hashlib.sha256()
    for path in sorted(path for name in SOURCES for path in files(PACKAGE / name)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return base() / f"{sys.implementation.cache_tag}-numba{numba_version()}{checked()}-{digest.hexdigest()[:16]}"


def files(path: Path) -> list[Path]:
    """A module, or all modules of a package."""
    return [path] if path.is_file() else list(path.rglob("*.py"))


def base() -> Path:
    """The user's cache folder: the platform's, or XDG_CACHE_HOME."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "tracker"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "tracker" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "tracker"
    return Path.home() / ".cache" / "tracker"


@cache
def numba_version() -> str:
    """Without importing it: "" where there is none."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - only who asks for the engine pays

    try:
        return version("numba")
    except PackageNotFoundError:
        return ""


def checked() -> str:
    """Compiled with NUMBA_BOUNDSCHECK=1, kernels are other kernels."""
    return "-checked" if os.environ.get("NUMBA_BOUNDSCHECK", "0") not in {"", "0"} else ""


def is_warm() -> bool:
    """Whether a run before this one has left its kernels. (Of another processor, Numba would compile anew.)"""
    try:
        return any(folder().rglob("*.nbc"))
    except OSError:
        return False


class Unavailable(Exception):  # noqa: N818 - it is raised and caught as what it says
    """The compiled engine cannot be had; str() says why."""


Say = Callable[[str], None]
ENGINE: Final = "tracker.engine.compiled.kernels"
_ready: dict[str, Any] = {}


def kernels(say: Say, module: str = ENGINE) -> Any:
    """A module's compiled entries, loaded or compiled now; `say` is told once before a first compile.

    The module has `decorated` and `warmed`. Raises Unavailable without Numba, and where it is told not to compile.
    """
    if module not in _ready:
        _ready[module] = prepared(say, module)
    return _ready[module]


def prepared(say: Say, module: str = ENGINE) -> Any:
    """Numba's cache is a convenience: no folder to write, a full disk or a torn file must not stop anybody."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}:
        raise Unavailable("NUMBA_DISABLE_JIT is set")
    warm = is_warm()
    if not warm:
        say(f"tracker: compiling its engine, once for this version and machine (kept in {folder().parent})")
    try:
        from numba.core import config  # noqa: PLC0415 - half a second, and it may be missing

        made = import_module(module)
    except ImportError as error:
        raise Unavailable(f"{error}") from error
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder())
    try:
        entries = made.warmed(made.decorated(cache=True))
    except (OSError, EOFError, RuntimeError, ValueError, ImportError, AttributeError, KeyError, pickle.UnpicklingError):
        shutil.rmtree(folder(), ignore_errors=True)
        entries = made.warmed(made.decorated(cache=False))
    finally:
        config.CACHE_DIR = before
    if not warm:
        sweep()
    return entries


def sweep() -> None:
    """Remove the folders of sources that are no more, once nobody has used them for long."""
    now = time.time()
    try:
        for other in base().iterdir():
            if other.is_dir() and other != folder() and now - last_use(other) > KEPT:
                shutil.rmtree(other, ignore_errors=True)
    except OSError:
        pass


def last_use(path: Path) -> float:
    """When a file of a folder was last read or written, s."""
    times = (found.stat() for found in path.rglob("*"))
    return max((max(one.st_atime, one.st_mtime) for one in times), default=0.0)
