"""Every sample capture through every command, to the letter.

TRACKER_GOLDEN=write python -m pytest tests/cli/test_golden.py writes the files anew; read the difference as carefully as
code: against `tcpdump -n`, and against what the kernel said (pcaps/README.md tells each capture's story).
"""

import pytest

from .run import PCAPS, ROOT, hold, run

GOLDEN = ROOT / "tests" / "golden"

# The capture's most interesting moment.
MOMENTS = {
    "blind-reset-ignored": "#12",  # forged RSTs, challenged and ignored: still ESTABLISHED
    "close-wait-stuck": "#7",  # the FIN has come, its ACK is delayed
    "filtered": "+1.55",  # one repetition
    "fin-wait1-stuck": "#8",  # the FIN was repeated once: a tail loss probe
    "fin-wait2-stuck": "+90",  # the kernel has given up
    "half-close-with-data": "#20",  # data comes into FIN_WAIT2
    "half-open": "+0.5",  # a believed connection: the client's ESTABLISHED is taken back by its next SYN
    "last-ack-stuck": "+0.23",  # LAST_ACK, nothing repeated yet
    "normal-close-by-client": "#20",  # FIN_WAIT2 and CLOSE_WAIT
    "normal-close-by-server-ipv6": "#5",  # data, not all acknowledged
    "prohibited": "#1",  # before the ICMP error
    "refused": "#1",  # before the RST
    "reset": "#5",  # before the RST
    "simultaneous-close": "#8",  # CLOSING on both sides
    "simultaneous-open": "#2",  # SYN_RECV on both sides
    "time-wait-reuse": "+1.18",  # the second life's SYN has come
    "two-hundred": "+1.5",
}
SUMMARIES = {"two-hundred"}  # too long for more than a summary


def commands(name: str) -> list[list[str]]:
    if name in SUMMARIES:
        which = [["ss", "-s"], ["netstat", "-s"], ["netstat", "-s", "--as", "all", "--json"]]
    else:
        which = [["flows", "-n"], ["netstat", "-tanoe"], ["ss", "-tanoi"], ["flows", "--json"]]
    at = ["--at", MOMENTS[name]]
    return [[*command, *moment, f"pcaps/{name}.pcap"] for moment in ([], at) for command in which]


def transcript(name: str) -> str:
    """What a terminal would show; standard error behind `2>`."""
    parts = []
    for command in commands(name):
        result = run(*command)
        assert result.code == 0
        quoted = " ".join(f"'{word}'" if "#" in word else word for word in command)
        parts.append(f"$ tracker {quoted}\n{result.out}" + "".join(f"2> {line}\n" for line in result.err.splitlines()))
    return "\n".join(parts)


@pytest.mark.parametrize("name", sorted(path.stem for path in PCAPS.glob("*.pcap")))
def test_golden(name: str) -> None:
    hold(transcript(name), GOLDEN / f"{name}.txt")


def test_every_golden_file_has_its_capture() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in PCAPS.glob("*.pcap")}
