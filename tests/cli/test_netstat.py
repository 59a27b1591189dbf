"""`tracker netstat`: every flag changes what is printed."""

import csv
import json
from pathlib import Path

import pytest

from .run import ROOT, Result, program, rows, run, states

RESET = "pcaps/reset.pcap"  # at its end only LISTEN is left
STUCK = "pcaps/close-wait-stuck.pcap"
HALF_OPEN = "pcaps/half-open.pcap"
CLOSED6 = "pcaps/normal-close-by-server-ipv6.pcap"


def heading(result: Result) -> str:
    return result.lines[1]


@pytest.mark.parametrize(
    ("flags", "shown", "title"),
    [
        ([], ["CLOSE_WAIT"], "(w/o servers)"),
        (["-a"], ["LISTEN", "CLOSE_WAIT"], "(servers and established)"),
        (["--all"], ["LISTEN", "CLOSE_WAIT"], "(servers and established)"),
        (["-l"], ["LISTEN"], "(only servers)"),
        (["--listening"], ["LISTEN"], "(only servers)"),
        (["-la"], ["LISTEN", "CLOSE_WAIT"], "(servers and established)"),
    ],
)
def test_which_rows(flags: list[str], shown: list[str], title: str) -> None:
    result = run("netstat", *flags, STUCK)
    assert states(result) == shown
    assert result.lines[0].startswith(f"Active Internet connections {title} seen from 10.213.55.2 (")
    assert result.code == 0
    assert result.err == ""


def test_numeric_names_no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: f"service-{port}")
    assert ":service-14053 " in run("netstat", STUCK).out
    for flag in ("-n", "--numeric"):
        assert ":14053 " in run("netstat", flag, STUCK).out


def test_tcp_is_all_there_is() -> None:
    assert run("netstat", "-tulpn", STUCK).out == run("netstat", "-lpn", STUCK).out
    assert run("netstat", "--udp", STUCK).out == run("netstat", "-u", STUCK).out == run("netstat", STUCK).out
    assert run("netstat", "-t", STUCK).out == run("netstat", "--tcp", STUCK).out == run("netstat", STUCK).out


@pytest.mark.parametrize(
    ("flags", "protocols"),
    [
        ([], ["tcp", "tcp6"]),
        (["-4"], ["tcp"]),
        (["--inet"], ["tcp"]),
        (["-6"], ["tcp6"]),
        (["--inet6"], ["tcp6"]),
        (["-4", "-6"], ["tcp", "tcp6"]),
    ],
)
def test_families(flags: list[str], protocols: list[str]) -> None:
    result = run("netstat", "-l", *flags, STUCK, CLOSED6, "--as", "10.213.55.2", "--as", "fd13:4::2")
    assert [line.split()[0] for line in rows(result)] == protocols


@pytest.mark.parametrize(
    ("flag", "long", "columns", "cell"),
    [
        ("-o", "--timers", "Timer", "off (0.00/0/0)"),
        ("-e", "--extend", "User       Inode", "-          -"),
        ("-p", "--program", "PID/Program name", "-"),
        ("--certainty", "--certainty", "Certainty", "seen"),
    ],
)
def test_more_columns(flag: str, long: str, columns: str, cell: str) -> None:
    plain, more = run("netstat", STUCK), run("netstat", flag, STUCK)
    assert heading(more) == heading(plain).ljust(len(heading(plain)) + 7) + columns
    (line,) = rows(more)
    assert line.split("CLOSE_WAIT")[1].strip() == cell
    assert run("netstat", long, STUCK).out == more.out


def test_statistics() -> None:
    result = run("netstat", "-s", STUCK)
    assert (
        result.lines[0]
        == "Statistics seen from 10.213.55.2 (it captured: its answers take no time) at 2026-11-20T23:29:40.505458000Z"
    )
    assert result.lines[1:4] == ["Tcp:", "    0 active connection openings", "    1 passive connection openings"]
    assert run("netstat", "--statistics", STUCK).out == result.out
    assert run("netstat", "-s", "--as", "10.213.55.1", STUCK).lines[2].strip() == "1 active connection openings"


def test_statistics_have_no_csv() -> None:
    result = run("netstat", "-s", "--csv", STUCK)
    assert result.code == 2
    assert "-s has no CSV" in result.err
    assert result.out == ""


# ---- -c ----------------------------------------------------------------------------------------------------------------


def moments(result: Result) -> list[str]:
    return [line.split(" at ")[1].split(";")[0] for line in result.lines if line.startswith("Active")]


def test_continuous_steps_a_second_of_capture_time() -> None:
    result = run("netstat", "-c", "-an", HALF_OPEN)
    assert moments(result) == [f"2026-11-20T23:28:5{second}.595610746Z" for second in (4, 5, 6, 7)]
    assert run("netstat", "--continuous", "-an", HALF_OPEN).out == result.out


def test_continuous_shows_each_moment_as_at_does() -> None:
    steps = run("netstat", "-c", "-ano", HALF_OPEN).out
    alone = [run("netstat", "-ano", "--at", f"+{second}", HALF_OPEN).out for second in range(4)]
    assert steps == "".join(alone)
    assert len(set(alone)) == 4


@pytest.mark.parametrize(("interval", "count"), [("0.5", 6), ("500ms", 6), ("1s", 4), ("2", 3), ("5m", 2)])
def test_interval(interval: str, count: int) -> None:
    result = run("netstat", "-c", "--interval", interval, "-an", HALF_OPEN)
    assert len(moments(result)) == count
    assert run("netstat", "--interval", interval, "-an", HALF_OPEN).out == result.out, "--interval implies -c"


def test_continuous_from_a_moment_on() -> None:
    assert moments(run("netstat", "-c", "--at", "+1.5", HALF_OPEN)) == [
        "2026-11-20T23:28:56.095610746Z",
        "2026-11-20T23:28:57.095610746Z",
    ]


def test_continuous_statistics() -> None:
    titles = [line for line in run("netstat", "-sc", HALF_OPEN).lines if line.startswith("Statistics ")]
    assert len(titles) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-c", "--interval", "0"], "--interval must be longer than nothing"),
        (
            ["-c", "--interval", "soon"],
            "--interval: expected a duration such as 12.5, 500ms, 5m or 1h30m, found 'soon'",
        ),
        (["-c", "--at", "#3"], "-c steps through time: give --at a time"),
    ],
)
def test_steps_that_are_none(arguments: list[str], sentence: str) -> None:
    result = run("netstat", *arguments, HALF_OPEN)
    assert result.code == 2
    assert sentence in result.err


# ---- JSON and CSV --------------------------------------------------------------------------------------------------------


def test_json_with_the_heading_on_stderr() -> None:
    result = run("netstat", "-a", "--json", STUCK)
    listening, waiting = [json.loads(line) for line in result.lines]
    assert (listening["state"], waiting["state"]) == ("LISTEN", "CLOSE_WAIT")
    assert (waiting["recv_q"], waiting["send_q"]) == (None, 0), "payload came, and the application has sent none since"
    assert result.err == (
        "seen from 10.213.55.2 (it captured: its answers take no time) at 2026-11-20T23:29:40.505458000Z; 0 of 1 row uncertain;"
        " no packets lost by the capture\n"
    )


def test_csv() -> None:
    result = run("netstat", "-a", "--csv", STUCK)
    assert [row["state"] for row in csv.DictReader(result.lines)] == ["LISTEN", "CLOSE_WAIT"]
    assert result.err.startswith("seen from 10.213.55.2 ")


@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_iso(form: str) -> None:
    assert "since_iso" not in run("netstat", form, STUCK).out
    result = run("netstat", form, "--iso", STUCK)
    assert "since_iso" in result.out
    assert "2026-11-20T23:29:39.841066170Z" in result.out


def test_json_and_csv_exclude_each_other() -> None:
    result = run("netstat", "--json", "--csv", STUCK)
    assert result.code == 2
    assert "--json and --csv exclude each other" in result.err


# ---- nothing to show -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-n", RESET], "1 connection ended, or left out by flags or filter; see `tracker flows`"),
        (["-n", "pcaps/refused.pcap"], "3 connections ended, or left out by flags or filter; see `tracker flows`"),
        (["-n", RESET, "--as", "192.0.2.1"], "this host has no connections in the capture; see `tracker flows`"),
        (
            ["-n", "--as", "10.213.63.1", "--at", "23:29:40", STUCK, "pcaps/last-ack-stuck.pcap"],
            "no connections of this host up to this moment",
        ),
    ],
)
def test_nothing_left_to_show(arguments: list[str], sentence: str) -> None:
    result = run("netstat", *arguments)
    assert rows(result) == []
    assert result.err == sentence + "\n"
    assert result.code == 0
    assert run("netstat", "-q", *arguments).err == ""
    assert run("netstat", "--quiet", *arguments).out == result.out


def test_quiet_says_nothing_but_errors() -> None:
    assert run("netstat", "--json", STUCK).err != ""
    assert run("netstat", "--json", "--quiet", STUCK).err == ""
    result = run("netstat", "-q", "missing.pcap", STUCK)
    assert result.err == "tracker: missing.pcap cannot be read: No such file or directory\n"


# ---- colour ----------------------------------------------------------------------------------------------------------------

ESCAPE = "\x1b["


def test_color() -> None:
    assert f"{ESCAPE}31mCLOSE_WAIT{ESCAPE}0m" in run("netstat", "--color", "always", STUCK).out
    assert ESCAPE not in run("netstat", "--color", "never", STUCK).out
    assert ESCAPE not in run("netstat", "--color", "auto", STUCK).out, "standard output is no terminal"
    assert run("netstat", "--color", "sometimes", STUCK).code == 2


def test_color_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE in run("netstat", STUCK).out
    assert ESCAPE not in run("netstat", "--color", "never", STUCK).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in run("netstat", STUCK).out
    assert ESCAPE in run("netstat", "--color", "always", STUCK).out, "what was typed beats the environment"


def test_color_never_touches_json() -> None:
    assert run("netstat", "--color", "always", "--json", STUCK).out == run("netstat", "--json", STUCK).out


def test_as_a_program() -> None:
    result = program("netstat", "-tan", STUCK)
    assert (result.code, result.err) == (0, "")
    assert result.out == run("netstat", "-tan", STUCK).out


def test_continuous_over_a_clock_that_jumps_asks_for_a_longer_step(tmp_path: Path) -> None:
    path = tmp_path / "jump.pcap"
    data = (ROOT / HALF_OPEN).read_bytes()
    first = data[:24] + bytes(4) + data[28:]  # the first packet's seconds: 1970
    path.write_bytes(first)
    result = run("netstat", "-c", "-an", str(path))
    assert result.code == 2
    assert "give a longer --interval" in result.err
    assert run("netstat", "--interval", "4000d", "-an", str(path)).code == 0


@pytest.mark.parametrize("flags", [[], ["--iso"]])
def test_continuous_rows_carry_their_moment(flags: list[str]) -> None:
    values = [json.loads(line) for line in run("netstat", "-c", "-an", "--json", *flags, HALF_OPEN).lines]
    assert [value["at"] for value in values] == sorted(value["at"] for value in values)
    assert len({value["at"] for value in values}) == 4
    found = run("netstat", "-c", "-an", "--csv", *flags, HALF_OPEN).lines
    assert sum(line.startswith("at,") for line in found) == 1, "one heading for all steps"
    table = list(csv.DictReader(found))
    assert [int(row["at"]) for row in table] == [value["at"] for value in values]
    assert [row.get("at_iso") for row in table] == [value.get("at_iso") for value in values]


def test_continuous_from_long_before_the_first_packet() -> None:
    assert moments(run("netstat", "-c", "-an", "--at", "2026-11-18 23:28:54.5", HALF_OPEN)) == [
        "2026-11-18T23:28:54.500000000Z",
        *(f"2026-11-20T23:28:5{second}.500000000Z" for second in (5, 6, 7)),
    ]
    assert moments(run("netstat", "--interval", "1000d", "--at", "1970-01-01 00:00:00", HALF_OPEN)) == [
        "1970-01-01T00:00:00.000000000Z",
        "2027-07-01T00:00:00.000000000Z",
    ]


def test_iso_without_json_or_csv_is_refused() -> None:
    result = run("netstat", "--iso", HALF_OPEN)
    assert result.code == 2
    assert "--iso goes with --json or --csv" in result.err
