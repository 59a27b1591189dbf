"""Between handshake and close: numbers, windows, holes, probes, and what the capture missed."""

import pytest

from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.tcp.endpoint import EDGE_KNOWN, KEEPALIVE
from tracker.tcp.states import State

from .play import ESTABLISHED, SPOKEN, going_on, play

SCALED = "C>S S ws=7 win=64000; S>C SA ws=7 win=64000; C>S A win=500"


# Mid-stream


def test_unknown_data_is_established_of_unknown_certainty() -> None:
    play("C>S P10").is_("ESTABLISHED", "ESTABLISHED").sure("unknown", "unknown")


def test_unknown_ack_is_established_of_unknown_certainty() -> None:
    play("C>S A").is_("ESTABLISHED", "ESTABLISHED").sure("unknown", "unknown")


def test_unknown_both_speak_and_it_stays_unknown() -> None:
    """Data and ACKs look alike in ESTABLISHED, FIN_WAIT1 (its FIN unseen), CLOSE_WAIT..."""
    play("C>S P10; S>C A; S>C P10; C>S A").is_("ESTABLISHED", "ESTABLISHED").sure("unknown", "unknown")


def test_unknown_pick_up_then_close_is_seen() -> None:
    played = play("C>S P10; S>C A; C>S FA; S>C A").is_("FIN_WAIT2", "CLOSE_WAIT").sure("assumed", "seen")
    played.went("ESTABLISHED FIN_WAIT1 FIN_WAIT2", "ESTABLISHED CLOSE_WAIT")


def test_unknown_pick_up_in_half_close() -> None:
    """The client had closed before the capture began; nothing tells until the server closes, too."""
    played = play("S>C P10; C>S A; S>C FA; C>S A")
    assert State(played.end("S").state) in (State.FIN_WAIT2, State.CLOSED)


# Numbers


def test_established_counts_packets_and_bytes() -> None:
    played = going_on(ESTABLISHED, "C>S P100; S>C A; S>C P1460; S>C P540; C>S A; C>S P100 dup")
    client, server = played.end("C"), played.end("S")
    assert (client.packets, client.bytes, client.retransmitted) == (5, 200, 1)
    assert (server.packets, server.bytes, server.retransmitted) == (4, 2000, 0)


def test_established_ack_of_what_the_capture_missed() -> None:
    played = going_on(SPOKEN, "C>S P100 unseen; S>C A; C>S P10")
    assert (played.end("C").missed, played.end("C").out_of_order) == (100, 0)
    assert played.end("C").snd_nxt == played.end("C").iss + 211


def test_established_hole_is_counted_once_and_filled_later() -> None:
    played = going_on(SPOKEN, "C>S P100 gone; C>S P10; S>C A; C>S P100 seq=#101; S>C A")
    client, server = played.end("C"), played.end("S")
    assert (client.out_of_order, client.missed, server.dup_acks) == (1, 0, 1)
    assert (server.edge, server.ranges) == (client.snd_nxt, 0)


def test_established_dup_acks_are_counted_only_with_bytes_in_flight() -> None:
    played = going_on(SPOKEN, "S>C A; S>C A; C>S P10 dropped; S>C A; S>C A")
    assert played.end("S").dup_acks == 2


def test_established_data_with_an_old_ack_is_no_dup_ack() -> None:
    assert going_on(SPOKEN, "C>S P10 dropped; S>C P10; S>C P10").end("S").dup_acks == 0


def test_established_ack_overtaken_by_a_later_one_changes_nothing() -> None:
    played = going_on(SPOKEN, "C>S P10; S>C A; S>C A ack=-10 win=0")
    assert (played.end("S").rcv_nxt, played.end("S").rcv_wnd) == (played.end("C").snd_nxt, 64000)


# Windows


def test_established_window_is_scaled_by_who_offers_it() -> None:
    end = play("C>S S ws=7; S>C SA ws=2; C>S A win=500; S>C A win=500")
    assert (end.end("C").rcv_wnd, end.end("S").rcv_wnd) == (500 << 7, 500 << 2)


def test_established_largest_window_fits() -> None:
    """65535 << 14 is less than 2**30: half the sequence space is never passed."""
    played = play("C>S S ws=14; S>C SA ws=14; C>S A win=65535; S>C A win=65535")
    assert played.end("C").rcv_wnd == played.end("C").wnd_max == 65535 << 14
    assert 65535 << 14 < 2**30


def test_established_right_edge_never_shrinks() -> None:
    """RFC 9293 3.8.6: what was offered once may be used."""
    played = play(f"{SCALED}; C>S A win=10; S>C P1000")
    played.verdict("accepted")
    assert played.end("C").rcv_wnd == 10 << 7
    assert played.end("C").rcv_adv == played.end("C").rcv_nxt + (500 << 7)


def test_established_data_beyond_the_window_is_nobody_s() -> None:
    played = (
        play(f"{SCALED}; S>C P10 seq=+64001; S>C P10 seq=#1").verdict("beyond the window", 4).verdict("accepted", 5)
    )
    assert (played.end("S").out_of_order, played.end("C").ignored, played.end("C").ranges) == (0, 1, 0)


def test_zero_window_is_counted_and_probed() -> None:
    played = going_on(
        SPOKEN, "S>C P100; C>S A win=0; S>C P1 +1s dropped; C>S A win=0; S>C P1 again +2s; C>S A win=100; S>C P10"
    )
    assert played.end("C").zero_windows == 1
    played.is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")


@pytest.mark.parametrize("times", [1, 300])
def test_zero_window_closed_again_and_again(times: int) -> None:
    script = "; ".join(["C>S A win=0; C>S A win=9"] * times)
    assert going_on(SPOKEN, script).end("C").zero_windows == min(times, 255)


# Keepalive, RFC 9293 3.8.4


@pytest.mark.parametrize("probe", ["C>S A seq=-1", "C>S A1 seq=-1"])
def test_established_keepalive_probe(probe: str) -> None:
    played = going_on(SPOKEN, f"{probe} +7200s; {probe} +75s")
    end = played.end("C")
    assert (end.marks & KEEPALIVE, end.retries, end.retransmitted) == (KEEPALIVE, 2, 0)
    played.is_("ESTABLISHED", "ESTABLISHED").has(lives=1)
    answered = going_on(SPOKEN, f"{probe} +7200s; S>C A")
    assert answered.end("C").retries == 0


def test_established_keepalive_dies_with_a_reset() -> None:
    going_on(SPOKEN, "C>S A seq=-1 +7200s; C>S A seq=-1 +75s; C>S RA +75s").is_("CLOSED", "CLOSED")


def test_established_one_byte_again_elsewhere_is_a_retransmission() -> None:
    played = going_on(SPOKEN, "C>S P1 seq=-50")
    assert (played.end("C").marks & KEEPALIVE, played.end("C").retransmitted) == (0, 1)


def test_close_wait_keepalive_changes_nothing() -> None:
    going_on(SPOKEN, "C>S FA; S>C A; S>C A seq=-1 +7200s; C>S A").is_("FIN_WAIT2", "CLOSE_WAIT").has(lives=1)


# Silence and oddities


def test_established_silence_ends_nothing() -> None:
    """zeek/zeek#1196."""
    going_on(SPOKEN, "C>S P10 +86400s; S>C A +86400s").is_("ESTABLISHED", "ESTABLISHED").has(lives=1)


def test_established_time_goes_backwards() -> None:
    played = going_on(SPOKEN, "C>S P10 -500ms; S>C A -500ms; C>S FA -1s; S>C FA -1s; C>S A -1s").has(lives=1)
    played.is_("TIME_WAIT", "CLOSED")


def test_established_segments_without_ack_are_dropped() -> None:
    played = going_on(SPOKEN, "C>S -100").verdict("no ACK")
    assert played.end("S").edge == played.end("C").snd_nxt


def test_established_edge_follows_what_passes_and_what_is_acknowledged() -> None:
    played = going_on(SPOKEN, "C>S P100")
    assert played.end("S").marks & EDGE_KNOWN
    assert played.end("S").edge == played.end("C").snd_nxt
    assert played.end("S").rcv_nxt == played.end("C").snd_nxt - 100


def test_counters_stop_at_their_field_s_end() -> None:
    played = going_on(SPOKEN, "C>S RA seq=+5000; C>S A seq=-5")
    store = Store()
    replay(played.segments, 0, 7, store)
    flow = store.flows[0]
    flow.a.resets = flow.b.resets = flow.a.ignored = flow.b.ignored = flow.a.dup_acks = 65534
    for _ in range(3):
        replay(played.segments, 7, 9, store)
    assert {flow.a.resets, flow.b.resets, flow.a.ignored, flow.b.ignored} <= {65534, 65535}
