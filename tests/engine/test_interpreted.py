"""The interpreted storage: flows by tuple, lives, the log."""

import pytest

from tracker.engine.interpreted import Store
from tracker.engine.store import find, flow_of, is_swapped, look_up, next_life, start_again
from tracker.tcp.endpoint import TENTATIVE, YOUNG
from tracker.tcp.segment import Segment

LOW, HIGH = [0, 0, 0xFFFF, 1], [0, 0, 0xFFFF, 2]
SIX = [0x20010DB8, 0, 0, 1]


def segment(src: list[int], sport: int, dst: list[int], dport: int, time: int = 5) -> Segment:
    made = Segment()
    made.src, made.sport, made.dst, made.dport, made.time = list(src), sport, list(dst), dport, time
    return made


@pytest.mark.parametrize(
    ("src", "sport", "dst", "dport", "swapped"),
    [
        (LOW, 9, HIGH, 1, 0),
        (HIGH, 1, LOW, 9, 1),
        (LOW, 1, LOW, 9, 0),
        (LOW, 9, LOW, 1, 1),
        (LOW, 9, LOW, 9, 0),
        (LOW, 1, SIX, 1, 0),
        (SIX, 1, LOW, 1, 1),
    ],
)
def test_is_swapped(src: list[int], sport: int, dst: list[int], dport: int, swapped: int) -> None:
    assert is_swapped(segment(src, sport, dst, dport)) == swapped


@pytest.mark.parametrize("first", [(LOW, 9, HIGH, 1), (HIGH, 1, LOW, 9)])
def test_find_both_directions_are_one_flow(first: tuple[list[int], int, list[int], int]) -> None:
    store = Store()
    there = segment(*first)
    back = segment(first[2], first[3], first[0], first[1])
    place, answer = find(store, there), find(store, back)
    assert (place >> 1, answer >> 1) == (0, 0)
    assert (place & 1, answer & 1) == (is_swapped(there), is_swapped(back))
    assert (look_up(store, there), look_up(store, back)) == (place, answer)
    flow = flow_of(store, 0)
    assert (flow.src, flow.sport, flow.dst, flow.dport, flow.swapped) == (*first, is_swapped(there))
    assert (flow.first, flow.previous, flow.incarnation, flow.marks) == (5, -1, 0, 0)


def test_find_every_part_of_the_tuple_counts() -> None:
    store = Store()
    tuples = [
        (LOW, 9, HIGH, 1),
        (LOW, 8, HIGH, 1),
        (LOW, 9, HIGH, 2),
        (SIX, 9, HIGH, 1),
        (LOW, 9, SIX, 1),
        (LOW, 1, HIGH, 9),
    ]
    assert [find(store, segment(*one)) >> 1 for one in tuples] == list(range(len(tuples)))
    assert [find(store, segment(*one)) >> 1 for one in tuples] == list(range(len(tuples)))


def test_look_up_makes_nothing() -> None:
    store = Store()
    assert look_up(store, segment(LOW, 9, HIGH, 1)) == -1
    assert store.flows == []


def test_self_connect_has_one_place() -> None:
    store = Store()
    place = find(store, segment(LOW, 9, LOW, 9))
    assert (place, find(store, segment(LOW, 9, LOW, 9)), len(store.flows)) == (0, 0, 1)


def test_flow_does_not_hold_the_segment_s_own_lists() -> None:
    store, reused = Store(), segment(LOW, 9, HIGH, 1)
    find(store, reused)
    reused.src[3] = 77
    assert flow_of(store, 0).src == LOW


def test_next_life_takes_the_tuple_s_place_and_its_beginner_s_side() -> None:
    store = Store()
    there, back = segment(LOW, 9, HIGH, 1), segment(HIGH, 1, LOW, 9, 7)
    place = find(store, there)
    new = next_life(store, place, back)
    flow = flow_of(store, new)
    assert (new, flow.previous, flow.incarnation, flow.first, flow.swapped) == (1, 0, 1, 7, 1)
    assert (find(store, there) >> 1, find(store, back) >> 1) == (1, 1)
    assert flow_of(store, 0).swapped == 0


def test_next_life_incarnation_stays_in_its_field() -> None:
    store = Store()
    place = find(store, segment(LOW, 9, HIGH, 1))
    store.flows[0].incarnation = 0xFFFF
    assert flow_of(store, next_life(store, place, segment(LOW, 9, HIGH, 1))).incarnation == 0xFFFF


def test_start_again_clears_the_row_and_takes_its_log_back() -> None:
    store = Store()
    place = find(store, segment(LOW, 9, HIGH, 1))
    new = next_life(store, place, segment(LOW, 9, HIGH, 1))
    flow = flow_of(store, new)
    flow.marks, flow.error, flow.a.packets = TENTATIVE | YOUNG, 5, 3
    for _ in range(2):
        row = store.new_transition()
        row.flow, row.previous = new, flow.a.log
        flow.a.log = store.transition_count()
    again = segment(HIGH, 1, LOW, 9, 11)
    again.number = 42
    start_again(store, new, again)
    flow = flow_of(store, new)
    assert [row.undone for row in store.transitions] == [42, 42]
    assert (flow.previous, flow.incarnation, flow.first, flow.swapped) == (0, 1, 11, 1)
    assert (flow.marks, flow.error, flow.a.packets, flow.a.log) == (TENTATIVE | YOUNG, 0, 0, 0)


def test_start_again_forgets_that_a_life_was_dismissed() -> None:
    store = Store()
    new = next_life(store, find(store, segment(LOW, 9, HIGH, 1)), segment(LOW, 9, HIGH, 1))
    flow_of(store, new).marks = 7
    start_again(store, new, segment(LOW, 9, HIGH, 1))
    assert flow_of(store, new).marks == TENTATIVE | YOUNG
