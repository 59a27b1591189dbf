"""`tracker ss`: every flag, and the filter on the command line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .run import ENVIRONMENT, PCAPS, ROOT, Result, run

STUCK = "pcaps/close-wait-stuck.pcap"
LAST_ACK = "pcaps/last-ack-stuck.pcap"
MANY = "pcaps/two-hundred.pcap"
CLOSED6 = "pcaps/normal-close-by-server-ipv6.pcap"


def states(result: Result) -> list[str]:
    return [line.split()[0] for line in result.lines[2:] if not line.startswith("\t")]


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ([], ["CLOSE-WAIT"]),
        (["-a"], ["LISTEN", "CLOSE-WAIT"]),
        (["--all"], ["LISTEN", "CLOSE-WAIT"]),
        (["-l"], ["LISTEN"]),
        (["--listening"], ["LISTEN"]),
    ],
)
def test_which_rows(flags: list[str], shown: list[str]) -> None:
    result = run("ss", *flags, STUCK)
    assert states(result) == shown
    assert result.lines[0].startswith(
        "Sockets seen from 10.213.55.2 (it captured: its answers take no time) at 2026-11-20T23:29:40"
    )
    assert (result.code, result.err) == (0, "")


def test_hides_time_wait_and_syn_recv_as_ss_does_and_netstat_does_not() -> None:
    assert states(run("ss", "-n", CLOSED6)) == []
    assert states(run("ss", "-n", CLOSED6, "state", "time-wait")) != []
    assert "TIME_WAIT" in run("netstat", "-n", CLOSED6).out
    assert states(run("ss", "-n", "--as", "10.213.33.2", "pcaps/half-open.pcap")) == []
    assert "SYN_RECV" in run("netstat", "-n", "--as", "10.213.33.2", "pcaps/half-open.pcap").out


def test_numeric_names_no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: f"service-{port}")
    assert ":service-14053" in run("ss", STUCK).out
    for flag in ("-n", "--numeric"):
        assert ":14053 " in run("ss", flag, STUCK).out


def test_tcp_is_all_there_is() -> None:
    assert run("ss", "-tuln", STUCK).out == run("ss", "-ln", STUCK).out
    assert run("ss", "--udp", STUCK).out == run("ss", "-u", STUCK).out == run("ss", STUCK).out
    assert run("ss", "-t", STUCK).out == run("ss", "--tcp", STUCK).out == run("ss", STUCK).out


@pytest.mark.parametrize(
    ("flags", "count"),
    [([], 2), (["-4"], 1), (["--ipv4"], 1), (["-6"], 1), (["--ipv6"], 1), (["-4", "-6"], 2)],
)
def test_families(flags: list[str], count: int) -> None:
    result = run("ss", "-a", *flags, STUCK, CLOSED6, "--as", "all", "state", "listening")
    assert len(result.lines) - 2 == count


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (["-o"], " timer:(on,810ms,2)"),
        (["--options"], " timer:(on,810ms,2)"),
        (["-e"], " flow:0 certainty:seen"),
        (["--extended"], " flow:0 certainty:seen"),
        (["-i"], "\n\t ts sack wscale:10,10 "),
        (["--info"], "\n\t ts sack wscale:10,10 "),
        (["-iO"], "51980 ts sack wscale:10,10 "),
        (["-i", "--oneline"], "51980 ts sack wscale:10,10 "),
    ],
)
def test_more_about_each_socket(flags: list[str], text: str) -> None:
    assert text in run("ss", "-n", *flags, LAST_ACK).out
    assert text not in run("ss", "-n", LAST_ACK).out


@pytest.mark.parametrize(
    ("flag", "long", "what"), [("-m", "--memory", "a socket's memory"), ("-p", "--processes", "processes")]
)
def test_what_no_packet_tells_is_said(flag: str, long: str, what: str) -> None:
    for option in (flag, long):
        result = run("ss", option, STUCK)
        assert result.err == f"tracker: {flag}: no packet tells {what}\n"
        assert result.out == run("ss", STUCK).out
        assert run("ss", "-q", option, STUCK).err == ""


def test_no_header_puts_the_heading_on_stderr() -> None:
    plain, bare = run("ss", STUCK), run("ss", "-H", STUCK)
    assert [" ".join(line.split()) for line in bare.lines] == [" ".join(line.split()) for line in plain.lines[2:]]
    assert f"Sockets {bare.err}" == plain.lines[0] + "\n"
    assert run("ss", "--no-header", STUCK).out == bare.out


def test_summary() -> None:
    result = run("ss", "-s", STUCK)
    assert result.lines[:2] == ["Total: -", "TCP:   2 (estab 1, closed 0, orphaned -, timewait 0)"]
    assert (
        result.err
        == "seen from 10.213.55.2 (it captured: its answers take no time) at 2026-11-20T23:29:40.505458000Z\n"
    )
    assert run("ss", "--summary", STUCK).out == result.out


def test_summary_as_json_but_not_as_csv() -> None:
    result = run("ss", "-s", "--json", "--iso", STUCK)
    (value,) = [json.loads(line) for line in result.lines]
    assert (value["schema"], value["at_iso"]) == ("tracker.summary/1", "2026-11-20T23:29:40.505458000Z")
    assert (value["total"], value["established"], value["orphaned"]) == (2, 1, None)
    assert value["states"] == {"CLOSE_WAIT": 1, "LISTEN": 1}
    result = run("ss", "-s", "--csv", STUCK)
    assert (result.code, result.out) == (2, "")
    assert "-s has no CSV" in result.err


def test_json_and_csv() -> None:
    result = run("ss", "--json", STUCK)
    assert [json.loads(line)["state"] for line in result.lines] == ["CLOSE_WAIT"]
    assert run("ss", "--csv", "--iso", STUCK).lines[0].startswith("at,at_iso,state,recv_q,")
    assert result.err.startswith("seen from 10.213.55.2 ")


# ---- the filter --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["state", "close-wait"],
        ["state close-wait"],
        ["state", "CLOSE_WAIT"],
        ["sport", "=", ":14053"],
        ["( sport = :14053 and dst 10.213.55.0/24 )"],
        ["exclude", "listening", "dport", ">", ":1024"],
        ["not", "dst", "192.0.2.1"],
    ],
)
def test_filter_that_passes(words: list[str]) -> None:
    result = run("ss", "-n", STUCK, *words)
    assert result.code == 0
    assert result.out.count("10.213.55.1:44534") == 1


@pytest.mark.parametrize("words", [["state", "established"], ["dst", "192.0.2.1"], ["sport", "=", "80"]])
def test_filter_that_refuses(words: list[str]) -> None:
    result = run("ss", "-n", STUCK, *words)
    assert result.code == 0
    assert len(result.lines) == 2
    assert result.err == "1 connection ended, or left out by flags or filter; see `tracker flows`\n"


def test_filter_of_a_single_state_drops_the_column() -> None:
    assert run("ss", "-n", STUCK, "state", "close-wait").lines[1].startswith("Recv-Q Send-Q")
    assert run("ss", "-n", STUCK, "state", "close-wait", "state", "closing").lines[1].startswith("State")


def test_filter_counts_against_the_kernels_table() -> None:
    """`ss` on the client when the capture ended: pcaps/README.md."""
    for state, count in (("established", 21), ("close-wait", 20), ("fin-wait-2", 23), ("time-wait", 75)):
        assert len(run("ss", "-nH", MANY, "state", state).lines) == count


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["state"], "character 6: expected a state or group of states, found the end"),
        (["state", "open"], "character 7: expected a state or group of states, found 'open'"),
        (["dst", "example.org"], "tracker never looks names up"),
        (["( sport = 80"], "expected ')'"),
        (["exclude", "listening", "pcaps/reset.pcap"], "(captures stand in front of the filter: 'pcaps/reset.pcap')"),
        (["dev", "eth0"], "ss knows 'dev' from the kernel"),
    ],
)
def test_filter_errors_exit_2(words: list[str], sentence: str) -> None:
    result = run("ss", STUCK, *words)
    assert result.code == 2
    assert sentence in result.err
    assert result.out == ""


@pytest.mark.parametrize("first", ["state", "dst", "(", "not", "state close-wait", "(dst 10.0.0.1)", "!"])
def test_filter_without_a_capture(first: str) -> None:
    result = run("ss", first, "established")
    assert result.code == 2
    assert f"a capture stands in front of the filter, which begins with '{first}' here" in result.err


def test_a_file_named_like_a_filter_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(PCAPS / "close-wait-stuck.pcap", tmp_path / "state")
    shutil.copy(PCAPS / "last-ack-stuck.pcap", tmp_path / "b.pcap")
    monkeypatch.chdir(tmp_path)
    assert states(run("ss", "./state", "state", "close-wait", "--as", "all")) == []  # the file exists: a second capture
    assert "expected src, dst" in run("ss", "./state", "state", "close-wait").err
    assert run("ss", "./state", "exclude", "listening").code == 0
    assert states(run("ss", "b.pcap", "./state", "--as", "10.213.0.0/16")) == [
        "FIN-WAIT-2", "CLOSE-WAIT", "FIN-WAIT-2", "LAST-ACK",
    ]  # fmt: skip
    assert states(run("ss", "state", "--as", "10.213.55.2")) == ["CLOSE-WAIT"]


def test_several_captures_before_the_filter() -> None:
    result = run("ss", "-n", STUCK, LAST_ACK, "--as", "all", "state", "close-wait", "state", "last-ack")
    assert sorted(states(result)) == ["CLOSE-WAIT", "LAST-ACK"]


@pytest.mark.parametrize(
    "missing", ["missing.pcap", "./missing", "/no/such/file", "a (1).pcap", "10.0.0.1", "dst.pcap"]
)
def test_a_missing_capture_behind_the_first_is_no_filter(missing: str) -> None:
    result = run("ss", "-n", STUCK, missing, "state", "close-wait")
    assert result.code == 3
    assert result.err == f"tracker: {missing} cannot be read: No such file or directory\n"
    assert "10.213.55.1:44534" in result.out


@pytest.mark.parametrize("word", ["dst 10.213.55.1", "(dst 10.213.55.1/32)", "!dst 192.0.2.1", "SRC 10.213.55.2"])
def test_a_filter_with_dots_is_no_capture(word: str) -> None:
    result = run("ss", "-nH", STUCK, word)
    assert (result.code, len(result.lines)) == (0, 1)


def test_a_directory_named_like_a_filter_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(PCAPS / "close-wait-stuck.pcap", tmp_path / "a.pcap")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run("ss", "a.pcap", "src", "10.213.55.2").code == 0
    assert run("ss", "a.pcap", "./src").code == 3


def test_pipes_behind_the_first_capture() -> None:
    line = f"{sys.executable} -m tracker ss -tanH --as all {STUCK} <(cat {LAST_ACK}) state close-wait state last-ack"
    ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=False)
    assert ran.returncode == 0, ran.stderr
    assert sorted(line.split()[0] for line in ran.stdout.splitlines()) == ["CLOSE-WAIT", "LAST-ACK"]
