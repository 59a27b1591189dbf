import pytest

from tracker.engine.interpreted import Store
from tracker.engine.watch import one_step
from tracker.output.color import plain, sgr
from tracker.views.packets import Lines, PacketRow, row_of, sockets_of, stamps

from .stage import segments_of
from .steps import steps

HANDSHAKE = "C>S S; S>C SA; C>S A"


def text(script: str, paint: object = plain) -> list[str]:
    lines = Lines(stamps(1, lambda: 0), paint, numeric=True, absolute=False)  # type: ignore[arg-type]
    return [lines.line(step, row_of(step)) for step in steps(script)]


def ends(script: str) -> list[str]:
    """What stands behind `length N`."""
    return [line.partition(" length ")[2].partition(" ")[2] for line in text(script)]


def rows(script: str) -> list[PacketRow]:
    return [row_of(step) for step in steps(script)]


def test_a_life() -> None:
    assert ends(f"{HANDSHAKE}; C>S FA; S>C A; S>C FA; C>S A") == [
        "[SYN_SENT* > -]",
        "[SYN_RECV* > ESTABLISHED*]",
        "[ESTABLISHED > ESTABLISHED*]",
        "[FIN_WAIT1* > CLOSE_WAIT*]",
        "[CLOSE_WAIT > FIN_WAIT2*]",
        "[LAST_ACK* > TIME_WAIT*]",
        "[TIME_WAIT > CLOSED*]",
    ]


@pytest.mark.parametrize(
    ("script", "end"),
    [
        ("C>S P10", "[ESTABLISHED?* > ESTABLISHED?*]"),
        (
            "C>S S ws=7; S>C SA ws=7; C>S A; S>C A; C>S R seq=+100000000",
            "[ESTABLISHED > ESTABLISHED] ignored: beyond the window",
        ),
        (f"{HANDSHAKE}; C>S P10; S>C A; C>S R seq=+5", "[ESTABLISHED > ESTABLISHED] challenged"),
        (f"{HANDSHAKE}; C>S P10; S>C A; C>S S new +1s", "[SYN_SENT* > -] doubtful: flow 0 has these ports"),
        ("C>S S; S>C SA; S>C SA again +1s", "[SYN_RECV > SYN_SENT*] takes back the receiver's ESTABLISHED (#2)"),
        ("C>S -", "[- > -] ignored: no ACK"),
    ],
)
def test_behind_the_line(script: str, end: str) -> None:
    assert ends(script)[-1] == end


def test_an_icmp_error() -> None:
    assert text("C>S S seq=7; C>S icmp=3/13")[1] == (
        "    2 ICMP admin prohibited (3/13) for IP 10.0.0.1.40000 > 10.0.0.2.80: seq 7 [CLOSED* > -]"
    )
    assert "ICMP6 packet too big (2/0) for IP6 2001:db8::1.40000" in text("P>Q S; P>Q icmp=2/0")[1]
    assert "ICMP error (9/9) for" in text("C>S S; C>S icmp=9/9")[1]
    assert "ICMP unreachable (3/99) for" in text("C>S S; C>S icmp=3/99")[1]


def test_an_error_that_quotes_no_connection_has_no_states() -> None:
    step = one_step(segments_of("C>S S seq=7; C>S icmp=3/1"), 1, Store())
    row = row_of(step)
    assert (row.flow, row.icmp, row.flags, row.ack) == (None, 0x0301, "", None)
    lines = Lines(stamps(1, lambda: 0), plain, numeric=True, absolute=False)
    assert lines.line(step, row) == "    2 ICMP host unreachable (3/1) for IP 10.0.0.1.40000 > 10.0.0.2.80: seq 7"


def test_states_are_painted_and_marks_are_not() -> None:
    line = text(f"{HANDSHAKE}; C>S FA", sgr)[-1]
    assert "[\x1b[36mFIN_WAIT1\x1b[0m* > \x1b[31mCLOSE_WAIT\x1b[0m*]" in line


def test_a_row() -> None:
    row = rows(HANDSHAKE)[1]
    assert (row.number, row.flow, row.flags, row.verdict, row.doubtful, row.icmp) == (
        2,
        0,
        "S.",
        "accepted",
        None,
        None,
    )
    assert [(change.end, change.old, change.new, change.cause, change.packet) for change in row.entered] == [
        ("sender", "UNKNOWN", "SYN_RECV", "syn-ack", 2),
        ("receiver", "SYN_SENT", "ESTABLISHED", "syn-ack", 2),
    ]
    assert (row.sender.certainty, row.receiver.certainty) == ("seen", "assumed")
    assert row.sender.since == row.receiver.since == row.at


def test_connected_to_itself() -> None:
    assert ends("E>E S; E>E SA") == ["[SYN_RECV* > SYN_RECV*]", "[ESTABLISHED* > ESTABLISHED*]"]


def test_sockets_for_filters() -> None:
    sender, receiver = sockets_of(rows(HANDSHAKE)[1])
    assert (sender.state, sender.local_port, sender.peer_port) == ("SYN_RECV", 80, 40000)
    assert (receiver.state, receiver.local_port, receiver.peer_port) == ("ESTABLISHED", 40000, 80)


def test_stamps() -> None:
    times = (1_700_000_000_000_000_000, 1_700_000_001_500_000_000)
    assert [stamps(1, lambda: 0)(at) for at in times] == ["", ""]
    assert [stamps(2, lambda: 0)(at) for at in times] == ["1700000000.000000000", "1700000001.500000000"]
    since = stamps(3, lambda: 0)
    assert [since(at) for at in times] == [" 00:00:00.000000000", " 00:00:01.500000000"]
    assert stamps(5, lambda: times[0])(times[1]) == " 00:00:01.500000000"
