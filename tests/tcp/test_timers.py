"""What must have happened in silence."""

import pytest

from tracker.tcp.endpoint import Endpoint, Trouble
from tracker.tcp.states import State
from tracker.tcp.timers import PROFILES, SECOND, TIMER_NAMES, Profile, expiry, retransmission_timeout

from .play import CLOSED, FIN_WAIT2, SYN_RECV, SYN_SENT, Played, going_on, play

# name: TIME_WAIT, FIN_WAIT2 of an orphan, SYN_SENT, SYN_RECV, in seconds; 0: it has none
EXPECTED = {
    "linux": (60, 60, 131, 63),
    "rfc9293": (240, 0, 180, 180),
    "windows": (120, 120, 21, 21),
    "bsd": (60, 60, 75, 15),
}
profiles = pytest.mark.parametrize("name", EXPECTED)


def ends_at(played: Played, host: str, name: str = "linux") -> tuple[int, str]:
    return ends(played.end(host), played.trouble(host), PROFILES[name])


def ends(endpoint: Endpoint, trouble: Trouble, profile: Profile) -> tuple[int, str]:
    when, timer = expiry(endpoint, trouble, profile)
    return when, TIMER_NAMES[timer]


def test_profiles_are_these() -> None:
    assert set(PROFILES) == set(EXPECTED)
    assert all(name == profile.name for name, profile in PROFILES.items())


@profiles
@pytest.mark.parametrize(
    ("state", "column", "timer"),
    [
        (State.TIME_WAIT, 0, "time-wait"),
        (State.FIN_WAIT2, 1, "fin-wait-2"),
        (State.SYN_SENT, 2, "syn-retries"),
        (State.SYN_RECV, 3, "syn-ack-retries"),
    ],
)
def test_state_ends_by_itself(name: str, state: State, column: int, timer: str) -> None:
    endpoint = Endpoint()
    endpoint.state, endpoint.since, endpoint.last = state.value, 10**18, 10**18
    seconds = EXPECTED[name][column]
    expected = (10**18 + seconds * SECOND, timer) if seconds else (0, "")
    assert ends(endpoint, Trouble(), PROFILES[name]) == expected


@profiles
@pytest.mark.parametrize(
    "state", sorted(set(State) - {State.TIME_WAIT, State.FIN_WAIT2, State.SYN_SENT, State.SYN_RECV})
)
def test_state_waits_for_a_packet(name: str, state: State) -> None:
    endpoint = Endpoint()
    endpoint.state, endpoint.since = state.value, 10**18
    assert ends(endpoint, Trouble(), PROFILES[name]) == (0, "")


@profiles
def test_time_wait_fin_again_restarts_it(name: str) -> None:
    played = going_on(FIN_WAIT2, "S>C FA; C>S A; S>C FA again +7s")
    when, _ = ends_at(played, "C", name)
    assert when == played.segments[-1].time + EXPECTED[name][0] * SECOND


def test_fin_wait2_who_acknowledges_data_is_no_orphan() -> None:
    played = going_on(FIN_WAIT2, "S>C P100 +50s; C>S A; S>C P100 +50s; C>S A")
    assert ends_at(played, "C") == (0, "")


@pytest.mark.parametrize(
    "script", ["C>S P50 +1s; C>S P again +1s; C>S P again +2s", "C>S FA +1s; C>S FA again +1s; C>S FA again +2s"]
)
def test_retransmissions_that_stop_say_that_it_has_given_up(script: str) -> None:
    played = going_on("C>S S; S>C SA; C>S A", script)
    when, timer = ends_at(played, "C")
    assert timer == "retries"
    assert when == played.segments[-1].time + 10 * SECOND  # four timeouts of 200 ms, twice doubled, are shorter
    assert ends_at(played, "S") == (0, "")


def test_retransmissions_that_were_never_seen_say_nothing() -> None:
    assert ends_at(going_on("C>S S; S>C SA; C>S A", "C>S P50"), "C") == (0, "")


def test_syn_sent_counts_from_the_first_syn_but_lives_as_long_as_it_sends() -> None:
    played = play(f"{SYN_SENT}; C>S S again +1s; C>S S again +2s")
    assert ends_at(played, "C")[0] == played.segments[0].time + 131 * SECOND
    played = play(f"{SYN_SENT}; C>S S again +500s")
    assert ends_at(played, "C")[0] > played.segments[-1].time


def test_syn_recv_counts_from_the_first_syn_ack() -> None:
    played = play(f"{SYN_RECV}; S>C SA again +1s")
    assert ends_at(played, "S")[0] == played.segments[1].time + 63 * SECOND


def test_closed_scene_has_one_end_left_to_a_timer() -> None:
    played = play(CLOSED)
    assert ends_at(played, "S") == (0, "")
    assert ends_at(played, "C")[1] == "time-wait"


@profiles
def test_timeout_without_a_sample_is_a_second(name: str) -> None:
    assert retransmission_timeout(Endpoint(), PROFILES[name]) == SECOND


@pytest.mark.parametrize(
    ("name", "srtt", "rttvar", "milliseconds"),
    [
        ("linux", 1_000, 500, 201),  # the floor of 200 ms is under the variance
        ("linux", 100_000, 60_000, 340),
        ("rfc9293", 1_000, 500, 1000),  # RFC 6298 2.4
        ("rfc9293", 1_000_000, 500_000, 3000),
        ("windows", 1_000, 500, 300),
        ("bsd", 1_000, 500, 30),
        ("bsd", 100_000, 1_000, 104),
        ("linux", 2**31 - 1, 2**31 - 1, 120_000),
        ("rfc9293", 2**31 - 1, 2**31 - 1, 60_000),
    ],
)
def test_timeout(name: str, srtt: int, rttvar: int, milliseconds: int) -> None:
    endpoint = Endpoint()
    endpoint.srtt, endpoint.rttvar = srtt, rttvar
    assert retransmission_timeout(endpoint, PROFILES[name]) == milliseconds * SECOND // 1000


def test_keepalives_that_stop_unanswered_say_that_it_has_given_up() -> None:
    idle = "C>S S; S>C SA; C>S A; C>S P10; S>C A"
    probes = "C>S A seq=-1 +60s; C>S A seq=-1 +75s; C>S A seq=-1 +75s; C>S A seq=-1 +75s"
    played = going_on(idle, probes)
    when, timer = ends_at(played, "C")
    assert timer == "keepalive"
    assert when == played.segments[-1].time + 4 * 75 * SECOND
    answered = going_on(idle, f"{probes}; S>C A")
    assert ends_at(answered, "C") == (0, "")
    assert ends_at(going_on(idle, "C>S A seq=-1 +60s"), "C") == (0, "")
