import dataclasses

import pytest

from tracker.output.color import sgr
from tracker.views.flow_table import lines
from tracker.views.flows import FlowRow

from .stage import SECOND, Watched, watch

HANDSHAKE = "C>S S; S>C SA; C>S A"
CLOSE = "C>S FA; S>C A; S>C FA; C>S A"


def table(watched: Watched, *, header: bool = True) -> list[str]:
    return list(lines(watched.flows(), watched.moment.at, numeric=True, header=header))


def test_a_table() -> None:
    assert table(watch(f"{HANDSHAKE}; C>S P100; S>C P2000; C>S A; C>S FA; S>C A", after=75)) == [
        "Flow Client         State     Server      State      Since Sent Received  RTT End  Notes",
        "   0 10.0.0.1:40000 FIN_WAIT2 10.0.0.2:80 CLOSE_WAIT  74 s  100     2000 2 ms none FIN_WAIT2 timed out 14 s ago",
    ]


def test_a_timed_end_keeps_the_question_mark_of_its_state() -> None:
    watched = watch(f"{HANDSHAKE}; C>S FA; S>C A", after=75)
    (row,) = watched.flows()
    assert (row.client.state, row.client.certainty) == ("FIN_WAIT2", "timed")
    doubtful = tuple(dataclasses.replace(entry, certainty="unknown") for entry in row.client.states)
    row = dataclasses.replace(row, client=dataclasses.replace(row.client, states=doubtful))
    assert " FIN_WAIT2? " in list(lines([row], watched.moment.at, numeric=True))[1]


def test_without_heading() -> None:
    watched = watch(HANDSHAKE)
    assert [line.split() for line in table(watched, header=False)] == [line.split() for line in table(watched)[1:]]
    assert len(list(lines([], 0, numeric=True))) == 1


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (None, "Flow Client State Server State Since Sent Received RTT End Notes"),
        (111, "Flow Client State Server State Since Sent Received RTT End Notes"),
        (110, "Flow Client State Server State Since Sent Received End Notes"),
        (105, "Flow Client State Server State Since Sent End Notes"),
        (96, "Flow Client State Server State Since End Notes"),
        (91, "Client State Server State Since End Notes"),
        (86, "Client State Server State End Notes"),
        (1, "Client State Server State End Notes"),
    ],
)
def test_columns_that_do_not_fit_are_left_out_the_least_telling_first(width: int | None, titles: str) -> None:
    watched = watch(f"{HANDSHAKE}; C>S P100; S>C P2000; C>S A; C>S FA; S>C A", after=75)
    whole = table(watched)
    heading, line = lines(watched.flows(), watched.moment.at, numeric=True, width=width)
    assert heading.split() == titles.split()
    assert line.endswith(" none FIN_WAIT2 timed out 14 s ago")
    assert width is None or len(line) <= max(width, 81)
    if width is None or width >= len(whole[1]):
        assert [heading, line] == whole


def test_without_heading_its_titles_need_no_room() -> None:
    rows = watch(HANDSHAKE).flows()
    (bare,) = lines(rows, 0, numeric=True, header=False, width=71)
    assert [bare] == table(watch(HANDSHAKE), header=False)


def test_an_end_that_nothing_proves_has_a_question_mark_and_a_silent_one_a_dash() -> None:
    assert table(watch("C>S P10; S>C A"))[1].split()[:5] == [
        "0", "10.0.0.1:40000", "ESTABLISHED?", "10.0.0.2:80", "ESTABLISHED?",
    ]  # fmt: skip
    assert table(watch("C>S S"))[1].split()[:5] == ["0", "10.0.0.1:40000", "SYN_SENT", "10.0.0.2:80", "-"]


def test_ipv6_as_netstat_spells_it() -> None:
    assert table(watch("P>Q S"))[1].split()[1:4:2] == ["2001:db8::1:40000", "2001:db8::2:80"]


def test_rtt_is_the_whole_way_there_and_back() -> None:
    assert " 32 ms " in table(watch("C>S S; S>C SA +30ms; C>S A +2ms"))[1]
    assert " 30 ms " in table(watch("C>S S; S>C SA +30ms"))[1]
    assert table(watch("C>S S"))[1].split()[-2:] == ["-", "none"]


def test_since_is_how_long_both_ends_have_been_as_they_are() -> None:
    assert " 2 h " in table(watch(HANDSHAKE, after=7200.002))[1]
    (row,) = watch(HANDSHAKE).flows()
    (text,) = lines([row], row.first - SECOND, numeric=True, header=False)  # a clock that went backwards
    assert " 0 s " in text


@pytest.mark.parametrize(
    ("script", "notes"),
    [
        (HANDSHAKE, ""),
        ("C>S P10", "start not seen, client by port"),
        ("C>X P10", "client unknown"),
        ("S>C SA; C>S A", ""),
        ("C>S S; S>C S crossing; C>S SA; S>C SA", "simultaneous open"),
        ("C>S S; C>S S again +1s", "1 retransmitted"),
        (f"{HANDSHAKE}; C>S P10; S>C A; C>S R seq=+100000000", "1 ignored"),
        (f"{HANDSHAKE}; C>S P10 unseen; S>C A", "10 bytes not captured"),
        (f"{HANDSHAKE}; C>S P1 unseen; S>C A", "1 byte not captured"),
        (f"{HANDSHAKE}; C>S P1204 unseen; S>C A", "1,204 bytes not captured"),
        ("C>S S; C>S icmp=3/13", "ICMP admin prohibited (3/13)"),
        ("C>S P10; S>C P20 unseen; C>S A; C>S P10; C>S P10 again +1s",
         "start not seen, client by port; 1 retransmitted; 20 bytes not captured"),
    ],
)  # fmt: skip
def test_notes(script: str, notes: str) -> None:
    watched = watch(script)
    line = table(watched)[1]
    end = watched.flow().end
    assert line.rpartition(f" {end}")[2].strip() == notes


def test_notes_of_lives() -> None:
    _, first, second = table(watch(f"{HANDSHAKE}; {CLOSE}; C>S S new +2s"))
    assert first.endswith(" fin  ports used again by flow 1")
    assert second.endswith(" none life 2 of these ports")


def test_a_port_seen_listening() -> None:
    assert table(watch("C>X P10; D>X S; X>D SA"))[1].endswith("none start not seen")


def test_services_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: "http" if port == 80 else None)
    rows = watch(HANDSHAKE).flows()
    assert " 10.0.0.2:http " in list(lines(rows, 0, numeric=False))[1]
    assert " 10.0.0.2:80 " in list(lines(rows, 0, numeric=True))[1]


def test_states_are_painted() -> None:
    rows: list[FlowRow] = watch(f"{HANDSHAKE}; C>S FA; S>C A").flows()
    text = list(lines(rows, 0, numeric=True, paint=sgr))[1]
    assert "\x1b[36mFIN_WAIT2\x1b[0m" in text
    assert "\x1b[31mCLOSE_WAIT\x1b[0m" in text
