"""The left edge and the ranges above a hole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.engine.interpreted import Store
from tracker.tcp.arrival import FARTHEST, KEPT, advance, arrive
from tracker.tcp.endpoint import EDGE_KNOWN, HOLES_LOST, Endpoint
from tracker.tcp.sequence import add, distance
from tracker.tcp.trouble import trouble_of

BASES = [0, 1000, 0xFFFFFFFF - 60, 0x7FFFFFFF - 60]


def receiver(base: int) -> Endpoint:
    made = Endpoint()
    made.marks, made.edge = EDGE_KNOWN, base
    return made


def holds(endpoint: Endpoint, base: int, store: Store) -> tuple[int, list[tuple[int, int]]]:
    """(edge, ranges above it), from the base."""
    above = [distance(mark, base) for mark in trouble_of(store, endpoint).above[: 2 * endpoint.ranges]]
    return distance(endpoint.edge, base), list(zip(above[::2], above[1::2], strict=True))


def arrivals(base: int, *ranges: tuple[int, int]) -> tuple[int, list[tuple[int, int]]]:
    endpoint, store = receiver(base), Store()
    for left, right in ranges:
        arrive(endpoint, add(base, left), add(base, right), store)
    return holds(endpoint, base, store)


bases = pytest.mark.parametrize("base", BASES)


def test_arrive_first_of_all_is_the_edge() -> None:
    endpoint, store = Endpoint(), Store()
    arrive(endpoint, 100, 110, store)
    assert (endpoint.edge, endpoint.marks, endpoint.ranges) == (110, EDGE_KNOWN, 0)


@bases
@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(0, 10)], (10, [])),
        ([(0, 10), (10, 20)], (20, [])),
        ([(-5, 3)], (3, [])),
        ([(-9, -3)], (0, [])),
        ([(-9, 0)], (0, [])),
        ([(5, 10)], (0, [(5, 10)])),
        ([(5, 10), (0, 5)], (10, [])),
        ([(5, 10), (0, 4)], (4, [(5, 10)])),
        ([(5, 10), (0, 30)], (30, [])),
        ([(5, 10), (5, 10)], (0, [(5, 10)])),
        ([(5, 10), (10, 12)], (0, [(5, 12)])),
        ([(5, 10), (3, 5)], (0, [(3, 10)])),
        ([(5, 10), (3, 20)], (0, [(3, 20)])),
        ([(5, 10), (15, 20)], (0, [(5, 10), (15, 20)])),
        ([(15, 20), (5, 10)], (0, [(5, 10), (15, 20)])),
        ([(5, 10), (15, 20), (10, 15)], (0, [(5, 20)])),
        ([(5, 10), (15, 20), (9, 30)], (0, [(5, 30)])),
        ([(5, 10), (15, 20), (2, 40)], (0, [(2, 40)])),
        ([(5, 10), (15, 20), (14, 16)], (0, [(5, 10), (14, 20)])),
        ([(5, 10), (15, 20), (0, 5)], (10, [(15, 20)])),
        ([(5, 10), (15, 20), (0, 15)], (20, [])),
        ([(5, 10), (15, 20), (0, 11)], (11, [(15, 20)])),
    ],
)
def test_arrive(base: int, ranges: list[tuple[int, int]], expected: tuple[int, list[tuple[int, int]]]) -> None:
    assert arrivals(base, *ranges) == expected


@bases
def test_arrive_more_than_is_kept_leaves_it_to_the_receiver_s_acks(base: int) -> None:
    endpoint, store = receiver(base), Store()
    for left in (10, 20, 30):
        assert not endpoint.marks & HOLES_LOST
        arrive(endpoint, add(base, left), add(base, left + 5), store)
    assert endpoint.marks & HOLES_LOST
    assert holds(endpoint, base, store) == (0, [(10, 15), (20, 25)])
    advance(endpoint, add(base, 21), store)
    assert holds(endpoint, base, store) == (25, [])


@bases
def test_arrive_from_beyond_any_window_is_nobodys(base: int) -> None:
    for left, kept in ((FARTHEST - 1, 1), (FARTHEST, 0), (FARTHEST + 1, 0), ((1 << 31) - 1, 0)):
        endpoint, store = receiver(base), Store()
        arrive(endpoint, add(base, left), add(base, left + 1), store)
        assert (endpoint.ranges, endpoint.edge, endpoint.marks) == (kept, base, EDGE_KNOWN)


@bases
def test_advance_over_ranges(base: int) -> None:
    endpoint, store = receiver(base), Store()
    arrive(endpoint, add(base, 5), add(base, 10), store)
    arrive(endpoint, add(base, 15), add(base, 20), store)
    advance(endpoint, add(base, 12), store)
    assert holds(endpoint, base, store) == (12, [(15, 20)])
    advance(endpoint, add(base, 15), store)
    assert holds(endpoint, base, store) == (20, [])


@given(
    st.sampled_from(BASES),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 12)), max_size=25),
)
def test_arrive_is_a_set_of_bytes(base: int, pieces: list[tuple[int, int]]) -> None:
    endpoint, store, came, edge = receiver(base), Store(), set[int](), 0
    for left, size in pieces:
        arrive(endpoint, add(base, left), add(base, left + size), store)
        came.update(range(left, left + size))
        while edge in came:
            edge += 1
        found, above = holds(endpoint, base, store)
        assert 0 <= endpoint.ranges <= KEPT
        assert all(found < left < right for left, right in above)
        assert len(above) < 2 or above[0][1] < above[1][0]
        assert all(byte in came for left, right in above for byte in range(left, right))
        if endpoint.marks & HOLES_LOST:
            assert found <= edge
        else:
            assert found == edge
            assert {byte for left, right in above for byte in range(left, right)} == {
                byte for byte in came if byte > edge
            }
