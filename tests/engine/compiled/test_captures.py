"""Captures, from the bytes to the last question: both engines tell the same."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.capture.damage import NotACapture
from tracker.capture.source import Capture, open_capture
from tracker.engine.trace import Point

from ...capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from ...decode.build import ethernet, ipv4, tcp  # noqa: TID252
from . import fuzz, invent
from .parity import both

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"
PCAPS = sorted((ROOT / "pcaps").glob("*.pcap*"))
LARGEST = 4 << 20  # bytes: a larger one takes the interpreted engine too long here
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def opened(*paths: Path) -> Callable[[], Sequence[Capture]]:
    return lambda: [open_capture(path) for path in paths]


def held(*contents: bytes) -> Callable[[], Sequence[Capture]]:
    return lambda: [Capture("held", content) for content in contents]


def dribbled(content: bytes, seed: int) -> Callable[[], Sequence[Capture]]:
    return lambda: [Capture("stream", b"", invent.Dribble(content, Random(seed)))]


@pytest.mark.parametrize("path", PCAPS, ids=lambda path: path.stem)
@pytest.mark.parametrize("room", [1, 2, 7, 64, 8192])
def test_sample_in_batches_of_any_size(path: Path, room: int) -> None:
    both(opened(path), room=room)


@pytest.mark.parametrize("path", PCAPS, ids=lambda path: path.stem)
def test_sample_at_every_moment(path: Path) -> None:
    packets = both(opened(path)).clock[0]
    numbers = range(1, packets + 2, 1 + packets // 30)
    both(opened(path), lambda _first: [Point(0, number) for number in numbers])
    both(opened(path), lambda first: [Point(first + step * 10**7) for step in (-1, 0, 1, 2, 30, 31, 10**3, 10**5)])
    both(opened(path), lambda first: [Point(first), Point(first)], room=7)


@pytest.mark.parametrize("path", PCAPS, ids=lambda path: path.stem)
def test_sample_decoded_on_a_thread_and_from_a_stream(path: Path) -> None:
    both(opened(path), threaded=0, room=3)
    both(opened(path), lambda first: [Point(first + 10**8)], threaded=0, room=3)
    content = path.read_bytes()
    for seed in range(3):
        both(dribbled(content, seed))


@pytest.mark.parametrize("room", [1, 7, 8192])
def test_samples_merged(room: int) -> None:
    both(opened(*PCAPS), room=room)
    both(opened(*PCAPS[:3], *PCAPS[:3]), lambda first: [Point(0, 20), Point(0, 50)], room=room)


def test_frame_changed_and_cut_in_a_buffer_of_its_size() -> None:
    assert sum(fuzz.frame_alone(Random(seed)).clock[0] for seed in range(1000)) == 1000


@pytest.mark.parametrize("start", range(0, 240, 30))
def test_invented_captures(start: int, tmp_path: Path) -> None:
    """See fuzz.py, which goes on for as long as one likes."""
    handed = [fuzz.one(seed, tmp_path, 80)[1] for seed in range(start, start + 30)]
    assert sum(told is not None for told in handed) > 20


@few
@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=8),
    st.integers(0, 4000),
    st.sampled_from([1, 2, 7, 64]),
)
def test_capture_changed_and_cut_anywhere(seed: int, changes: list[tuple[int, int]], length: int, room: int) -> None:
    content = bytearray(invent.capture(Random(seed), 15))
    for at, value in changes:
        content[at % len(content)] = value
    with suppress(NotACapture):
        both(held(bytes(content[:length] if length < 3000 else content)), room=room)


def test_capture_cut_at_every_length_from_memory_and_from_a_stream() -> None:
    for seed in (3, 4, 5):
        content = invent.capture(Random(seed), 6)[:700]
        for length in range(24, len(content)):
            cut = content[:length]
            both(held(cut))
            if length % 7 == 0:
                both(dribbled(cut, length))


def test_file_as_large_as_those_that_a_thread_decodes(tmp_path: Path) -> None:
    """16 MiB by few packets: the capture says that they are long, and they are."""
    packets = []
    for number in range(300):
        side = number % 2
        ends = ("10.0.0.2", "10.0.0.1") if side else ("10.0.0.1", "10.0.0.2")
        segment = tcp(bytes(60_000), seq=1000 + number // 2 * 60_000, ack=2000)
        ports = segment[2:4] + segment[:2] if side else segment[:4]
        frame = ethernet(ipv4(ports + segment[4:], source=ends[0], destination=ends[1]))
        packets.append((1_700_000_000 + number, 0, frame))
    path = tmp_path / "large.pcap"
    path.write_bytes(pcap(packets))
    assert path.stat().st_size > 1 << 24
    told = both(opened(path), lambda _first: [Point(0, 100), Point(0, 299)])
    assert [flow[11] for flow in told.flows] == [0]
    assert told.clock[0] == 300


def corpus(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.pcap*") if path.is_file() and path.stat().st_size <= LARGEST)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("name", ["kernel", "captures"])
def test_corpus(name: str, part: int) -> None:
    paths = corpus(SHARED / name)[part::4]
    if not paths:
        pytest.skip(f"no captures in {SHARED / name}")
    for path in paths:
        try:
            both(opened(path))
        except NotACapture:
            continue
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from error


CHECKED = """
import sys
from pathlib import Path
from random import Random
import numpy as np
from numba.core import config
from tests.engine.compiled import fuzz
from tracker.engine.compiled.cache import folder, kernels
from tracker.engine.compiled.dtypes import FRAME, READER, SEGMENT, STORE

assert config.BOUNDSCHECK
assert "-checked-" in folder().name
reader = np.zeros(1, READER)
reader["offset"], reader["header"], reader["limit"] = 40, 16, 1000
try:  # a size that is not true
    rest = (np.zeros(1, FRAME), np.zeros(1, SEGMENT), 1, 1, np.zeros(1, STORE))
    kernels(print).fill(np.frombuffer(bytes(50), np.uint8), 99, reader, 0, *rest)
except IndexError:
    pass
else:
    raise SystemExit("nothing is checked")
frames = sum(fuzz.frame_alone(Random(seed)).clock[0] for seed in range(1500))
captures = sum(fuzz.one(seed, Path(sys.argv[1]), 60)[1] is not None for seed in range(100))
print(frames, captures, file=sys.stderr)
"""


def test_every_read_is_in_bounds(tmp_path: Path) -> None:
    """Compiled with Numba's own checks, in a process of its own: each frame in a buffer of exactly its size."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHECKED, str(tmp_path)],
        env=os.environ | {"NUMBA_BOUNDSCHECK": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    frames, captures = map(int, done.stderr.split())
    assert frames == 1500
    assert captures > 70
