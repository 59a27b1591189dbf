"""The bound that the compiled engine reserves rows by: how many transitions one segment can cause.

By reasoning, over the calls of sent(), received(), assumed() and move() in step.py, each at most one row:

    RST        4  both ends leave UNKNOWN, then both CLOSED
    SYN        3  its sender, its receiver, and its sender again where two SYNs cross
    SYN-ACK    2  its sender and its receiver
    segment    3  prove_going_on(): both ends pass a handshake that the capture missed, in a shortened way
             + 1  the final ACK opens the receiver
             + 2  the ACK of a FIN: its sender and its receiver
             + 2  a FIN: its sender, and its sender again where two FINs cross (and then the ACK of a FIN was none)
             + 1  and its receiver
    ICMP       1

Some of a segment's exclude each other, since a state that was left is not entered again: an endpoint that is UNKNOWN has
sent no FIN. The search below takes any pair of endpoints, the impossible ones too, and finds how far that goes.
"""

import itertools
import os
from collections import Counter
from functools import cache

import pytest

from tracker.engine.interpreted import Store
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_SELF_CONNECT,
    CHECKSUM_BY_CARD,
    EDGE_KNOWN,
    FIN_SENT,
    ISS_KNOWN,
    SEQ_KNOWN,
    SIGHT_INCOMING,
    SIGHT_OUTGOING,
    Endpoint,
    Flow,
)
from tracker.tcp.log import move
from tracker.tcp.segment import ACK, CHECKSUM_PARTIAL, FIN, INCOMING, OUTGOING, PSH, RST, SYN, Segment
from tracker.tcp.states import State
from tracker.tcp.step import MOST_TRANSITIONS, note_sight, observe

from .play import going_on, play

FLAGS = [SYN, SYN | ACK, ACK, PSH | ACK, FIN | ACK, RST, RST | ACK, SYN | FIN, 0]
BELOW = {  # a state that an endpoint may have been in before
    State.CLOSED: State.LAST_ACK,
    State.SYN_RECV: State.SYN_SENT,
    State.ESTABLISHED: State.SYN_RECV,
    State.FIN_WAIT1: State.ESTABLISHED,
    State.FIN_WAIT2: State.FIN_WAIT1,
    State.CLOSE_WAIT: State.ESTABLISHED,
    State.CLOSING: State.FIN_WAIT1,
    State.LAST_ACK: State.CLOSE_WAIT,
    State.TIME_WAIT: State.FIN_WAIT2,
}
slow = pytest.mark.skipif(bool(os.environ.get("TRACKER_RANGES")), reason="half a million endpoints of checked fields")
KNOWN = SEQ_KNOWN | ACK_KNOWN | EDGE_KNOWN


def endpoint(state: State, certainty: int, marks: int, own: int, other: int, side: int, store: Store) -> Endpoint:
    """One in this state, with a row of the log for it and one for the state before."""
    made, before = Endpoint(), Segment()
    for step in (BELOW.get(state), state):
        if step is not None:
            move(made, step.value, certainty, 4, before, 0, side, store)
    made.state = state.value
    made.marks = marks
    made.iss, made.snd_una, made.snd_nxt = own, own + 1, own + 101
    made.rcv_nxt, made.edge, made.rcv_adv = other + 101, other + 101, other + 60_000
    made.fin_seq = own + 100
    return made


@cache
def worst(sender_state: State) -> Counter[int]:
    """How many transitions a segment causes, over every combination that may make a difference."""
    found: Counter[int] = Counter()
    marks = [KNOWN | ISS_KNOWN | FIN_SENT, KNOWN | ISS_KNOWN, KNOWN, 0, ISS_KNOWN | SEQ_KNOWN, SEQ_KNOWN | FIN_SENT]
    for receiver_state, mine, other, flags in itertools.product(State, marks, marks, FLAGS):
        for certainty, seq, ack in itertools.product((1, 2), (1, 100, 101), (1, 100, 101, 102)):
            store, flow, segment = Store(), Flow(), Segment()
            segment.flags, segment.seq, segment.ack, segment.time = flags, 1000 + seq, 9000 + ack, 10**12
            sender = endpoint(sender_state, certainty, mine, 1000, 9000, 0, store)
            receiver = endpoint(receiver_state, 1, other, 9000, 1000, 1, store)
            had = len(store.transitions)
            observe(segment, flow, sender, receiver, 0, 0, store)
            found[len(store.transitions) - had] += 1
    return found


@slow
@pytest.mark.parametrize("state", [State.UNKNOWN, State.SYN_SENT, State.SYN_RECV, State.ESTABLISHED, State.CLOSE_WAIT])
def test_bound_holds_for_any_two_endpoints(state: State) -> None:
    found = worst(state)
    assert max(found) <= MOST_TRANSITIONS
    assert len(found) > 1


@slow
def test_bound_is_no_larger_than_it_must_be() -> None:
    """Of impossible pairs, but no test can tell them all."""
    assert max(worst(State.UNKNOWN)) == MOST_TRANSITIONS


@pytest.mark.parametrize("state", State)
def test_bound_holds_for_any_endpoint_connected_to_itself(state: State) -> None:
    for certainty, marks, flags, seq, ack in itertools.product(
        (1, 2), (KNOWN | ISS_KNOWN | FIN_SENT, KNOWN, 0), FLAGS, (1, 100, 101), (1, 100, 101)
    ):
        store, flow, segment = Store(), Flow(), Segment()
        segment.flags, segment.seq, segment.ack, segment.time = flags, 1000 + seq, 1000 + ack, 10**12
        flow.direction = BY_SELF_CONNECT
        one = endpoint(state, certainty, marks, 1000, 1000, 0, store)
        had = len(store.transitions)
        observe(segment, flow, one, one, 0, 0, store)
        assert len(store.transitions) - had <= MOST_TRANSITIONS


@pytest.mark.parametrize(
    ("script", "most"),
    [
        ("S>C RA seq=+777", 4),
        ("C>S S; S>C S", 3),
        ("C>S S; S>C SA", 2),
        ("C>S S; S>C SA; C>S FA", 3),
        ("C>S S; S>C SA unseen; C>S FA", 6),
        ("C>S S unseen; S>C SA; C>S FA", 5),
        ("C>S S unseen; S>C SA; C>S A unseen; S>C FA", 6),
        ("C>S FA; S>C FA", 4),
        ("C>S FA", 5),
        ("C>S S; C>S icmp=3/1", 1),
    ],
)
def test_bound_the_longest_ways_of_real_conversations(script: str, most: int) -> None:
    played = play(script)
    last = len(played.segments)
    assert sum(row.number == last for row in played.store.transitions) <= most <= MOST_TRANSITIONS


def test_order_ack_before_fin() -> None:
    """RFC 9293 3.10.7.4: fifth the ACK, eighth the FIN."""
    played = play("C>S S; S>C SA; C>S A; C>S FA; S>C FA")
    assert [State(row.new).name for row in played.store.transitions if row.number == 5] == [
        "FIN_WAIT2",
        "LAST_ACK",
        "TIME_WAIT",
    ]


def test_order_rst_before_all_else() -> None:
    going_on("C>S S; S>C SA; C>S A", "C>S FRA").is_("CLOSED", "CLOSED")


def test_sight_is_of_the_first_segment_and_adds_up() -> None:
    played = play("C>S S ttl=63; S>C SA ttl=64; C>S A ttl=12")
    assert (played.end("C").ttl, played.end("S").ttl) == (63, 64)


@pytest.mark.parametrize(
    ("marks", "sight", "by_card"),
    [(OUTGOING, SIGHT_OUTGOING, False), (INCOMING, SIGHT_INCOMING, False), (CHECKSUM_PARTIAL, 0, True)],
)
def test_sight_what_tells_the_capturing_host(marks: int, sight: int, by_card: bool) -> None:
    sender, segment = Endpoint(), Segment()
    segment.marks = marks
    note_sight(segment, sender)
    assert (sender.sight, bool(sender.marks & CHECKSUM_BY_CARD)) == (sight, by_card)
