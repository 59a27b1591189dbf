"""The compiled engine's log on disk beyond its share of memory."""

import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numba")

import numpy as np

from tracker.capture.source import Capture
from tracker.engine.compiled import memory
from tracker.engine.compiled.dtypes import TRANSITION
from tracker.engine.compiled.machine import Compiled
from tracker.engine.compiled.memory import HUGE, Growing
from tracker.engine.trace import run

from ..capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from .test_evict import refused


def filled(rows: Growing, count: int) -> None:
    """Grow bit by bit, numbering the rows."""
    for start in range(0, count, 10_000):
        stop = min(start + 10_000, count)
        rows.reserve(stop)
        rows.written(start)
        rows.rows["at"][start:stop] = np.arange(start, stop)


@pytest.mark.parametrize("budget", [0, 2 * HUGE])
def test_rows_are_kept_while_they_grow(budget: int) -> None:
    rows = Growing(TRANSITION, budget)
    filled(rows, 400_000)
    assert rows.spilled == bool(budget)
    assert (rows.rows["at"][:400_000] == np.arange(400_000)).all()
    assert not rows.rows["at"][400_000:].any()


def test_rows_behind_the_window_are_there_again_when_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WINDOW", 2 * HUGE)
    rows = Growing(TRANSITION, HUGE)
    filled(rows, 600_000)
    assert rows._released > 0
    assert (rows.rows["at"][:600_000] == np.arange(600_000)).all()


def test_no_room_on_disk_is_memory_then(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    rows = Growing(TRANSITION, HUGE)
    filled(rows, 200_000)
    assert not rows.spilled
    assert (rows.rows["at"][:200_000] == np.arange(200_000)).all()


def test_no_room_on_disk_later_is_memory_then(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.posix_fallocate

    def small(fd: int, offset: int, size: int) -> None:
        if offset + size > 4 * HUGE:
            raise OSError(28, "No space left on device")
        plain(fd, offset, size)

    monkeypatch.setattr(os, "posix_fallocate", small)
    rows = Growing(TRANSITION, HUGE)
    filled(rows, 600_000)
    assert not rows.spilled
    assert (rows.rows["at"][:600_000] == np.arange(600_000)).all()


def test_the_file_lies_where_tmpdir_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert memory.folder() == str(tmp_path)


def test_a_replay_that_spills_is_the_same() -> None:
    frames = [one for port in range(1, 20_000) for one in refused(port)]
    content = pcap([(i, 0, one) for i, one in enumerate(frames)])
    plain, spilled = Compiled(lambda _: None), Compiled(lambda _: None, log_memory=1)
    for engine in (plain, spilled):
        run([Capture("sample", content)], engine=engine)
    assert spilled.rows.spilled
    assert (spilled.rows.transitions == plain.rows.transitions).all()
    assert (spilled.rows.flows == plain.rows.flows).all()
