"""The test language itself."""

from functools import partial

import pytest

from tracker.tcp.segment import ACK, FIN, HAS_SCALE, HAS_TIMESTAMPS, PSH, QUOTED, RST, SYN, Segment

from .play import ESTABLISHED, ISS, MS, PLACES, SPOKEN, START, Stage, play


def staged(script: str) -> list[Segment]:
    stage = Stage(PLACES, ISS)
    stage.play(script)
    return stage.segments


def numbers(script: str) -> list[tuple[int, int]]:
    """(seq, ack) of each segment, from the ISSs; an absent ack is 0."""
    pairs = []
    for s in staged(script):
        own, other = ("C", "S") if s.sport == 40000 else ("S", "C")
        pairs.append((s.seq - ISS[own], s.ack - ISS[other] if s.flags & ACK else 0))
    return pairs


def test_play_handshake_counts_syn_and_fin() -> None:
    script = ESTABLISHED + "; C>S P100; S>C P20; C>S FA; S>C A; S>C FA; C>S A"
    assert numbers(script) == [
        (0, 0), (0, 1), (1, 1), (1, 1), (1, 101), (101, 21), (21, 102), (21, 102), (102, 22),
    ]  # fmt: skip


def test_play_flags_and_lengths() -> None:
    found = [
        (s.flags, s.length)
        for s in staged("C>S S; S>C SA; C>S A; C>S P7; C>S A8; C>S FA; C>S FA9; C>S RA; C>S R; C>S -")
    ]
    assert found == [
        (SYN, 0), (SYN | ACK, 0), (ACK, 0), (PSH | ACK, 7), (ACK, 8), (FIN | ACK, 0), (FIN | ACK, 9), (RST | ACK, 0),
        (RST, 0), (0, 0),
    ]  # fmt: skip


def test_play_overrides_of_numbers() -> None:
    assert numbers(ESTABLISHED + "; C>S A seq=+500 ack=-1")[-1] == (501, 0)
    assert numbers(ESTABLISHED + "; C>S A seq=#3 ack=#9")[-1] == (3, 9)
    last = staged(ESTABLISHED + "; C>S A seq=7 ack=4294967295")[-1]
    assert (last.seq, last.ack) == (7, 0xFFFFFFFF)


def test_play_time() -> None:
    times = [s.time - START for s in staged("C>S S; S>C SA +61s; C>S A +5ms; C>S P1 -7us; C>S P1 +0ns")]
    assert times == [MS, 61_001 * MS, 61_006 * MS, 61_006 * MS - 7000, 61_006 * MS - 7000]


def test_play_options_and_header() -> None:
    syn, answer, final = staged("C>S S ws=7 ts mss=1460 sackok ttl=63 id=9; S>C SA ws=14 ts=5; C>S A win=0")
    assert (syn.scale, syn.mss, syn.ttl, syn.ident, syn.tsval) == (7, 1460, 63, 9, 10_001)
    assert (answer.scale, answer.tsval, answer.options) == (14, 5, HAS_SCALE | HAS_TIMESTAMPS)
    assert (final.window, final.tsval, final.options) == (0, 10_003, HAS_TIMESTAMPS)  # timestamps stay on


def test_play_dropped_leaves_a_hole_at_the_receiver() -> None:
    script = ESTABLISHED + "; C>S P100 dropped; C>S P50; S>C A; C>S P100 again seq=#1; S>C A"
    assert numbers(script)[3:6] == [(1, 1), (101, 1), (1, 1)]


def test_play_again_is_the_segment_with_these_flags_and_fills_the_hole() -> None:
    script = ESTABLISHED + "; C>S P100 dropped; C>S A50; S>C A; C>S P again; S>C A"
    assert numbers(script)[5:] == [(1, 1), (1, 1), (1, 151)]
    assert [s.length for s in staged(script)][6] == 100


def test_play_again_acknowledges_what_has_come_since_dup_does_not() -> None:
    script = ESTABLISHED + "; C>S P100; S>C P50; C>S P again; C>S P dup"
    assert numbers(script)[5:] == [(1, 51), (1, 51)]
    assert numbers(ESTABLISHED + "; C>S P100; S>C P50; C>S P dup")[5:] == [(1, 1)]


def test_play_unseen_counts_for_the_hosts_but_is_not_captured() -> None:
    assert numbers(ESTABLISHED + "; C>S P100 unseen; S>C A") == [(0, 0), (0, 1), (1, 1), (1, 101)]


def test_play_gone_is_known_to_its_sender_only() -> None:
    assert numbers(ESTABLISHED + "; C>S P100 gone; C>S P1; S>C A")[3:] == [(101, 1), (1, 1)]


def test_play_crossing_does_not_acknowledge_the_last_one() -> None:
    assert numbers(ESTABLISHED + "; C>S FA; S>C FA crossing; C>S A; S>C A")[3:] == [(1, 1), (1, 1), (2, 2), (2, 2)]


def test_play_new_attempt_has_a_new_iss_on_both_sides() -> None:
    found = numbers(ESTABLISHED + "; C>S S new; S>C A; S>C SA; C>S A; C>S P5; S>C A")
    assert found[3:] == [
        (1_000_001, 0), (1, 1), (1_000_001, 1_000_002), (1_000_002, 1_000_002), (1_000_002, 1_000_002), (1_000_002, 1_000_007),
    ]  # fmt: skip


def test_play_new_attempt_with_a_number_of_its_own() -> None:
    assert numbers(ESTABLISHED + "; C>S S new=500; S>C SA new=7")[3:] == [(501, 0), (8, 502)]


def test_play_refusal_has_seq_0_and_a_bare_reset_the_number_that_it_answers() -> None:
    refusal = staged("C>S S; S>C RA")[-1]
    assert (refusal.seq, refusal.ack) == (0, 1001)
    answer = staged("C>S P10 ack=777; S>C R")[-1]
    assert (answer.seq, answer.ack) == (777, 0)


def test_play_error_quotes_the_last_segment() -> None:
    quoted = staged("C>S S; C>S icmp=3/13")[-1]
    assert (quoted.marks, quoted.icmp, quoted.seq, quoted.sport) == (QUOTED, 3 << 8 | 13, 1000, 40000)


@pytest.mark.parametrize("script", ["S", "C<S S", "C>X S", "C>S S bogus", "C>S S; C>S S"])
def test_play_refuses_what_it_does_not_understand(script: str) -> None:
    with pytest.raises(SyntaxError):
        staged(script)


def test_play_asserts_states_sequences_certainty_and_packets() -> None:
    played = play(SPOKEN)
    played.is_("ESTABLISHED", "ESTABLISHED").sure("seen", "seen").has(lives=1)
    played.went("SYN_SENT ESTABLISHED", "SYN_RECV ESTABLISHED").caused("C", "ESTABLISHED", 2).caused(
        "S", "ESTABLISHED", 3
    )
    played.verdict("accepted").verdict("accepted", 1)
    for wrong in (
        partial(played.is_, "ESTABLISHED", "CLOSED"),
        partial(played.went, "ESTABLISHED", "ESTABLISHED"),
        partial(played.believed, "ESTABLISHED", "ESTABLISHED"),
        partial(played.sure, "seen", "assumed"),
        partial(played.caused, "C", "ESTABLISHED", 1),
        partial(played.has, lives=2),
        partial(played.verdict, "challenged"),
    ):
        with pytest.raises(AssertionError, match="C>S S; S>C SA"):
            wrong()


def test_play_tells_two_clients_apart() -> None:
    played = play("C>S S; D>S S; S>D SA; D>S A")
    assert (len(played.lives("C", "S")), len(played.lives("D", "S"))) == (1, 1)
    assert played.is_("SYN_SENT", "UNKNOWN").end("D").state == 5
