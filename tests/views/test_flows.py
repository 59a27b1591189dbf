from ipaddress import ip_address

import pytest

from tracker.tcp.timers import PROFILES
from tracker.views.flows import Entered, TimedOut, flows

from .stage import SECOND, START, address, segments_of, watch

HANDSHAKE = "C>S S; S>C SA; C>S A"
CLOSE = "C>S FA; S>C A; S>C FA; C>S A"
MS = 1_000_000


def test_a_connection_from_beginning_to_end() -> None:
    row = watch(f"{HANDSHAKE}; C>S P100; S>C P200; C>S A; {CLOSE}").flow()
    assert (row.client.address, row.client.port, row.server.address, row.server.port) == (
        address("C"), 40000, address("S"), 80,
    )  # fmt: skip
    assert (row.client.state, row.server.state) == ("TIME_WAIT", "CLOSED")
    assert (row.client.bytes, row.server.bytes, row.client.packets, row.server.packets) == (100, 200, 6, 4)
    assert (row.first, row.last) == (START, START + 9 * MS)
    assert (row.direction, row.confidence, row.end, row.incarnation, row.next, row.icmp) == (
        "syn", "seen", "fin", 0, None, None,
    )  # fmt: skip
    assert [entry.state for entry in row.client.states] == [
        "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
    ]  # fmt: skip
    assert row.server.states[0] == Entered("SYN_RECV", START + MS, 2, "seen", "syn-ack", False)


def test_what_was_believed_and_taken_back_is_marked() -> None:
    row = watch("C>S S; S>C SA dropped; C>S S again +1s").flow()
    assert [(entry.state, entry.revised) for entry in row.client.states] == [("SYN_SENT", False), ("ESTABLISHED", True)]
    assert (row.client.state, row.client.since) == ("SYN_SENT", START)


def test_states_in_the_order_of_their_times_though_learned_later() -> None:
    row = watch("C>S S; S>C SA unseen; C>S A unseen; C>S P10; S>C A").flow()
    assert [entry.at for entry in row.server.states] == sorted(entry.at for entry in row.server.states)


def test_at_a_moment_only_what_had_happened() -> None:
    script = f"{HANDSHAKE}; {CLOSE}"
    row = watch(script, packet=4).flow()
    assert (row.client.state, row.server.state, row.end) == ("FIN_WAIT1", "CLOSE_WAIT", "none")
    assert row.client.states[-1].packet == 4
    assert watch(script, after=-1).flows() == []


def test_timed_out() -> None:
    script = f"{HANDSHAKE}; {CLOSE}"
    assert watch(script, after=60).flow().client.timed is None
    late = watch(script, after=61).flow().client
    assert late.timed == TimedOut("CLOSED", START + 5 * MS + 60 * SECOND, "time-wait")
    assert (late.state, late.certainty) == ("TIME_WAIT", "timed"), "the state that packets show"
    assert [entry.certainty for entry in late.states if entry.state == "TIME_WAIT"] == ["seen"]
    assert watch(script, after=60).flow().client.certainty == "seen"
    assert watch(script, after=61).flow("windows").client.timed is None


def test_lives_of_a_tuple_are_counted_and_chained() -> None:
    rows = watch(f"{HANDSHAKE}; {CLOSE}; C>S S new +2s; S>C SA; C>S A; {CLOSE}; C>S S new +2s").flows()
    assert [(row.flow, row.incarnation, row.next) for row in rows] == [(0, 0, 1), (1, 1, 2), (2, 2, None)]


def test_a_tentative_life_that_is_begun_again_counts_once() -> None:
    rows = watch(f"{HANDSHAKE}; C>S S new +10s; C>S S new +40s; C>S S new +40s; S>C SA; C>S A; {CLOSE}").flows()
    assert [(row.incarnation, row.next) for row in rows] == [(0, 1), (1, None)]


def test_other_tuples_are_other_connections() -> None:
    rows = watch("C>S S; D>S S; X>S S; C>T S").flows()
    assert [row.incarnation for row in rows] == [0, 0, 0, 0]
    assert [row.client.port for row in rows] == [40000, 40001, 40000, 40000]


def test_a_tentative_life_is_hidden() -> None:
    assert len(watch(f"{HANDSHAKE}; C>S S new +100s").flows()) == 1
    assert [row.end for row in watch(f"{HANDSHAKE}; C>S S new +100s; S>C SA new; C>S A").flows()] == [
        "superseded",
        "none",
    ]


def test_the_last_packet_is_never_before_the_first() -> None:
    segments = segments_of("C>S S; C>S S again +1s")
    segments[1].time = segments[0].time - SECOND  # a clock that was put back
    row = watch(segments).flow()
    assert (row.first, row.last) == (START, START)


def test_of_the_asked_hosts_either_end_counts() -> None:
    watched = watch("C>S S; X>Y S")

    def of(host: str) -> list[int]:
        local = address(host).__eq__
        return [row.flow for row in flows(watched.history, watched.moment, PROFILES["linux"], local)]

    assert (of("C"), of("S"), of("X"), of("Y"), of("Q")) == ([0], [0], [1], [1], [])


def test_counts_of_each_end() -> None:
    row = watch(f"{HANDSHAKE}; C>S P100; C>S P100 again +1s; S>C A; C>S P50 unseen; S>C A; S>C P10; C>S A").flow()
    assert (row.client.retransmitted, row.client.missed, row.server.retransmitted) == (1, 50, 0)
    assert (row.client.bytes, row.client.bytes_again) == (100, 100), "each byte once; `missed` are the unseen"
    assert (row.server.bytes, row.server.bytes_again) == (10, 0)
    blind = watch(f"{HANDSHAKE}; C>S P10; S>C A; C>S R seq=+100000000").flow()
    assert (blind.server.ignored, blind.client.ignored, blind.server.state) == (1, 0, "ESTABLISHED")


def test_rtt_of_each_end_as_the_capture_point_sees_it() -> None:
    row = watch("C>S S; S>C SA +30ms; C>S A +2ms").flow()
    assert (row.client.rtt, row.server.rtt) == (30 * MS, 2 * MS)
    assert watch("C>S S").flow().client.rtt is None


def test_an_icmp_error_is_told() -> None:
    assert watch("C>S S; C>S icmp=3/13").flow().icmp == 3 << 8 | 13
    quoted = watch(f"{HANDSHAKE}; C>S P10; C>S icmp=3/4").flow()
    assert (quoted.icmp, quoted.end, quoted.client.state) == (3 << 8 | 4, "none", "ESTABLISHED")


def test_nothing_known_of_an_end() -> None:
    silent = watch("C>S S").flow().server
    assert (silent.state, silent.certainty, silent.since, silent.states) == ("UNKNOWN", "unknown", None, ())


@pytest.mark.parametrize("answer", ["S>C SA", "S>C RA"])
def test_the_client_is_who_opened_whoever_speaks_first_in_the_capture(answer: str) -> None:
    script = answer + "; C>S A"
    assert watch(script).flow().client.address == ip_address("10.0.0.1")
