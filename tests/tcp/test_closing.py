"""FINs: RFC 9293 3.6 and 3.10.7.4, as seen from outside."""

import pytest

from tracker.tcp.endpoint import KEEPALIVE
from tracker.tcp.states import State

from .play import CLOSED, CLOSING, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, SPOKEN, TIME_WAIT, going_on, play

BOTH_OPEN = ("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED")


def went(client: str, server: str) -> tuple[str, str]:
    """Both sides' sequences behind the handshake."""
    return f"{BOTH_OPEN[0]} {client}".strip(), f"{BOTH_OPEN[1]} {server}".strip()


# One after the other


def test_established_fin() -> None:
    going_on(SPOKEN, "C>S FA").is_("FIN_WAIT1", "CLOSE_WAIT").sure("seen", "assumed")


def test_fin_wait1_ack() -> None:
    play(FIN_WAIT2).is_("FIN_WAIT2", "CLOSE_WAIT").sure("assumed", "seen")


def test_fin_wait1_ack_of_data_only() -> None:
    going_on(SPOKEN, "C>S P10; C>S FA; S>C A ack=-1").is_("FIN_WAIT1", "CLOSE_WAIT").sure("seen", "assumed")


def test_fin_wait2_fin() -> None:
    play(TIME_WAIT).is_("TIME_WAIT", "LAST_ACK").sure("assumed", "seen")


def test_last_ack_ack() -> None:
    play(CLOSED).went(*went("FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "CLOSE_WAIT LAST_ACK CLOSED")).sure("seen", "assumed")


def test_last_ack_ack_of_data_only() -> None:
    going_on(TIME_WAIT, "C>S A ack=-1").is_("TIME_WAIT", "LAST_ACK")


def test_fin_wait1_fin_and_ack_in_one_segment_passes_fin_wait2() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C FA; C>S A")
    played.went(*went("FIN_WAIT1 FIN_WAIT2 TIME_WAIT", "CLOSE_WAIT LAST_ACK CLOSED"))
    played.caused("C", "FIN_WAIT2", 9).caused("C", "TIME_WAIT", 9).caused("S", "CLOSE_WAIT", 8).caused(
        "S", "LAST_ACK", 9
    )


def test_established_server_closes_first() -> None:
    played = going_on(SPOKEN, "S>C FA; C>S A; C>S FA; S>C A")
    played.went(*went("CLOSE_WAIT LAST_ACK CLOSED", "FIN_WAIT1 FIN_WAIT2 TIME_WAIT"))
    assert played.client() == "C"  # arkime/arkime#2313: a FIN makes nobody the client


def test_established_fin_with_data() -> None:
    played = going_on(SPOKEN, "C>S FA500; S>C A")
    played.is_("FIN_WAIT2", "CLOSE_WAIT")
    assert played.end("C").bytes == 600


def test_syn_recv_fin_right_behind_the_handshake() -> None:
    play(f"{ESTABLISHED}; C>S FA; S>C A; S>C FA; C>S A").is_("TIME_WAIT", "CLOSED")


# Half-closed


@pytest.mark.parametrize("amount", [1, 1460])
def test_close_wait_goes_on_sending(amount: int) -> None:
    played = going_on(FIN_WAIT2, f"S>C P{amount}; C>S A; S>C P{amount}; C>S A")
    played.is_("FIN_WAIT2", "CLOSE_WAIT").sure("assumed", "seen")
    going_on(FIN_WAIT2, f"S>C P{amount}; C>S A; S>C FA{amount}; C>S A").is_("TIME_WAIT", "CLOSED")


def test_fin_wait1_data_comes_before_the_ack_of_the_fin() -> None:
    going_on(SPOKEN, "C>S FA; S>C P10 crossing; C>S A; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")


def test_fin_wait2_data_and_fin_in_one() -> None:
    going_on(FIN_WAIT2, "S>C FA100; C>S A").is_("TIME_WAIT", "CLOSED")


# At once, RFC 9293 3.6 figure 13

CROSSINGS = {
    "first ACKed first": "C>S FA; S>C FA crossing; C>S A; S>C A",
    "first ACKed last": "C>S FA; S>C FA crossing; S>C A; C>S A",
    "other side first": "S>C FA; C>S FA crossing; C>S A; S>C A",
    "other side first, ACKed last": "S>C FA; C>S FA crossing; S>C A; C>S A",
    "with data": "C>S FA100; S>C FA200 crossing; C>S A; S>C A",
}


@pytest.mark.parametrize("script", CROSSINGS.values(), ids=CROSSINGS)
def test_fin_wait1_fin_simultaneous_close(script: str) -> None:
    played = going_on(SPOKEN, script)
    played.went(*went("FIN_WAIT1 CLOSING TIME_WAIT", "FIN_WAIT1 CLOSING TIME_WAIT")).has(lives=1)


def test_fin_wait1_fin_that_does_not_cover_ours_takes_close_wait_back() -> None:
    played = play(CLOSING).is_("CLOSING", "CLOSING").sure("assumed", "assumed")
    assert "~CLOSE_WAIT FIN_WAIT1 CLOSING" in played.account("S")


def test_closing_fin_again_covers_ours() -> None:
    """Each FIN again, now with an ACK of the other: both had arrived, the ACKs had not."""
    going_on(CLOSING, "C>S FA again +200ms; S>C FA again").is_("TIME_WAIT", "TIME_WAIT")


def test_closing_only_one_side() -> None:
    """Their FIN crossed ours, but ours was lost: they never were in CLOSING."""
    played = going_on(SPOKEN, "C>S FA dropped; S>C FA; C>S A; C>S FA again +200ms; S>C A")
    assert played.states("C").endswith("FIN_WAIT1 CLOSING TIME_WAIT")
    assert State(played.end("S").state) is State.TIME_WAIT


# FINs that come again


@pytest.mark.parametrize("times", [1, 2, 3, 6])
def test_fin_wait1_fin_again_did_not_arrive(times: int) -> None:
    """However often it comes: whether it arrives only the ACK will tell."""
    script = "; ".join(["C>S FA dropped"] + ["C>S FA again +200ms dropped"] * times)
    played = going_on(SPOKEN, script).is_("FIN_WAIT1", "ESTABLISHED").sure("seen", "seen").has(lives=1)
    played.believed(*went("FIN_WAIT1", "~CLOSE_WAIT"))
    assert played.trouble("C").retransmitted == times
    assert played.end("C").retries == times


def test_fin_wait1_fin_again_then_data_again_is_no_fin() -> None:
    played = going_on(SPOKEN, "C>S P100 dropped; C>S FA; C>S FA again +200ms; C>S P again +200ms")
    played.is_("FIN_WAIT1", "ESTABLISHED")


def test_fin_wait1_fin_again_and_acknowledged_at_last() -> None:
    played = going_on(SPOKEN, "C>S FA dropped; C>S FA again +200ms; S>C A")
    played.went(*went("FIN_WAIT1 FIN_WAIT2", "CLOSE_WAIT")).caused("S", "CLOSE_WAIT", 10).sure("assumed", "seen")


def test_fin_wait2_fin_again_says_that_the_ack_was_lost() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C A dropped; C>S FA again +200ms")
    played.is_("FIN_WAIT1", "CLOSE_WAIT").believed(*went("FIN_WAIT1 ~FIN_WAIT2", "CLOSE_WAIT"))
    going_on(SPOKEN, "C>S FA; S>C A dropped; C>S FA again +200ms; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")


def test_closed_fin_again_says_that_the_last_ack_was_lost() -> None:
    played = going_on(TIME_WAIT, "C>S A dropped; S>C FA again +200ms").is_("TIME_WAIT", "LAST_ACK")
    assert played.account("S").endswith("LAST_ACK ~CLOSED")
    going_on(TIME_WAIT, "C>S A dropped; S>C FA again +200ms; C>S A").is_("TIME_WAIT", "CLOSED").has(lives=1)


@pytest.mark.parametrize(
    ("scene", "script", "host"),
    [
        (SPOKEN, "C>S FA; S>C A dropped; C>S FA again +200ms", "C"),  # FIN_WAIT2 taken back
        (SPOKEN, "C>S FA; S>C FA dropped; C>S FA again +200ms", "C"),  # TIME_WAIT by way of FIN_WAIT2
        (CLOSING, "S>C A dropped; C>S FA dup +200ms", "C"),  # TIME_WAIT by way of CLOSING
        (TIME_WAIT, "C>S A dropped; S>C FA again +200ms", "S"),  # CLOSED
        (SPOKEN, "C>S P50; S>C A; C>S FA10; S>C A dropped; C>S FA10 again +200ms", "C"),
    ],
)
def test_fin_again_is_in_flight_again(scene: str, script: str, host: str) -> None:
    played = going_on(scene, script)
    end = played.end(host)
    assert (end.snd_una, end.snd_nxt, end.retries) == (end.fin_seq, end.fin_seq + 1 & 0xFFFFFFFF, 1), str(played)
    assert end.timer_at == played.segments[-1].time
    other = "S" if host == "C" else "C"
    after = going_on(scene, f"{script}; {other}>{host} A").end(host)
    assert (after.snd_una, after.retries) == (after.snd_nxt, 0)


def test_fin_again_behind_data_in_flight_leaves_the_data_there() -> None:
    end = going_on(SPOKEN, "C>S P100 dropped; C>S FA; C>S FA again +200ms").end("C")
    assert end.snd_nxt - end.snd_una & 0xFFFFFFFF == 101


def test_time_wait_fin_again_restarts_its_timer() -> None:
    before, after = going_on(CLOSED, "C>S A +1s"), going_on(TIME_WAIT, "C>S A dropped; S>C FA again +1s; C>S A")
    assert after.end("C").timer_at - after.end("C").since == 1_001_000_000
    assert before.end("C").timer_at <= before.end("C").since


def test_time_wait_fin_again_of_its_own() -> None:
    """FIN+ACK lost on its way back: our FIN comes again, and what we were believed to have got is taken back."""
    played = going_on(SPOKEN, "C>S FA; S>C FA dropped; C>S FA again +200ms; S>C FA again; C>S A")
    played.is_("TIME_WAIT", "CLOSED").has(lives=1)
    assert played.states("C").endswith("FIN_WAIT1 FIN_WAIT2 TIME_WAIT")


def test_fin_again_after_its_ack_is_no_keepalive() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C A dropped; C>S FA again +200ms")
    assert not played.end("C").marks & KEEPALIVE
    assert played.trouble("C").retransmitted == 1


@pytest.mark.parametrize("scene", [FIN_WAIT2, TIME_WAIT, CLOSED])
def test_fin_dup_later_begins_no_flow(scene: str) -> None:
    """zeek/zeek#862."""
    going_on(scene, "C>S FA dup +5s; C>S FA dup +300s; C>S FA dup +3000s").has(lives=1)


# FINs behind holes


def test_established_fin_behind_a_hole_is_not_yet_a_fin() -> None:
    played = going_on(SPOKEN, "C>S P100 gone; C>S FA; S>C A")
    played.is_("FIN_WAIT1", "ESTABLISHED").sure("seen", "seen")


def test_established_fin_whose_hole_the_capture_never_saw() -> None:
    """The hole is the capture's, not the receiver's: the ACK tells."""
    going_on(SPOKEN, "C>S P100 unseen; C>S FA").is_("FIN_WAIT1", "ESTABLISHED")
    going_on(SPOKEN, "C>S P100 unseen; C>S FA; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")


def test_established_fin_behind_a_hole_counts_when_it_is_filled() -> None:
    played = going_on(SPOKEN, "C>S P100 gone; C>S FA; S>C A; C>S P100 seq=#101; S>C A")
    played.is_("FIN_WAIT2", "CLOSE_WAIT").caused("S", "CLOSE_WAIT", 10)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_established_fin_behind_two_holes(first: int) -> None:
    pieces = ["C>S A10 seq=#101", "C>S A10 seq=#121", "C>S A10 seq=#111"]
    pieces = pieces[first:] + pieces[:first]
    scene = f"{SPOKEN}; C>S FA seq=#131"
    play("; ".join([scene, *pieces[:2]])).is_("FIN_WAIT1", "ESTABLISHED")
    play("; ".join([scene, *pieces])).is_("FIN_WAIT1", "CLOSE_WAIT").caused("S", "CLOSE_WAIT", 11)


# What nobody should send


def test_fin_wait1_data_after_its_fin() -> None:
    going_on(SPOKEN, "C>S FA; S>C A; C>S P10; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT")


def test_close_wait_second_fin_elsewhere_is_no_second_event() -> None:
    going_on(FIN_WAIT2, "C>S FA seq=+500; S>C A ack=+0").is_("FIN_WAIT2", "CLOSE_WAIT").has(lives=1)


def test_fin_wait1_fin_nearer_than_a_forged_one_is_the_real_one() -> None:
    played = going_on(
        SPOKEN, "C>S FA seq=+500 dropped; C>S FA again seq=#101; S>C A ack=#102; S>C FA ack=#102; C>S A seq=#102"
    )
    played.is_("TIME_WAIT", "CLOSED").has(lives=1)


def test_fin_wait1_fin_further_than_the_real_one_is_forged() -> None:
    played = going_on(SPOKEN, "C>S FA; C>S FA again seq=+500 dropped; S>C A ack=#102; S>C FA ack=#102; C>S A seq=#102")
    played.is_("TIME_WAIT", "CLOSED").has(lives=1)


def test_established_fin_without_ack_is_dropped() -> None:
    going_on(SPOKEN, "C>S F").is_("ESTABLISHED", "ESTABLISHED").verdict("no ACK")


def test_established_fin_beyond_the_window_is_nobody_s() -> None:
    script = "C>S S ws=0; S>C SA ws=0 win=1000; C>S A; S>C A win=1000; C>S FA seq=+1001"
    play(script).is_("ESTABLISHED", "ESTABLISHED").verdict("beyond the window")


def test_established_old_fin_is_nobody_s() -> None:
    """A forged or stray FIN of bytes that were acknowledged before."""
    played = going_on(SPOKEN, "C>S FA seq=-50; S>C A").verdict("old data", 8)
    assert State(played.end("S").state) is State.ESTABLISHED


def test_fin_without_a_handshake() -> None:
    """Mid-stream: the sender was ESTABLISHED or CLOSE_WAIT; nothing says which, nor who opened."""
    played = play("C>S FA; S>C A; S>C FA; C>S A").is_("TIME_WAIT", "CLOSED").has(lives=1)
    assert played.flow().direction == 0


def test_fin_wait1_scene_leaves_the_server_open() -> None:
    play(FIN_WAIT1).is_("FIN_WAIT1", "CLOSE_WAIT")  # as far as anybody can know yet
    going_on(FIN_WAIT1, "S>C P10; C>S A").is_("FIN_WAIT1", "CLOSE_WAIT")
    going_on(FIN_WAIT1, "C>S FA again +200ms; S>C P10 crossing").is_("FIN_WAIT1", "ESTABLISHED")


def test_states_are_never_entered_before_the_one_before_them() -> None:
    """Stamps of several cores go slightly backwards; a clock that was set back is another matter."""
    played = play("C>S S; S>C SA; C>S A; C>S FA -30us; S>C A -20us")
    times = [row.at for row in played.store.transitions if row.side == 0]
    assert times == sorted(times)
    assert len(times) == 4
