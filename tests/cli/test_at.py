"""--at in all its spellings, and --profile."""

import json
import re
import time
from pathlib import Path

import pytest

from .run import ROOT, Result, program, rows, run, states

CAPTURE = "pcaps/normal-close-by-client.pcap"  # first packet 2026-11-20T23:28:13.824499011Z = 1795217293.824499011
RUNS = "the capture runs from 2026-11-20T23:28:13.824499011Z to 2026-11-20T23:28:14.096730232Z\n"
HALF = "2026-11-20T23:28:14.050000000Z"  # FIN_WAIT2 since #20, 14.015


def shown_at(result: Result) -> str:
    found = re.search(r" at (\d[^;]+)", result.lines[0])
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-20T23:28:14.05Z",
        "2026-11-20t23:28:14.05z",
        "2026-11-20T23:28:14.05",
        "2026-11-20 23:28:14,05",
        "2026-11-21T00:28:14.05+01:00",
        "2026-11-20T18:28:14.050-05:00",
        "23:28:14.05",
        "1795217294.05",
        "1795217294.050000000",
        "+0.225500989",
        "+225500989ns",
        " +0.225500989 ",
    ],
)
def test_spellings_of_one_moment(moment: str) -> None:
    result = run("netstat", "-tan", "--at", moment, CAPTURE)
    assert shown_at(result) == HALF
    assert states(result) == ["FIN_WAIT2"]
    assert result.code == 0


@pytest.mark.parametrize("moment", ["2026-11-21T00:28:14.05", "00:28:14.05", "2026-11-20T23:28:14.05Z"])
def test_a_zone_from_tz(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times without a zone are read in the zone that is shown; a time of day belongs to the capture's first day there."""
    monkeypatch.setenv("TZ", "UTC-1")  # POSIX's sign: one hour east
    time.tzset()
    result = run("netstat", "-tan", "--at", moment, CAPTURE)
    assert shown_at(result) == "2026-11-21T00:28:14.050000000+01:00"
    assert states(result) == ["FIN_WAIT2"]


@pytest.mark.parametrize("command", ["netstat", "ss", "flows"])
def test_every_command_takes_a_moment(command: str) -> None:
    result = run(command, "-n", "--at", "+0.2", CAPTURE)
    assert shown_at(result) == "2026-11-20T23:28:14.024499011Z"
    assert result.out.count("WAIT2") + result.out.count("WAIT-2") == 1


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("#0", []),
        ("#1", ["SYN_SENT"]),
        ("#3", ["ESTABLISHED"]),
        ("#19", ["FIN_WAIT1"]),
        ("#20", ["FIN_WAIT2"]),
        ("#22", ["TIME_WAIT"]),
        ("#99999", ["TIME_WAIT"]),
        ("+0", ["SYN_SENT"]),
        ("1795217293.824499010", []),
        ("1795217293.824499011", ["SYN_SENT"]),
        ("+5m", []),
        ("1970-01-01T00:00:00Z", []),
        ("2100-01-01T00:00:00Z", []),
    ],
)
def test_moments_of_a_life(moment: str, found: list[str]) -> None:
    result = run("netstat", "-tan", "--at", moment, CAPTURE)
    assert states(result) == found
    assert result.code == 0


def test_before_the_first_packet() -> None:
    for moment in ("#0", "23:28:00", "23:28"):
        result = run("netstat", "-tan", "--at", moment, CAPTURE)
        assert result.err == f"{RUNS}no connections of this host up to this moment\n"
        assert run("flows", "--at", moment, CAPTURE).lines[0].startswith("0 connections at 2026-11-20T23:28:")


@pytest.mark.parametrize("command", ["netstat", "ss", "flows"])
def test_a_packet_behind_the_last_is_the_end_and_said(command: str) -> None:
    result = run(command, "-an" if command != "flows" else "-n", "--at", "#99999999", CAPTURE)
    assert result.out == run(command, "-an" if command != "flows" else "-n", CAPTURE).out
    assert result.err == "the capture has only 23 packets\n"
    assert "only" not in run(command, "-n", "--at", "#23", CAPTURE).err


def test_after_the_end_time_wait_is_over() -> None:
    assert states(run("netstat", "-tan", "--at", "+60.27", CAPTURE)) == ["TIME_WAIT"]
    result = run("netstat", "-tan", "--at", "+60.28", CAPTURE)
    assert rows(result) == []
    assert result.err == f"{RUNS}1 connection ended, or left out by flags or filter; see `tracker flows`\n"


def test_timers_are_counted_down_at_the_moment() -> None:
    assert "timewait (29.99/0/0)" in run("netstat", "-tano", "--at", "+30.272231221", CAPTURE).out
    assert "timer:(timewait,29sec,0)" in run("ss", "-tano", "--at", "+30.272231221", CAPTURE).out


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("noon", "--at: expected a time such as"),
        ("#", "--at: expected a packet number after '#'"),
        ("#1.5", "--at: expected a packet number after '#'"),
        ("+", "--at: expected a duration such as"),
        ("25:00:00", "--at: there is no such time of day"),
        ("2026-02-30T00:00:00Z", "--at: there is no such day or zone"),
        ("1795217293.8244990111", "--at: finer than a nanosecond"),
        ("99999999999", "--at: outside the years 1970 to 2262"),
        ("", "--at: expected a time such as"),
    ],
)
def test_moments_that_are_none(moment: str, sentence: str) -> None:
    result = run("netstat", "--at", moment, CAPTURE)
    assert result.code == 2
    assert sentence in result.err
    assert result.out == ""


def test_at_takes_its_moment_before_the_capture_is_opened() -> None:
    assert run("netstat", "--at", "noon", "missing.pcap").code == 2


# ---- --profile ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "seconds"), [("linux", 60), ("windows", 120), ("bsd", 60), ("rfc9293", 240)])
@pytest.mark.parametrize("command", ["netstat", "ss"])
def test_profile_is_the_length_of_time_wait(command: str, profile: str, seconds: int) -> None:
    def left(after: int) -> int:
        # TIME_WAIT begins 272.212 ms after the first packet.
        at = f"+{after}.272231221"
        return len(run(command, "-an", "--json", "--profile", profile, "--at", at, CAPTURE).lines)

    assert (left(seconds - 1), left(seconds)) == (1, 0)


def test_profile_is_linux_unless_said() -> None:
    assert run("netstat", "-tano", CAPTURE).out == run("netstat", "-tano", "--profile", "linux", CAPTURE).out
    assert "timewait (119.99/0/0)" in run("netstat", "-tano", "--profile", "windows", CAPTURE).out
    assert run("netstat", "--profile", "plan9", CAPTURE).code == 2


@pytest.mark.parametrize(("profile", "timed"), [("linux", True), ("windows", False), ("bsd", True), ("rfc9293", False)])
def test_profile_of_fin_wait2(profile: str, timed: bool) -> None:
    result = run("flows", "--json", "--profile", profile, "--at", "+90", "pcaps/fin-wait2-stuck.pcap")
    assert (json.loads(result.out)["client"]["timed"] is not None) == timed


@pytest.mark.parametrize(("profile", "seconds"), [("linux", 131), ("windows", 21), ("bsd", 75), ("rfc9293", 180)])
def test_profile_of_syn_sent(profile: str, seconds: int) -> None:
    def left(after: int) -> int:
        return len(
            run("netstat", "-n", "--json", "--profile", profile, "--at", f"+{after}", "pcaps/filtered.pcap").lines
        )

    assert (left(seconds - 1), left(seconds)) == (1, 0)


def test_tz_of_a_program() -> None:
    result = program("netstat", "-tan", "--at", "00:28:14.05", CAPTURE, TZ="UTC-1")
    assert shown_at(result) == "2026-11-21T00:28:14.050000000+01:00"


def test_believed_is_what_was_known_then() -> None:
    """The SYN-ACKs never reached the client; after the first one somebody watching had to believe they had."""
    half_open = "pcaps/half-open.pcap"
    best = run("netstat", "-tan", "--as", "10.213.33.1", "--at", "#2", half_open)
    then = run("netstat", "-tan", "--as", "10.213.33.1", "--at", "#2", "--believed", half_open)
    assert states(best) == ["SYN_SENT"]
    assert states(then) == ["ESTABLISHED"]
    assert states(run("netstat", "-tan", "--as", "10.213.33.1", "--believed", half_open)) == ["SYN_SENT"]


def test_stamps_that_go_backwards_are_said(tmp_path: Path) -> None:
    data = bytearray((ROOT / "pcaps/refused.pcap").read_bytes())
    second = 24 + 16 + int.from_bytes(data[32:36], "little")
    data[second : second + 4] = (int.from_bytes(data[second : second + 4], "little") - 1).to_bytes(4, "little")
    path = tmp_path / "backwards.pcap"
    path.write_bytes(data)
    assert "; 1 packet stamped before the one in front of it" in run("netstat", "-an", str(path)).lines[0]
    assert "stamped" not in run("netstat", "-an", "pcaps/refused.pcap").lines[0]
