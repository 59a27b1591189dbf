"""Numbers, acknowledgments, windows, holes, keepalives and window probes."""

import pytest

from tracker.tcp.endpoint import EDGE_KNOWN, KEEPALIVE, PROBING, UNANSWERED

from .play import ESTABLISHED, SPOKEN, going_on, play

SCALED = "C>S S ws=7 win=64000; S>C SA ws=7 win=64000; C>S A win=500"


# Numbers


def test_established_counts_packets_and_bytes() -> None:
    played = going_on(ESTABLISHED, "C>S P100; S>C A; S>C P1460; S>C P540; C>S A; C>S P100 again")
    client, server = played.end("C"), played.end("S")
    assert (client.packets, client.bytes, server.packets, server.bytes) == (5, 100, 4, 2000)
    assert (played.trouble("C").bytes_again, played.trouble("C").retransmitted) == (100, 1)
    assert (played.trouble("S").bytes_again, played.trouble("S").retransmitted) == (0, 0)


def test_established_ack_of_what_the_capture_missed() -> None:
    played = going_on(SPOKEN, "C>S P100 unseen; S>C A; C>S P10")
    assert (played.trouble("C").missed, played.trouble("C").out_of_order) == (100, 0)
    assert played.end("C").snd_nxt == played.end("C").iss + 211


def test_established_hole_is_counted_once_and_filled_later() -> None:
    played = going_on(SPOKEN, "C>S P100 gone; C>S P10; S>C A; C>S P100 seq=#101; S>C A")
    client, server = played.end("C"), played.end("S")
    assert (played.trouble("C").out_of_order, played.trouble("C").missed, played.trouble("S").dup_acks) == (1, 0, 1)
    assert (server.edge, server.ranges) == (client.snd_nxt, 0)


def test_established_dup_acks_are_counted_only_with_bytes_in_flight() -> None:
    played = going_on(SPOKEN, "S>C A; S>C A; C>S P10 dropped; S>C A; S>C A")
    assert played.trouble("S").dup_acks == 2


def test_established_data_with_an_old_ack_is_no_dup_ack() -> None:
    assert going_on(SPOKEN, "C>S P10 dropped; S>C P10; S>C P10").trouble("S").dup_acks == 0


def test_established_ack_overtaken_by_a_later_one_changes_nothing() -> None:
    played = going_on(SPOKEN, "C>S P10; S>C A; S>C A ack=-10 win=0")
    assert (played.end("S").rcv_nxt, played.end("S").rcv_wnd) == (played.end("C").snd_nxt, 64000)


def test_established_edge_follows_what_passes_and_what_is_acknowledged() -> None:
    played = going_on(SPOKEN, "C>S P100")
    assert played.end("S").marks & EDGE_KNOWN
    assert played.end("S").edge == played.end("C").snd_nxt
    assert played.end("S").rcv_nxt == played.end("C").snd_nxt - 100


@pytest.mark.parametrize(
    ("script", "once", "again"),
    [
        ("C>S P1000 unseen; C>S P10", 1010, 0),  # the hole is payload, too
        ("C>S P1000 gone; C>S P10; C>S P1000 seq=#101", 1010, 1000),
        ("C>S P1000 unseen; S>C A; C>S P10", 10, 0),  # missed, and counted there
        ("C>S P100; C>S P150 seq=#101", 150, 100),  # repacked: some of it again, some new
        ("C>S P100; C>S FA", 100, 0),
        ("C>S FA100", 100, 0),
        ("C>S FA100; C>S FA100 again +1s", 100, 100),
        ("C>S P100; C>S FA50 seq=#151", 100, 50),  # all of it again, and its FIN
        ("C>S P100 gone; C>S FA", 100, 0),
        ("C>S P10; S>C A; C>S A1 seq=-1 +7200s", 10, 1),  # a keepalive's byte
        ("C>S A; C>S A seq=-1", 0, 0),
    ],
)
def test_established_bytes_count_once_by_their_numbers(script: str, once: int, again: int) -> None:
    played = going_on(SPOKEN, script)
    assert (played.end("C").bytes - 100, played.trouble("C").bytes_again) == (once, again)


def test_syn_sent_data_of_a_fast_open_counts_once() -> None:
    played = play("C>S S100 fo; C>S S again +1s; S>C SA fo ack=#101; C>S P10")
    assert (played.end("C").bytes, played.trouble("C").bytes_again) == (110, 100)


# Who has answered


@pytest.mark.parametrize(
    ("script", "client", "server"),
    [
        (ESTABLISHED, False, False),
        (SPOKEN, True, False),
        (f"{SPOKEN}; C>S P10", False, True),
        (f"{SPOKEN}; C>S P10; S>C A; C>S A", False, True),
        (f"{SPOKEN}; C>S P10; S>C P20", True, False),
        (f"{SPOKEN}; C>S P10; S>C P200 seq=#1", True, True),  # TCP repeats, no application has spoken
        (f"{SPOKEN}; C>S P10; S>C A1 seq=-1 +7200s", True, True),  # a keepalive's byte is garbage
        (f"{SPOKEN}; C>S P10; S>C FA", False, True),
        ("C>S S100 fo; S>C SA fo ack=#101", False, True),
        ("C>S S100 fo; S>C SA fo ack=#101; S>C P10", True, False),
    ],
)
def test_unanswered(script: str, client: bool, server: bool) -> None:
    played = play(script)
    assert [bool(played.end(host).sight & UNANSWERED) for host in "CS"] == [client, server]


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
    assert (played.trouble("S").out_of_order, played.trouble("C").ignored, played.end("C").ranges) == (0, 1, 0)


def test_zero_window_is_counted_and_probed() -> None:
    played = going_on(
        SPOKEN, "S>C P100; C>S A win=0; S>C P1 +1s dropped; C>S A win=0; S>C P1 again +2s; C>S A win=100; S>C P10"
    )
    assert played.trouble("C").zero_windows == 1
    played.is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen")


@pytest.mark.parametrize("times", [1, 300])
def test_zero_window_closed_again_and_again(times: int) -> None:
    script = "; ".join(["C>S A win=0; C>S A win=9"] * times)
    assert going_on(SPOKEN, script).trouble("C").zero_windows == min(times, 255)


# Keepalive, RFC 9293 3.8.4


@pytest.mark.parametrize("probe", ["C>S A seq=-1", "C>S A1 seq=-1"])
def test_established_keepalive_probe(probe: str) -> None:
    played = going_on(SPOKEN, f"{probe} +7200s; {probe} +75s")
    end = played.end("C")
    assert (end.marks & KEEPALIVE, end.retries, played.trouble("C").retransmitted) == (KEEPALIVE, 2, 0)
    played.is_("ESTABLISHED", "ESTABLISHED").has(lives=1)
    answered = going_on(SPOKEN, f"{probe} +7200s; S>C A")
    assert answered.end("C").retries == 0


def test_established_keepalive_dies_with_a_reset() -> None:
    going_on(SPOKEN, "C>S A seq=-1 +7200s; C>S A seq=-1 +75s; C>S RA +75s").is_("CLOSED", "CLOSED")


def test_established_one_byte_again_elsewhere_is_a_retransmission() -> None:
    played = going_on(SPOKEN, "C>S P1 seq=-50")
    assert (played.end("C").marks & KEEPALIVE, played.trouble("C").retransmitted) == (0, 1)


def test_close_wait_keepalive_changes_nothing() -> None:
    going_on(SPOKEN, "C>S FA; S>C A; S>C A seq=-1 +7200s; C>S A").is_("FIN_WAIT2", "CLOSE_WAIT").has(lives=1)


# Window probes, RFC 9293 3.8.6.1

SHUT = f"{SPOKEN}; S>C A win=0"


@pytest.mark.parametrize("probe", ["C>S A seq=-1", "C>S A1 seq=-1"])
def test_established_window_probe_is_no_keepalive(probe: str) -> None:
    played = going_on(SHUT, f"{probe} +200ms; {probe} +400ms")
    end = played.end("C")
    assert (end.sight & PROBING, end.marks & KEEPALIVE, end.retries, played.trouble("C").retransmitted) == (
        PROBING,
        0,
        2,
        0,
    )
    assert (played.trouble("C").probe_gap, played.end("S").sight & PROBING) == (400, 0)
    assert end.timer_at == played.segments[-1].time
    played.is_("ESTABLISHED", "ESTABLISHED")


def test_established_window_probe_answered_starts_the_timer_again() -> None:
    """tcp_ack_probe(): the answer restarts it, backed off as it is; what is unanswered is counted from none."""
    played = going_on(SHUT, "C>S A seq=-1 +200ms; S>C A win=0 +20ms")
    end = played.end("C")
    assert (end.sight & PROBING, end.retries, played.trouble("C").probe_gap) == (PROBING, 0, 0)
    assert end.timer_at == played.segments[-1].time
    assert going_on(SHUT, "C>S A seq=-1 +200ms; S>C A win=0 +20ms; C>S A seq=-1 +400ms").trouble("C").probe_gap == 400


@pytest.mark.parametrize("opening", ["S>C A win=100", "S>C P10 win=100"])
def test_established_window_opens_and_probing_ends(opening: str) -> None:
    end = going_on(SHUT, f"C>S A seq=-1 +200ms; C>S A seq=-1 +400ms; {opening}").end("C")
    assert (end.sight & PROBING, end.retries) == (0, 0)
    played = going_on(SHUT, f"C>S A seq=-1 +200ms; C>S A seq=-1 +400ms; {opening}; S>C A win=0; C>S A seq=-1 +9s")
    end = played.end("C")
    assert (end.sight & PROBING, end.retries, played.trouble("C").probe_gap) == (PROBING, 1, 0), (
        "of this window there was one probe yet"
    )


def test_established_probes_of_either_kind_are_told_apart_by_the_window() -> None:
    played = going_on(SPOKEN, "C>S A seq=-1 +7200s; C>S A seq=-1 +75s; S>C A win=0; C>S A seq=-1 +1s")
    end = played.end("C")
    assert (end.marks & KEEPALIVE, end.sight & PROBING, end.retries) == (KEEPALIVE, PROBING, 1)
    assert played.trouble("C").probe_gap == 0


def test_established_keepalive_gap_is_of_two_probes() -> None:
    probe = "C>S A seq=-1"
    assert going_on(SPOKEN, f"{probe} +7200s").trouble("C").probe_gap == 0
    assert going_on(SPOKEN, f"{probe} +60s; {probe} +10s").trouble("C").probe_gap == 10_000
    assert going_on(SPOKEN, f"{probe} +60s; S>C A +50ms; {probe} +60s").trouble("C").probe_gap == 60_000
    assert going_on(SPOKEN, f"{probe} +60s; {probe} -5s").trouble("C").probe_gap == 0, "a clock that went backwards"
    assert going_on(SPOKEN, f"{probe} +60s; {probe} +99999999s").trouble("C").probe_gap == 0xFFFFFFFF
