"""What goes wrong lies aside: who gets a row for it, and how many rows one segment can begin."""

import itertools
import os
from collections import Counter

import pytest

from tracker.engine.interpreted import Store
from tracker.tcp.endpoint import BY_SELF_CONNECT, Endpoint, Flow, Trouble
from tracker.tcp.segment import ACK, FIN, PSH, RST, SYN, Segment
from tracker.tcp.states import State
from tracker.tcp.step import observe
from tracker.tcp.trouble import MOST_TROUBLES, new_trouble, own_trouble, trouble_of, trouble_row

from .play import CLOSED, FIN_WAIT1, SPOKEN, Played, going_on, play
from .test_step import FLAGS, KNOWN, endpoint

CLEAN = "C>S S ws=7 ts sackok; S>C SA ws=7 ts sackok; C>S A; C>S P300; S>C A; S>C P1448; S>C P1448; C>S A"
CHECKED = bool(os.environ.get("TRACKER_RANGES"))


def values(row: Trouble) -> list[object]:
    return [getattr(row, name) for name in Trouble.FIELDS]  # type: ignore[attr-defined]


def rows(played: Played) -> tuple[int, int, int]:
    """The numbers of the client's and the server's rows, and how many rows were begun."""
    assert values(trouble_row(played.store, 0)) == values(Trouble())
    return played.end("C").trouble, played.end("S").trouble, len(played.store.troubles) - 1


def test_own_trouble_is_begun_once_and_nobody_else_s() -> None:
    store, one, other = Store(), Endpoint(), Endpoint()
    assert trouble_of(store, one) is trouble_of(store, other) is trouble_row(store, 0)
    own_trouble(store, one).ignored = 7
    own_trouble(store, one).ignored += 1
    assert (one.trouble, other.trouble) == (1, 0)
    assert (trouble_of(store, one).ignored, trouble_of(store, other).ignored) == (8, 0)
    own_trouble(store, other).ignored = 3
    assert (other.trouble, trouble_of(store, one).ignored, trouble_row(store, 0).ignored) == (2, 8, 0)
    assert new_trouble(store) == 3
    assert values(trouble_row(store, 3)) == values(Trouble())


@pytest.mark.parametrize(
    "script",
    [
        SPOKEN,
        CLOSED,
        CLEAN,
        f"{CLEAN}; C>S FA; S>C A; S>C FA; C>S A",
        f"{CLEAN}; {'; '.join(['S>C P1448; S>C P1448; C>S A'] * 50)}",  # an elephant
        f"{CLEAN}; S>C A win=500; C>S A win=20; S>C A",  # the window moves
        f"{CLEAN}; S>C P1448; C>S A ack=-1000; C>S A",  # part of it is acknowledged first
        f"{SPOKEN}; C>S RA",
        "C>S S; S>C RA",
        "C>S S; C>S icmp=3/1",
        "C>S S; S>C S; C>S SA; S>C SA",
    ],
)
def test_who_has_no_trouble_has_no_row(script: str) -> None:
    assert rows(play(script)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("C>S P100 again", (1, 0, 1)),
        ("C>S P10; C>S P10 dup", (1, 0, 1)),
        ("C>S P100 gone; C>S P10", (1, 2, 2)),  # out of order, and a range above the hole
        ("C>S P100 unseen; S>C A", (1, 0, 1)),
        ("C>S P10 dropped; S>C A", (0, 1, 1)),
        ("S>C A win=0", (0, 1, 1)),
        ("C>S R seq=+5", (0, 1, 1)),
        ("C>S P10 seq=-100", (2, 1, 2)),  # old data: ignored, and sent again
        ("C>S A seq=-1 +7200s", (0, 1, 1)),  # a keepalive is ignored; one has no gap
        ("C>S A seq=-1 +60s; C>S A seq=-1 +60s", (2, 1, 2)),
        ("C>S P100 again; C>S P100 again; S>C P200 again; S>C A win=0", (1, 2, 2)),
    ],
)
def test_whose_trouble_it_is(script: str, expected: tuple[int, int, int]) -> None:
    assert rows(going_on(SPOKEN, script)) == expected


def test_a_life_has_its_own_and_the_life_before_keeps_its_own() -> None:
    played = play("C>S S; C>S S again +1s; S>C RA +1s; C>S S new +1s; C>S S again +1s")
    assert [played.trouble("C", life).syn_retries for life in (0, 1)] == [1, 1]
    assert [played.end("C", life).trouble for life in (0, 1)] == [1, 2]


def test_a_flow_that_starts_again_starts_without() -> None:
    """The row of the tentative attempt before is left where it is; nobody names it any more."""
    played = going_on(SPOKEN, "C>S S new +1s; C>S SF new +1s")
    assert [(flow.a.trouble, flow.b.trouble) for flow in played.store.flows] == [(0, 0), (0, 1)]
    played = going_on(SPOKEN, "C>S S new +1s; C>S SF new +1s; C>S S new +1s")
    assert [(flow.a.trouble, flow.b.trouble) for flow in played.store.flows] == [(0, 0), (0, 0)]
    assert (len(played.store.troubles), played.store.troubles[1].ignored) == (2, 1)


def worst(state: State, flags: int) -> Counter[int]:
    """How many rows a segment begins, over every combination that may make a difference."""
    found: Counter[int] = Counter()
    marks = (KNOWN, 0)
    for other_state, mine, other in itertools.product(State, marks, marks):
        for seq, ack, length in itertools.product((-1, 90, 100, 101, 150, 99_999), (1, 101, 102, 99_999), (0, 1, 50)):
            store, segment = Store(), Segment()
            segment.flags, segment.seq, segment.ack, segment.time = flags, 1000 + seq, 9000 + ack, 10**12
            segment.length = length
            sender = endpoint(state, 2, mine, 1000, 9000, 0, store)
            receiver = endpoint(other_state, 1, other, 9000, 1000, 1, store)
            observe(segment, Flow(), sender, receiver, 0, 0, store)
            begun = len(store.troubles) - 1
            assert begun == (sender.trouble > 0) + (receiver.trouble > 0)
            assert values(store.troubles[0]) == values(Trouble())
            found[begun] += 1
    return found


@pytest.mark.skipif(CHECKED, reason="ten thousands of endpoints of checked fields")
@pytest.mark.parametrize("flags", FLAGS)
def test_one_segment_begins_at_most_one_row_an_end(flags: int) -> None:
    """observe() knows two ends, and own_trouble() begins a row only for an end that has none."""
    found = sum((worst(state, flags) for state in (State.SYN_SENT, State.ESTABLISHED, State.LAST_ACK)), Counter[int]())
    assert max(found) <= MOST_TROUBLES == 2
    if flags & (SYN | RST) == 0 and flags & (ACK | PSH | FIN):
        assert max(found) == MOST_TROUBLES


@pytest.mark.parametrize("state", State)
def test_one_segment_begins_at_most_one_row_of_who_is_connected_to_itself(state: State) -> None:
    for marks, flags, seq, ack, length in itertools.product((KNOWN, 0), FLAGS, (1, 50, 101), (1, 101, 200), (0, 50)):
        store, flow, segment = Store(), Flow(), Segment()
        segment.flags, segment.seq, segment.ack, segment.time = flags, 1000 + seq, 1000 + ack, 10**12
        segment.length, flow.direction = length, BY_SELF_CONNECT
        one = endpoint(state, 1, marks, 1000, 1000, 0, store)
        observe(segment, flow, one, one, 0, 0, store)
        assert len(store.troubles) - 1 == one.trouble <= 1


def test_a_lost_fin_and_an_rst_of_two_lives_begin_rows_of_their_own_flow_only() -> None:
    played = going_on(FIN_WAIT1, "C>S FA again +1s; C>S FA again +2s; C>S S new +60s; C>S S again +1s")
    numbers = [end.trouble for flow in played.store.flows for end in (flow.a, flow.b) if end.trouble]
    assert len(numbers) == len(set(numbers)) == len(played.store.troubles) - 1
