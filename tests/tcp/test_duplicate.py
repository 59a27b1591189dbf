"""The same packet captured twice is not sent twice; a segment sent again is another packet."""

import pytest

from tracker.tcp.segment import BAD_CHECKSUM, RIGHT_CHECKSUM

from .play import Stage, going_on, play

SPOKEN = "C>S S; S>C SA; C>S A; C>S P100; S>C A; S>C P200; C>S A"
TWICE = (
    "C>S S; C>S S dup +10us; S>C SA; S>C SA dup +10us; C>S A; C>S A dup +10us; C>S P100; C>S P dup +10us; S>C A; S>C A dup +10us;"
    "C>S FA; C>S FA dup +10us; S>C A; S>C A dup +10us; S>C FA; S>C FA dup +10us; C>S A; C>S A dup +10us"
)


def test_every_packet_twice_changes_nothing() -> None:
    played = play(TWICE)
    played.went("SYN_SENT ESTABLISHED FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "SYN_RECV ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED")
    for name in "CS":
        trouble = played.trouble(name)
        assert (trouble.retransmitted, trouble.ignored, trouble.dup_acks, trouble.bytes_again) == (0, 0, 0, 0)
        assert trouble.duplicates == played.end(name).packets


@pytest.mark.parametrize("other", ["id=4242", "again", "again +1s"])
def test_a_segment_sent_again_is_a_retransmission(other: str) -> None:
    words = f"C>S P dup {other}" if other.startswith("id") else f"C>S P {other}"
    trouble = going_on(SPOKEN, f"C>S P50; {words}").trouble("C")
    assert (trouble.duplicates, trouble.retransmitted) == (0, 1)


def test_the_same_identification_long_after_is_no_duplicate() -> None:
    trouble = going_on(SPOKEN, "C>S P50; C>S P dup +101ms").trouble("C")
    assert (trouble.duplicates, trouble.retransmitted) == (0, 1)


def test_the_second_copy_behind_some_others_is_one() -> None:
    trouble = going_on(SPOKEN, "C>S P50 id=100; C>S P60 id=101; C>S P70 id=102; C>S P50 dup id=100 seq=#101").trouble(
        "C"
    )
    assert trouble.duplicates == 1


def test_a_reordered_segment_that_fills_a_hole_is_none() -> None:
    played = going_on(SPOKEN, "C>S P50 id=100 unseen; C>S P60 id=101; C>S P50 dup seq=#101 id=100")
    assert played.trouble("C").duplicates == 0
    assert played.end("S").ranges == 0


def test_an_ack_with_news_is_none() -> None:
    trouble = going_on(SPOKEN, "S>C P10; C>S A id=7; S>C P10; C>S A id=7").trouble("C")
    assert trouble.duplicates == 0
    assert going_on(SPOKEN, "S>C P10; C>S A id=7; C>S A id=7 win=1").trouble("C").duplicates == 0


def test_without_identification_it_must_follow_at_once() -> None:
    once = going_on(SPOKEN, "C>S P50 id=0; C>S P dup id=0 +1ms").trouble("C")
    assert (once.duplicates, once.retransmitted) == (1, 0)
    late = going_on(SPOKEN, "C>S P50 id=0; C>S P dup id=0 +3ms").trouble("C")
    assert (late.duplicates, late.retransmitted) == (0, 1)
    assert going_on(SPOKEN, "C>S A id=0; C>S A dup id=0 +1us").trouble("C").duplicates == 0


def resets(marks: int, syn: int) -> tuple[str, int]:
    """The state of the server after an exact RST with these marks, when the client's SYN had those."""
    from tracker.engine.interpreted import Store
    from tracker.engine.replay import replay
    from tracker.tcp.states import State
    from tracker.tcp.trouble import trouble_of

    from .play import ISS, PLACES

    stage = Stage(PLACES, ISS)
    stage.play(f"{SPOKEN}; C>S R")
    stage.segments[0].marks, stage.segments[-1].marks = syn, marks
    store = Store()
    replay(stage.segments, 0, len(stage.segments), store)
    server = store.flows[0].b
    return State(server.state).name, trouble_of(store, server).ignored


def test_a_wrong_checksum_of_a_sender_whose_others_are_right_is_dropped() -> None:
    assert resets(BAD_CHECKSUM, RIGHT_CHECKSUM) == ("ESTABLISHED", 1)
    assert resets(RIGHT_CHECKSUM, RIGHT_CHECKSUM) == ("CLOSED", 0)


def test_a_wrong_checksum_of_a_sender_of_whom_none_was_right_counts() -> None:
    """A capture whose checksums are all nonsense: nothing follows from that."""
    assert resets(BAD_CHECKSUM, BAD_CHECKSUM) == ("CLOSED", 0)
    assert resets(BAD_CHECKSUM, 0) == ("CLOSED", 0)
