"""Golden text from net-tools 2.10 and real sockets, trailing blanks dropped; rows in our order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.color import sgr
from tracker.views.netstat import NetstatOptions, lines, shown, timer_text, title
from tracker.views.rows import Socket, Timer, order

from .row import row

ROWS = [
    row("ESTABLISHED", "::1 56176", "::1 8443"),
    row("TIME_WAIT", "192.0.2.2 36014", "203.0.113.80 80", timer=Timer("timewait", 39_589_999_999)),
    row("ESTABLISHED", "127.0.0.1 8080", "127.0.0.1 52056", recv_q=1000),
    row("LISTEN", "127.0.0.1 8080"),
    row("CLOSE_WAIT", "127.0.0.1 8080", "127.0.0.1 52062", recv_q=None, certainty="assumed"),
    row("LISTEN", "::1 8443"),
    row("ESTABLISHED", "127.0.0.1 52056", "127.0.0.1 8080", timer=Timer("keepalive", 7_197_990_000_000)),
]
N = NetstatOptions(numeric=True)


def text(options: NetstatOptions, rows: list[Socket] = ROWS, width: int | None = None, vantage: str = "") -> str:
    return "\n".join(lines(shown(rows, options), options, width=width, vantage=vantage))


def test_netstat_without_servers() -> None:
    assert text(N, vantage="seen from 127.0.0.1") == (
        "Active Internet connections (w/o servers) seen from 127.0.0.1\n"
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
        "tcp     1000      0 127.0.0.1:8080          127.0.0.1:52056         ESTABLISHED\n"
        "tcp        -      0 127.0.0.1:8080          127.0.0.1:52062         CLOSE_WAIT\n"
        "tcp        0      0 127.0.0.1:52056         127.0.0.1:8080          ESTABLISHED\n"
        "tcp        0      0 192.0.2.2:36014         203.0.113.80:80         TIME_WAIT\n"
        "tcp6       0      0 ::1:56176               ::1:8443                ESTABLISHED"
    )


def test_netstat_only_servers() -> None:
    assert text(NetstatOptions(numeric=True, listening=True)) == (
        "Active Internet connections (only servers)\n"
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
        "tcp        -      - 127.0.0.1:8080          0.0.0.0:*               LISTEN\n"
        "tcp6       -      - ::1:8443                :::*                    LISTEN"
    )


def test_netstat_every_column() -> None:
    options = NetstatOptions(
        everything=True, numeric=True, extended=True, programs=True, timers=True, certainty=True, listening=True
    )
    assert text(options, [ROWS[3], ROWS[4], ROWS[6]]) == (
        "Active Internet connections (servers and established)\n"
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       User       Inode      "
        "PID/Program name     Timer                   Certainty\n"
        "tcp        -      - 127.0.0.1:8080          0.0.0.0:*               LISTEN      -          -          "
        "-                    off (0.00/0/0)          seen\n"
        "tcp        -      0 127.0.0.1:8080          127.0.0.1:52062         CLOSE_WAIT  -          -          "
        "-                    off (0.00/0/0)          assumed\n"
        "tcp        0      0 127.0.0.1:52056         127.0.0.1:8080          ESTABLISHED -          -          "
        "-                    keepalive (7197.99/0/0) seen"
    )


def test_netstat_empty_table_keeps_its_heading() -> None:
    assert text(N, []).splitlines() == [
        "Active Internet connections (w/o servers)",
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State",
    ]


LONG = row("ESTABLISHED", "2001:db8:1111:2222:3333:4444:5555:6 52056", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:f 443")


def test_netstat_pipe_never_cuts_an_address() -> None:
    last = text(N, [LONG]).splitlines()[-1]
    assert "2001:db8:1111:2222:3333:4444:5555:6:52056 2001:db8:aaaa:bbbb:cccc:dddd:eeee:f:443 " in last


def test_netstat_narrow_terminal_cuts_addresses_to_23_characters() -> None:
    assert text(N, [LONG], width=80).splitlines()[-1] == (
        "tcp6       0      0 2001:db8:1111:222:52056 2001:db8:aaaa:bbbb::443 ESTABLISHED"
    )


def test_netstat_wider_terminal_cuts_less() -> None:
    last = text(N, [LONG], width=100).splitlines()[-1]
    assert "2001:db8:1111:2222:3333:444:52056 2001:db8:aaaa:bbbb:cccc:dddd::443 " in last
    assert len(last) <= 100


def test_netstat_wide_never_cuts_even_in_a_terminal() -> None:
    assert text(NetstatOptions(numeric=True, wide=True), [LONG], width=80) == text(N, [LONG])


@given(st.integers(40, 300), st.booleans(), st.booleans(), st.booleans())
def test_netstat_terminal_rows_fit_where_23_characters_do(width: int, extended: bool, programs: bool, o: bool) -> None:
    options = NetstatOptions(numeric=True, extended=extended, programs=programs, timers=o)
    short = max(len(line) for line in lines([ROWS[2]], options, width=width))
    for line in lines([LONG], options, width=width):
        assert len(line) <= max(width, short)


def test_netstat_vantage_cannot_steer_the_terminal() -> None:
    assert text(N, [], vantage="seen from \x1b[2Jeth0").splitlines()[0].endswith("seen from ?[2Jeth0")


def test_netstat_colour_changes_no_width() -> None:
    rows = shown(ROWS, N)
    painted = list(lines(rows, N, paint=sgr))
    assert painted[2] == (
        "tcp     1000      0 127.0.0.1:8080          127.0.0.1:52056         \x1b[32mESTABLISHED\x1b[0m"
    )
    assert [line.split("\x1b")[0] for line in painted[2:]] == [
        line.rpartition(" ")[0] + " " for line in list(lines(rows, N))[2:]
    ]


def test_netstat_closed_is_spelled_close() -> None:
    assert text(N, [row("CLOSED", "10.0.0.1 1", "10.0.0.2 2")]).endswith("CLOSE")


@pytest.mark.parametrize(
    ("options", "states"),
    [
        (NetstatOptions(), {"ESTABLISHED", "TIME_WAIT", "CLOSE_WAIT"}),
        (NetstatOptions(listening=True), {"LISTEN"}),
        (NetstatOptions(everything=True), {"ESTABLISHED", "TIME_WAIT", "CLOSE_WAIT", "LISTEN"}),
        (NetstatOptions(everything=True, listening=True), {"ESTABLISHED", "TIME_WAIT", "CLOSE_WAIT", "LISTEN"}),
    ],
)
def test_shown_by_flags(options: NetstatOptions, states: set[str]) -> None:
    assert {socket.state for socket in shown(ROWS, options)} == states


@pytest.mark.parametrize(
    ("options", "which"),
    [
        (NetstatOptions(), "w/o servers"),
        (NetstatOptions(listening=True), "only servers"),
        (NetstatOptions(everything=True), "servers and established"),
        (NetstatOptions(everything=True, listening=True), "servers and established"),
    ],
)
def test_title_by_flags(options: NetstatOptions, which: str) -> None:
    assert title(options) == f"Active Internet connections ({which})"


@given(st.permutations(ROWS))
def test_order_is_the_same_from_any_start(rows: list[Socket]) -> None:
    assert sorted(rows, key=order) == sorted(ROWS, key=order)


def test_lines_neither_choose_nor_sort() -> None:
    rows = [ROWS[2], ROWS[3], ROWS[0]]
    assert [line.split()[5] for line in list(lines(rows, N))[2:]] == ["ESTABLISHED", "LISTEN", "ESTABLISHED"]


def test_order_numbers_not_text() -> None:
    rows = [row("LISTEN", "10.0.0.10 80"), row("LISTEN", "10.0.0.9 443"), row("LISTEN", "10.0.0.9 80")]
    assert [(str(r.local), r.local_port) for r in sorted(rows, key=order)] == [
        ("10.0.0.9", 80),
        ("10.0.0.9", 443),
        ("10.0.0.10", 80),
    ]


def test_order_lives_of_one_tuple_by_age() -> None:
    old = row("TIME_WAIT", "10.0.0.1 1", "10.0.0.2 2", since=5, flow=9)
    new = row("ESTABLISHED", "10.0.0.1 1", "10.0.0.2 2", since=7, flow=3)
    assert sorted([new, old], key=order) == [old, new]


@pytest.mark.parametrize(
    ("timer", "expected"),
    [
        (None, "off (0.00/0/0)"),
        (Timer("on", 1_200_000_000, 3), "on (1.20/3/0)"),
        (Timer("on", 9_999_999, 0), "on (0.00/0/0)"),
        (Timer("keepalive", 7_183_220_000_000, 2), "keepalive (7183.22/0/2)"),
        (Timer("timewait", 43_109_999_999), "timewait (43.10/0/0)"),
        (Timer("persist", 5_050_000_000, 4), "probe (5.05/0/4)"),
        (Timer("novel", 0), "unkn (0.00/0/0)"),
    ],
)
def test_timer_text(timer: Timer | None, expected: str) -> None:
    assert timer_text(timer) == expected
