"""Belief and its revision: what later segments prove and disprove."""

import pytest

from tracker.tcp.endpoint import Endpoint
from tracker.tcp.evidence import CROSSING, cause_of, covers_fin, state_below
from tracker.tcp.segment import Segment
from tracker.tcp.states import ASSUMED, SEEN, State

from .play import ESTABLISHED, FIN_WAIT2, SPOKEN, SYN_RECV, TIME_WAIT, going_on, play


def test_certainty_an_answer_proves_what_was_assumed() -> None:
    """The row keeps its moment and packet; only its certainty rises."""
    assumed, seen = play(SYN_RECV), play(ESTABLISHED)
    row = seen.rows("C")[1]
    assert (assumed.rows("C")[1].certainty, row.certainty) == (ASSUMED, SEEN)
    assert (row.number, row.at) == (2, seen.segments[1].time)
    assert len(seen.rows("C")) == 2


def test_certainty_going_on_proves_nothing_of_states_that_look_alike() -> None:
    """In FIN_WAIT2 and FIN_WAIT1 a host sends the same ACKs."""
    played = going_on(FIN_WAIT2, "S>C P10; C>S A; C>S A").sure("assumed", "seen")
    played.is_("FIN_WAIT2", "CLOSE_WAIT")


def test_certainty_ack_of_the_fin_proves_close_wait() -> None:
    going_on(SPOKEN, "C>S FA; S>C P5").sure("assumed", "seen")
    going_on(SPOKEN, "C>S FA; S>C P5 crossing").sure("seen", "assumed")


def test_certainty_ack_of_the_second_fin_proves_time_wait() -> None:
    going_on(TIME_WAIT, "C>S A").sure("seen", "assumed")


@pytest.mark.parametrize("again", ["C>S S again +1s", "C>S S dup +3s"])
def test_syn_again_takes_back_what_the_syn_ack_did(again: str) -> None:
    played = play(f"C>S S; S>C SA dropped; {again}").sure("seen", "seen")
    row = played.rows("C")[1]
    assert (row.undone, row.new) == (3, State.ESTABLISHED)
    assert played.end("C").since == played.segments[0].time


def test_syn_again_takes_no_proven_state_back() -> None:
    play(f"{SPOKEN}; C>S S dup").is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")


def test_syn_ack_again_takes_no_proven_state_back() -> None:
    going_on(SPOKEN, "S>C SA dup +1s").is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")


def test_syn_ack_again_without_an_ack_between_takes_the_client_back() -> None:
    played = play(f"{SYN_RECV}; S>C SA again +1s; S>C SA again +2s").is_("SYN_SENT", "SYN_RECV")
    played.believed("SYN_SENT ~ESTABLISHED", "SYN_RECV")
    play(f"{SYN_RECV}; S>C SA again +1s; C>S A").is_("ESTABLISHED", "ESTABLISHED")


def test_state_below_and_cause() -> None:
    played = play(ESTABLISHED)
    assert state_below(played.end("C"), played.store) == State.SYN_SENT
    assert cause_of(played.end("C"), played.store) == 1
    nothing = Endpoint()
    assert (state_below(nothing, played.store), cause_of(nothing, played.store)) == (State.UNKNOWN, -1)


@pytest.mark.parametrize("fin", [100, 0xFFFFFFFF])
def test_covers_fin(fin: int) -> None:
    other, segment = Endpoint(), Segment()
    other.fin_seq, segment.ack, segment.flags = fin, (fin + 1) & 0xFFFFFFFF, 0x10
    assert not covers_fin(segment, other)
    other.marks = 0x20
    assert covers_fin(segment, other)
    segment.ack = fin
    assert not covers_fin(segment, other)
    segment.ack, segment.flags = (fin + 1) & 0xFFFFFFFF, 1
    assert not covers_fin(segment, other)


# A bare RST answers


def test_bare_rst_much_later_is_no_answer() -> None:
    """Others have spoken since."""
    played = going_on(SPOKEN, "C>S FA; S>C A; S>C P10; S>C R")
    assert played.states("S") == "SYN_RECV ESTABLISHED CLOSE_WAIT CLOSED"


def test_bare_rst_of_an_ack_of_its_fin_leaves_fin_wait2() -> None:
    """An orphan takes the ACK, then resets for what came with it."""
    played = going_on(SPOKEN, "C>S FA; S>C P10; C>S R seq=+0")
    assert played.states("C").endswith("FIN_WAIT1 FIN_WAIT2 CLOSED")


def test_bare_rst_of_fin_and_ack_takes_time_wait_back_only() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C FA; C>S R seq=+0")
    assert played.account("C").endswith("FIN_WAIT1 FIN_WAIT2 ~TIME_WAIT CLOSED")


def test_bare_rst_of_the_syn_ack_takes_established_back() -> None:
    played = play(f"{SYN_RECV}; C>S R")
    played.believed("SYN_SENT ~ESTABLISHED CLOSED", "SYN_RECV CLOSED")


# Going on after an RST


@pytest.mark.parametrize(("wait", "back"), [("+49ms", False), ("+60ms", True), ("+10s", True)])
def test_going_on_after_rst_later_than_anything_under_way(wait: str, back: bool) -> None:
    """Both round trips measured are 1 ms and 2 ms here, each counted twice."""
    played = going_on(SPOKEN, f"C>S RA; S>C P10 {wait}")
    assert (State(played.end("S").state) is State.ESTABLISHED) == back
    assert CROSSING == 50_000_000


def test_going_on_after_rst_waits_longer_on_long_ways() -> None:
    slow = "C>S S; S>C SA +300ms; C>S A +300ms; C>S P100; S>C A +300ms"
    assert State(play(f"{slow}; C>S RA; S>C P10 +400ms").end("S").state) is State.CLOSED
    assert State(play(f"{slow}; C>S RA; S>C P10 +2s").end("S").state) is State.ESTABLISHED


def test_going_on_after_its_own_rst_is_not_believed() -> None:
    """Who has sent an RST has no connection; what else it sends was under way or is forged."""
    assert State(going_on(SPOKEN, "C>S RA; C>S P10 +1s").end("C").state) is State.CLOSED


def test_going_on_after_the_last_ack_is_not_after_an_rst() -> None:
    played = going_on(TIME_WAIT, "C>S A; S>C A +1s")
    assert State(played.end("S").state) is State.CLOSED


def test_going_on_with_data_after_an_rst_and_closing_as_ever() -> None:
    played = going_on(SPOKEN, "C>S R; S>C P10 +1s; C>S A; S>C FA; C>S A")
    assert State(played.end("S").state) is State.FIN_WAIT2
