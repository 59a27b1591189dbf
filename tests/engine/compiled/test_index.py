"""The index that finds a flow by its tuple: nothing is lost in it, nobody can crowd it, and no input makes looking long."""

from typing import Any

import numpy as np
import pytest

from tracker.engine.compiled.cache import kernels
from tracker.engine.compiled.dtypes import SEGMENT
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.compiled.storage import SLOTS, Rows
from tracker.tcp.endpoint import TENTATIVE
from tracker.tcp.segment import ACK, QUOTED, RST, SYN
from tracker.tcp.step import MOST_TRANSITIONS

from .parity import in_place, silent

MANY = 200_000
KEYS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
MAPPED = [0, 0, 0xFFFF]  # in front of an IPv4 address


def stepped(rows: Rows, segments: Any, batch: int = 8192) -> Any:
    """Replay in batches; returns the segments."""
    made = kernels(silent)
    assert isinstance(made, Kernels)
    for start in range(0, len(segments), batch):
        stop = min(start + batch, len(segments))
        made.prepare(segments, start, stop, rows.keys)
        made.step(segments, start, stop, rows.reserve(stop - start))
    return segments


def storage(keys: Any = None) -> Rows:
    made = kernels(silent)
    assert isinstance(made, Kernels)
    rows = Rows(made)
    if keys is not None:
        rows.view["keys"] = rows.keys["keys"] = keys
    return rows


def tuples(count: int, seed: int = 0) -> Any:
    """Segments of so many different tuples, which begin a flow but no state: half of them IPv6."""
    dice = np.random.default_rng(seed)
    rows = np.zeros(count, SEGMENT)
    rows["number"] = np.arange(1, count + 1)
    rows["flags"] = RST
    for name in ("src", "dst"):
        rows[name] = dice.integers(0, 1 << 32, (count, 4), np.uint32)
        rows[name][::2, :3] = MAPPED
    rows["sport"], rows["dport"] = dice.integers(0, 1 << 16, (2, count), np.uint16)
    return rows


def turned(rows: Any) -> Any:
    """The same in the other direction."""
    back = rows.copy()
    for one, other in (("src", "dst"), ("sport", "dport")):
        back[one], back[other] = rows[other], rows[one]
    return back


def hashes(some: Any) -> Any:
    """What the keys KEYS make of the tuples."""
    quoted = some.copy()
    quoted["marks"] = QUOTED  # looks only
    return stepped(storage(KEYS), quoted)["hash"].astype(np.int64)


def test_many_tuples_are_found_again_in_both_directions_while_the_index_grows() -> None:
    rows, some = storage(KEYS), tuples(MANY)
    found = stepped(rows, some.copy())
    assert (found["flow"] == np.arange(1, MANY + 1)).all()
    assert (found["side"] == 0).all()
    assert len(rows.flows) == MANY
    assert len(rows._index) > SLOTS
    back = stepped(rows, turned(some))
    again = stepped(rows, some.copy())
    assert (back["flow"] == found["flow"]).all()
    assert (back["side"] == 1).all()
    assert (again["flow"] == found["flow"]).all()
    assert len(rows.flows) == MANY
    in_place(rows)
    assert len(np.unique(found["hash"])) < MANY, "some tuples share all 32 bits, and were told apart"


@pytest.mark.parametrize("batch", [1, 7, 100_000])
def test_growth_keeps_all_whatever_the_batch(batch: int) -> None:
    count = 3000 if batch == 1 else 100_000
    rows, some = storage(), tuples(count, batch)
    stepped(rows, some, batch)
    assert (stepped(rows, turned(some), batch)["flow"] == np.arange(1, count + 1)).all()
    in_place(rows)


@pytest.mark.parametrize("keys", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [2**64 - 1, 0, 2**64 - 1]])
def test_keys_that_hash_nothing_cost_time_and_not_one_flow(keys: list[int]) -> None:
    """With keys of zero all IPv4 tuples share one hash."""
    rows, some = storage(np.array(keys, np.uint64)), tuples(3000)
    assert (stepped(rows, some)["flow"] == np.arange(1, 3001)).all()
    assert (stepped(rows, turned(some))["flow"] == np.arange(1, 3001)).all()
    if not any(keys):
        assert (some["hash"][::2] == 0).all()


def test_tuples_made_to_collide_at_the_end_of_the_index_go_on_at_its_beginning() -> None:
    some = tuples(4 * MANY, 5)
    crowd = some[hashes(some) >> 16 >= SLOTS - 4]  # their homes are the last four slots
    assert len(crowd) > 20
    rows = storage(KEYS)
    stepped(rows, crowd)
    assert rows._index[0] != 0
    assert (stepped(rows, turned(crowd))["flow"] == np.arange(1, len(crowd) + 1)).all()
    others = tuples(MANY, 6)
    stepped(rows, others)  # it grows, and the crowd is spread
    assert (stepped(rows, turned(crowd))["flow"] == np.arange(1, len(crowd) + 1)).all()
    in_place(rows)


def test_tuples_that_differ_in_one_bit_only_are_spread() -> None:
    """As of a scan: addresses and ports that count up."""
    rows, some = storage(KEYS), np.zeros(150_000, SEGMENT)
    some["flags"] = SYN
    some["src"], some["dst"] = [*MAPPED, 0x0A000001], [*MAPPED, 0x0A000000]
    some["dst"][:, 3] += np.arange(150_000, dtype=np.uint32) >> 8
    some["sport"], some["dport"] = 40_000, np.arange(150_000) & 0xFF
    stepped(rows, some)
    assert len(rows.flows) == 150_000
    in_place(rows)
    assert len(np.unique(some["hash"])) > 149_990


def test_every_storage_has_keys_of_its_own() -> None:
    assert len({storage().view["keys"].tobytes() for _ in range(4)}) == 4
    one, other = stepped(storage(), tuples(1000)), stepped(storage(), tuples(1000))
    assert (one["hash"] != other["hash"]).any()
    for name in ("flow", "side", "verdict"):
        assert (one[name] == other[name]).all()


def flood(count: int, flags: int, step: int) -> Any:
    """One tuple, so many segments, each `step` further on."""
    rows = np.zeros(count, SEGMENT)
    rows["src"], rows["dst"], rows["sport"], rows["dport"] = [*MAPPED, 1], [*MAPPED, 2], 40_000, 80
    rows["time"] = rows["number"] = np.arange(1, count + 1)
    rows["seq"] = np.arange(count, dtype=np.uint64) * step & 0xFFFFFFFF
    rows["flags"] = flags
    return rows


def filled(rows: Rows) -> int:
    return int((rows._index != 0).sum())


@pytest.mark.parametrize("flags", [RST, RST | ACK])
def test_a_million_resets_of_one_tuple_are_one_flow(flags: int) -> None:
    rows = storage()
    stepped(rows, flood(1_000_000, flags, 7))
    assert (len(rows.flows), filled(rows), len(rows._index)) == (1, 1, SLOTS)
    assert len(rows.transitions) <= 4


def test_a_tuple_reused_without_end_keeps_one_place() -> None:
    """SYN, refused, SYN of another number, refused ...: 150,000 lives of one tuple."""
    made = flood(300_000, SYN, 50_000)
    made["flags"][1::2] = RST | ACK
    made["ack"][1::2] = made["seq"][::2] + 1
    made["seq"][1::2] = 0
    made[1::2] = turned(made[1::2])
    rows = storage()
    stepped(rows, made)
    assert (len(rows.flows), filled(rows)) == (150_000, 1)
    assert len(rows.transitions) <= 4 * 150_000
    assert rows.flows["incarnation"].max() == 0xFFFF
    assert (rows.flows["previous"] == np.arange(-1, 149_999)).all()
    assert (made["flow"] == np.arange(300_000) // 2 + 1).all()
    in_place(rows)


def test_syns_on_a_living_connection_keep_one_hidden_life() -> None:
    made = flood(300_000, SYN, 7919)
    made["flags"][1] = SYN | ACK
    made["seq"][:3] = 1000, 9000, 1001
    made["ack"][1:3] = 1001, 9001
    made[1:2] = turned(made[1:2])
    made["flags"][2] = ACK
    rows = storage()
    stepped(rows, made)
    assert (len(rows.flows), filled(rows)) == (2, 1)
    assert rows.flows["marks"][1] & TENTATIVE
    assert len(rows.transitions) <= 300_000 + MOST_TRANSITIONS


def test_a_flood_of_flows_of_one_syn_is_found_near_home() -> None:
    rows, some = storage(), tuples(300_000, 9)
    some["flags"] = SYN
    stepped(rows, some)
    assert (len(rows.flows), len(rows.transitions)) == (300_000, 300_000)
    in_place(rows)
