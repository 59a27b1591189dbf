import pytest

from tracker.views.explain import lines
from tracker.views.ladder import FEW, SOME, Ladders

from .steps import steps, told

HANDSHAKE = "C>S S; S>C SA; C>S A"
DATA = "; ".join(["C>S P100; S>C A"] * 4)


def texts(script: str, **how: object) -> list[str]:
    return [rung.text for rung in told(script, **how).ladder.rungs]  # type: ignore[arg-type]


def test_what_packets_say() -> None:
    assert texts(f"{HANDSHAKE}; C>S P300; S>C A; C>S FA; S>C A; S>C R") == [
        "SYN", "SYN, ACK", "ACK 1", "data 1:301, ACK 1", "ACK 301", "FIN 301, ACK 1", "ACK 302", "RST 1",
    ]  # fmt: skip


def test_numbers_from_the_middle_count_from_what_was_seen_first() -> None:
    assert texts("C>S P10; S>C A; S>C P5")[:3] == ["data 0:10, ACK 1", "ACK 10", "data 1:6, ACK 10"]


def test_forged_numbers_may_lie_before_the_first() -> None:
    assert texts(f"{HANDSHAKE}; C>S R seq=-5000")[-1] == "RST -4999"


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("C>S S; C>S S again +1s", "SYN, again"),
        (f"{HANDSHAKE}; C>S P10; C>S P10 again +1s", "data 1:11, ACK 1, again"),
        ("C>S -", "no flags"),
        (f"{HANDSHAKE}; C>S U5", "URG, data 1:6"),
        ("C>S S; C>S icmp=3/13", "ICMP admin prohibited (3/13)"),
        ("C>S R", "RST"),
    ],
)
def test_odd_packets(script: str, text: str) -> None:
    assert texts(script)[-1] == text


def test_plain_packets_in_a_row_are_counted() -> None:
    *_, run = told(f"{HANDSHAKE}; {DATA}").ladder.rungs
    assert (run.number, run.until, run.count, run.packets, run.bytes, run.acknowledged) == (
        4,
        11,
        8,
        [4, 4],
        [400, 0],
        True,
    )
    assert run.last > run.at


def test_a_few_are_shown_one_by_one_and_all_with_all() -> None:
    few = "; ".join(["C>S P100"] * FEW)
    assert len(texts(f"{HANDSHAKE}; {few}")) == 3 + FEW
    assert len(texts(f"{HANDSHAKE}; {few}; C>S P100")) == 4
    assert len(texts(f"{HANDSHAKE}; {DATA}", everything=True)) == 11


def test_what_changes_something_stands_alone() -> None:
    rungs = told(
        f"{HANDSHAKE}; {DATA}; C>S FA; {DATA.replace('C>S P100', 'S>C P100').replace('S>C A', 'C>S A')}"
    ).ladder.rungs
    assert [(rung.number, rung.count) for rung in rungs] == [(1, 1), (2, 1), (3, 1), (4, 8), (12, 1), (13, 1), (14, 7)]


def test_equal_oddities_are_counted_too() -> None:
    again = "; ".join(["C>S S again +1s"] * (SOME + 1))
    syn, run = told(f"C>S S; {again}").ladder.rungs
    assert (syn.text, run.text, run.count, run.again) == ("SYN", "SYN, again", SOME + 1, SOME + 1)


def test_retransmissions_and_what_is_not_acknowledged() -> None:
    again = "; ".join(["C>S P100 again +1s"] * 6)
    *_, run = told(f"{HANDSHAKE}; C>S P100; {again}").ladder.rungs
    assert (run.count, run.again, run.acknowledged) == (7, 6, False)


def test_states_verdicts_and_proofs() -> None:
    explained = told("C>S S ws=7; S>C SA ws=7; C>S A; S>C A; C>S R seq=+100000000")
    rungs = explained.ladder.rungs
    assert [rung.states for rung in rungs] == [
        ("SYN_SENT", "-"), ("ESTABLISHED", "SYN_RECV"), *[("ESTABLISHED", "ESTABLISHED")] * 3
    ]  # fmt: skip
    assert [rung.changed for rung in rungs[:4]] == [(True, False), (True, True), (False, True), (False, False)]
    assert [rung.verdict for rung in rungs] == ["", "", "", "", "ignored: beyond the window"]
    assert [(entry.new, entry.certainty, entry.proven_by) for entry in explained.entries()] == [
        ("SYN_SENT", "seen", 0), ("SYN_RECV", "seen", 0), ("ESTABLISHED", "assumed", 3), ("ESTABLISHED", "assumed", 4),
    ]  # fmt: skip


def test_what_is_taken_back_later_than_the_moment_is_said() -> None:
    explained = told("C>S S; S>C SA; S>C SA again +1s", packet=2)
    assert [rung.number for rung in explained.ladder.rungs] == [1, 2]
    text = "\n".join(lines(explained, numeric=True))
    assert "ESTABLISHED (assumed, taken back later by #3)" in text
    assert "client: SYN_SENT for 1 ms" in text


def test_facts() -> None:
    client, server = told(f"{HANDSHAKE}; C>S FA; C>S FA again +1s; S>C A; S>C R").ladder.facts
    assert (client.syn, client.first, client.last, client.fin, client.fins, client.acked) == (1, 1, 5, 4, 2, 6)
    assert (server.syn_ack, server.first, server.last, server.rst, server.fin) == (2, 2, 7, 7, 0)


def test_only_what_is_wanted() -> None:
    asked = []

    def wanted(number: int, flow: object) -> bool:
        asked.append(number)
        return number == 1

    ladders = Ladders(wanted)
    for step in steps(f"{HANDSHAKE}; D>S S; S>D SA; C>S P10"):
        ladders.add(step)
    assert asked == [0, 1], "once a connection"
    assert list(ladders.found) == [1]
    assert len(ladders.found[1].rungs) == 2
