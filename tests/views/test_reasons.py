"""Every cell of the state table has its reason, and no reason is without a cell."""

import pytest

from tracker.tcp.states import TABLE, Event, State
from tracker.views import reasons
from tracker.views.reasons import RECEIVED_HALF, SENT_HALF, cell, taken_back

from .steps import steps, told

CELLS = [(event, half, state) for event in Event for half in (SENT_HALF, RECEIVED_HALF) for state in State]
HANDSHAKE = "C>S S; S>C SA; C>S A"


@pytest.mark.parametrize(("event", "half", "state"), CELLS)
def test_a_reason_for_each_cell_that_moves(event: Event, half: int, state: State) -> None:
    moves = TABLE[event][half].get(state, state) is not state
    reason = cell(event, half, state)
    assert (reason is not None) == moves
    if reason is not None:
        assert reason.words
        assert reason.source.startswith("RFC")


def test_no_reason_without_a_cell() -> None:
    for half, cells in enumerate((reasons._SENT, reasons._RECEIVED)):
        assert set(cells) == set(Event)
        for event, row in cells.items():
            assert set(row) <= {old for old, new in TABLE[event][half].items() if old is not new}


@pytest.mark.parametrize(
    ("script", "end", "words"),
    [
        ("C>S S", "client", "it sends a SYN: connect()"),
        (HANDSHAKE, "server", "the final ACK comes: accept() can return it"),
        ("C>S S; S>C RA", "server", "it answers the SYN with RST: nothing listens on that port"),
        ("C>S S; S>C RA", "client", "an RST answers its SYN: the connection is refused"),
        (f"{HANDSHAKE}; C>S RA", "client", "it sends an RST: its application has aborted it, or there is no connection any more"),
        (f"{HANDSHAKE}; C>S RA", "server", "an exact RST comes and ends it"),
        ("C>S S; C>S icmp=3/1", "client", "an ICMP error quotes its SYN, so its connect() fails"),
        (f"{HANDSHAKE}; C>S FA", "client", "it sends a FIN: close() or shutdown(), and it was first"),
        (f"{HANDSHAKE}; C>S FA unseen; S>C A", "client",
         "it sends a FIN: close() or shutdown(), and it was first (the capture does not show it; this segment tells)"),
        ("C>S P10", "client", "it speaks as in an open connection, whose start was not captured"),
    ],
)  # fmt: skip
def test_entered(script: str, end: str, words: str) -> None:
    explained = told(script)
    assert words in [entry.reason.words for entry in explained.entries() if explained.name(entry.side) == end]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("C>S S; S>C SA dropped; C>S S again +1s", "it repeats its SYN, so the answer had not reached it"),
        (
            f"{HANDSHAKE} dropped; S>C SA again +1s",
            "it repeats its SYN-ACK, so the final ACK did not count there: lost, accept queue full, or accept deferred",
        ),
        (
            "C>S S; S>C SA; S>C SA again +1s",
            "the SYN-ACK is sent again and nothing acknowledged the one before, so that one had not arrived",
        ),
        (
            f"{HANDSHAKE}; C>S FA; S>C FA crossing",
            "its FIN does not acknowledge the other side's, so that had not arrived: the FINs crossed",
        ),
        (
            f"{HANDSHAKE}; C>S FA; S>C A dropped; C>S FA again +1s",
            "it repeats its FIN, so the ACK of it had not arrived",
        ),
        (
            f"{HANDSHAKE}; C>S FA dropped; C>S FA again +1s",
            "the FIN is sent again and was not acknowledged, so the one before had not arrived",
        ),
        (
            f"{HANDSHAKE}; C>S FA; S>C R seq=heard",
            "it answers with a bare RST, so no socket was there to take the segment before",
        ),
        (
            f"{HANDSHAKE}; C>S FA; S>C RA crossing",
            "its RST does not acknowledge the other side's FIN, so that FIN had not arrived",
        ),
        (f"{HANDSHAKE}; C>S R; S>C P10 crossing +1s", "it goes on after the RST, which was ignored or lost"),
        (
            f"{HANDSHAKE}; C>S S new +1s; C>S S new +1s",
            "another SYN takes the place of this one, which nobody answered",
        ),
        (
            f"{HANDSHAKE}; C>S P1 unseen; S>C A; C>S P10",
            "data goes on where a FIN was thought to be that the capture had missed: it was none",
        ),
    ],
)
def test_taken_back(script: str, words: str) -> None:
    said = [taken_back(row, step.segment).words for step in steps(script) for row in step.taken_back]
    assert said
    assert set(said) == {words}
