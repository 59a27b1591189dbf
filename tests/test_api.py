"""The Python door: tracker.replay."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import tracker
from tracker.capture.damage import NotACapture

PCAPS = Path(__file__).parents[1] / "pcaps"
STUCK = PCAPS / "close-wait-stuck.pcap"
CLOSE = PCAPS / "normal-close-by-client.pcap"


def test_what_it_offers() -> None:
    assert set(tracker.__all__) == {"NotACapture", "Replay", "__version__", "replay"}
    assert dir(tracker) == sorted(tracker.__all__)
    assert tracker.NotACapture is NotACapture
    assert tracker.Replay.__name__ == "Replay"
    with pytest.raises(AttributeError, match="module 'tracker' has no attribute 'replya'"):
        tracker.replya  # noqa: B018 - it is the access that fails


def test_sockets_at_the_end_of_the_capturing_host() -> None:
    replayed = tracker.replay(STUCK)
    listening, waiting = replayed.sockets()
    assert (listening.state, str(listening.local), listening.peer) == ("LISTEN", "10.213.55.2", None)
    assert (waiting.state, waiting.recv_q, str(waiting.peer), waiting.peer_port) == (
        "CLOSE_WAIT",
        None,
        "10.213.55.1",
        44534,
    )
    assert replayed.damages == []
    assert replayed.first < waiting.since < replayed.last


@pytest.mark.parametrize(
    ("host", "states"),
    [
        ("10.213.55.1", ["FIN_WAIT2"]),
        ("all", ["LISTEN", "FIN_WAIT2", "CLOSE_WAIT"]),
        ("10.213.55.0/24", ["LISTEN", "FIN_WAIT2", "CLOSE_WAIT"]),
        (["10.213.55.1", "10.213.55.2"], ["LISTEN", "FIN_WAIT2", "CLOSE_WAIT"]),
        ("192.0.2.1", []),
    ],
)
def test_sockets_of_a_host(host: str | list[str], states: list[str]) -> None:
    assert [row.state for row in tracker.replay(STUCK).sockets(host=host)] == states


@pytest.mark.parametrize(
    ("at", "states"),
    [
        ("#0", []),
        ("#1", ["SYN_SENT"]),
        ("#20", ["FIN_WAIT2"]),
        ("+0.2", ["FIN_WAIT2"]),
        ("2026-11-20T23:28:14.05Z", ["FIN_WAIT2"]),
        (1_795_217_294_050_000_000, ["FIN_WAIT2"]),
        (0, []),
        ("+70", []),
        (None, ["TIME_WAIT"]),
    ],
)
def test_sockets_at_a_moment(at: str | int | None, states: list[str]) -> None:
    replayed = tracker.replay(CLOSE)
    assert [row.state for row in replayed.sockets(at=at, host="10.213.1.1")] == states
    assert [row.state for row in replayed.sockets(host="10.213.1.1")] == ["TIME_WAIT"], "the replay stays what it was"


def test_without_a_host_the_seat_is_the_whole_captures() -> None:
    """As on the command line: even at a moment when nothing tells the capturing host yet."""
    assert [str(row.local) for row in tracker.replay(CLOSE).sockets(at="#2")] == ["10.213.1.1"]


def test_flows() -> None:
    (flow,) = tracker.replay(CLOSE).flows()
    assert (flow.client.state, flow.server.state, flow.end) == ("TIME_WAIT", "CLOSED", "fin")
    (flow,) = tracker.replay(CLOSE).flows(at="#20")
    assert (flow.client.state, flow.server.state, flow.end) == ("FIN_WAIT2", "CLOSE_WAIT", "none")
    assert tracker.replay(CLOSE).flows(host="192.0.2.1") == []
    assert len(tracker.replay(CLOSE).flows(host="10.213.1.2")) == 1


def test_flows_at_a_time_that_the_replay_gave() -> None:
    replayed = tracker.replay(CLOSE)
    (flow,) = replayed.flows(at=replayed.first)
    assert (flow.client.state, flow.server.state) == ("SYN_SENT", "UNKNOWN")
    assert replayed.flows(at=replayed.first - 1) == []
    (flow,) = replayed.flows(at=replayed.last)
    assert flow.client.state == "TIME_WAIT"


def test_several_files_and_kinds_of_paths() -> None:
    both = tracker.replay([str(CLOSE), STUCK])
    assert len(both.flows()) == 2
    assert both.first == tracker.replay(CLOSE).first
    assert both.last == tracker.replay(STUCK).last
    assert len(tracker.replay(str(CLOSE)).flows()) == 1


def test_profile() -> None:
    assert tracker.replay(CLOSE, profile="windows").sockets(at="+100", host="10.213.1.1") != []
    assert tracker.replay(CLOSE).sockets(at="+100", host="10.213.1.1") == []
    with pytest.raises(ValueError, match="linux, rfc9293"):
        tracker.replay(CLOSE, profile="vms")


def test_damaged_and_none(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(STUCK.read_bytes()[:-50])
    replayed = tracker.replay(cut)
    (damage,) = replayed.damages
    assert "ends in the middle of packet 9" in str(damage)
    assert [row.state for row in replayed.sockets(host="10.213.55.2")] == ["LISTEN", "CLOSE_WAIT"]
    with pytest.raises(NotACapture, match="cannot be read"):
        tracker.replay(tmp_path / "missing")
    with pytest.raises(NotACapture):
        tracker.replay([STUCK, tmp_path])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"at": "noon"}, "expected a time such as"), ({"host": "localhost"}, "is no address, network or 'all'")],
)
def test_questions_that_are_none(arguments: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        tracker.replay(STUCK).sockets(**arguments)


def test_an_interrupt_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracker.engine.interpreted.replay", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tracker.replay(STUCK)


def test_a_stream_is_read_once(tmp_path: Path) -> None:
    fifo = tmp_path / "stream"
    os.mkfifo(fifo)
    writing = threading.Thread(target=lambda: fifo.write_bytes(CLOSE.read_bytes()))
    writing.start()
    replayed = tracker.replay(fifo)
    writing.join()
    assert [row.state for row in replayed.sockets(host="10.213.1.1")] == ["TIME_WAIT"]
    assert [row.state for row in replayed.sockets(at=replayed.last, host="10.213.1.1")] == ["TIME_WAIT"]
    assert replayed.sockets(at="+5m", host="10.213.1.1") == [], "behind the end nothing is read again"
    for at in ("+0.1", "#3", replayed.last - 1):
        with pytest.raises(ValueError, match="cannot be read again"):
            replayed.sockets(at=at)
        with pytest.raises(ValueError, match="cannot be read again"):
            replayed.flows(at=at)


def test_standard_input_is_read_once() -> None:
    script = "import tracker; r = tracker.replay('-'); print(len(r.flows())); r.flows(at='#1')"
    ran = subprocess.run([sys.executable, "-c", script], input=CLOSE.read_bytes(), capture_output=True, check=False)
    assert ran.stdout == b"1\n"
    assert b"ValueError: '-' cannot be read again for a moment before its end" in ran.stderr
