"""--as, and the vantage that is found without it. How it is found: tests/views/test_vantage.py."""

import pytest

from .run import rows, run

STUCK = "pcaps/close-wait-stuck.pcap"  # captured on 10.213.55.2
BOTH = ("pcaps/close-wait-stuck.pcap", "pcaps/last-ack-stuck.pcap")


def ends(*arguments: str) -> list[str]:
    return [line.split()[3].rpartition(":")[0] for line in rows(run("netstat", "-tn", *arguments))]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["10.213.55.1"], ["10.213.55.1"]),
        (["10.213.55.2"], ["10.213.55.2"]),
        (["10.213.55.1", "10.213.63.2"], ["10.213.55.1", "10.213.63.2"]),
        (["10.213.55.0/24"], ["10.213.55.1", "10.213.55.2"]),
        (["10.213.55.77/24"], ["10.213.55.1", "10.213.55.2"]),
        (["10.0.0.0/8"], ["10.213.55.1", "10.213.55.2", "10.213.63.1", "10.213.63.2"]),
        (["all"], ["10.213.55.1", "10.213.55.2", "10.213.63.1", "10.213.63.2"]),
        (["192.0.2.1", "all"], ["10.213.55.1", "10.213.55.2", "10.213.63.1", "10.213.63.2"]),
        (["192.0.2.1"], []),
        (["2001:db8::/32"], []),
        (["::/0"], []),
    ],
)
def test_hosts(names: list[str], found: list[str]) -> None:
    arguments = [word for name in names for word in ("--as", name)]
    assert ends(*arguments, *BOTH) == found
    said = "all hosts" if "all" in names else ", ".join(names)
    assert f"(w/o servers) seen from {said} at " in run("netstat", *arguments, *BOTH).lines[0]


@pytest.mark.parametrize("name", ["localhost", "10.0.0", "10.0.0.1:80", "10.0.0.0/33", "", "ALL"])
@pytest.mark.parametrize("command", ["netstat", "ss", "flows"])
def test_names_that_are_none(command: str, name: str) -> None:
    result = run(command, "--as", name, STUCK)
    assert result.code == 2
    assert f"--as: {name!r} is no address, network or 'all' (names are never looked up)" in result.err


@pytest.mark.parametrize(
    ("capture", "text"),
    [
        ("close-wait-stuck", "seen from 10.213.55.2 (it captured: its answers take no time) at"),
        (
            "half-open",
            "seen from all hosts (10.213.33.1 or 10.213.33.2 captured, nothing tells which; choose with --as) at",
        ),
        ("normal-close-by-server-ipv6", "seen from fd13:4::2 (it captured: its answers take no time) at"),
    ],
)
@pytest.mark.parametrize("command", ["netstat", "ss"])
def test_found_and_said(command: str, capture: str, text: str) -> None:
    assert f" {text} " in run(command, f"pcaps/{capture}.pcap").lines[0]


def test_two_captures_of_different_hosts_leave_doubt() -> None:
    assert " seen from all hosts (no host is in every flow; choose with --as) at" in run("netstat", *BOTH).lines[0]


def test_the_vantage_does_not_depend_on_the_moment() -> None:
    assert (
        "seen from 10.213.55.2 (it captured: its answers take no time)" in run("netstat", "--at", "#1", STUCK).lines[0]
    )


def test_flows_shows_all_unless_asked() -> None:
    assert len(run("flows", *BOTH).lines) == 4
    assert len(run("flows", *BOTH, "--as", "10.213.63.0/24").lines) == 3
