"""Laws that hold for any segments whatever, legal or not."""

import os
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.record import copied
from tracker.tcp.arrival import KEPT
from tracker.tcp.endpoint import TENTATIVE, Endpoint, Flow, Transition, Trouble
from tracker.tcp.log import take_back
from tracker.tcp.segment import QUOTED, Segment
from tracker.tcp.sequence import distance
from tracker.tcp.states import SEEN, State
from tracker.tcp.step import MOST_TRANSITIONS
from tracker.tcp.trouble import MOST_TROUBLES, trouble_of

from .wild import Wild, iss, segments, wild

CHECKED = bool(os.environ.get("TRACKER_RANGES"))  # three times slower
EXAMPLES = 60 if CHECKED else 250
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
wilds = st.lists(wild, max_size=40)
Numbers = tuple[int, int]


def ends(flow: Flow) -> tuple[Endpoint, Endpoint]:
    return flow.a, flow.b


def chain(store: Store, end: Endpoint) -> list[Transition]:
    """An endpoint's standing rows, the latest first."""
    rows, index = [], end.log
    while index:
        rows.append(store.transitions[index - 1])
        index = rows[-1].previous
    return rows


def values(row: Trouble) -> list[object]:
    return [getattr(row, name) for name in Trouble.FIELDS]  # type: ignore[attr-defined]


def check(store: Store) -> None:
    """What holds of a store after any segment."""
    standing = 0
    assert values(store.troubles[0]) == values(Trouble())  # what all ends without trouble share is never written
    numbers = [end.trouble for flow in store.flows for end in ends(flow) if end.trouble]
    assert len(numbers) == len(set(numbers)) < len(store.troubles)
    for number, flow in enumerate(store.flows):
        assert flow.previous < number
        for side, end in enumerate(ends(flow)):
            rows = chain(store, end)
            standing += len(rows)
            state, indices = end.state, [end.log] + [row.previous for row in rows]
            assert sorted(indices, reverse=True) == indices
            for row in rows:
                assert (row.flow, row.side, row.new, row.undone) == (number, side, state, 0)
                state = row.old
            assert state == State.UNKNOWN  # where every endpoint begins
            assert (end.since, end.certainty) == ((rows[0].at, rows[0].certainty) if rows else (0, 0))
            assert 0 <= end.ranges <= KEPT
            marks = [distance(mark, end.edge) for mark in trouble_of(store, end).above[: 2 * end.ranges]]
            assert marks == sorted(marks)
            assert all(mark > 0 for mark in marks)
    assert standing == sum(not row.undone for row in store.transitions)  # every other row is marked as undone


def played(made: list[Segment], cuts: list[int] | None = None) -> Store:
    store = Store()
    marks = [0, *sorted(min(cut, len(made)) for cut in cuts or []), len(made)]
    for start, stop in pairwise(marks):
        replay(made, start, stop, store)
    return store


def log(store: Store) -> list[tuple[int, ...]]:
    return [tuple(getattr(row, name) for name in Transition.FIELDS) for row in store.transitions]  # type: ignore[attr-defined]


def counters(store: Store) -> list[tuple[int, ...]]:
    """All of the flows that does not name hosts or sequence numbers."""
    names = [
        "since", "last", "bytes", "timer_at", "rtt_at", "wnd_max", "packets", "log", "srtt", "rttvar", "rtt_min", "trouble",
        "mss", "marks", "resets", "state", "certainty", "scale", "ranges", "retries",
    ]  # fmt: skip
    more = [
        "bytes_again", "retransmitted", "probe_gap", "missed", "ignored", "duplicates", "dup_acks", "out_of_order",
        "zero_windows", "syn_retries",
    ]  # fmt: skip
    rows: list[tuple[int, ...]] = []
    for flow in store.flows:
        rows.append((flow.first, flow.previous, flow.incarnation, flow.error, flow.client, flow.direction, flow.marks))
        rows += [tuple(getattr(end, name) for name in names) for end in ends(flow)]
        rows += [tuple(getattr(trouble_of(store, end), name) for name in more) for end in ends(flow)]
    return rows


@many
@given(wilds, iss, st.booleans())
def test_log_states_and_bound_hold_after_every_segment(some: list[Wild], numbers: Numbers, itself: bool) -> None:
    made, store = segments(some, numbers, itself=itself), Store()
    for i in range(len(made)):
        had, rows = len(store.transitions), len(store.troubles)
        replay(made, i, i + 1, store)
        assert len(store.transitions) - had <= MOST_TRANSITIONS
        assert len(store.troubles) - rows <= MOST_TROUBLES
        check(store)


@many
@given(wilds, iss)
def test_nothing_is_seen_of_an_end_that_has_not_spoken_since(some: list[Wild], numbers: Numbers) -> None:
    """Certainty never rises without evidence: what is `seen` of an end, a segment of its own has shown, then or later."""
    made, store = segments(some, numbers), Store()
    spoke: dict[tuple[int, int], int] = {}
    for i in range(len(made)):
        replay(made, i, i + 1, store)
        if made[i].flow and not made[i].marks & QUOTED:
            spoke[made[i].flow - 1, made[i].side] = made[i].number
        for row in store.transitions:
            if row.certainty == SEEN:
                assert spoke.get((row.flow, row.side), 0) >= row.number


@many
@given(wilds, iss)
def test_undone_rows_stay_as_they_were(some: list[Wild], numbers: Numbers) -> None:
    """A row's certainty may rise and it may be taken back, once; nothing else of it ever changes."""
    made, store = segments(some, numbers), Store()
    before: list[tuple[int, ...]] = []
    for i in range(len(made)):
        replay(made, i, i + 1, store)
        after = log(store)
        fields = list(Transition.FIELDS)  # type: ignore[attr-defined]
        undone, certainty = fields.index("undone"), fields.index("certainty")
        for old, new in zip(before, after, strict=False):
            kept = [k for k in range(len(fields)) if k not in (undone, certainty)]
            assert [old[k] for k in kept] == [new[k] for k in kept]
            assert new[certainty] >= old[certainty]
            assert new[undone] == old[undone] or (old[undone] == 0 and new[undone] == made[i].number)
            assert not old[undone] or old == new
        before = after


@many
@given(wilds, iss)
def test_exchanging_the_hosts_addresses_changes_nothing(some: list[Wild], numbers: Numbers) -> None:
    one, other = played(segments(some, numbers)), played(segments(some, numbers, turned=True))
    assert (log(one), counters(one)) == (log(other), counters(other))


@many
@given(wilds, iss, st.integers(0, 2**32 - 1))
def test_where_the_numbers_begin_changes_nothing(some: list[Wild], numbers: Numbers, shift: int) -> None:
    some = [one for one in some if one.flags & 4 == 0]  # only RSTs of number 0 are read as such
    one, other = played(segments(some, numbers)), played(segments(some, numbers, shift=shift))
    assert (log(one), counters(one)) == (log(other), counters(other))


@many
@given(wilds, iss, st.lists(st.integers(0, 40), max_size=6))
def test_batches_of_any_size_give_the_same(some: list[Wild], numbers: Numbers, cuts: list[int]) -> None:
    made = segments(some, numbers)
    one, other = played(made), played(made, cuts)
    assert (log(one), counters(one)) == (log(other), counters(other))


@many
@given(wilds, iss)
def test_tentative_lives_are_hidden_behind_a_life_that_is_not(some: list[Wild], numbers: Numbers) -> None:
    store = played(segments(some, numbers))
    for flow in store.flows:
        if flow.marks & TENTATIVE:
            assert flow.previous >= 0
            assert not store.flows[flow.previous].marks & TENTATIVE


@many
@given(wilds, iss, st.integers(0, 1), st.integers(0, 5))
def test_take_back_restores(some: list[Wild], numbers: Numbers, side: int, depth: int) -> None:
    """As if what is taken back had never been entered."""
    store = played(segments(some, numbers))
    for flow in store.flows:
        end = ends(flow)[side]
        rows = chain(store, end)
        if depth >= len(rows) or rows[depth].new in [row.new for row in rows[:depth]]:
            continue
        before, judge = copied(end), Segment()
        judge.number = 999
        take_back(end, rows[depth].new, judge, store)
        assert (end.state, end.log, end.since, end.certainty) == (
            rows[depth].new,
            store.transitions.index(rows[depth]) + 1,
            rows[depth].at,
            rows[depth].certainty,
        )
        assert [row.undone for row in rows] == [999] * depth + [0] * (len(rows) - depth)
        for name in ("iss", "snd_nxt", "edge", "marks", "packets"):
            assert getattr(end, name) == getattr(before, name)
        take_back(end, State.LISTEN, judge, store)  # never entered: back to the beginning
        assert (end.state, end.log, end.since, end.certainty) == (State.UNKNOWN, 0, 0, 0)


@pytest.mark.parametrize("seed", range(4 if CHECKED else 12))
def test_long_conversations_hold(seed: int) -> None:
    """Longer than hypothesis likes them, from a plain generator."""
    import random

    from .wild import FLAGS, ISS, STEPS

    dice = random.Random(seed)
    some = [
        Wild(
            side=dice.randrange(2),
            flags=dice.choice(FLAGS),
            seq=dice.choice([0, 1, 1, 1, 2, 3, 11, 12, dice.randrange(-5, 40)]),
            ack=dice.choice([0, 1, 1, 1, 2, 3, 11, 12, dice.randrange(-5, 40)]),
            length=dice.choice([0, 0, 0, 1, 10]),
            step=dice.choice(STEPS),
            window=dice.choice([0, 10, 1000, 65535]),
            scale=dice.choice([-1, 0, 7]),
            tsval=dice.choice([-1, -1, -1, 5]),
            quoted=dice.choice([0] * 30 + [0x301]),
            life=dice.choice([0] * 20 + [1_000_000, 2_000_000]),
        )
        for _ in range(600)
    ]
    made, store = segments(some, dice.choice(ISS)), Store()
    for i in range(len(made)):
        had, rows = len(store.transitions), len(store.troubles)
        replay(made, i, i + 1, store)
        assert len(store.transitions) - had <= MOST_TRANSITIONS
        assert len(store.troubles) - rows <= MOST_TROUBLES
        if i % 20 == 0:
            check(store)
    check(store)
