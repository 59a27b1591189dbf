"""The captures that are measured: well-formed, as many packets and connections as promised, the copies told apart."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tracker

np = pytest.importorskip("numpy")
dpkt = pytest.importorskip("dpkt")

KINDS = {"web": 60, "elephants": 40, "flood": 200, "singles": 200}
COPIES = 3
FIN, SYN, RST, ACK = 1, 2, 4, 16
SECOND = 1_000_000


@pytest.fixture(scope="module")
def captures(script: Callable[[str], ModuleType]) -> Any:
    return script("captures")


@pytest.fixture(scope="module", params=KINDS)
def made(request: pytest.FixtureRequest, captures: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("captures") / f"{request.param}.pcap"
    return request.param, path, captures.write(request.param, KINDS[request.param], COPIES, path)


def frames(path: Path) -> list[tuple[float, bytes]]:
    with path.open("rb") as file:
        return list(dpkt.pcap.Reader(file))


def ones_complement(data: bytes) -> int:
    total = sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    return (total % 0xFFFF) or 0xFFFF


def test_frames_decode_and_their_checksums_hold(made: Any) -> None:
    for _, frame in frames(made[1]):
        assert len(frame) <= 96
        ip = dpkt.ethernet.Ethernet(frame).data
        header, segment = frame[14:34], frame[34:]
        assert ones_complement(header) == 0xFFFF
        length = ip.len - 20
        assert isinstance(ip.data, dpkt.tcp.TCP)
        assert len(segment) == min(length, 96 - 34)
        # What the snaplen has cut is zeros.
        assert ones_complement(header[12:] + (6).to_bytes(2) + length.to_bytes(2) + segment) == 0xFFFF


def test_packets_and_order_as_promised(made: Any) -> None:
    times = [at for at, _ in frames(made[1])]
    assert len(times) == made[2].packets
    assert times == sorted(times)


def test_copies_have_fresh_tuples(made: Any) -> None:
    _, path, about = made
    tuples: list[set[Any]] = [set() for _ in range(COPIES)]
    for number, (_, frame) in enumerate(frames(path)):
        ip = dpkt.ethernet.Ethernet(frame).data
        ends = frozenset([(ip.src, ip.data.sport), (ip.dst, ip.data.dport)])
        tuples[number * COPIES // about.packets].add(ends)
    assert {len(each) for each in tuples} == {about.connections // COPIES}
    assert len(set.union(*tuples)) == about.connections


def test_tracker_sees_what_was_promised(made: Any) -> None:
    kind, path, about = made
    flows = tracker.replay(str(path)).flows()
    assert len(flows) == about.connections
    if kind == "web":
        ends = [flow.end for flow in flows]
        assert ends.count("fin") > len(ends) // 2
    if kind == "elephants":
        assert {flow.end for flow in flows} == {"fin"}


def test_same_seed_same_bytes(captures: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        captures.write("web", 30, 1, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_web_uses_ports_again_only_when_they_are_free(captures: Any) -> None:
    packets = captures.web(14_000, np.random.default_rng(1))
    openings = packets[packets["flags"] == SYN]
    keys = openings["client"].astype("u8") << 16 | openings["client_port"]
    lives: dict[int, dict[int, int]] = {}
    for key, seq, at in zip(keys.tolist(), openings["seq"].tolist(), openings["time"].tolist(), strict=True):
        lives.setdefault(key, {}).setdefault(seq, at)
    again = [list(starts.values()) for starts in lives.values() if len(starts) > 1]
    assert len(again) > 1000
    assert all(later - earlier > 4 * SECOND for starts in again for earlier, later in pairwise(starts))


def test_web_has_every_ending_and_retransmissions(captures: Any) -> None:
    packets = captures.web(2000, np.random.default_rng(1))
    flags = packets["flags"]
    assert (flags & (SYN | ACK) == SYN).sum() > 2000
    assert (flags & RST != 0).sum() > 20
    assert (flags & FIN != 0).sum() > 3600
    data = packets[packets["length"] > 0]
    assert len(np.unique(data[["client", "client_port", "outward", "seq"]])) < len(data)


def test_flood_answers_every_fourth(captures: Any) -> None:
    packets = captures.flood(4000, np.random.default_rng(1))
    assert (packets["flags"] == SYN).sum() == 4000
    assert (packets["flags"] == SYN | ACK).sum() == 1000
    assert len(np.unique(packets["client"])) == 4000


def test_too_many_copies_are_refused(captures: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        captures.write("web", 1, 33, tmp_path / "never")
