"""Golden text from iproute2 6.1 and real sockets, trailing blanks dropped; rows in our order."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.color import sgr
from tracker.views.rows import Details, Socket, Timer
from tracker.views.ss import SsOptions, info_text, lines, ms_text, state_text, timer_text

from .row import row

ROWS = [
    row("LISTEN", "127.0.0.1 8080"),
    row("ESTABLISHED", "127.0.0.1 8080", "127.0.0.1 52056", recv_q=1000),
    row("CLOSE_WAIT", "127.0.0.1 8080", "127.0.0.1 52062", recv_q=1, certainty="assumed", flow=2),
    row("ESTABLISHED", "192.0.2.2 35582", "10.255.255.1 81", timer=Timer("keepalive", 7_197_990_000_000)),
    row("ESTABLISHED", "::1 56176", "::1 8443"),
]
N = SsOptions(numeric=True)


def text(options: SsOptions, rows: list[Socket] = ROWS, width: int | None = None) -> str:
    return "\n".join(lines(rows, options, width=width))


def test_ss_in_a_pipe() -> None:
    assert text(N) == (
        "State      Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n"
        "LISTEN     -      -          127.0.0.1:8080       0.0.0.0:*\n"
        "ESTAB      1000   0          127.0.0.1:8080     127.0.0.1:52056\n"
        "CLOSE-WAIT 1      0          127.0.0.1:8080     127.0.0.1:52062\n"
        "ESTAB      0      0          192.0.2.2:35582 10.255.255.1:81\n"
        "ESTAB      0      0              [::1]:56176        [::1]:8443"
    )


def test_ss_without_heading_is_as_narrow_as_its_rows() -> None:
    assert text(SsOptions(numeric=True, header=False)) == (
        "LISTEN     -      -      127.0.0.1:8080       0.0.0.0:*\n"
        "ESTAB      1000   0      127.0.0.1:8080     127.0.0.1:52056\n"
        "CLOSE-WAIT 1      0      127.0.0.1:8080     127.0.0.1:52062\n"
        "ESTAB      0      0      192.0.2.2:35582 10.255.255.1:81\n"
        "ESTAB      0      0          [::1]:56176        [::1]:8443"
    )


def test_ss_single_state_hides_its_column() -> None:
    assert text(SsOptions(numeric=True, hide_state=True), [ROWS[1], ROWS[4]]) == (
        "Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n"
        "1000   0          127.0.0.1:8080     127.0.0.1:52056\n"
        "0      0              [::1]:56176        [::1]:8443"
    )


def test_ss_short_ports_do_not_glue_the_heading() -> None:
    assert text(N, [row("ESTABLISHED", "10.0.0.1 80", "10.0.0.2 81")]).startswith(
        "State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n"
    )


def test_ss_timers() -> None:
    assert text(SsOptions(numeric=True, timers=True), [ROWS[3]]).splitlines()[1] == (
        "ESTAB 0      0          192.0.2.2:35582 10.255.255.1:81    timer:(keepalive,119min,0)"
    )


def test_ss_extended_says_what_packets_tell() -> None:
    shown = text(SsOptions(numeric=True, timers=True, extended=True), [ROWS[0], ROWS[2], ROWS[3]]).splitlines()
    assert shown[1].endswith("0.0.0.0:*     certainty:seen")
    assert shown[2].endswith("127.0.0.1:52062 flow:2 certainty:assumed")
    assert shown[3].endswith("timer:(keepalive,119min,0) flow:1 certainty:seen")


INFO = Details(timestamps=True, sack=True, wscale=(7, 8))


def test_ss_info_stands_on_a_line_of_its_own_for_every_row() -> None:
    rows = [ROWS[0], dataclasses.replace(ROWS[1], details=INFO)]
    assert text(SsOptions(numeric=True, info=True), rows).splitlines()[2::2] == ["\t", "\t ts sack wscale:7,8"]


def test_ss_info_on_one_line() -> None:
    rows = [dataclasses.replace(ROWS[3], details=INFO)]
    assert text(SsOptions(numeric=True, info=True, one_line=True, timers=True), rows).splitlines()[1] == (
        "ESTAB 0      0          192.0.2.2:35582 10.255.255.1:81    timer:(keepalive,119min,0) ts sack wscale:7,8"
    )


def test_ss_terminal_spreads_the_columns() -> None:
    assert text(N, width=100).splitlines()[:3] == [
        "State         Recv-Q    Send-Q         Local Address:Port          Peer Address:Port     Process",
        "LISTEN        -         -                  127.0.0.1:8080               0.0.0.0:*",
        "ESTAB         1000      0                  127.0.0.1:8080             127.0.0.1:52056",
    ]


def test_ss_terminal_too_narrow_stays_natural() -> None:
    assert text(N, width=40) == text(N)


def test_ss_no_rows_leave_the_heading() -> None:
    assert text(N, []) == "State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process"
    assert text(SsOptions(header=False), []) == ""


def test_ss_colour_changes_no_width() -> None:
    assert list(lines([ROWS[2]], N, paint=sgr))[1] == (
        "\x1b[31mCLOSE-WAIT\x1b[0m 1      0          127.0.0.1:8080     127.0.0.1:52062"
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("ESTABLISHED", "ESTAB"),
        ("SYN_SENT", "SYN-SENT"),
        ("SYN_RECV", "SYN-RECV"),
        ("FIN_WAIT1", "FIN-WAIT-1"),
        ("FIN_WAIT2", "FIN-WAIT-2"),
        ("TIME_WAIT", "TIME-WAIT"),
        ("CLOSED", "UNCONN"),
        ("CLOSE_WAIT", "CLOSE-WAIT"),
        ("LAST_ACK", "LAST-ACK"),
        ("LISTEN", "LISTEN"),
        ("CLOSING", "CLOSING"),
        ("UNKNOWN", "UNKNOWN"),
    ],
)
def test_state_text(state: str, expected: str) -> None:
    assert state_text(state) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, ""),
        (5, "005ms"),
        (200, "200ms"),
        (1000, "1sec"),
        (1200, "1.200ms"),
        (8200, "8.200ms"),
        (9999, "9.999ms"),
        (10_500, "10sec"),
        (59_999, "59sec"),
        (60_000, "1min"),
        (61_500, "1min1sec"),
        (118_300, "1min58sec"),
        (599_000, "9min59sec"),
        (600_000, "10min"),
        (7_197_990, "119min"),
    ],
)
def test_ms_text_is_print_ms_timers(milliseconds: int, expected: str) -> None:
    assert ms_text(milliseconds) == expected


@given(st.integers(0, 10**9))
def test_ms_text_never_shows_more_than_remains(milliseconds: int) -> None:
    text = ms_text(milliseconds)
    minutes, _, rest = text.rpartition("min")
    seconds = rest.removesuffix("sec") if rest.endswith("sec") else rest.partition(".")[0] if "." in rest else ""
    assert int(minutes or 0) * 60_000 + int(seconds or 0) * 1000 <= milliseconds


def test_timer_text_cuts_to_milliseconds() -> None:
    assert timer_text(Timer("on", 200_999_999, 3)) == "timer:(on,200ms,3)"


def test_info_text_everything_in_sss_order() -> None:
    details = Details(
        timestamps=True,
        sack=True,
        ecn=True,
        fastopen=True,
        mptcp=True,
        wscale=(7, 0),
        rto=204_000_000,
        rtt=17_999,
        rttvar=8_000,
        mss=1460,
        bytes_sent=1000,
        bytes_acked=1001,
        bytes_received=7,
        segs_out=3,
        segs_in=2,
        lastsnd=2_040_999_999,
        lastrcv=4_000_000,
        unacked=512,
        retrans=(1, 4),
        snd_wnd=65536,
    )
    assert info_text(details) == (
        "ts sack ecn fastopen wscale:7,0 rto:204 rtt:0.017/0.008 mss:1460 bytes_sent:1000 bytes_acked:1001 "
        "bytes_received:7 segs_out:3 segs_in:2 lastsnd:2040 lastrcv:4 bytes_unacked:512 retrans:1/4 snd_wnd:65536 "
        "tcp-ulp-mptcp"
    )


def test_info_text_nothing_known() -> None:
    assert info_text(Details()) == ""


def test_info_text_past_retransmissions_alone() -> None:
    assert info_text(Details(retrans=(0, 2))) == "retrans:0/2"


def test_info_text_rtt_without_deviation() -> None:
    assert info_text(Details(rtt=1_500_000)) == "rtt:1.5/0"
