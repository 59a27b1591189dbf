"""A FIN that the capture missed: only its acknowledgment tells of it."""

from tracker.tcp.endpoint import FIN_INFERRED

from .play import going_on, play

ESTABLISHED = "C>S S; S>C SA; C>S A"
SPOKEN = f"{ESTABLISHED}; C>S P100; S>C A; S>C P200; C>S A"


def test_established_ack_of_one_byte_more_tells_of_the_other_s_fin() -> None:
    played = going_on(SPOKEN, "S>C FA unseen; C>S A")
    played.went("SYN_SENT ESTABLISHED CLOSE_WAIT", "SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2")
    played.sure("seen", "assumed")


def test_close_wait_missed_fin_has_acknowledged_the_first_one() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C FA unseen; C>S A")
    played.went("SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")


def test_established_fin_that_acknowledges_a_missed_fin() -> None:
    played = going_on(SPOKEN, "C>S FA unseen; S>C FA; C>S A")
    played.went("SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")


def test_close_wait_one_missed_byte_of_payload_is_taken_back_when_payload_follows() -> None:
    played = going_on(SPOKEN, "C>S P1 unseen; S>C A; C>S P50; S>C A")
    played.is_("ESTABLISHED", "ESTABLISHED")
    assert not played.end("C").sight & FIN_INFERRED
    going_on(SPOKEN, "C>S P1 unseen; S>C A; C>S P50; S>C A; C>S FA; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")


def test_established_more_than_a_byte_missed_is_no_fin() -> None:
    going_on(SPOKEN, "C>S P2 unseen; S>C A").is_("ESTABLISHED", "ESTABLISHED")


def test_fin_wait1_captured_behind_its_own_acknowledgment() -> None:
    """Several cores: the ACK stands in the file before the FIN that it acknowledges."""
    played = going_on(SPOKEN, "C>S FA unseen; S>C A; C>S FA again")
    played.is_("FIN_WAIT2", "CLOSE_WAIT")


def test_fin_wait1_other_side_not_captured_its_answer_is_assumed() -> None:
    played = play("C>S S; S>C SA unseen; C>S A; C>S P10; S>C A unseen; C>S FA; S>C A unseen")
    played.is_("FIN_WAIT2", "CLOSE_WAIT").sure("assumed", "assumed")
    going_on("C>S S; S>C SA unseen; C>S A; C>S P10; C>S FA", "C>S FA again +1s").is_("FIN_WAIT1", "ESTABLISHED")


def test_last_ack_other_side_not_captured() -> None:
    played = play("C>S S; S>C SA unseen; C>S A; S>C FA unseen; C>S A; C>S FA; S>C A unseen")
    played.went("SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED", "SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT")


def test_syn_recv_only_the_server_is_captured() -> None:
    """The final ACK is not in the capture: an acknowledgment beyond the SYN, or a FIN, tells that it came."""
    one_way = "C>S S unseen; S>C SA; C>S A unseen"
    going_on(one_way, "C>S P10 unseen; S>C A").went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")
    going_on(one_way, "S>C FA; C>S FA unseen; S>C A").went(
        "SYN_SENT ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED", "SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT"
    )
    going_on(one_way, "C>S FA unseen; S>C A; S>C FA").went(
        "SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED"
    )
