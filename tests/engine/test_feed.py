import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture.source import Capture
from tracker.engine.feed import Clock, batches
from tracker.tcp.segment import NOT_TCP

from ..capture.build import enhanced, interface, pcap, section  # noqa: TID252 - `tests` is no package to import from
from ..decode.build import ethernet, ipv4, tcp  # noqa: TID252

SECOND = 1_000_000_000
OTHER = ethernet(b"", 0x0806)


def frame(seq: int) -> bytes:
    return ethernet(ipv4(tcp(seq=seq)))


def capture(stamps: list[int], first: int = 0) -> Capture:
    """TCP frames with these seconds, numbered by their sequence number."""
    return Capture("sample", pcap([(stamp, 0, frame(first + i)) for i, stamp in enumerate(stamps)]))


def steps(captures: list[Capture], room: int = 256) -> list[tuple[int, int, int, int]]:
    """(packet number, seconds, seq, marks) in the order of stepping."""
    return [
        (s.number, s.time // SECOND, s.seq if not s.marks & NOT_TCP else -1, s.marks)
        for segments, start, stop in batches(captures, room)
        for s in segments[start:stop]
    ]


@pytest.mark.parametrize("room", [1, 2, 3, 256])
def test_one_capture_in_its_order_numbered_by_all_frames(room: int) -> None:
    content = pcap([(1, 0, frame(5)), (2, 0, OTHER), (1, 0, frame(6)), (3, 0, OTHER), (3, 0, OTHER)])
    one = Capture("sample", content)
    assert steps([one], room) == [(1, 1, 5, 0), (3, 1, 6, 0)]
    clock = Clock([one])
    assert (clock.frames, clock.first, clock.last, clock.backwards) == (5, SECOND, 3 * SECOND, 1)


def test_one_capture_batches_are_whole_and_reused() -> None:
    seen = [(id(segments), start, stop) for segments, start, stop in batches([capture([1] * 600)])]
    assert [row[1:] for row in seen] == [(0, 256), (0, 256), (0, 88)]
    assert len({row[0] for row in seen}) == 1


def test_one_capture_without_tcp_has_no_batch_but_a_clock() -> None:
    one = Capture("sample", pcap([(7, 0, OTHER)] * 700))
    assert steps([one]) == []
    assert Clock([one]).frames == 700


def test_no_capture_and_empty_capture_have_no_batch() -> None:
    assert steps([]) == []
    assert steps([capture([]), capture([])]) == []
    assert Clock([capture([])]).first is None
    assert Clock([]).last is None


@pytest.mark.parametrize("room", [1, 2, 256])
def test_several_captures_by_time_with_every_frame_counted(room: int) -> None:
    first = Capture("first", pcap([(1, 0, frame(10)), (3, 0, OTHER), (5, 0, frame(11))]))
    second = Capture("second", pcap([(2, 0, OTHER), (3, 0, frame(20)), (9, 0, frame(21))]))
    assert steps([first, second], room) == [
        (1, 1, 10, 0),
        (2, 2, -1, NOT_TCP),
        (3, 3, -1, NOT_TCP),
        (4, 3, 20, 0),
        (5, 5, 11, 0),
        (6, 9, 21, 0),
    ]
    assert Clock([first, second]).frames == 6


def test_several_captures_in_sequence_come_in_whole_batches() -> None:
    runs = list(batches([capture([10] * 512), capture([1] * 512)]))
    assert [stop - start for _, start, stop in runs] == [1, 256, 255, 1, 256, 255]


def test_several_captures_keep_a_file_s_own_order_when_its_stamps_go_back() -> None:
    order = steps([capture([1, 5, 2, 6], 10), capture([3, 4, 7], 20)])
    assert [row[2] for row in order] == [10, 20, 21, 11, 12, 13, 22]
    assert [row[0] for row in order] == list(range(1, 8))


def test_the_second_earliest_of_three_may_be_either_of_the_two_below_the_first() -> None:
    for other, third in (([5], [3]), ([3], [5])):  # heapq's list: the first, and its two children
        order = steps([capture([1, 4], 10), capture(other, 20), capture(third, 30)])
        assert [row[1] for row in order] == [1, 3, 4, 5]


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=5), st.sampled_from([1, 3, 256]))
def test_several_captures_are_a_merge(stamps: list[list[int]], room: int) -> None:
    captures = [capture(times, 1000 * i) for i, times in enumerate(stamps)]
    order = steps(captures, room)
    assert [row[0] for row in order] == list(range(1, sum(map(len, stamps)) + 1)) or len(stamps) == 1
    for i, times in enumerate(stamps):
        assert [row[2] for row in order if row[2] // 1000 == i] == [1000 * i + n for n in range(len(times))]
    if all(a <= b for times in stamps for a, b in pairwise(times)):
        keys = [(row[1], row[2]) for row in order]
        assert keys == sorted(keys)


def test_several_captures_one_damaged_is_read_to_there() -> None:
    cut = Capture("cut", pcap([(1, 0, frame(1)), (3, 0, frame(2))])[:-5])
    order = steps([cut, capture([2, 4], 20)])
    assert [row[2] for row in order] == [1, 20, 21]
    assert cut.damage is not None


def test_link_types_not_understood_are_counted() -> None:
    strange = interface(127) + enhanced(b"wireless", 1) + interface(220) + enhanced(b"usb", 2, 1)
    one = Capture("sample", section() + strange + section() + interface(127) + interface(1) + enhanced(b"more", 3))
    other = Capture("other", pcap([(1, 0, b"?")], link=147))
    assert steps([one, other]) == [(n, 0, -1, NOT_TCP) for n in (1, 2, 3)] + [(4, 1, -1, NOT_TCP)]
    assert Clock([one, other]).not_understood == {127: 2, 220: 1, 147: 1}


RANGES = """
import sys
from tracker.capture.source import open_capture
from tracker.engine.feed import batches
for path in sys.argv[1:]:
    for one in ([path], [path, path]):
        for segments, start, stop in batches([open_capture(p) for p in one]):
            pass
"""


def test_every_store_fits_its_field(tmp_path: Path) -> None:
    paths = []
    for name, content in {
        "a.pcap": pcap(
            [(0xFFFFFFFF, 0xFFFFFFFF, ethernet(ipv4(tcp(b"x", flags=0xFFF))), 0xFFFFFFFF)] * 3, link=0xF0000001
        ),
        "b.pcap": pcap([(1, 0, ethernet(ipv4(tcp(), total=0)), 0x7FFFFFFF)]),
        "c.pcapng": section() + interface(65535, 0xFFFFFFFF) + enhanced(b"y", 2**64 - 1, wire=0xFFFFFFFF),
    }.items():
        (tmp_path / name).write_bytes(content)
        paths.append(str(tmp_path / name))
    corpus = Path(__file__).parents[2].parent / "shared" / "kernel" / "corpus"
    paths += [str(path) for path in sorted(corpus.glob("*/*.pcap"))[:6]]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RANGES, *paths],
        env=os.environ | {"TRACKER_RANGES": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
