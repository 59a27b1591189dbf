"""`tracker explain`: ladders, pictures, words."""

import json
import re
import shutil
import subprocess
from ipaddress import ip_address
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ..capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from ..decode.build import ethernet, ipv4, ipv6, tcp  # noqa: TID252
from .run import PCAPS, ROOT, program, run
from .test_terminal import in_terminal

STUCK = "pcaps/close-wait-stuck.pcap"
LIVES = "pcaps/time-wait-reuse.pcap"
MANY = "pcaps/two-hundred.pcap"
SAMPLES = sorted(path.stem for path in PCAPS.glob("*.pcap"))
SVG = "{http://www.w3.org/2000/svg}"


def test_the_stuck_one() -> None:
    result = run("explain", "-n", STUCK, "0")
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].startswith("Flow 0: client 10.213.55.1:44534, server 10.213.55.2:14053 (its SYN was seen);")
    closing = " ".join(line.strip() for line in result.lines[-8:])
    assert (
        "server: CLOSE_WAIT for 664 ms (seen, since #7): it acknowledged the FIN (#7) in #8 at 23:29:39.884 and has sent nothing"
        " since; the application there has not called close(). Next: its own FIN, after close(); no timer ends this state."
    ) in closing


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("0", 0),
        ("10.213.55.1:44534", 0),
        ("10.213.55.2.14053", 0),
        ("10.213.55.1:44534-10.213.55.2:14053", 0),
        ("10.213.55.2:14053-10.213.55.1:44534", 0),
        ("10.213.55.1", 0),
    ],
)
def test_names(name: str, flow: int) -> None:
    assert run("explain", STUCK, name).lines[0].startswith(f"Flow {flow}: ")


def test_several_of_one_name() -> None:
    result = run("explain", "-n", MANY, "10.213.132.2:28038")
    assert result.code == 0
    assert result.lines[0] == "200 connections of 10.213.132.2:28038; explained is the latest, flow 199"
    assert len([line for line in result.lines[2:] if re.match(r" *\d+ 10\.213\.132\.1:\d+ [A-Z]", line)]) == 20
    assert any(line.startswith("Flow 199: ") for line in result.lines)
    (value,) = [json.loads(line) for line in run("explain", "--json", MANY, "10.213.132.2:28038").lines]
    assert value["connection"]["flow"] == 199
    assert "200 connections of" in run("explain", "--json", MANY, "10.213.132.2:28038").err


def test_lives_of_one_tuple() -> None:
    flows = [json.loads(line) for line in run("flows", "--json", LIVES).lines]
    one = flows[0]["client"]
    result = run("explain", "-n", LIVES, f"{one['addr']}:{one['port']}")
    assert f"Flow {flows[-1]['flow']}: " in result.out
    assert "its ports are used again, by flow 1" in run("explain", "-n", LIVES, "0").out.replace("\n  ", " ")


def test_a_capture_alone() -> None:
    assert run("explain", STUCK).lines[0].startswith("Flow 0: ")
    result = run("explain", MANY)
    assert result.code == 2
    assert "which of 200 connections? Give its number behind the capture" in result.err
    assert result.out.startswith("Flow Client ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x.pcap"], "'x.pcap' is neither a capture nor a label"),
        (["closwait"], "near to it: CLOSE_WAIT"),
        ([STUCK, "CLOSE_WAIT"], "expected a connection's number"),
        ([STUCK, "7"], "no connection named 7 in this capture up to this moment; `tracker flows` lists 1 connection"),
        ([STUCK, "10.0.0.1:80"], "no connection named 10.0.0.1:80"),
        ([STUCK, "0", "--at", "#0"], "no connection named 0 in this capture up to this moment"),
        ([STUCK, "0", "--as", "10.9.9.9"], "no connection named 0"),
        (["--json", "--mermaid", STUCK, "0"], "exclude each other"),
        (["--csv", STUCK, "0"], "a ladder has no CSV"),
        (["--svg", "/no/such/place.svg", STUCK, "0"], "/no/such/place.svg cannot be written"),
        (["--at", "noon", STUCK, "0"], "--at: expected a time"),
    ],
)
def test_wrong_command_lines(arguments: list[str], sentence: str) -> None:
    result = run("explain", *arguments)
    assert (result.code, result.out) == (2, "")
    assert sentence in result.err


def test_captures_that_cannot_be_read(tmp_path: Path) -> None:
    result = run("explain", tmp_path / "missing.pcap", "0")
    assert (result.code, result.out) == (3, "")
    assert "missing.pcap cannot be read" in result.err
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((ROOT / STUCK).read_bytes()[:-50])
    assert run("explain", cut, "0").code == 4
    assert run("explain", cut, "0").lines[:20] == run("explain", STUCK, "0").lines[:20]


def test_standard_input_and_several_captures() -> None:
    content = (ROOT / STUCK).read_bytes()
    assert program("explain", "-n", "-", "0", stdin=content).out == run("explain", "-n", STUCK, "0").out
    both = run("explain", "-n", STUCK, "pcaps/last-ack-stuck.pcap", "10.213.55.1")
    assert "CLOSE_WAIT" in both.out


def test_at_stops_there() -> None:
    result = run("explain", "-n", "--at", "#7", STUCK, "0")
    assert "FIN 401, ACK 1" in result.out
    assert "ACK 402" not in result.out
    assert "server: CLOSE_WAIT for 0 s" in result.out


def test_what_is_taken_back_later_is_said() -> None:
    result = run("explain", "-n", "--at", "#2", "pcaps/half-open.pcap", "0")
    text = " ".join(line.strip() for line in result.lines)
    assert "client SYN_SENT > ESTABLISHED (assumed, taken back later by #5)" in text
    assert "client: SYN_SENT for" in text


def test_what_was_believed_then() -> None:
    result = run("explain", "-n", "--believed", "--at", "#2", "pcaps/half-open.pcap", "0")
    text = " ".join(line.strip() for line in result.lines)
    assert "client SYN_SENT > ESTABLISHED (assumed): " in text
    assert "client: ESTABLISHED for" in text
    assert "taken back" not in text


def test_all_packets() -> None:
    short, long = (
        run("explain", "-n", "pcaps/half-close-with-data.pcap", "0"),
        run("explain", "-an", "pcaps/half-close-with-data.pcap", "0"),
    )
    assert re.search(r"#\d+-\d+: \d+ packets, 30,000 bytes <, all acknowledged", short.out)
    assert " packets, 30,000" not in long.out
    assert len(long.lines) > len(short.lines) + 30


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal(name: str, columns: int) -> None:
    out = in_terminal("explain", "--color", "never", f"pcaps/{name}.pcap", "0", columns=columns)
    assert max(map(len, out.splitlines())) <= columns


def test_color() -> None:
    out = run("explain", "-n", "--color", "always", STUCK, "0").out
    assert "\x1b[31mCLOSE_WAIT\x1b[0m" in out
    assert "\x1b[" not in run("explain", "-n", STUCK, "0").out


def test_long_addresses_take_two_lines(tmp_path: Path) -> None:
    capture = tmp_path / "six.pcap"
    packet = bytearray(ipv6(tcp(flags=2)))
    packet[8:24] = ip_address("2001:db8:1111:2222:3333:4444:5555:6666").packed
    packet[24:40] = ip_address("2001:db8:1111:2222:3333:4444:5555:7777").packed
    capture.write_bytes(pcap([(1, 0, ethernet(bytes(packet), 0x86DD))]))
    lines = run("explain", "-n", capture, "0").lines
    assert max(map(len, lines)) <= 100
    assert any(line.endswith(" 2001:db8:1111:2222:3333:4444:5555:7777:443") and "6666" not in line for line in lines)


def test_no_tcp(tmp_path: Path) -> None:
    (tmp_path / "none.pcap").write_bytes(pcap([]))
    result = run("explain", tmp_path / "none.pcap", "0")
    assert result.code == 0
    assert result.out == ""
    assert result.err.startswith("no ")


# ---- pictures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_svg_is_xml_and_shows_the_packets(name: str) -> None:
    result = run("explain", "--svg", "-", f"pcaps/{name}.pcap", "0")
    root = ElementTree.fromstring(result.out)
    assert root.tag == f"{SVG}svg"
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    (told,) = [json.loads(line) for line in run("explain", "--json", f"pcaps/{name}.pcap", "0").lines]
    single = [rung for rung in told["ladder"] if sum(rung["packets"].values()) == 1]
    assert len(list(root.iter(f"{SVG}line"))) == len(single)
    assert {rung["text"] for rung in single} <= set(texts)
    assert {entry["new"] for rung in told["ladder"] for entry in rung["entered"][-1:]} <= {
        text.rstrip("?") for text in texts
    }
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.attrib["x"]) <= width
        assert 0 <= float(element.attrib["y"]) <= height
        assert "<script" not in result.out


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="no rsvg-convert here")
def test_svg_can_be_drawn(tmp_path: Path) -> None:
    assert run("explain", "--svg", tmp_path / "a.svg", STUCK, "0").out == ""
    subprocess.run(["rsvg-convert", tmp_path / "a.svg", "-o", tmp_path / "a.png"], check=True)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", SAMPLES)
def test_mermaid(name: str) -> None:
    lines = run("explain", "--mermaid", f"pcaps/{name}.pcap", "0").lines
    assert lines[0] == "sequenceDiagram"
    allowed = re.compile(
        r"    (participant [cs] as |[cs](->>|-x)[cs]: |Note (left of c|right of s|over c(,s)?|over s): )[^;<>]*"
    )
    for line in lines[1:]:
        assert allowed.fullmatch(re.sub(r"#\d+;", "", line)), line


def test_hostile_names_send_no_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: "\x1b[2J<b>" if port == 443 else None)
    capture = tmp_path / "one.pcap"
    capture.write_bytes(pcap([(1, 0, ethernet(ipv4(tcp(flags=2))))]))
    for arguments in (["explain"], ["explain", "--svg", "-"], ["explain", "--mermaid"]):
        assert "\x1b" not in run(*arguments, capture, "0").out
    assert "\x1b" not in run("packets", capture).out
    result = run("explain", "\x1b[2Jno")
    assert result.code == 2
    assert "\x1b" not in result.err


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [["CLOSE_WAIT"], ["close-wait"], ["beyond", "the", "window"], ["3", "ignored"], ["fin"], ["?"]]
)
def test_labels(words: list[str]) -> None:
    result = run("explain", *words)
    assert (result.code, result.err) == (0, "")
    assert "  Source: " in result.out


def test_a_label() -> None:
    result = run("explain", "last_ack")
    assert result.lines[0] == "LAST_ACK (state, also LAST-ACK)"
    assert result.lines[-1] == "  Source: RFC 9293 3.3.2 and 3.6"
    assert "\x1b[31mLAST_ACK" in run("explain", "--color", "always", "last_ack").out


def test_labels_are_listed() -> None:
    result = run("explain", "labels")
    assert result.code == 0
    assert "States: LISTEN, SYN_SENT" in result.out
