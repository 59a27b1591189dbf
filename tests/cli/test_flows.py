"""`tracker flows`."""

import csv
import json
from pathlib import Path

import pytest

from .run import ROOT, Result, run

REUSE = "pcaps/time-wait-reuse.pcap"
STUCK = "pcaps/close-wait-stuck.pcap"
CLOSED6 = "pcaps/normal-close-by-server-ipv6.pcap"
MANY = "pcaps/two-hundred.pcap"


def numbers(result: Result) -> list[str]:
    return [line.split()[0] for line in result.lines[2:]]


def test_one_line_a_connection() -> None:
    result = run("flows", "-n", REUSE)
    assert result.lines[0] == "3 connections at 2026-11-20T23:31:34.491976089Z; no packets lost by the capture"
    assert result.lines[1].split() == [
        "Flow", "Client", "State", "Server", "State", "Since", "Sent", "Received", "RTT", "End", "Notes",
    ]  # fmt: skip
    assert numbers(result) == ["0", "1", "2"]
    assert result.lines[3].endswith("fin life 2 of these ports; ports used again by flow 2")
    assert (result.code, result.err) == (0, "")


def test_numeric(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: f"service-{port}")
    assert ":service-14053" in run("flows", STUCK).out
    for flag in ("-n", "--numeric"):
        assert ":14053 " in run("flows", flag, STUCK).out


@pytest.mark.parametrize(
    ("flags", "count"), [([], 2), (["-4"], 1), (["--ipv4"], 1), (["-6"], 1), (["--ipv6"], 1), (["-4", "-6"], 2)]
)
def test_families(flags: list[str], count: int) -> None:
    result = run("flows", *flags, STUCK, CLOSED6)
    assert len(numbers(result)) == count
    assert result.lines[0].startswith(f"{count} connection")


def test_no_header_puts_the_heading_on_stderr() -> None:
    plain, bare = run("flows", STUCK), run("flows", "-H", STUCK)
    assert [line.split() for line in bare.lines] == [line.split() for line in plain.lines[2:]]
    assert bare.err == plain.lines[0] + "\n"
    assert run("flows", "--no-header", STUCK).out == bare.out
    assert run("flows", "-Hq", STUCK).err == ""


def test_of_a_host() -> None:
    both = (STUCK, "pcaps/last-ack-stuck.pcap")
    assert numbers(run("flows", *both)) == ["0", "1"]
    assert numbers(run("flows", *both, "--as", "10.213.63.1")) == ["1"]
    assert numbers(run("flows", *both, "--as", "all")) == ["0", "1"]
    assert numbers(run("flows", *both, "--as", "192.0.2.0/24")) == []


def test_json() -> None:
    result = run("flows", "--json", REUSE)
    values = [json.loads(line) for line in result.lines]
    assert [(value["flow"], value["incarnation"], value["next"]) for value in values] == [
        (0, 0, 1),
        (1, 1, 2),
        (2, 2, None),
    ]
    assert result.err == "3 connections at 2026-11-20T23:31:34.491976089Z; no packets lost by the capture\n"
    assert "_iso" not in result.out
    assert json.loads(run("flows", "--json", "--iso", REUSE).lines[0])["first_iso"] == "2026-11-20T23:31:32.115570886Z"


def test_csv() -> None:
    result = run("flows", "--csv", REUSE)
    found = list(csv.DictReader(result.lines))
    assert [row["incarnation"] for row in found] == ["0", "1", "2"]
    assert found[0]["server_states"].split("@")[0] == "SYN_RECV"
    assert "first_iso" not in found[0]
    assert next(csv.DictReader(run("flows", "--csv", "--iso", REUSE).lines))["first_iso"].startswith(
        "2026-11-20T23:31:32"
    )


def test_color() -> None:
    assert "\x1b[31mCLOSE_WAIT\x1b[0m" in run("flows", "--color", "always", STUCK).out
    assert "\x1b[" not in run("flows", "--color", "never", STUCK).out


def test_every_way_to_end_in_one_capture() -> None:
    """What the kernel did with these two hundred: pcaps/README.md."""
    ends = [json.loads(line)["end"] for line in run("flows", "--json", MANY).lines]
    assert {end: ends.count(end) for end in set(ends)} == {"fin": 112, "none": 64, "rst": 24}


def test_timed_out_is_said() -> None:
    capture = "pcaps/normal-close-by-client.pcap"
    assert "TIME_WAIT timed out 9.227 s ago" in run("flows", "--at", "+69.5", capture).out
    value = json.loads(run("flows", "--json", "--at", "+69.5", capture).out)
    timed = value["client"]["timed"]
    assert (timed["state"], timed["timer"]) == ("CLOSED", "time-wait")
    assert timed["at"] == value["client"]["since"] + 60_000_000_000
    assert value["server"]["timed"] is None


@pytest.mark.parametrize("command", ["netstat", "ss", "flows"])
def test_a_capture_without_packets_has_no_moment(command: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes((ROOT / STUCK).read_bytes()[:24])
    heading = run(command, empty).lines[0]
    assert " of no packets; " in heading
    assert "1970" not in heading
    assert run(command, "--as", "all", empty).code == 0


def test_bytes_once_and_again() -> None:
    (value,) = [json.loads(line) for line in run("flows", "--json", "pcaps/last-ack-stuck.pcap").lines]
    (row,) = csv.DictReader(run("flows", "--csv", "pcaps/last-ack-stuck.pcap").lines)
    for side in ("client", "server"):
        assert int(row[f"{side}_bytes"]) == value[side]["bytes"]
        assert int(row[f"{side}_bytes_again"]) == value[side]["bytes_again"]
