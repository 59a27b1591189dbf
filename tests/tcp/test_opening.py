"""From nothing to ESTABLISHED, or not: RFC 9293 3.5 and 3.10.7.2 to 3.10.7.4."""

import pytest

from tracker.tcp.endpoint import (
    BY_NOTHING,
    BY_SELF_CONNECT,
    BY_SIMULTANEOUS_OPEN,
    BY_SYN,
    BY_SYN_ACK,
    ECN_OFFERED,
    FAST_OPEN,
    MPTCP,
    SACK_OFFERED,
    SCALE_OFFERED,
    TS_OFFERED,
)

from .play import ESTABLISHED, SPOKEN, SYN_RECV, SYN_SENT, going_on, play

# Three ways


def test_unknown_syn_is_syn_sent_and_says_nothing_of_the_other_side() -> None:
    play(SYN_SENT).is_("SYN_SENT", "UNKNOWN").sure("seen", "unknown").has(lives=1)


def test_syn_sent_syn_ack() -> None:
    play(SYN_RECV).is_("ESTABLISHED", "SYN_RECV").sure("assumed", "seen")


def test_syn_recv_ack() -> None:
    played = play(ESTABLISHED).is_("ESTABLISHED", "ESTABLISHED").sure("seen", "assumed")
    played.caused("C", "ESTABLISHED", 2).caused("S", "SYN_RECV", 2).caused("S", "ESTABLISHED", 3)
    assert (played.client(), played.flow().direction) == ("C", BY_SYN)


def test_established_proven_by_data() -> None:
    play(SPOKEN).went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").sure("seen", "seen")


@pytest.mark.parametrize("word", ["ack=-1", "ack=+1", "ack=+1000000", "ack=-1000000"])
def test_syn_sent_syn_ack_of_another_number_is_not_taken(word: str) -> None:
    play(f"C>S S; S>C SA {word}").is_("SYN_SENT", "SYN_RECV").verdict("acknowledges data never sent")


@pytest.mark.parametrize("flags", ["A", "P10"])
def test_syn_sent_ack_of_another_number_is_not_taken(flags: str) -> None:
    play(f"C>S S; S>C {flags} ack=+7").is_("SYN_SENT", "ESTABLISHED").sure("seen", "unknown").verdict(
        "acknowledges data never sent"
    )


def test_syn_sent_data_without_ack_changes_nothing() -> None:
    play("C>S S; S>C -10").is_("SYN_SENT", "UNKNOWN").verdict("no ACK")


@pytest.mark.parametrize("ack", ["#0", "#-5", "#2", "#900000"])
def test_syn_recv_ack_of_another_number_does_not_open(ack: str) -> None:
    play(f"{SYN_RECV}; C>S A ack={ack}").is_("ESTABLISHED", "SYN_RECV").verdict("acknowledges data never sent")


def test_syn_recv_data_is_the_final_ack() -> None:
    play(f"{SYN_RECV}; C>S P100").went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").caused("S", "ESTABLISHED", 3)


def test_syn_recv_fin_is_the_final_ack_too() -> None:
    play(f"{SYN_RECV}; C>S FA").went("SYN_SENT ESTABLISHED FIN_WAIT1", "SYN_RECV ESTABLISHED CLOSE_WAIT")


def test_syn_recv_server_speaks_first_behind_an_unseen_final_ack() -> None:
    play(f"{SYN_RECV}; C>S A unseen; S>C P10").is_("ESTABLISHED", "ESTABLISHED").sure("assumed", "seen")


def test_syn_recv_server_closes_at_once() -> None:
    play(f"{SYN_RECV}; S>C FA; C>S A").went("SYN_SENT ESTABLISHED CLOSE_WAIT", "SYN_RECV FIN_WAIT1 FIN_WAIT2")


def test_syn_options_are_kept() -> None:
    played = play("C>S SEW ws=7 ts sackok mss=1460 mptcp; S>C SAE ws=14 ts sackok mss=1400; C>S A")
    client, server = played.end("C"), played.end("S")
    assert client.marks & (SCALE_OFFERED | TS_OFFERED | SACK_OFFERED | ECN_OFFERED | MPTCP) == (
        SCALE_OFFERED | TS_OFFERED | SACK_OFFERED | ECN_OFFERED | MPTCP
    )
    assert (client.scale, client.mss, server.scale, server.mss) == (7, 1460, 14, 1400)
    assert not server.marks & MPTCP


@pytest.mark.parametrize(("offered", "used"), [(0, 0), (1, 1), (14, 14), (15, 14), (255, 14)])
def test_syn_window_scale_is_at_most_14(offered: int, used: int) -> None:
    """RFC 7323 2.3; and the scaled window still fits 32 bits."""
    played = play(f"C>S S ws={offered}; S>C SA ws=2; C>S A win=65535")
    assert played.end("C").scale == used
    assert played.end("C").rcv_wnd == 65535 << used


def test_syn_windows_are_never_scaled_and_one_offer_is_none() -> None:
    played = play("C>S S ws=7 win=1000; S>C SA ws=3 win=1000")
    assert played.end("S").rcv_wnd == 1000
    played = play("C>S S ws=7; S>C SA; C>S A win=1000; S>C A win=500")
    assert (played.end("C").rcv_wnd, played.end("S").rcv_wnd) == (1000, 500)


# Attempts that are repeated


def test_syn_sent_syn_again_is_one_attempt() -> None:
    played = play("C>S S; C>S S again +1s; C>S S again +2s; C>S S again +4s").is_("SYN_SENT", "UNKNOWN").has(lives=1)
    assert (played.trouble("C").syn_retries, played.trouble("C").retransmitted, played.end("C").retries) == (3, 3, 3)
    played.went("SYN_SENT", "").caused("C", "SYN_SENT", 1)


def test_syn_sent_syn_again_then_answered() -> None:
    play("C>S S; C>S S again +1s; S>C SA; C>S A").went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").has(lives=1)


def test_established_syn_again_says_that_the_syn_ack_was_lost() -> None:
    played = play("C>S S; S>C SA dropped; C>S S again +1s")
    played.is_("SYN_SENT", "SYN_RECV").believed("SYN_SENT ~ESTABLISHED", "SYN_RECV").sure("seen", "seen").has(lives=1)


def test_established_syn_again_then_syn_ack_again() -> None:
    played = play("C>S S; S>C SA dropped; C>S S again +1s; S>C SA again; C>S A")
    played.believed("SYN_SENT ~ESTABLISHED ESTABLISHED", "SYN_RECV ESTABLISHED").caused("C", "ESTABLISHED", 5).has(
        lives=1
    )


def test_syn_recv_syn_ack_again_says_that_the_final_ack_did_not_count() -> None:
    """Lost, or a full accept queue, or TCP_DEFER_ACCEPT."""
    played = play(f"{ESTABLISHED}; S>C SA again +1s")
    played.is_("ESTABLISHED", "SYN_RECV").believed("SYN_SENT ESTABLISHED", "SYN_RECV ~ESTABLISHED").sure("seen", "seen")


def test_syn_recv_deferred_accept_opens_at_the_data() -> None:
    played = play(f"{ESTABLISHED}; S>C SA again +1s; C>S A; S>C SA again +2s; C>S P10; S>C A")
    played.went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").caused("S", "ESTABLISHED", 7)
    assert played.trouble("S").syn_retries == 2


def test_syn_recv_syn_ack_again_after_a_fin() -> None:
    played = play(f"{ESTABLISHED}; C>S FA; S>C SA again +1s").is_("FIN_WAIT1", "SYN_RECV")
    played.believed("SYN_SENT ESTABLISHED FIN_WAIT1", "SYN_RECV ~ESTABLISHED ~CLOSE_WAIT")


def test_established_syn_ack_dup_after_the_server_spoke_changes_nothing() -> None:
    going_on(SPOKEN, "S>C SA again").is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen").verdict("challenged")


def test_established_syn_dup_after_the_client_spoke_changes_nothing() -> None:
    going_on(SPOKEN, "C>S S dup; S>C A").is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen").has(lives=1)


# Refusals


def test_syn_sent_rst_ack_refuses() -> None:
    played = play("C>S S; S>C RA").is_("CLOSED", "CLOSED").sure("assumed", "seen")
    assert played.end("S").resets == 1


def test_syn_sent_rst_ack_of_another_number_does_not() -> None:
    play("C>S S; S>C RA ack=+1").is_("SYN_SENT", "CLOSED").verdict("acknowledges data never sent")


def test_syn_sent_bare_rst_does_not() -> None:
    """RFC 9293 3.10.7.3: without an ACK it is dropped."""
    assert play("C>S S; S>C R").verdict("no ACK").end("C").state == 3


def test_closed_syn_again_says_that_the_refusal_was_lost_or_not_believed() -> None:
    """Windows tries three times, against refusals."""
    played = play("C>S S; S>C RA; C>S S again +1s; S>C RA; C>S S again +1s; S>C RA").has(lives=1)
    played.is_("CLOSED", "CLOSED").believed("SYN_SENT ~CLOSED ~CLOSED CLOSED", "CLOSED")


def test_closed_syn_again_may_find_a_listener() -> None:
    played = play("C>S S; S>C RA; C>S S again +1s; S>C SA; C>S A").has(lives=1)
    played.went("SYN_SENT ESTABLISHED", "CLOSED SYN_RECV ESTABLISHED")


def test_syn_recv_client_resets_a_half_open_scan() -> None:
    play(f"{SYN_RECV}; C>S R").went("SYN_SENT CLOSED", "SYN_RECV CLOSED")


def test_syn_recv_server_gives_up_with_a_reset() -> None:
    play(f"{SYN_RECV}; S>C R +63s").is_("CLOSED", "CLOSED")


def test_syn_recv_bare_rst_answers_the_final_ack() -> None:
    """tcp_abort_on_overflow, an expired request: the server never was ESTABLISHED."""
    played = play(f"{ESTABLISHED}; S>C R").is_("CLOSED", "CLOSED")
    played.believed("SYN_SENT ESTABLISHED CLOSED", "SYN_RECV ~ESTABLISHED CLOSED")


@pytest.mark.parametrize("error", ["3/0", "3/1", "3/3", "3/10", "3/13", "11/0", "12/0"])
def test_syn_sent_icmp_error_ends_the_attempt(error: str) -> None:
    played = play(f"C>S S; C>S icmp={error}").is_("CLOSED", "UNKNOWN").sure("assumed", "unknown").has(lives=1)
    kind, code = error.split("/")
    assert played.flow().error == int(kind) << 8 | int(code)


@pytest.mark.parametrize("error", ["3/4", "4/0", "5/1"])
def test_syn_sent_icmp_that_is_a_hint_does_not(error: str) -> None:
    play(f"C>S S; C>S icmp={error}").is_("SYN_SENT", "UNKNOWN")


def test_syn_sent_icmp_must_quote_its_syn() -> None:
    play("C>S S; C>S icmp=3/1 seq=+1").is_("SYN_SENT", "UNKNOWN")


@pytest.mark.parametrize("scene", [SYN_RECV, SPOKEN])
def test_established_icmp_error_is_a_hint(scene: str) -> None:
    played = going_on(scene, "C>S icmp=3/1 seq=#0")
    assert played.end("C").state == 5
    assert played.flow().error == 0x301


def test_closed_by_icmp_syn_again_goes_on() -> None:
    """A soft error: the socket was locked in connect()."""
    play("C>S S; C>S icmp=3/3; C>S S again +1s").is_("SYN_SENT", "UNKNOWN").believed("SYN_SENT ~CLOSED", "").has(
        lives=1
    )


def test_nothing_icmp_error_of_an_unknown_flow_begins_none() -> None:
    played = play("C>S S unseen; C>S icmp=3/1")
    assert played.store.flows == []


# Simultaneous open, RFC 9293 3.5 figure 7

OPENINGS = {
    "as a host sees it": "C>S S; S>C S; C>S SA; S>C SA",
    "the other answers first": "C>S S; S>C S; S>C SA; C>S SA",
    "the other begins": "S>C S; C>S S; C>S SA; S>C SA",
    "the other begins and answers first": "S>C S; C>S S; S>C SA; C>S SA",
}


@pytest.mark.parametrize("script", OPENINGS.values(), ids=OPENINGS)
def test_syn_sent_syn_simultaneous_open(script: str) -> None:
    played = play(script).has(lives=1)
    played.went("SYN_SENT SYN_RECV ESTABLISHED", "SYN_SENT SYN_RECV ESTABLISHED")
    assert played.flow().direction == BY_SIMULTANEOUS_OPEN


@pytest.mark.parametrize("script", OPENINGS.values(), ids=OPENINGS)
def test_syn_sent_syn_simultaneous_open_goes_on(script: str) -> None:
    played = play(f"{script}; C>S P10; S>C P10; C>S FA; S>C A; S>C FA; C>S A")
    played.is_("TIME_WAIT", "CLOSED").has(lives=1)


def test_syn_sent_syn_simultaneous_open_completed_by_bare_acks() -> None:
    """Some stacks answer the crossing SYN with an ACK that repeats no SYN."""
    play("C>S S; S>C S; C>S A; S>C A").is_("ESTABLISHED", "ESTABLISHED").sure("assumed", "seen")


def test_syn_sent_syn_lost_becomes_an_ordinary_open() -> None:
    played = play("C>S S gone; S>C S; C>S SA; S>C A").went("SYN_RECV ESTABLISHED", "SYN_SENT ESTABLISHED")
    assert played.client() == "S"


# Self-connect


def test_self_connect_has_one_endpoint() -> None:
    played = play("C>C S; C>C SA; C>C A")
    assert {row.side for row in played.store.transitions} == {0}
    (flow,) = played.store.flows
    assert flow.direction == BY_SELF_CONNECT
    assert flow.b.packets == 0
    states = [row.new for row in played.store.transitions if not row.undone]
    assert states == [3, 4, 5]


def test_self_connect_closes() -> None:
    played = play("C>C S; C>C SA; C>C A; C>C P10; C>C A; C>C FA; C>C A")
    assert [row.new for row in played.store.transitions if not row.undone] == [3, 4, 5, 6, 9, 11]


# Fast open, RFC 7413


def test_fast_open_data_in_the_syn_is_accepted() -> None:
    played = play("C>S S100 fo; S>C SA; S>C P50; C>S A; S>C A")
    played.went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").caused("S", "ESTABLISHED", 4)
    assert played.end("C").marks & played.end("S").marks & FAST_OPEN


def test_fast_open_data_in_the_syn_is_refused() -> None:
    played = play("C>S S100 fo; S>C SA ack=#1; C>S P100 seq=#1; S>C A")
    played.went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")
    assert not played.end("C").marks & FAST_OPEN


def test_fast_open_server_closes_before_the_final_ack() -> None:
    play("C>S S100 fo; S>C SA; S>C FA50; C>S A").went("SYN_SENT ESTABLISHED CLOSE_WAIT", "SYN_RECV FIN_WAIT1 FIN_WAIT2")


# SYN-ACK first, and what else the capture's beginning cuts off


def test_unknown_syn_ack_is_backscatter_or_an_answer() -> None:
    played = play("S>C SA").is_("UNKNOWN", "SYN_RECV").sure("unknown", "seen")
    assert (played.client(), played.flow().direction) == ("C", BY_SYN_ACK)


def test_unknown_syn_ack_again_stays() -> None:
    play("S>C SA; S>C SA again +1s; S>C SA again +2s").went("", "SYN_RECV").has(lives=1)


def test_unknown_syn_ack_refused_by_a_bystander() -> None:
    """A victim of spoofing answers backscatter with a bare RST."""
    play("S>C SA; C>S R").went("CLOSED", "SYN_RECV CLOSED")


def test_unknown_syn_ack_then_ack() -> None:
    play("C>S S unseen; S>C SA; C>S A").went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")


@pytest.mark.parametrize("more", ["S>C P10", "S>C FA"])
def test_unknown_syn_ack_whose_sender_goes_on(more: str) -> None:
    played = play(f"C>S S unseen; S>C SA; C>S A unseen; {more}")
    assert played.states("C").startswith("SYN_SENT ESTABLISHED")
    assert played.client() == "C"


def test_unknown_syn_ack_then_its_syn_out_of_order() -> None:
    """Two interfaces, two cores: the answer stands before the question."""
    played = play("C>S S unseen; S>C SA; C>S S dup; C>S A").is_("ESTABLISHED", "ESTABLISHED").has(lives=1)
    assert (played.client(), played.flow().direction) == ("C", BY_SYN)


def test_syn_sent_syn_ack_missing_in_the_capture() -> None:
    played = play("C>S S; S>C SA unseen; C>S A; C>S P10; S>C A").has(lives=1)
    played.went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").caused("C", "ESTABLISHED", 2).sure("seen", "seen")


def test_syn_sent_only_the_client_is_captured() -> None:
    played = play("C>S S; S>C SA unseen; C>S A; C>S P10; S>C P500 unseen; C>S A; C>S FA")
    played.went("SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2", "SYN_RECV ESTABLISHED CLOSE_WAIT").sure(
        "assumed", "assumed"
    )


def test_syn_sent_answer_and_final_ack_missing_server_speaks() -> None:
    played = play("C>S S; S>C SA unseen; C>S A unseen; S>C P10")
    played.is_("ESTABLISHED", "ESTABLISHED").went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")


def test_nothing_but_flags_makes_a_flow_of_unknowns() -> None:
    played = play("C>S -; C>S F; C>S U")
    assert played.flow().direction == BY_NOTHING
    played.is_("UNKNOWN", "UNKNOWN").has(lives=1)


# A SYN-ACK with another number (zeek/zeek#3313)


def test_established_syn_ack_of_another_number_is_not_this_life_s() -> None:
    played = going_on(SPOKEN, "S>C SA dup seq=+70000; C>S A; S>C P10; C>S A").has(lives=1)
    played.is_("ESTABLISHED", "ESTABLISHED")
    assert played.end("S").bytes == 210
    assert played.end("S").iss == played.segments[1].seq


def test_syn_recv_syn_ack_of_another_number_before_the_final_ack() -> None:
    """A forged one between the real one and the final ACK: the ACK says which was taken."""
    played = play(f"{SYN_RECV}; S>C SA dup seq=+70000; C>S A; S>C P10; C>S P10; S>C A").has(lives=1)
    played.is_("ESTABLISHED", "ESTABLISHED").caused("S", "ESTABLISHED", 4)
    assert (played.end("S").iss, played.trouble("S").missed, played.trouble("C").missed) == (
        played.segments[1].seq,
        0,
        0,
    )


def test_syn_recv_syn_ack_of_another_number_after_the_first_was_lost() -> None:
    """The request had expired and the SYN came again: a new request, with a new number."""
    played = play(
        "C>S S; S>C SA dropped; C>S S again +70s; S>C SA dup seq=+70000; C>S A seq=#1 ack=#70001; S>C A seq=#70001 ack=#1"
    )
    played.is_("ESTABLISHED", "ESTABLISHED").has(lives=1)
    assert played.end("S").iss == played.segments[3].seq


def test_syn_recv_whose_crossing_syn_was_lost_was_syn_sent() -> None:
    """The SYNs cross, one is lost behind the capture: the SYN-ACK that answers the other is answered with a plain ACK."""
    played = play("C>S S dropped; S>C S crossing; C>S SA; S>C A")
    played.believed("SYN_SENT SYN_RECV ESTABLISHED", "SYN_SENT ~SYN_RECV ~ESTABLISHED ESTABLISHED")
