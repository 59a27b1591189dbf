"""Between handshake and close: what the capture missed, silence, oddities. Numbers, windows, probes: test_transfer.py."""

from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.tcp.states import State
from tracker.tcp.trouble import own_trouble

from .play import SPOKEN, going_on, play

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


def test_counters_stop_at_their_field_s_end() -> None:
    played = going_on(SPOKEN, "C>S RA seq=+5000; C>S A seq=-5")
    store = Store()
    replay(played.segments, 0, 7, store)
    flow = store.flows[0]
    one, other = own_trouble(store, flow.a), own_trouble(store, flow.b)
    flow.a.resets = flow.b.resets = one.ignored = other.ignored = one.dup_acks = 65534
    for _ in range(3):
        replay(played.segments, 7, 9, store)
    assert {flow.a.resets, flow.b.resets, one.ignored, other.ignored} <= {65534, 65535}
