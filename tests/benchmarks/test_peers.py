"""How peers.py gives the peers' values a meaning. No peer is needed."""

import importlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
A, B = ("10.0.0.1", 4000), ("10.0.0.2", 80)
MS = 1_000_000


@pytest.fixture(scope="module")
def peers() -> Any:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module("peers")
    finally:
        sys.path.remove(str(BENCHMARKS))


def record(peers: Any, start: int, verdict: str = "31") -> Any:
    return peers.Record((A, B), start, verdict, ("fin_active", ""))


@pytest.mark.parametrize(
    ("states", "reset", "expected"),
    [
        ("SYN_SENT", False, "SYN not answered"),
        ("SYN_SENT CLOSED", False, "never opened: refused, rejected, cancelled"),
        ("SYN_RECV CLOSED", True, "never opened: refused, rejected, cancelled"),
        ("SYN_RECV ESTABLISHED CLOSE_WAIT", False, "half-closed: this end owes the FIN"),
        ("SYN_SENT ESTABLISHED FIN_WAIT1 CLOSING", False, "closing: own FIN not acknowledged"),
        ("ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED", False, "closed, TIME_WAIT at the other end"),
        ("ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED", True, "ended by a reset"),
        ("ESTABLISHED CLOSED", False, "ended by a reset"),
        ("ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSED", False, "ended by a reset"),
    ],
)
def test_ending(peers: Any, states: str, reset: bool, expected: str) -> None:
    assert peers.ending(states.split(), reset) == expected


def test_best_guess_takes_what_a_value_stands_for_most_often(peers: Any) -> None:
    values, truth = ["31", "31", "31", "37", None], ["closed", "closed", "half", "refused", "half"]
    assert peers.best(values, truth) == [True, True, False, True, False]


def test_certain_wants_one_truth_a_value(peers: Any) -> None:
    values, truth = ["31", "31", "31", "37", None], ["closed", "closed", "half", "refused", "half"]
    assert peers.certain(values, truth) == [False, False, False, True, False]


def test_unseen_learns_from_the_other_groups_only(peers: Any) -> None:
    assert peers.unseen(["x", "x"], ["one", "one"], ["a", "a"]) == [False, False]
    assert peers.unseen(["x", "x"], ["one", "one"], ["a", "b"]) == [True, True]
    assert peers.unseen([None, None], ["one", "one"], ["a", "b"]) == [False, False]


def test_value_depends_on_the_end_that_is_asked_about(peers: Any) -> None:
    one = record(peers, 0)
    assert one.seen_from(A) == ("31 first", "31 first: fin_active / -")
    assert one.seen_from(B) == ("31 second", "31 second: - / fin_active")


def test_lives_in_order_when_the_counts_agree(peers: Any) -> None:
    late, early = record(peers, 9 * MS), record(peers, 5 * MS)
    assert peers.lives([late, early], [0, 1]) == [[early], [late]]


def test_a_joined_connection_answers_for_every_life(peers: Any) -> None:
    only = record(peers, 0)
    assert peers.lives([only], [0, 50 * MS]) == [[only], [only]]


def test_a_split_connection_has_all_its_values(peers: Any) -> None:
    first, second = record(peers, 0, "15"), record(peers, 50 * MS, "39")
    assert peers.lives([first, second], [0]) == [[first, second]]


def test_no_record_no_answer(peers: Any) -> None:
    assert peers.lives([], [0, 1]) == [[], []]


def test_matched_leaves_out_what_is_not_asked(peers: Any) -> None:
    def near(start: int, asked: bool) -> Any:
        return peers.Socket("s", "client", (A, B), start, "ESTABLISHED", "established", asked)

    first, second = record(peers, 0), record(peers, 50 * MS)
    assert peers.matched([near(0, False), near(50 * MS, True)], [first, second]) == [[second]]


def test_tracker_answers_with_its_own_states(peers: Any) -> None:
    def own(start: int, *states: str) -> Any:
        return peers.Record((A, B), start, "", states)

    socket = peers.Socket("s", "server", (B, A), 0, "CLOSE_WAIT", "half-closed: this end owes the FIN")
    answers = [own(80, "", ""), own(2, "SYN_SENT syn", "ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED rst")]
    assert peers.own_answer(socket, answers) == ("CLOSED", "ended by a reset")
    assert peers.own_answer(socket, [own(0, "SYN_SENT syn", "")]) == ("", "")
    assert peers.own_answer(socket, []) == ("", "")


def test_sharing_names_each_ending_with_a_scenario(peers: Any) -> None:
    sockets = [
        peers.Socket(scenario, "client", (A, B), 0, "", ending)
        for scenario, ending in (("plain", "closed"), ("plain", "closed"), ("stuck", "half"), ("refused", "refused"))
    ]
    assert peers.sharing(["31", "31", "31", "37"], sockets) == [("`31`", "closed (2: plain); half (1: stuck)")]


@pytest.mark.parametrize(
    ("order", "magic", "unit"), [("<", 0xA1B23C4D, 1), (">", 0xA1B2C3D4, 1000), ("<", 0xA1B2C3D4, 1000)]
)
def test_cut(peers: Any, order: str, magic: int, unit: int) -> None:
    head = struct.pack(order + "I20x", magic)
    packets = [struct.pack(order + "IIII", 7, part, 2, 2) + b"ab" for part in (10, 20, 30)]
    assert peers.cut(head + b"".join(packets), 7_000_000_000 + 20 * unit) == head + b"".join(packets[:2])


def test_moments_are_just_before_the_packet_that_ends_a_state(peers: Any, tmp_path: Path) -> None:
    socket = {
        "laddr": A[0], "lport": A[1], "raddr": B[0], "rport": B[1], "host": "client", "flags": [],
        "expected": {"client": ["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"]},
        "expected_t": {"client": [10, 20, 30, 40, 40]},
        "counts": {"tcp_receive_reset": 0, "tcp_send_reset": 0},
    }  # fmt: skip
    far = {**socket, "host": "server"}
    vantages = {"client": {"file": "client.pcap", "near": ["client"]}}
    truth = {"vantages": vantages, "sockets": [socket, far], "degraded": None}
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    final, earlier = peers.questions(tmp_path)
    assert [[near.state for near in question.near] for question in final] == [["TIME_WAIT"]]
    assert [(question.until, question.near[0].state) for question in earlier] == [
        (19, "SYN_SENT"), (29, "ESTABLISHED"), (39, "FIN_WAIT1"),
    ]  # fmt: skip


def test_without_peers_tracker_alone_is_asked(tmp_path: Path) -> None:
    capture = ROOT / "pcaps" / "close-wait-stuck.pcap"
    (tmp_path / "stuck").mkdir()
    (tmp_path / "stuck" / "server.pcap").write_bytes(capture.read_bytes())
    socket = {
        "laddr": "10.213.55.2", "lport": 14053, "raddr": "10.213.55.1", "rport": 44534, "host": "server", "flags": [],
        "expected": {"server": ["CLOSE_WAIT"]},
        "expected_t": {"server": [0]},
        "counts": {"tcp_receive_reset": 0, "tcp_send_reset": 0},
    }  # fmt: skip
    vantages = {"server": {"file": "server.pcap", "near": ["server"]}}
    truth = {"vantages": vantages, "sockets": [socket], "degraded": None}
    (tmp_path / "stuck" / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(BENCHMARKS / "peers.py"), "--corpus", str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=ROOT, env={"PATH": str(tmp_path)},
    )  # fmt: skip
    for name in ("tshark", "tcptrace", "argus"):
        assert f"{name}: not installed, skipped\n" in ran.stdout
    assert "| half-closed: this end owes the FIN | 1/1 (1) |" in ran.stdout
