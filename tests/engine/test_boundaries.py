"""Where a capture is cut into files, and in which order they are named, changes nothing."""

import struct
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tracker.capture.source import open_capture
from tracker.engine.trace import Moment, Point, Trace, run
from tracker.record import copied
from tracker.tcp.endpoint import Flow, Transition

PCAPS = sorted((Path(__file__).parents[2] / "pcaps").glob("*.pcap"))


def pieces(path: Path, rng: Random, folder: Path) -> list[Path]:
    """The capture cut into two to five files at packet boundaries, in a random order."""
    data = path.read_bytes()
    ends, at = [], 24
    while at < len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        ends.append(at)
    cuts = sorted({24, len(data), *rng.choices(ends, k=rng.randrange(1, 5))})
    files = []
    for number, (start, stop) in enumerate(pairwise(cuts)):
        files.append(folder / f"{number}.pcap")
        files[-1].write_bytes(data[:24] + data[start:stop])
    rng.shuffle(files)
    return files


def interleaved(path: Path, rng: Random, folder: Path) -> list[Path]:
    """The capture's packets dealt to three files, as three interfaces would."""
    data = path.read_bytes()
    parts = [data[:24]] * 3
    at = 24
    while at < len(data):
        end = at + 16 + struct.unpack_from("<I", data, at + 8)[0]
        which = rng.randrange(3)
        parts[which] += data[at:end]
        at = end
    files = []
    for number, part in enumerate(parts):
        files.append(folder / f"part{number}.pcap")
        files[-1].write_bytes(part)
    return files


def content(row: object) -> object:
    if isinstance(row, list | tuple):
        return [content(one) for one in row]
    fields = getattr(row, "FIELDS", None)
    return row if fields is None else [content(getattr(row, name)) for name in fields]


def all_of(moment: Moment) -> list[object]:
    return [(flow, moment.trouble(flow.a), moment.trouble(flow.b)) for flow in moment.flows]


def told(trace: Trace) -> tuple[object, object, list[object]]:
    flows: list[Flow] = [copied(flow) for flow in trace.store.flows]
    log: list[Transition] = list(trace.store.transitions)
    return (
        content(flows),
        content([*log, *trace.store.troubles]),
        [content(all_of(moment)) for moment in trace.moments()],
    )


@pytest.mark.parametrize("path", PCAPS, ids=lambda path: path.stem)
@pytest.mark.parametrize("deal", [pieces, interleaved])
def test_boundaries_of_files_change_nothing(path: Path, deal: object, tmp_path: Path) -> None:
    half = run([open_capture(path)]).packets // 2
    whole = told(run([open_capture(path)], lambda _first: [Point(0, half)]))
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        files = deal(path, Random(seed), folder)  # type: ignore[operator]  # one of the two functions above
        parts = run([open_capture(file) for file in files], lambda _first: [Point(0, half)])
        assert told(parts) == whole
