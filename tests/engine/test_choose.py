"""Which engine serves, and that looking at a stream to decide loses nothing of it."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tracker.capture.source import Capture, open_capture
from tracker.engine import choose
from tracker.engine.compiled import cache
from tracker.engine.interpreted import Interpreted
from tracker.engine.trace import run

from ..capture.build import enhanced, interface, pcap, section  # noqa: TID252 - `tests` is no package to import from
from ..cli.run import program  # noqa: TID252
from ..cli.run import run as command  # noqa: TID252
from ..decode.build import ethernet, ipv4, tcp  # noqa: TID252

SAMPLE = Path(__file__).parents[2] / "pcaps" / "half-open.pcap"
FRAME = ethernet(ipv4(tcp()))
RECORD = 16 + len(FRAME)


def content(packets: int) -> bytes:
    return pcap([(second, 0, FRAME) for second in range(packets)])


class Told:
    """What users and --verbose are told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.told: list[str] = []

    def chosen(self, captures: list[Capture], name: str = "auto") -> Any:
        return choose.engine_for(name, captures, self.said.append, self.told.append)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """With 100 packets as the measure of a warm start and 1000 as that of a cold one; `compiled` is a mere word."""
    monkeypatch.setattr(choose, "WARM", 100)
    monkeypatch.setattr(choose, "COLD", 1000)
    monkeypatch.setattr(choose, "compiled", lambda why, _say, _tell, _log_memory: f"compiled: {why}")
    monkeypatch.delitem(sys.modules, "coverage", raising=False)
    monkeypatch.setattr(cache, "numba_version", lambda: "1")
    monkeypatch.setattr(cache, "is_warm", lambda: True)
    return Told()


def test_auto_small_capture_is_interpreted_and_nobody_looks_for_numba(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "numba_version", lambda: 1 / 0)
    assert isinstance(told.chosen([Capture("small", content(99))]), Interpreted)
    assert told.told == ["tracker: engine: interpreted (about 99 packets, and the compiled one pays from 100 on)"]
    assert told.said == []


def test_auto_warm_from_its_measure_on_is_compiled(told: Told) -> None:
    assert told.chosen([Capture("large", content(100))]) == (
        "compiled: about 100 packets, and the compiled one pays from 100 on"
    )


def test_auto_counts_all_captures(told: Told) -> None:
    assert str(told.chosen([Capture("part", content(60)), Capture("part", content(60))])).startswith(
        "compiled: about 120"
    )


def test_auto_cold_needs_more(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "is_warm", lambda: False)
    assert isinstance(told.chosen([Capture("large", content(999))]), Interpreted)
    assert told.told == [
        "tracker: engine: interpreted (about 999 packets, and the compiled one pays from 1,000 on, for it must be compiled first)"
    ]
    assert str(told.chosen([Capture("larger", content(1000))])).startswith("compiled: about 1,000 packets")


def test_auto_without_numba_is_interpreted_at_any_size(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "numba_version", lambda: "")
    assert isinstance(told.chosen([Capture("large", content(5000))]), Interpreted)
    assert told.told == ["tracker: engine: interpreted, for Numba is not installed"]


def test_auto_while_coverage_is_measured_is_interpreted(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", sys)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    assert isinstance(told.chosen([Capture("large", content(5000))]), Interpreted)


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_asked_for_is_served_whatever_the_size(told: Told, size: int) -> None:
    assert isinstance(told.chosen([Capture("any", content(size))], "interpreted"), Interpreted)
    assert told.told == ["tracker: engine: interpreted, as asked"]
    assert told.chosen([Capture("any", content(size))], "compiled") == "compiled: as asked"


@pytest.mark.parametrize(
    "content",
    [b"", content(0)[24:], content(1)[24:50], b"\xff" * 40, bytes(40)],
    ids=["nothing", "no record", "cut", "absurd", "zeros"],
)
@pytest.mark.parametrize("head", [pcap([]), section() + interface()], ids=["pcap", "pcapng"])
def test_expected_of_what_makes_no_sense_is_a_number(head: bytes, content: bytes) -> None:
    assert choose.expected(Capture("strange", head + content), 1000) >= 0


def test_expected_of_pcapng() -> None:
    blocks = b"".join(enhanced(FRAME, tick) for tick in range(500))
    assert 400 < choose.expected(Capture("ng", section() + interface() + blocks), 1000) <= 520


def test_expected_copies_no_mapped_file() -> None:
    capture = open_capture(SAMPLE)
    mapped = capture.buffer
    assert choose.expected(capture, 10**6) > 0
    assert capture.buffer is mapped


Pipe = Callable[[list[bytes], float], Capture]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A capture from a pipe into which a thread writes these parts, waiting before each but the first."""
    threads, captures = [], []

    def opened(parts: list[bytes], wait: float) -> Capture:
        there, here = os.pipe()

        def write() -> None:
            with suppress(BrokenPipeError), open(here, "wb", buffering=0) as file:  # noqa: PTH123 - a descriptor
                for number, part in enumerate(parts):
                    time.sleep(wait if number else 0)
                    file.write(part)

        threads.append(threading.Thread(target=write))
        threads[-1].start()
        captures.append(Capture("pipe", b"", open(there, "rb", buffering=0)))  # noqa: PTH123, SIM115 - the capture closes it
        return captures[-1]

    yield opened
    for capture in captures:
        capture.close()
    for thread in threads:
        thread.join()


def replayed(capture: Capture) -> tuple[int, int, list[int], str]:
    trace = run([capture])
    return trace.packets, trace.last, [flow.a.packets for flow in trace.store.flows], str(capture.damage)


@pytest.mark.parametrize("packets", [0, 1, 99, 100, 5000])
@pytest.mark.parametrize("part", [7, 1000, 1 << 20])
def test_stream_looked_at_is_replayed_whole(told: Told, pipe: Pipe, packets: int, part: int) -> None:
    whole = content(packets)
    parts = [whole[at : at + part] for at in range(0, len(whole), part)]
    capture = pipe(parts, 0)
    chosen = told.chosen([capture])
    assert isinstance(chosen, Interpreted) == (packets < 100)
    assert replayed(capture) == replayed(Capture("held", whole))


def test_stream_that_is_slow_is_not_waited_for(told: Told, pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes later is replayed, too."""
    monkeypatch.setattr(choose, "PATIENCE", 0.01)
    whole = content(5000)
    capture = pipe([whole[:500], whole[500:]], 0.5)
    assert isinstance(told.chosen([capture]), Interpreted)
    assert capture.size == 500
    assert replayed(capture) == replayed(Capture("held", whole))


def test_stream_is_read_ahead_so_far_and_no_further(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever length a record claims; who has so much at once has many packets."""

    class Endless:
        asked = 0

        def read(self, size: int) -> bytes:
            self.asked += 1
            return bytes(size)

        def close(self) -> None:
            pass

    monkeypatch.setattr(choose, "AHEAD", 1 << 20)
    stream = Endless()
    capture = Capture("endless", pcap([]) + b"\0" * 8 + b"\xff" * 8, stream)
    assert str(told.chosen([capture])).startswith("compiled: about 100 packets")
    assert stream.asked < 10


def test_command_line_says_which_engine_serves() -> None:
    plain = command("flows", SAMPLE)
    for words, says in (
        (["--engine", "interpreted", "--verbose"], "tracker: engine: interpreted, as asked"),
        (["--engine", "compiled", "-v"], "tracker: engine: compiled (as asked)"),
        (["--engine", "auto", "-v"], "tracker: engine: interpreted"),
    ):
        found = command("flows", *words, SAMPLE)
        assert (found.code, found.out) == (plain.code, plain.out)
        assert any(line.startswith(says) for line in found.err.splitlines()) or "coverage" in sys.modules
    assert plain.err == command("flows", "--engine", "compiled", SAMPLE).err == ""


def test_command_line_every_view_is_the_same_of_either_engine() -> None:
    for words in (
        ["netstat", "-tan", "--as", "all"],
        ["ss", "-tani", "--as", "all"],
        ["flows", "--json"],
        ["netstat", "-s"],
    ):
        one, other = (command(*words, "--engine", name, SAMPLE) for name in ("interpreted", "compiled"))
        assert one == other
        assert one.out


def test_command_line_standard_input_of_either_engine() -> None:
    one, other = (program("flows", "--engine", name, "-", stdin=SAMPLE.read_bytes()) for name in ("auto", "compiled"))
    assert one == other
    assert (one.code, one.out) == (0, command("flows", SAMPLE).out)


def test_command_line_engine_that_is_none() -> None:
    found = command("flows", "--engine", "fast", SAMPLE)
    assert found.code == 2
    assert "'fast' is not one of 'auto', 'interpreted', 'compiled'" in found.err
