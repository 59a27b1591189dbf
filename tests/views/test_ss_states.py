import pytest

from tracker.views.ss_filter import Filter, parse
from tracker.views.ss_states import ALL, shown_states, states_named


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("established", {"ESTABLISHED"}),
        ("estab", {"ESTABLISHED"}),
        ("syn-sent", {"SYN_SENT"}),
        ("syn-recv", {"SYN_RECV"}),
        ("syn-rcv", {"SYN_RECV"}),
        ("fin-wait-1", {"FIN_WAIT1"}),
        ("fin-wait-2", {"FIN_WAIT2"}),
        ("FIN_WAIT1", {"FIN_WAIT1"}),
        ("Fin_Wait2", {"FIN_WAIT2"}),
        ("time-wait", {"TIME_WAIT"}),
        ("TIME_WAIT", {"TIME_WAIT"}),
        ("close", {"CLOSED"}),
        ("closed", {"CLOSED"}),
        ("unconn", {"CLOSED"}),
        ("close-wait", {"CLOSE_WAIT"}),
        ("last-ack", {"LAST_ACK"}),
        ("listen", {"LISTEN"}),
        ("listening", {"LISTEN"}),
        ("closing", {"CLOSING"}),
        ("unknown", {"UNKNOWN"}),
        ("all", ALL),
        ("connected", ALL - {"LISTEN", "CLOSED"}),
        ("synchronized", ALL - {"LISTEN", "CLOSED", "SYN_SENT"}),
        ("bucket", {"SYN_RECV", "TIME_WAIT"}),
        ("big", ALL - {"SYN_RECV", "TIME_WAIT"}),
    ],
)
def test_state_name(name: str, states: set[str]) -> None:
    assert states_named(name) == frozenset(states)
    assert parse(["state", name]) == Filter(frozenset(states))
    assert parse(["exclude", name.upper()]) == Filter(ALL - states)
    assert parse(["excl", name]) == Filter(ALL - states)


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("state established state time-wait", {"ESTABLISHED", "TIME_WAIT"}),
        ("state connected exclude established", ALL - {"LISTEN", "CLOSED", "ESTABLISHED"}),
        ("exclude established exclude listening", ALL - {"ESTABLISHED", "LISTEN"}),
        ("exclude all state last-ack", {"LAST_ACK"}),
        ("exclude connected state established", {"LISTEN", "CLOSED", "ESTABLISHED"}),
        ("state listen sport 8080", {"LISTEN"}),
        ("sport 8080 state listen", {"LISTEN"}),
        ("state listen sport 8080 state closing", {"LISTEN", "CLOSING"}),
        ("state all exclude all", set()),
    ],
)
def test_states_accumulate(text: str, states: set[str]) -> None:
    found = parse([text]).states
    assert found is not None
    assert set(found) == states


@pytest.mark.parametrize(("text", "hides"), [("state established", True), ("state big", False), ("", False)])
def test_single_state_hides_the_column(text: str, hides: bool) -> None:
    assert parse([text]).hides_state is hides


def test_shown_states_by_flags() -> None:
    usual = {"ESTABLISHED", "SYN_SENT", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "LAST_ACK", "CLOSING", "UNKNOWN"}
    assert shown_states(None) == usual
    assert shown_states(None, everything=True) == ALL
    assert shown_states(None, listening=True) == {"LISTEN", "CLOSED"}
    assert shown_states(None, everything=True, listening=True) == ALL


def test_shown_states_named_ones_beat_flags() -> None:
    assert shown_states(frozenset({"TIME_WAIT"}), listening=True) == {"TIME_WAIT"}
