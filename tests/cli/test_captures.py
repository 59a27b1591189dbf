"""What the command line does with its captures: several, damaged, none, a pipe that never ends, a reader that goes away."""

import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from ..capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from ..decode.build import ethernet, ipv4, tcp  # noqa: TID252
from .run import ENVIRONMENT, PCAPS, ROOT, Result, program, run, states

STUCK = PCAPS / "close-wait-stuck.pcap"
THREE = ["close-wait-stuck", "last-ack-stuck", "normal-close-by-server-ipv6"]
COMMANDS = [["netstat", "-tan"], ["ss", "-tan"], ["flows", "-n"]]


# ---- several -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_captures_in_any_order_give_the_same(command: list[str]) -> None:
    orders = itertools.permutations(f"pcaps/{name}.pcap" for name in THREE)
    results = {run(*command, "--as", "all", *order) for order in orders}
    assert len(results) == 1
    assert len(results.pop().lines) >= 5


def test_a_capture_cut_in_two_gives_what_the_whole_gives(tmp_path: Path) -> None:
    content = (PCAPS / "normal-close-by-client.pcap").read_bytes()
    head, records, at = content[:24], [], 24
    while at < len(content):
        size = 16 + int.from_bytes(content[at + 8 : at + 12], "little")
        records.append(content[at : at + size])
        at += size
    (tmp_path / "first").write_bytes(head + b"".join(records[:10]))
    (tmp_path / "second").write_bytes(head + b"".join(records[10:]))
    (tmp_path / "none").write_bytes(head)
    for command in COMMANDS:
        whole = run(*command, PCAPS / "normal-close-by-client.pcap").out
        assert run(*command, tmp_path / "second", tmp_path / "none", tmp_path / "first").out == whole
        assert (
            run(*command, "--at", "#12", tmp_path / "second", tmp_path / "first").out
            == run(*command, "--at", "#12", PCAPS / "normal-close-by-client.pcap").out
        )


def test_the_same_capture_twice_loses_nothing() -> None:
    assert states(run("netstat", "-tan", "--as", "10.213.55.2", STUCK, STUCK)) == ["LISTEN", "CLOSE_WAIT"]


# ---- standard input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_input(command: list[str]) -> None:
    assert program(*command, "-", stdin=STUCK.read_bytes()).out == run(*command, STUCK).out


def test_standard_input_among_files() -> None:
    result = program("netstat", "-tan", "--as", "all", "pcaps/last-ack-stuck.pcap", "-", stdin=STUCK.read_bytes())
    assert result.out == run("netstat", "-tan", "--as", "all", STUCK, "pcaps/last-ack-stuck.pcap").out


def test_empty_standard_input() -> None:
    result = program("ss", "-", "state", "established")
    assert result == Result(3, "", "tracker: standard input is empty: not even a capture's header is there\n")


# ---- damaged and none --------------------------------------------------------------------------------------------------------


def test_a_capture_that_ends_early(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(STUCK.read_bytes()[:-50])
    for command in COMMANDS:
        result = run(*command, cut)
        assert result.code == 4
        assert result.err == (
            f"tracker: {cut} ends in the middle of packet 9 at offset 1120: 90 bytes announced, 40 there, after 8 whole packets\n"
        )
        assert "CLOSE" in result.out, "what was before is shown"
        assert run(*command, "--quiet", cut).err == result.err


def test_a_capture_that_makes_no_sense(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pcap"
    content = bytearray(STUCK.read_bytes())
    content[1120 + 8 : 1120 + 12] = b"\xff\xff\xff\x7f"
    broken.write_bytes(content)
    result = run("netstat", "-tan", broken)
    assert result.code == 4
    assert f"tracker: {broken} is damaged at offset 1120: a record length of 2,147,483,647 bytes" in result.err
    assert states(result) == ["LISTEN", "CLOSE_WAIT"]


def test_no_capture(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("12:00:00 IP 10.0.0.1.80 > 10.0.0.2.1024\n" * 3)
    (tmp_path / "empty").touch()
    for name in ("text", "empty", "missing", "."):
        for command in COMMANDS:
            result = run(*command, tmp_path / name)
            assert (result.code, result.out) == (3, "")
            assert result.err.startswith(f"tracker: {tmp_path / name} ")
            assert result.err.count("\n") == 1


def test_readable_and_unreadable(tmp_path: Path) -> None:
    for order in ([tmp_path / "missing", STUCK], [STUCK, tmp_path / "missing"]):
        result = run("netstat", "-tan", *order)
        assert result.code == 3
        assert result.err == f"tracker: {tmp_path / 'missing'} cannot be read: No such file or directory\n"
        assert states(result) == ["LISTEN", "CLOSE_WAIT"]


def test_header_only(tmp_path: Path) -> None:
    (tmp_path / "none.pcap").write_bytes(pcap([]))
    for command in (["netstat"], ["netstat", "-c"], ["netstat", "--at", "#3"], ["ss"], ["ss", "--at", "+1"]):
        result = run(*command, tmp_path / "none.pcap")
        assert result.code == 0
        assert result.err == "no packets in this capture\n"
        assert len(result.lines) == 2
        assert (
            " seen from all hosts of no packets; 0 of 0 rows uncertain; no packets lost by the capture"
            in result.lines[0]
        )
    assert run("flows", tmp_path / "none.pcap").err == "no packets in this capture\n"
    for command in (["flows"], ["netstat", "-s"], ["ss", "-s"]):
        assert run(*command, tmp_path / "none.pcap").code == 0


def test_link_type_without_decoder(tmp_path: Path) -> None:
    (tmp_path / "odd.pcap").write_bytes(pcap([(1, 0, bytes(60))] * 3, link=147))
    result = run("netstat", tmp_path / "odd.pcap")
    assert result.code == 0
    assert "tracker: 3 frames of link type 147 were passed over: no decoder for it yet\n" in result.err
    assert "no TCP was found in 3 packets\n" in result.err
    assert run("netstat", "-q", tmp_path / "odd.pcap").err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_packets_without_tcp(command: list[str], tmp_path: Path) -> None:
    gre = ethernet(ipv4(ipv4(tcp()), protocol=47))
    cut = ethernet(ipv4(tcp()))[:40]
    (tmp_path / "none.pcap").write_bytes(pcap([(1, 0, gre), (2, 0, cut)]))
    result = run(*command, tmp_path / "none.pcap")
    assert result.code == 0
    assert result.err == (
        "no TCP was found in 2 packets (not read yet: tunnels other than VLAN, and TCP headers that the capture has cut off)\n"
    )


# ---- writing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["netstat -s -c --interval 10ms", "ss -tan", "flows --json"])
def test_reader_that_has_seen_enough(command: str) -> None:
    line = f"{sys.executable} -m tracker {command} --as all pcaps/two-hundred.pcap"
    script = f"{line} | head -1; echo ${{PIPESTATUS[0]}} >&2"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True)
    assert len(ran.stdout.splitlines()) == 1
    assert [line for line in ran.stderr.splitlines() if " at 2026-" not in line] == ["0"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["netstat", "packets"])
def test_full_disk(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "tracker", command, STUCK],
            stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=ROOT, check=False,
        )  # fmt: skip
    assert ran.returncode == 74
    assert ran.stderr == "tracker: standard output cannot be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["--help", "--version", "ss --help"])
def test_full_disk_for_help(words: str) -> None:
    script = f"{sys.executable} -m tracker {words} >/dev/full"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert (ran.returncode, ran.stderr) == (74, "tracker: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("sink", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("words", "code"), [(f"netstat -tan {STUCK}", 0), (f"ss -H {STUCK} missing.pcap", 3), ("netstat --no-such", 2)]
)
def test_standard_error_that_takes_nothing(words: str, code: int, sink: str) -> None:
    if "full" in sink and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    script = f"{sys.executable} -m tracker {words} {sink}"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert (ran.returncode, ran.stdout) == (code, run(*words.split()).out)


def test_closed_standard_output() -> None:
    script = f"{sys.executable} -m tracker netstat {STUCK} >&-"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


# ---- Ctrl-C ------------------------------------------------------------------------------------------------------------------


# A shell that starts the tests in the background has SIGINT ignored, and so would their children.
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from tracker.cli.main import main; main()"
)


@pytest.mark.parametrize("command", COMMANDS)
def test_interrupted_shows_what_was_seen(command: list[str], tmp_path: Path) -> None:
    fifo = tmp_path / "stream"
    os.mkfifo(fifo)
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *command, str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT,
    )  # fmt: skip
    with running, fifo.open("wb", buffering=0) as stream:
        stream.write(STUCK.read_bytes()[:-60])  # in the middle of a packet, and then silence
        deadline = time.monotonic() + 20
        while any(fcntl.ioctl(stream, termios.FIONREAD, bytes(4))) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "CLOSE" in out
    assert err == "tracker: interrupted after 8 packets\n"


def test_interrupted_before_anything(tmp_path: Path) -> None:
    fifo = tmp_path / "stream"
    os.mkfifo(fifo)
    running = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "netstat", str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT,
    )  # fmt: skip
    with running, fifo.open("wb", buffering=0):  # it waits here until the program has opened the other end
        time.sleep(0.2)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Traceback" not in err


# ---- names of files ----------------------------------------------------------------------------------------------------------


def test_odd_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("-n", "a b", "naïve.pcap", "x\ny"):
        shutil.copy(STUCK, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for name in ("./-n", "a b", "naïve.pcap", "x\ny"):
        assert states(run("netstat", "-tan", name)) == ["LISTEN", "CLOSE_WAIT"]
    assert states(run("netstat", "-tan", "--", "-n")) == ["LISTEN", "CLOSE_WAIT"]
