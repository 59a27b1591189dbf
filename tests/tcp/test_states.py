"""The table, cell by cell, against an expectation written by hand from RFC 9293 and the kernel's behaviour."""

import pytest

from tracker.tcp.states import PROVES, RECEIVED, SENT, TABLE, Certainty, Event, State

COLUMNS = (
    "UNKNOWN CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT"
)
SHORT = dict(
    zip(["UN", "CL", "LI", "SS", "SR", "ES", "F1", "F2", "CW", "CG", "LA", "TW"], COLUMNS.split(), strict=True)
)

# What the sender must be, to have sent it. A dot: it stays.
SENT_EXPECTED = """
            UN CL LI SS SR ES F1 F2 CW CG LA TW
SYN         SS .  SS .  .  .  .  .  .  .  .  .
SYN_ACK     SR SR SR SR .  .  .  .  .  .  .  .
ACK_OF_SYN  ES .  .  ES .  .  .  .  .  .  .  .
DATA        ES .  .  ES ES .  .  .  .  .  .  .
FIN         .  .  .  .  F1 F1 .  .  LA .  .  .
ACK_OF_FIN  .  .  .  .  CW CW CG TW .  .  .  .
RST         CL CL .  CL CL CL CL CL CL CL CL CL
UNREACHABLE .  .  .  CL .  .  .  .  .  .  .  .
"""

# What the receiver becomes, if it accepts. RFC 9293 3.10.7.2 to 3.10.7.4.
RECEIVED_EXPECTED = """
            UN CL LI SS SR ES F1 F2 CW CG LA TW
SYN         .  .  .  SR .  .  .  .  .  .  .  .
SYN_ACK     .  .  .  ES ES .  .  .  .  .  .  .
ACK_OF_SYN  .  .  .  .  ES .  .  .  .  .  .  .
DATA        ES .  .  .  .  .  .  .  .  .  .  .
FIN         .  .  .  .  CW CW CG TW .  .  .  .
ACK_OF_FIN  .  .  .  .  .  .  F2 .  .  TW CL .
RST         .  CL .  CL CL CL CL CL CL CL CL CL
UNREACHABLE .  .  .  .  .  .  .  .  .  .  .  .
"""

PROVEN = {
    "SYN": "SYN_SENT",
    "SYN_ACK": "SYN_RECV",
    "ACK_OF_SYN": "ESTABLISHED",
    "DATA": "ESTABLISHED",
    "FIN": "FIN_WAIT1 LAST_ACK",
    "ACK_OF_FIN": "CLOSE_WAIT CLOSING TIME_WAIT",
    "RST": "",
    "UNREACHABLE": "",
}


def cells(text: str) -> list[tuple[str, str, str]]:
    """(event, state, next state) of every cell."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    return [
        (event, SHORT[state], SHORT.get(new, SHORT[state]))
        for event, *row in rows
        for state, new in zip(head, row, strict=True)
    ]


def test_states_are_numbered_as_the_columns_are() -> None:
    assert [state.name for state in State] == COLUMNS.split()
    assert [event.name for event in Event] == list(PROVEN)
    assert [certainty.name for certainty in Certainty] == ["UNKNOWN", "ASSUMED", "SEEN", "TIMED"]


def test_expectations_are_whole() -> None:
    assert len(cells(SENT_EXPECTED)) == len(cells(RECEIVED_EXPECTED)) == len(State) * len(Event)


@pytest.mark.parametrize(("event", "state", "new"), cells(SENT_EXPECTED))
def test_sent(event: str, state: str, new: str) -> None:
    assert State(SENT[Event[event] << 4 | State[state]]).name == new


@pytest.mark.parametrize(("event", "state", "new"), cells(RECEIVED_EXPECTED))
def test_received(event: str, state: str, new: str) -> None:
    assert State(RECEIVED[Event[event] << 4 | State[state]]).name == new


@pytest.mark.parametrize("event", PROVEN)
def test_proves(event: str) -> None:
    assert {state.name for state in State if PROVES[Event[event] << 4 | state]} == set(PROVEN[event].split())


@pytest.mark.parametrize("half", [0, 1])
def test_bytes_agree_with_the_table(half: int) -> None:
    column = (SENT, RECEIVED)[half]
    assert len(column) == len(PROVES) == 16 * len(Event)
    for event in Event:
        for state in State:
            assert column[event << 4 | state] == TABLE[event][half].get(state, state)
        assert not any(column[(event << 4) + len(State) : (event + 1) << 4])


def test_nothing_leads_to_listen_or_unknown() -> None:
    for sent, received in TABLE.values():
        assert not {State.LISTEN, State.UNKNOWN} & ({*sent.values()} | {*received.values()})


def test_every_state_but_those_two_is_reached() -> None:
    reached = {new for halves in TABLE.values() for row in halves for new in row.values()}
    assert reached == set(State) - {State.LISTEN, State.UNKNOWN}


def test_only_resets_attempts_and_new_handshakes_leave_time_wait_and_closed() -> None:
    for event, halves in TABLE.items():
        for row in halves:
            assert row.get(State.TIME_WAIT, State.CLOSED) is State.CLOSED
            assert event is Event.SYN_ACK or row.get(State.CLOSED, State.CLOSED) is State.CLOSED
