"""Compile once, then load: where the compiled kernels are kept, and what is done where they cannot be."""

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import tracker

ENGINE: Final = "tracker.engine.compiled.kernels"
PACKAGE: Final = Path(tracker.__file__).parent
SOURCES: Final = ("record.py", "capture", "decode", "engine", "tcp")  # what the engine's kernels are made of
ENTRIES: Final = 7  # compiled functions, each in a file of its own (the fields of kernels.Kernels)
KEPT: Final = 30 * 86_400  # seconds that a folder of other sources is kept
OURS: Final = re.compile(r"\w+-\d+-numba[^/]*-[0-9a-f]{16}")  # `tracker` is the name of other programs' caches, too


@cache
def folder(module: str = ENGINE) -> Path:
    """Where a module's kernels are kept. Numba itself watches the entries' file only: so the name has a hash of them all.

    And of where they lie: to Numba the same sources elsewhere are others.
    """
    digest = hashlib.sha256(os.fsencode(PACKAGE.resolve()))
    sources = dict.fromkeys((*SOURCES, module.split(".")[1]))
    for path in sorted(path for name in sources for path in files(PACKAGE / name)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return base() / f"{sys.implementation.cache_tag}-numba{numba_version()}{checked()}-{digest.hexdigest()[:16]}"


def files(path: Path) -> list[Path]:
    """A module, or all modules of a package."""
    return [path] if path.is_file() else list(path.rglob("*.py"))


def base() -> Path:
    """The user's cache folder: the platform's, or XDG_CACHE_HOME (which is to be absolute, says its specification)."""
    if (given := os.environ.get("XDG_CACHE_HOME", "")) and Path(given).is_absolute():
        return Path(given) / "tracker"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "tracker" / "cache"
    try:
        home = Path.home()
    except RuntimeError:  # a user without a name, as containers have them
        return Path(os.devnull) / "tracker"  # below a file there is no folder
    return home / "Library" / "Caches" / "tracker" if sys.platform == "darwin" else home / ".cache" / "tracker"


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


def is_warm(module: str = ENGINE) -> bool:
    """Whether a run before this one has left all its kernels. (Of another processor, Numba would compile anew.)"""
    kept, all_of_them = folder(module), ENTRIES if module == ENGINE else 1
    try:
        # What it cannot write, Numba does not read either.
        return os.access(kept, os.W_OK) and len(list(kept.rglob("*.nbc"))) >= all_of_them
    except OSError:
        return False


class Unavailable(Exception):  # noqa: N818 - it is raised and caught as what it says
    """The compiled engine cannot be had; str() says why."""


Say = Callable[[str], None]
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
    try:
        source = import_module(module)  # half a second, and Numba may be missing
    except Exception as error:  # it may also not fit this NumPy or this machine, each with an exception of its own
        raise Unavailable(str(error) or type(error).__name__) from error
    kept = folder(module)
    for _ in range(2):
        made = in_folder(source.decorated, kept)
        if made is None:
            say(f"tracker: compiling its engine, for this run only: {kept.parent} cannot be written")
            break
        warm = is_warm(module)
        if not warm:
            say(f"tracker: compiling its engine, once for this version and machine (kept in {kept.parent})")
        try:
            ready = source.warmed(made)
        except Exception:  # noqa: BLE001 - of torn files pickle raises whatever it likes, of full disks Numba does
            shutil.rmtree(kept, ignore_errors=True)
            if not warm:
                break
            say(f"tracker: what was kept in {kept} is damaged")
        else:
            if not warm:
                sweep()
            return ready
    return source.warmed(source.decorated(cache=False))


def in_folder(decorated: Callable[..., Any], kept: Path) -> Any:
    """The entries, to be loaded from our folder or kept there; None: it cannot be written.

    Numba would then turn to the package's own folder, where it does not see that a callee's source has changed.
    """
    from numba.core import config  # noqa: PLC0415 - half a second

    before, config.CACHE_DIR = config.CACHE_DIR, str(kept)
    try:
        made = decorated(cache=True)
        return made if all(Path(one.stats.cache_path).is_relative_to(kept) for one in made) else None
    except (OSError, RuntimeError):  # Numba's, where it finds no folder at all
        return None
    finally:
        config.CACHE_DIR = before


def sweep() -> None:
    """Remove the folders of sources that are no more, once nobody has used them for long."""
    now = time.time()
    try:
        for other in base().iterdir():
            if OURS.fullmatch(other.name) and other.is_dir() and other != folder() and now - last_use(other) > KEPT:
                shutil.rmtree(other, ignore_errors=True)
    except OSError:
        pass


def last_use(path: Path) -> float:
    """When a file of a folder was last read or written, s."""
    times = (found.stat() for found in path.rglob("*"))
    return max((max(one.st_atime, one.st_mtime) for one in times), default=0.0)
