import dataclasses

import pytest

from tracker.tcp.timers import PROFILES
from tracker.views.counters import count
from tracker.views.statistics import TcpStatistics
from tracker.views.vantage import everyone

from .stage import address, watch

HANDSHAKE = "C>S S; S>C SA; C>S A"
SPOKEN = f"{HANDSHAKE}; C>S P100; S>C A"


def counted(script: str, host: str = "", **when: float) -> TcpStatistics:
    watched = watch(script, **when)  # type: ignore[arg-type]
    return count(watched.history, watched.moment, PROFILES["linux"], address(host).__eq__ if host else everyone)


def nonzero(statistics: TcpStatistics) -> dict[str, int]:
    return {name: value for name, value in dataclasses.asdict(statistics).items() if value}


def test_of_each_end_and_of_both() -> None:
    assert nonzero(counted(SPOKEN, "C")) == {"active_opens": 1, "curr_estab": 1, "in_segs": 2, "out_segs": 3}
    assert nonzero(counted(SPOKEN, "S")) == {"passive_opens": 1, "curr_estab": 1, "in_segs": 3, "out_segs": 2}
    assert nonzero(counted(SPOKEN)) == {
        "active_opens": 1, "passive_opens": 1, "curr_estab": 2, "in_segs": 5, "out_segs": 5,
    }  # fmt: skip
    assert nonzero(counted(SPOKEN, "X")) == {}


def test_what_packets_cannot_tell_is_none() -> None:
    statistics = counted(SPOKEN)
    assert (statistics.in_errs, statistics.challenge_acks) == (None, None)


@pytest.mark.parametrize(
    ("script", "host", "name", "value"),
    [
        ("C>S S; S>C RA", "C", "attempt_fails", 1),
        ("C>S S; C>S icmp=3/13", "C", "attempt_fails", 1),
        ("C>S S; S>C SA; C>S R", "S", "attempt_fails", 1),
        (f"{SPOKEN}; C>S RA", "S", "attempt_fails", 0),
        (f"{SPOKEN}; C>S RA", "S", "estab_resets", 1),
        (f"{SPOKEN}; C>S RA", "C", "estab_resets", 1),  # tcp_set_state counts both ends' ESTABLISHED > CLOSED
        (f"{SPOKEN}; C>S FA; S>C A; C>S RA", "S", "estab_resets", 1),
        (f"{SPOKEN}; C>S FA; S>C A; C>S RA", "C", "estab_resets", 0),  # from FIN_WAIT2
        (f"{SPOKEN}; C>S RA", "C", "out_rsts", 1),
        (f"{SPOKEN}; C>S RA", "S", "out_rsts", 0),
        (f"{SPOKEN}; C>S RA", "C", "curr_estab", 0),
        (f"{SPOKEN}; C>S FA; S>C A", "S", "curr_estab", 1),  # CLOSE_WAIT is counted
        (f"{SPOKEN}; C>S FA; S>C A", "C", "curr_estab", 0),
        ("C>S S; S>C S crossing; C>S SA; S>C SA", "C", "active_opens", 1),
        ("C>S S; S>C S crossing; C>S SA; S>C SA", "C", "passive_opens", 0),
        ("C>S S; C>S S again +1s; C>S S again +1s", "C", "active_opens", 1),
        ("C>S S; C>S S again +1s; C>S S again +1s", "C", "syn_retrans", 2),
        ("C>S S; C>S S again +1s; C>S S again +1s", "C", "retrans_segs", 2),
        ("C>S S; C>S S again +1s; C>S S again +1s", "C", "out_segs", 1),  # RFC 4022 leaves repetitions out
        ("C>S S; C>S S again +1s; C>S S again +1s", "S", "in_segs", 3),
        (f"{SPOKEN}; C>S P10 dropped; C>S P10 again +1s", "C", "retrans_segs", 1),
        (f"{SPOKEN}; C>S P10 unseen; C>S P10", "S", "out_of_order", 1),
        (f"{SPOKEN}; S>C A win=0", "S", "zero_windows_sent", 1),
        (f"{SPOKEN}; S>C A win=0", "C", "zero_windows_received", 1),
        (f"{SPOKEN}; C>S P10 gone; C>S P10; S>C A; S>C A", "C", "dup_acks", 2),
    ],
)
def test_counter(script: str, host: str, name: str, value: int) -> None:
    assert getattr(counted(script, host), name) == value


def test_attempts_that_timed_out_have_failed() -> None:
    assert counted("C>S S", "C", after=130).attempt_fails == 0
    assert counted("C>S S", "C", after=132).attempt_fails == 1
    assert counted("C>S S; S>C SA", "S", after=64).attempt_fails == 1


def test_as_of_a_moment() -> None:
    script = f"{SPOKEN}; C>S RA; D>S S; S>D SA; D>S A"
    assert nonzero(counted(script, "C", packet=5)) == {"active_opens": 1, "curr_estab": 1, "in_segs": 2, "out_segs": 3}
    assert nonzero(counted(script, "C")) == {
        "active_opens": 2, "estab_resets": 1, "curr_estab": 1, "in_segs": 3, "out_segs": 6, "out_rsts": 1,
    }  # fmt: skip


def test_superseded_and_tentative_lives() -> None:
    taken = counted(f"{HANDSHAKE}; C>S S new +100s; S>C SA new; C>S A", "C")
    assert (taken.active_opens, taken.curr_estab) == (2, 1)
    tentative = counted(f"{HANDSHAKE}; C>S S new +100s", "C")
    assert (tentative.active_opens, tentative.curr_estab) == (1, 1)
