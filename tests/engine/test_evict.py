"""Holding no more than so many flows: who goes first, what is kept with those that stay, and that both engines agree."""

import struct
from collections import Counter
from pathlib import Path

import pytest

from tracker.capture.source import Capture, open_capture
from tracker.engine.interpreted import Interpreted
from tracker.engine.trace import Trace, run
from tracker.tcp.endpoint import Flow
from tracker.tcp.states import State

from ..capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from ..cli.run import PCAPS, program  # noqa: TID252
from ..cli.run import run as command  # noqa: TID252
from ..decode.build import ethernet, ipv4, tcp  # noqa: TID252

FIN, SYN, RST, ACK = 1, 2, 4, 16
SAMPLES = sorted(PCAPS.glob("*.pcap*"))


def frame(port: int, flags: int, seq: int, ack: int = 0, *, back: bool = False) -> bytes:
    """A segment of 10.0.0.1:port and 10.0.0.2:80, `back`: from the latter."""
    between = struct.pack(">HH", *((80, port) if back else (port, 80)))
    ends = ("10.0.0.2", "10.0.0.1") if back else ("10.0.0.1", "10.0.0.2")
    head = between + tcp(seq=seq, ack=ack, flags=flags)[4:]
    return ethernet(ipv4(head, source=ends[0], destination=ends[1]))


def opened(port: int) -> list[bytes]:
    return [frame(port, SYN, 0), frame(port, SYN | ACK, 100, 1, back=True), frame(port, ACK, 1, 101)]


def refused(port: int) -> list[bytes]:
    return [frame(port, SYN, 0), frame(port, RST | ACK, 0, 1, back=True)]


def asked(port: int) -> list[bytes]:
    return [frame(port, SYN, 0)]


def replayed(frames: list[bytes], most: int) -> Trace:
    return run([Capture("sample", pcap([(i, 0, one) for i, one in enumerate(frames)]))], most_flows=most)


def ports(trace: Trace) -> list[int]:
    return [flow.sport for flow in trace.store.flows]


def test_closed_go_before_embryonic_before_the_longest_idle() -> None:
    trace = Trace([])
    engine = Interpreted()
    frames = [*opened(1), *opened(2), *asked(3), *asked(4), *refused(5), *refused(6), frame(1, ACK, 1, 101)]
    trace = run([Capture("sample", pcap([(i, 0, one) for i, one in enumerate(frames)]))], engine=engine)
    gone = []
    for _ in range(6):
        before = ports(trace)
        engine.evict(1)
        gone += sorted(set(before) - set(ports(trace)))
    assert gone == [5, 6, 3, 4, 2, 1]


def test_evicted_are_counted_by_class() -> None:
    engine = Interpreted()
    frames = [*opened(1), *asked(2), *refused(3)]
    run([Capture("sample", pcap([(i, 0, one) for i, one in enumerate(frames)]))], engine=engine)
    assert engine.evict(3) == Counter(closed=1, embryonic=1, idle=1)
    assert (engine.store.flows, engine.store.transitions, len(engine.store.troubles)) == ([], [], 1)
    assert engine.store.places == {}


@pytest.mark.parametrize("most", [1, 2, 5, 40])
def test_never_more_than_so_many(most: int) -> None:
    frames = [one for port in range(1, 200) for one in refused(port)]
    trace = replayed(frames, most)
    assert len(trace.store.flows) <= most
    assert trace.evicted.total() + len(trace.store.flows) >= 199  # one that goes between SYN and RST comes again


def test_what_stays_keeps_its_history() -> None:
    frames = [*opened(1), *(one for port in range(2, 40) for one in refused(port))]
    trace = replayed(frames, 4)
    (flow,) = [flow for flow in trace.store.flows if flow.sport == 1]
    number = ports(trace).index(1)
    assert [State(row.new).name for row in trace.store.log_of(number, 0)] == ["SYN_SENT", "ESTABLISHED"]
    assert [State(row.new).name for row in trace.store.log_of(number, 1)] == ["SYN_RECV", "ESTABLISHED"]
    last = trace.store.transitions[flow.a.log - 1]
    assert (last.flow, last.side, State(last.new).name) == (number, 0, "ESTABLISHED")


def test_a_flow_that_went_and_speaks_again_is_a_new_one() -> None:
    frames = [*opened(1), *opened(2), *opened(3), frame(1, ACK, 1, 101)]
    trace = replayed(frames, 2)
    spoken = [flow for flow in trace.store.flows if flow.sport == 1]
    assert [(State(flow.a.state).name, flow.previous) for flow in spoken] == [("ESTABLISHED", -1)]


def test_a_life_that_may_still_speak_stays_with_its_successor() -> None:
    engine = Interpreted()
    frames = [*opened(1), frame(1, SYN, 5000)]  # on a living connection: doubtful
    run([Capture("sample", pcap([(i, 0, one) for i, one in enumerate(frames)]))], engine=engine)
    assert len(engine.store.flows) == 2
    assert engine.evict(5).total() == 0  # nobody would find the living one without the young one
    assert [flow.previous for flow in engine.store.flows] == [-1, 0]


def content(flows: object) -> list[list[object]]:
    def plain(record: object) -> list[object]:
        values = [getattr(record, name) for name in type(record).FIELDS]  # type: ignore[attr-defined]
        return [plain(value) if hasattr(type(value), "FIELDS") else value for value in values]

    return [plain(flow) for flow in flows]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("most", [1, 3])
def test_both_engines_let_the_same_go(path: Path, most: int) -> None:
    pytest.importorskip("numba")
    from tracker.engine.compiled.machine import Compiled

    one = run([open_capture(path)], most_flows=most)
    two = run([open_capture(path)], most_flows=most, engine=Compiled(lambda _: None))
    assert one.evicted == two.evicted
    assert content(one.store.flows) == content(two.store.flows)
    assert content(one.store.transitions) == content(two.store.transitions)
    assert content(one.store.troubles) == content(two.store.troubles)


def test_both_engines_let_the_same_go_of_many() -> None:
    pytest.importorskip("numba")
    from tracker.engine.compiled.machine import Compiled

    frames = []
    for port in range(1, 3000):
        frames += (opened, asked, refused)[port % 3](port % 1000 + 1)
    content_of = pcap([(i, 0, one) for i, one in enumerate(frames)])
    one = run([Capture("sample", content_of)], most_flows=50)
    two = run([Capture("sample", content_of)], most_flows=50, engine=Compiled(lambda _: None))
    assert one.evicted == two.evicted
    assert one.evicted["closed"]
    assert one.evicted["embryonic"]
    assert content(one.store.flows) == content(two.store.flows)
    assert content(one.store.transitions) == content(two.store.transitions)


def test_the_command_says_how_many_went() -> None:
    found = command("netstat", "-tan", "--as", "all", "--max-flows", "1", PCAPS / "half-open.pcap")
    assert found.code == 0
    assert "let go to hold no more" in found.err
    assert "see --max-flows" in found.err


@pytest.mark.parametrize("words", [["--at", "+1"], ["-c"], ["--interval", "1s"]])
def test_max_flows_excludes_moments(words: list[str]) -> None:
    found = command("netstat", "--max-flows", "1", *words, PCAPS / "half-open.pcap")
    assert found.code == 2
    assert "exclude each other" in found.err


def test_a_pipe_is_bounded_without_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    many = [frame(port, SYN, 0) for port in range(1, 50)]
    body = b"".join(struct.pack("<IIII", i, 0, len(one), len(one)) + one for i, one in enumerate(many))
    code = "import tracker.cli.session as s; s.MOST_OF_A_STREAM = 10; from tracker.cli.main import main; main()"
    import subprocess
    import sys

    ran = subprocess.run(
        [sys.executable, "-c", code, "netstat", "-tan", "--as", "all", "-"],
        input=head + body,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0
    assert ran.stdout.count(b"SYN_SENT") <= 10
    assert b"let go to hold no more" in ran.stderr
    assert program("netstat", "-tan", "--as", "all", "-", stdin=head + body).out.count("SYN_SENT") == 49


def test_flow_numbers_are_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = replayed([one for port in range(1, 30) for one in opened(port)], 5)
    flows: list[Flow] = list(trace.store.flows)
    for row in trace.store.transitions:
        assert row.flow < len(flows)
    assert [flow.sport for flow in flows] == sorted(flow.sport for flow in flows)
