"""One tuple, several lives: RFC 9293 3.5.1, 3.6.1 and 3.10.7.4, RFC 6191, RFC 5961 4."""

import pytest

from tracker.tcp.endpoint import BY_SYN, BY_SYN_ACK, DISMISSED, TENTATIVE, YOUNG
from tracker.tcp.incarnation import DOUBTFUL, NEW, SAME, acceptable_in_time_wait, life_of_syn
from tracker.tcp.segment import HAS_TIMESTAMPS

from .play import CLOSED, CLOSING, FIN_WAIT2, SPOKEN, SYN_RECV, SYN_SENT, TIME_WAIT, play

OPEN = ("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")
ANSWERED = "S>C SA; C>S A; C>S P5; S>C A"

# Retry or new attempt


def test_syn_sent_syn_with_another_number_is_another_attempt() -> None:
    """zeek/zeek#863: same number, same attempt; another number, another attempt."""
    played = play("C>S S; C>S S again +1s; C>S S new +2s; C>S S again +1s").has(lives=2)
    assert [played.trouble("C", life).syn_retries for life in (0, 1)] == [1, 1]
    assert [flow.incarnation for flow in played.store.flows] == [0, 1]
    assert played.store.flows[1].previous == 0


def test_closed_attempt_then_another() -> None:
    played = play("C>S S; S>C RA; C>S S new; S>C SA; C>S A").has(lives=2)
    played.went("SYN_SENT CLOSED", "CLOSED", life=0).went(*OPEN, life=1)


def test_syn_recv_abandoned_then_another_attempt() -> None:
    played = play(f"{SYN_RECV}; C>S R; C>S S new; {ANSWERED}").has(lives=2).is_("CLOSED", "CLOSED", life=0)
    played.went(*OPEN)


# After the end


def test_closed_syn_begins_a_new_life() -> None:
    played = play(f"{CLOSED}; C>S S new +70s; {ANSWERED}").has(lives=2)
    played.is_("TIME_WAIT", "CLOSED", life=0).went(*OPEN, life=1)


def test_time_wait_syn_from_the_side_that_waits() -> None:
    """The client itself reuses its port (tcp_tw_reuse): its own socket is gone by that."""
    play(f"{TIME_WAIT}; C>S A; C>S S new; {ANSWERED}").has(lives=2).is_("ESTABLISHED", "ESTABLISHED")


SERVER_WAITS = f"{SPOKEN}; S>C FA; C>S FA; S>C A"


def test_time_wait_syn_with_a_higher_number_reopens() -> None:
    """RFC 9293 3.6.1; Linux: tcp_timewait_state_process."""
    play(SERVER_WAITS).is_("CLOSED", "TIME_WAIT")
    play(f"{SERVER_WAITS}; C>S S new +1s; {ANSWERED}").has(lives=2).went(*OPEN)


def test_time_wait_syn_of_a_closed_sender_is_a_new_attempt_whatever_its_number() -> None:
    """The sender really opens; whether it is heard, the answer tells."""
    play(f"{SERVER_WAITS}; C>S S new seq=-1000500 +1s").has(lives=2).is_("SYN_SENT", "UNKNOWN")


def test_time_wait_syn_that_is_not_acceptable_is_answered_by_an_ack_then_reset() -> None:
    played = play(f"{SERVER_WAITS}; C>S S new seq=-1000500 +1s; S>C A; C>S R seq=heard; C>S S again +1s; S>C SA; C>S A")
    played.has(lives=2).is_("CLOSED", "CLOSED", life=0).is_("ESTABLISHED", "ESTABLISHED", life=1)


@pytest.mark.parametrize(("stamp", "expected"), [("ts=99999", True), ("ts=1", False)])
def test_time_wait_syn_with_a_later_timestamp_reopens(stamp: str, expected: bool) -> None:
    """RFC 6191."""
    scene = "C>S S ts; S>C SA ts; C>S A; S>C FA; C>S FA; S>C A"
    played = play(f"{scene}; C>S S new seq=-1000500 {stamp}")
    flow = played.store.flows[0]
    syn = played.segments[-1]
    receiver = flow.b if flow.src[3] == syn.src[3] else flow.a
    assert acceptable_in_time_wait(syn, receiver) == expected


def test_time_wait_late_data_of_the_old_life_stays_there() -> None:
    played = play(f"{SERVER_WAITS}; C>S P100 dup +1s").has(lives=1)
    played.is_("CLOSED", "TIME_WAIT")


@pytest.mark.parametrize("scene", [CLOSING, TIME_WAIT, CLOSED])
def test_any_ending_syn_then_a_whole_new_life(scene: str) -> None:
    played = play(f"{scene}; C>S S new +1s; {ANSWERED}; C>S FA; S>C FA; C>S A").has(lives=2)
    played.went(f"{OPEN[0]} FIN_WAIT1 FIN_WAIT2 TIME_WAIT", f"{OPEN[1]} CLOSE_WAIT LAST_ACK CLOSED")


def test_lives_in_a_row() -> None:
    one = "C>S S new; S>C SA; C>S A; C>S FA; S>C FA; C>S A"
    played = play("; ".join([one.replace(" new", ""), *[f"{one} +1s"] * 9])).has(lives=10)
    assert [flow.incarnation for flow in played.store.flows] == list(range(10))
    assert [flow.previous for flow in played.store.flows] == list(range(-1, 9))
    for life in range(10):
        played.is_("TIME_WAIT", "CLOSED", life)


def test_reopened_from_the_other_side() -> None:
    played = play(f"{CLOSED}; S>C S new +70s; C>S SA; S>C A; S>C P5; C>S A").has(lives=2)
    played.is_("ESTABLISHED", "ESTABLISHED")
    assert (played.client(0), played.client(1)) == ("C", "S")


# A SYN on a living connection


def test_established_syn_that_nobody_answers_is_shown_nowhere() -> None:
    play(f"{SPOKEN}; C>S S new").has(lives=1, hidden=1).is_("ESTABLISHED", "ESTABLISHED")


def test_established_syn_challenged_and_then_life_goes_on() -> None:
    """Forged: the owner of the address knows the connection and goes on with it."""
    played = play(f"{SPOKEN}; C>S S new; S>C A; C>S P10 seq=#-1000000; S>C A ack=#-999990").has(lives=1, hidden=1)
    played.is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")
    assert played.store.flows[1].marks & (TENTATIVE | DISMISSED) == TENTATIVE | DISMISSED
    assert played.end("C").bytes == 110


def test_established_syn_challenged_reset_and_repeated() -> None:
    """Crash and reconnect on the same ports."""
    played = play(f"{SPOKEN}; C>S S new +60s; S>C A; C>S R seq=heard; C>S S again +1s; {ANSWERED}").has(lives=2)
    played.is_("CLOSED", "CLOSED", life=0).went(*OPEN, life=1).caused("C", "SYN_SENT", 8, life=1)


def test_established_syn_repeated_without_an_answer_is_real() -> None:
    play(f"{SPOKEN}; C>S S new; C>S S again +1s").has(lives=2).is_("SYN_SENT", "UNKNOWN")


def test_established_syn_answered_by_a_syn_ack_of_its_number() -> None:
    play(f"{SPOKEN}; C>S S new; {ANSWERED}").has(lives=2).went(*OPEN)


def test_established_syn_refused_by_number() -> None:
    play(f"{SPOKEN}; C>S S new; S>C RA seq=0 ack=#1").has(lives=2).is_("CLOSED", "CLOSED")


def test_established_two_forged_syns_of_different_numbers() -> None:
    played = play(f"{SPOKEN}; C>S S new; C>S S new; S>C A; S>C A").has(lives=1, hidden=1)
    played.is_("ESTABLISHED", "ESTABLISHED")


def test_established_many_forged_syns_hide_one_life() -> None:
    script = "; ".join(f"C>S S new={n * 7919}" for n in range(1, 40))
    played = play(f"{SPOKEN}; {script}; S>C P10; C>S A seq=#0").has(lives=1, hidden=1)
    assert [row.new for row in played.store.transitions if row.flow == 1 and not row.undone] == [3]


def test_established_forged_syn_from_the_server_s_side() -> None:
    played = play(f"{SPOKEN}; S>C S new; C>S A; S>C P10 seq=#-999799; C>S A").has(lives=1, hidden=1)
    played.is_("ESTABLISHED", "ESTABLISHED")


def test_close_wait_syn_of_who_has_closed_is_doubtful() -> None:
    """Linux reuses a port in FIN_WAIT2 only after its timeout; the server is still in CLOSE_WAIT and challenges."""
    played = play(f"{FIN_WAIT2}; C>S S new +61s; S>C A; C>S R seq=heard; C>S S again +1s; {ANSWERED}").has(lives=2)
    played.is_("CLOSED", "CLOSED", life=0).is_("ESTABLISHED", "ESTABLISHED", life=1)


def test_last_ack_challenge_of_the_old_life_is_not_the_new_one_s_answer() -> None:
    """The new SYN finds the server still in LAST_ACK: its challenge ACK belongs to the old life."""
    played = play(f"{TIME_WAIT}; C>S A unseen; C>S S new +1s; S>C A; {ANSWERED}").has(lives=2)
    played.went(*OPEN)


def test_young_life_marks_go_once_both_ends_have_spoken() -> None:
    assert play(f"{CLOSED}; C>S S new; {ANSWERED}").flow().marks == 0
    assert play(f"{TIME_WAIT}; C>S S new").flow().marks == YOUNG


# SYN-ACK first


def test_closed_syn_ack_of_another_number_begins_a_life_whose_syn_was_missed() -> None:
    played = play(f"{CLOSED}; C>S S new +70s unseen; {ANSWERED}").has(lives=2)
    played.is_("TIME_WAIT", "CLOSED", life=0).is_("ESTABLISHED", "ESTABLISHED", life=1)
    assert (played.client(), played.flow().direction) == ("C", BY_SYN_ACK)


def test_closed_syn_ack_dup_of_the_old_life_begins_nothing() -> None:
    play(f"{CLOSED}; S>C SA dup +1s").has(lives=1).is_("TIME_WAIT", "CLOSED")


def test_refused_syn_ack_is_of_the_same_life() -> None:
    play("C>S S; S>C RA; C>S S again +1s; S>C SA; C>S A").has(lives=1).is_("ESTABLISHED", "ESTABLISHED")


def test_unknown_syn_is_of_the_life_that_its_syn_ack_began() -> None:
    played = play("C>S S unseen; S>C SA; C>S S dup").has(lives=1)
    assert played.flow().direction == BY_SYN


# Mid-stream


def test_midstream_syn_ack_of_another_life_once_both_have_ended() -> None:
    """Neither number was known; the reset ended both."""
    played = play("C>S P5; S>C R; C>S S new unseen; S>C SA; C>S A").has(lives=2)
    played.is_("CLOSED", "CLOSED", life=0).is_("ESTABLISHED", "ESTABLISHED", life=1)


def test_young_life_data_of_the_old_one_is_the_old_one_s() -> None:
    """The server, still in LAST_ACK, repeats its FIN after the new SYN."""
    played = play(f"{TIME_WAIT}; C>S A unseen; C>S S new +1s; S>C FA dup; {ANSWERED}").has(lives=2)
    played.went(*OPEN).is_("FIN_WAIT2", "LAST_ACK", life=0)


def test_midstream_syn_on_a_connection_of_which_only_one_side_was_seen() -> None:
    """The other host has restarted: nobody has seen its old socket."""
    played = play("S>C P10; S>C P10; C>S S; S>C A; C>S R seq=heard; C>S S again +1s; S>C SA seq=+77777; C>S A")
    assert played.is_("ESTABLISHED", "ESTABLISHED").client() == "C"


def test_midstream_end_then_new_life() -> None:
    play("C>S P5; S>C A; C>S FA; S>C FA; C>S A; C>S S new +5s; S>C SA; C>S A").has(lives=2).is_(
        "ESTABLISHED", "ESTABLISHED"
    )


# The rule itself


@pytest.mark.parametrize(
    ("scene", "seq", "expected"),
    [
        (SYN_SENT, 0, SAME),
        (SYN_SENT, 9, NEW),
        (SYN_RECV, 0, SAME),
        (SYN_RECV, 9, DOUBTFUL),
        (SPOKEN, 0, SAME),
        (SPOKEN, 10**6, DOUBTFUL),
        (FIN_WAIT2, 10**6, DOUBTFUL),
        (TIME_WAIT, 10**6, NEW),
        (CLOSED, 10**6, NEW),
        (CLOSED, 0, SAME),
    ],
)
def test_life_of_syn(scene: str, seq: int, expected: int) -> None:
    played = play(scene)
    syn = played.segments[0]
    syn.seq = played.end("C").iss + seq
    syn.options &= ~HAS_TIMESTAMPS
    assert life_of_syn(syn, played.end("C"), played.end("S")) == expected
    assert played.flow().direction == BY_SYN
