"""Round-trip times as the capture sees them: RFC 6298, Karn's rule."""

import pytest

from tracker.engine.interpreted import Store
from tracker.tcp.endpoint import TIMING, Endpoint
from tracker.tcp.round_trip import MAX_MICROSECONDS, acknowledged, repeated, start_timing
from tracker.tcp.segment import Segment
from tracker.tcp.trouble import trouble_of

from .play import ESTABLISHED, SPOKEN, going_on, play

US = 1000


def sampled(*microseconds: int) -> Endpoint:
    """An endpoint that has measured these round trips, one after the other."""
    endpoint, segment, now = Endpoint(), Segment(), 10**18
    for i, sample in enumerate(microseconds):
        segment.time = endpoint.last = now
        start_timing(segment, endpoint, i + 1)
        segment.time = now + sample * US
        segment.ack = i + 1
        acknowledged(segment, endpoint)
        now += 10**12
    return endpoint


def test_first_sample() -> None:
    """RFC 6298 2.2: SRTT is it, RTTVAR is half of it."""
    endpoint = sampled(1000)
    assert (endpoint.srtt, endpoint.rttvar, endpoint.rtt_min) == (1000, 500, 1000)


def test_next_samples() -> None:
    """RFC 6298 2.3: first RTTVAR, with the old SRTT, then SRTT."""
    endpoint = sampled(1000, 2000)
    assert (endpoint.srtt, endpoint.rttvar) == ((7 * 1000 + 2000) // 8, (3 * 500 + 1000) // 4)
    endpoint = sampled(1000, 200)
    assert (endpoint.srtt, endpoint.rttvar, endpoint.rtt_min) == ((7 * 1000 + 200) // 8, (3 * 500 + 800) // 4, 200)


def test_sample_of_nothing_is_one_microsecond() -> None:
    assert sampled(0).srtt == 1


@pytest.mark.parametrize("sample", [-1, -(10**6), MAX_MICROSECONDS + 1, 2**32 - 1, 2**32, 2**32 + 1])
def test_impossible_sample_is_dropped(sample: int) -> None:
    endpoint = sampled(sample)
    assert (endpoint.srtt, endpoint.rtt_min, endpoint.marks & TIMING) == (0, 0, 0)


def test_largest_samples_fit_their_fields() -> None:
    endpoint = sampled(MAX_MICROSECONDS, 1, MAX_MICROSECONDS)
    assert max(endpoint.srtt, endpoint.rttvar) < 2**32


def test_one_segment_at_a_time() -> None:
    played = going_on(ESTABLISHED, "C>S P10; C>S P10 +50ms; S>C A ack=-10 +50ms; S>C A +200ms")
    assert played.end("C").rtt_min == 1000  # the SYN
    assert played.end("C").srtt == (7 * 1000 + 100_000) // 8


def test_acknowledgment_of_less_than_the_timed_segment_is_no_sample() -> None:
    played = going_on(ESTABLISHED, "C>S P100; S>C A ack=-50 +10ms; S>C A +10ms")
    assert played.end("C").srtt == (7 * 1000 + 20_000) // 8


def test_retransmission_is_never_a_sample() -> None:
    """Karn: nobody knows which one was acknowledged."""
    played = going_on(ESTABLISHED, "C>S P100; C>S P again +200ms; S>C A +10ms")
    end = played.end("C")
    assert (end.srtt, played.trouble("C").retransmitted, end.retries) == (1000, 1, 0)


def test_syn_again_is_never_a_sample() -> None:
    assert play("C>S S; C>S S again +1s; S>C SA; C>S A").end("C").srtt == 0


def test_server_s_sample_is_its_syn_ack() -> None:
    assert play("C>S S; S>C SA; C>S A +30ms").end("S").rtt_min == 30_000


def test_new_bytes_after_a_retransmission_are_timed_again() -> None:
    played = going_on(ESTABLISHED, "C>S P100; C>S P again +200ms; S>C A +10ms; C>S P50; S>C A +40ms")
    assert played.end("C").srtt == (7 * 1000 + 40_000) // 8


def test_repeated_backs_off_no_further_than_its_field() -> None:
    endpoint, segment, store = Endpoint(), Segment(), Store()
    for _ in range(300):
        repeated(segment, endpoint, store)
    assert (endpoint.retries, trouble_of(store, endpoint).retransmitted) == (255, 300)


def test_timer_restarts_with_new_bytes_acks_and_retransmissions() -> None:
    played = going_on(SPOKEN, "C>S P10 +1s")
    sent = played.segments[-1].time
    assert played.end("C").timer_at == sent
    played = going_on(SPOKEN, "C>S P10 +1s; C>S P20 +1s")  # RFC 6298 5.1: it runs already
    assert played.end("C").timer_at == played.segments[-2].time
    played = going_on(SPOKEN, "C>S P10; C>S P20; S>C A ack=-20 +5s")  # 5.3
    assert played.end("C").timer_at == played.segments[-1].time
    played = going_on(SPOKEN, "C>S P10; C>S P again +2s")  # 5.6
    assert played.end("C").timer_at == played.segments[-1].time
