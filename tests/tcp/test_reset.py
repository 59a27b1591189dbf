"""RST in every state: exact, in the window, out of it, bare, with ACK. RFC 9293 3.5.2, 3.5.3 and 3.10.7, RFC 5961 3."""

import pytest

from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.tcp.states import State

from .play import (
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT1,
    FIN_WAIT2,
    ISS,
    PLACES,
    SPOKEN,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    Played,
    Stage,
    going_on,
    play,
)

HANDSHAKE = "C>S S ws=7; S>C SA ws=7; C>S A; C>S P100; S>C A; S>C P200; C>S A"  # SPOKEN, and windows are known

# The client's state, and the server's, in each scene.
SCENES = {
    "ESTABLISHED": (SPOKEN, "ESTABLISHED"),
    "FIN_WAIT1": (FIN_WAIT1, "CLOSE_WAIT"),
    "FIN_WAIT2": (FIN_WAIT2, "CLOSE_WAIT"),
    "CLOSING": (CLOSING, "CLOSING"),
    "TIME_WAIT": (TIME_WAIT, "LAST_ACK"),
}
scenes = pytest.mark.parametrize("state", SCENES)


def client(played: Played) -> str:
    return State(played.end("C").state).name


def server(played: Played) -> str:
    return State(played.end("S").state).name


@scenes
@pytest.mark.parametrize("flags", ["R", "RA"])
def test_any_exact_rst_ends_both(state: str, flags: str) -> None:
    scene, _ = SCENES[state]
    going_on(scene, f"S>C {flags}").is_("CLOSED", "CLOSED").sure("assumed", "seen").verdict("accepted")
    going_on(scene, f"C>S {flags}").is_("CLOSED", "CLOSED").sure("seen", "assumed")


@scenes
@pytest.mark.parametrize("flags", ["R", "RA"])
def test_any_rst_in_the_window_is_challenged(state: str, flags: str) -> None:
    """A blind one: neither its receiver nor the owner of its address changes."""
    scene, other = SCENES[state]
    played = going_on(scene, f"S>C {flags} seq=+1000")
    if state == "FIN_WAIT2":  # an orphan's mini-socket takes it, and nobody can tell an orphan
        played.is_("CLOSED", other).verdict("accepted")
        return
    played.is_(state, other).verdict("challenged").has(lives=1)
    assert played.trouble("C").ignored == 1
    assert played.end("S").resets == 1


@scenes
def test_any_rst_out_of_the_window_changes_nothing(state: str) -> None:
    scene, other = SCENES[state]
    scene = scene.replace(SPOKEN, HANDSHAKE)
    going_on(scene, "S>C R seq=+70000000").is_(state, other).verdict("beyond the window")
    going_on(scene, "S>C R seq=-100").is_(state, other).verdict("old data")


@scenes
def test_any_rst_after_the_challenge_is_exact(state: str) -> None:
    """RFC 5961 3.2: who had really lost the connection answers the challenge ACK with an exact RST."""
    scene, _ = SCENES[state]
    going_on(scene, "S>C R seq=+1000; C>S A; S>C R").is_("CLOSED", "CLOSED")


def test_established_blind_rst_then_both_go_on() -> None:
    going_on(HANDSHAKE, "S>C R seq=+900; C>S A; S>C P10; C>S A").is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")


def test_established_exact_forged_rst_closes_one_side_only_and_the_other_learns_it_when_it_speaks() -> None:
    played = going_on(HANDSHAKE, "S>C R; S>C P100 +2s; C>S R seq=+0")
    assert client(played) == "CLOSED"
    assert server(played) == "CLOSED"
    assert "CLOSED" in played.account("S")


def test_established_forged_rst_taken_for_the_owner_s_is_taken_back_when_he_goes_on() -> None:
    """Later than anything that was under way: it was not his."""
    played = going_on(HANDSHAKE, "C>S R; S>C P10 +1s; C>S A; C>S P10; S>C A")
    assert played.account("S").endswith("~CLOSED")
    assert server(played) == "ESTABLISHED"


def test_established_rst_crosses_data_on_its_way() -> None:
    """What the other had sent before it arrived does not bring it back."""
    played = going_on(HANDSHAKE, "C>S RA; S>C P100 crossing +1ms; S>C P100 +1ms")
    assert server(played) == "CLOSED"
    assert "~" not in played.account("S")


def test_established_rst_with_data() -> None:
    """RFC 9293 3.5.2 allows it; the payload is a message."""
    going_on(SPOKEN, "S>C RA20").is_("CLOSED", "CLOSED")


def test_established_rst_behind_data_not_yet_acknowledged() -> None:
    going_on(HANDSHAKE, "S>C P500; S>C P500; S>C RA").is_("CLOSED", "CLOSED").verdict("accepted")


def test_established_rst_behind_lost_data_is_challenged_no_more_than_it_must() -> None:
    """It is exact for what its sender has sent; whether the receiver has it all is not known."""
    going_on(HANDSHAKE, "S>C P500 dropped; S>C RA").is_("CLOSED", "CLOSED")


def test_established_rst_ack_that_does_not_cover_a_fin_takes_close_wait_back() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C RA crossing").is_("CLOSED", "CLOSED")
    assert played.states("S") == "SYN_RECV ESTABLISHED CLOSED"


def test_close_wait_rst_ack_that_covers_the_fin() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C RA").is_("CLOSED", "CLOSED")
    assert played.states("S") == "SYN_RECV ESTABLISHED CLOSE_WAIT CLOSED"


def test_close_wait_bare_rst_answers_the_fin() -> None:
    """There was no socket that could have taken it."""
    played = going_on(SPOKEN, "C>S FA; S>C R").is_("CLOSED", "CLOSED")
    assert played.account("S").endswith("~CLOSE_WAIT CLOSED")


def test_fin_wait2_data_into_an_orphan_is_reset() -> None:
    """The kernel answers data to an orphaned FIN_WAIT2 with RST at once."""
    played = going_on(FIN_WAIT2, "S>C P100; C>S R").is_("CLOSED", "CLOSED")
    assert played.states("C").endswith("FIN_WAIT1 FIN_WAIT2 CLOSED")


def test_fin_wait2_orphan_gone_late_fin_is_reset() -> None:
    played = going_on(FIN_WAIT2, "S>C FA +61s; C>S R seq=+0").is_("CLOSED", "CLOSED")
    assert played.account("C").endswith("FIN_WAIT2 ~TIME_WAIT CLOSED")
    assert played.states("S").endswith("CLOSE_WAIT LAST_ACK CLOSED")


def test_time_wait_assassination() -> None:
    """RFC 1337: a stray FIN draws an RST from the closed side, which ends TIME_WAIT (tcp_rfc1337 = 0)."""
    played = going_on(CLOSED, "C>S FA dup +1s; S>C R").is_("CLOSED", "CLOSED").has(lives=1)
    assert played.states("C").endswith("TIME_WAIT CLOSED")


def test_last_ack_rst_with_the_number_of_the_other_fin() -> None:
    """macOS resets with the number of its FIN: tcp_reset_check()."""
    going_on(TIME_WAIT, "C>S R seq=-1").is_("CLOSED", "CLOSED").verdict("accepted")


@pytest.mark.parametrize("flags", ["R", "RA"])
def test_closed_more_rsts_change_nothing(flags: str) -> None:
    played = (
        going_on(SPOKEN, f"C>S {flags}; C>S {flags}; S>C {flags}; S>C {flags} seq=+9")
        .is_("CLOSED", "CLOSED")
        .has(lives=1)
    )
    assert len(played.store.transitions) == 6


def test_syn_recv_rst() -> None:
    going_on(SYN_RECV, "C>S R seq=#1").is_("CLOSED", "CLOSED")
    going_on(SYN_RECV, "C>S R seq=#0").verdict("old data")


def test_syn_sent_rst_of_its_own() -> None:
    """close() in SYN_SENT sends nothing; a SYN_SENT that answers a stray ACK with RST goes on trying."""
    assert client(going_on(SYN_SENT, "S>C A ack=+5; C>S R seq=#6")) == "SYN_SENT"


def test_syn_sent_rst_ack_with_its_own_next_number() -> None:
    assert client(going_on(SYN_SENT, "C>S RA seq=#1")) == "CLOSED"


# Nothing before


def test_unknown_bare_rst_is_backscatter() -> None:
    """zeek/zeek#1119: nothing is claimed of the silent side, nor of this one."""
    played = play("S>C R").is_("UNKNOWN", "UNKNOWN")
    assert played.store.transitions == []


def test_unknown_rst_ack_with_number_0_is_backscatter() -> None:
    assert play("S>C RA; S>C RA").is_("UNKNOWN", "UNKNOWN").store.transitions == []


def test_unknown_rst_ack_with_a_number_of_its_own_is_an_abort() -> None:
    played = play("S>C RA seq=+777").went("ESTABLISHED CLOSED", "ESTABLISHED CLOSED").has(lives=1)
    assert [row.certainty for row in played.rows("C")] == [0, 1]


def test_unknown_rst_many_begin_one_flow() -> None:
    play("; ".join(["S>C R seq=+1"] * 50)).is_("UNKNOWN", "UNKNOWN").has(lives=1)


def test_unknown_rst_answers_data_of_a_dead_connection() -> None:
    """The host has restarted."""
    played = play("C>S P10; S>C R").is_("CLOSED", "CLOSED")
    assert played.states("S").endswith("CLOSED")


def test_established_rst_of_a_scan_leaves_no_state() -> None:
    play("C>S S; S>C SA; C>S R; D>S S; S>D RA").is_("CLOSED", "CLOSED")


def test_established_rst_train() -> None:
    """Data unread at close(): one RST a segment that still comes."""
    script = "; ".join(["S>C P100; C>S R seq=#101"] * 5)
    going_on(SPOKEN, script).is_("CLOSED", "CLOSED").has(lives=1)


def test_established_forged_rst_right_behind_the_request() -> None:
    """A censor's RST+ACK, right behind the request, with the server's next number."""
    going_on(ESTABLISHED, "C>S P100; S>C RA").is_("CLOSED", "CLOSED")


@pytest.mark.parametrize("answer", ["C>S RA seq=0 ack=#1", "C>S RA seq=0 ack=#1; S>C SA; C>S R"])
def test_syn_sent_that_answers_a_crossing_syn_with_rst_had_gone(answer: str) -> None:
    """connect() was given up unseen; the other side's SYN finds no socket, not even one in SYN_SENT."""
    stage = Stage(PLACES, ISS)  # number 0 is not to be shifted, as play() does with all numbers
    stage.play(f"C>S S; S>C S crossing; {answer}")
    store = Store()
    replay(stage.segments, 0, len(stage.segments), store)
    standing = [State(row.new).name for row in store.transitions if row.side == 0 and not row.undone]
    assert standing == ["SYN_SENT", "CLOSED"]


def test_established_fin_that_crosses_an_rst_had_closed_before() -> None:
    played = going_on(ESTABLISHED, "C>S RA; S>C FA crossing +40us")
    played.is_("CLOSED", "CLOSED").believed(
        "SYN_SENT ESTABLISHED CLOSED", "SYN_RECV ESTABLISHED ~CLOSED FIN_WAIT1 CLOSED"
    )


def test_established_several_rsts_at_once_are_no_copies_of_each_other() -> None:
    """A closed socket answers each segment under way with an RST of its own number; only the last one is exact."""
    script = "C>S R seq=-300 id=0 +1us; C>S R seq=-200 id=0 +1us; C>S R id=0 +1us"
    going_on(ESTABLISHED, f"C>S P100; S>C A; {script}").is_("CLOSED", "CLOSED")


def test_closed_syn_ack_of_another_number_is_another_socket() -> None:
    """A duplicate of the SYN, long after: the listener makes a new request, the client's kernel resets it."""
    played = going_on(ESTABLISHED, "C>S FA; S>C A; S>C FA; C>S A; C>S S dup +1s; S>C SA new seq=+5000000")
    played.has(lives=2)
