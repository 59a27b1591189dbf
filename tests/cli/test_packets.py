"""`tracker packets`: tcpdump's lines with states behind them, while the capture is read."""

import csv
import fcntl
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from .run import ENVIRONMENT, PCAPS, ROOT, Result, program, run
from .test_captures import INTERRUPTIBLE

STUCK = "pcaps/close-wait-stuck.pcap"
STATES = re.compile(r" \[[A-Z_12?*-]+ > [A-Z_12?*-]+\].*$")
SAMPLES = sorted(path.stem for path in PCAPS.glob("*.pcap"))


def numbers(result: Result) -> list[int]:
    return [int(line.split()[0]) for line in result.lines]


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="no tcpdump here")
@pytest.mark.parametrize("flags", [["-n"], ["-n", "-S"], ["-n", "-tt"]])
@pytest.mark.parametrize("name", SAMPLES)
def test_lines_are_tcpdumps(name: str, flags: list[str]) -> None:
    capture = f"pcaps/{name}.pcap"
    theirs = subprocess.run(
        ["tcpdump", "--nano", "-r", capture, *flags], capture_output=True, text=True, env=ENVIRONMENT, check=True
    ).stdout.splitlines()
    ours = [STATES.sub("", line[6:]) for line in run("packets", *flags, capture).lines if " ICMP" not in line]
    # A new life of the same ports counts from its own SYN-ACK here, and an RST that refuses it is absolute.
    expected = [line for line in theirs if " Flags [" in line]
    assert len(ours) == len(expected)
    if name not in {"time-wait-reuse", "two-hundred"} or "-S" in flags:
        assert ours == expected


def test_the_stuck_one() -> None:
    result = run("packets", "-n", "-t", STUCK)
    assert result.code == 0
    assert result.err == ""
    assert result.lines[5] == (
        "    7 IP 10.213.55.1.44534 > 10.213.55.2.14053: Flags [F.], seq 401, ack 1, win 63, options [nop,nop,TS val"
        " 2750486291 ecr 3196691986], length 0 [FIN_WAIT1* > CLOSE_WAIT*]"
    )


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], [1, 2, 4, 5, 6, 7, 8]),
        (["--changes"], [1, 2, 4, 7, 8]),
        (["-c", "2"], [1, 2]),
        (["--at", "#5"], [1, 2, 4, 5]),
        (["--at", "#3"], [1, 2]),
        (["--at", "#0"], []),
        (["--at", "+0.012"], [1, 2, 4, 5, 6]),
        (["--at", "2026-11-20T23:29:39.8345Z"], [1, 2, 4]),
        (["--as", "10.213.55.1"], [1, 2, 4, 5, 6, 7, 8]),
        (["--as", "10.0.0.0/24"], []),
        (["--flow", "0"], [1, 2, 4, 5, 6, 7, 8]),
        (["--flow", "1"], []),
        (["-6"], []),
        (["-4", "-c", "1"], [1]),
    ],
)
def test_choices(arguments: list[str], found: list[int]) -> None:
    assert numbers(run("packets", *arguments, STUCK)) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["state", "close-wait"], [7, 8]),
        (["state", "syn-sent"], [1]),
        (["exclude", "established", "exclude", "syn-sent", "exclude", "syn-recv"], [1, 7, 8]),
        (["sport", "=", ":44534"], [1, 2, 4, 5, 6, 7, 8]),
        (["dport = :14053 and src 10.213.55.2"], []),
        (["src 10.9.9.9"], []),
    ],
)
def test_filters_judge_either_end(words: list[str], found: list[int]) -> None:
    assert numbers(run("packets", STUCK, *words)) == found


def test_several_captures_with_a_filter() -> None:
    result = run("packets", STUCK, "pcaps/last-ack-stuck.pcap", "state", "last-ack")
    assert result.code == 0
    assert len(result.lines) >= 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--at", "noon", STUCK], "--at: expected a time"),
        (["--as", "host", STUCK], "--as: 'host' is no address"),
        ([STUCK, "state", "closing-time"], "closing-time"),
        (["-tttttt", STUCK], "-t is given five times at the most"),
        (["-c", "0", STUCK], "0 is not in the range"),
        (["--flow", "-1", STUCK], "-1 is not in the range"),
    ],
)
def test_wrong_command_lines(arguments: list[str], sentence: str) -> None:
    result = run("packets", *arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err


def test_times() -> None:
    first = [run("packets", "-n", *flags, STUCK).lines[1].split(" IP ")[0] for flags in ([], ["-t"], ["-tt"], ["-ttt"])]
    assert first[0] == "    2 23:29:39.828455295"
    assert run("packets", "-nt", STUCK).lines[1].startswith("    2 IP ")
    assert first[2:] == ["    2 1795217379.828455295", "    2  00:00:00.000061009"]
    assert run("packets", "-tttt", STUCK).lines[1].startswith("    2 2026-11-20 23:29:39.828455295 IP ")
    assert run("packets", "-ttttt", STUCK).lines[2].startswith("    4  00:00:00.005816638 IP ")


def test_relative_numbers_do_not_depend_on_what_is_printed() -> None:
    whole = {line.split()[0]: line for line in run("packets", "-n", STUCK).lines}
    for line in run("packets", "-n", STUCK, "state", "close-wait").lines:
        assert whole[line.split()[0]] == line


def test_json_and_csv_agree() -> None:
    values = [json.loads(line) for line in run("packets", "--json", STUCK).lines]
    rows = list(csv.DictReader(io.StringIO(run("packets", "--csv", STUCK).out)))
    assert [value["packet"] for value in values] == [int(row["packet"]) for row in rows] == [1, 2, 4, 5, 6, 7, 8]
    for value, row in zip(values, rows, strict=True):
        for end in ("sender", "receiver"):
            for name in ("addr", "state", "certainty"):
                assert value[end][name] == row[f"{end}_{name}"]
            assert row[f"{end}_changed"] == str(value[end]["changed"]).lower()
        assert (value["flags"], str(value["seq"]), value["verdict"]) == (row["flags"], row["seq"], row["verdict"])
    assert "at_iso" in run("packets", "--csv", "--iso", STUCK).lines[0]


def test_icmp_errors() -> None:
    lines = run("packets", "-nt", "pcaps/prohibited.pcap").lines
    assert lines[1] == (
        "    2 ICMP admin prohibited (3/13) for IP 10.213.28.2.41276 > 10.214.28.2.7013: seq 849424666 [CLOSED* > -]"
    )
    value = json.loads(run("packets", "--json", "pcaps/prohibited.pcap").lines[1])
    assert (value["icmp"], value["flags"], value["verdict"]) == ({"type": 3, "code": 13}, None, None)
    assert ",3,13" in run("packets", "--csv", "pcaps/prohibited.pcap").lines[2]


def test_color() -> None:
    assert "[\x1b[36mFIN_WAIT1\x1b[0m* > \x1b[31mCLOSE_WAIT\x1b[0m*]" in run("packets", "--color", "always", STUCK).out
    assert "\x1b" not in run("packets", STUCK).out


# ---- streams ---------------------------------------------------------------------------------------------------------


def test_lines_come_while_the_capture_still_runs(tmp_path: Path) -> None:
    fifo = tmp_path / "stream"
    os.mkfifo(fifo)
    content = (ROOT / STUCK).read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "packets", "-n", str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT,
    ) as running, fifo.open("wb", buffering=0) as stream:  # fmt: skip
        assert running.stdout is not None
        stream.write(content[:-60])  # in the middle of the last packet
        lines = [running.stdout.readline() for _ in range(7)]
        assert lines[-1].startswith("    8 23:29:39.884696477 IP ")
        while any(fcntl.ioctl(stream, termios.FIONREAD, bytes(4))):
            time.sleep(0.01)
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        rest, err = running.communicate(timeout=20)
    assert rest == ""
    assert running.returncode == 130
    assert err == "tracker: interrupted after 8 packets\n"


def test_standard_input() -> None:
    content = (ROOT / STUCK).read_bytes()
    assert program("packets", "-n", "-", stdin=content).out == run("packets", "-n", STUCK).out


def test_a_reader_that_has_seen_enough() -> None:
    line = f"{sys.executable} -m tracker packets -n pcaps/two-hundred.pcap | head -1; echo ${{PIPESTATUS[0]}} >&2"
    ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True)
    assert len(ran.stdout.splitlines()) == 1
    assert ran.stderr == "0\n"


def test_damaged_and_unreadable(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((ROOT / STUCK).read_bytes()[:-50])
    result = run("packets", "-n", cut)
    assert result.code == 4
    assert result.out == run("packets", "-n", STUCK).out
    assert "ends in the middle of packet 9" in result.err
    assert run("packets", tmp_path / "missing").code == 3


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a program's memory there")
def test_memory_does_not_grow_with_packets(tmp_path: Path) -> None:
    content = (PCAPS / "half-close-with-data.pcap").read_bytes()
    code = (
        "import pathlib, sys; from tracker.cli.main import main\n"
        "try: main()\nfinally: print(pathlib.Path('/proc/self/status').read_text(), file=sys.stderr)"
    )
    sizes = []
    for times in (1, 200):
        stream = content[:24] + content[24:] * times
        ran = subprocess.run(
            [sys.executable, "-c", code, "packets", "-n", "--flow", "9", "-"],
            input=stream, capture_output=True, cwd=ROOT, env=ENVIRONMENT, check=True,
        )  # fmt: skip
        peak = re.search(rb"VmHWM:\s+(\d+) kB", ran.stderr)
        assert peak is not None
        sizes.append(int(peak[1]))
    assert sizes[1] - sizes[0] < 3000, "kB"
