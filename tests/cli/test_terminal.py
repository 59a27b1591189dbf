"""In a terminal: width, colour, progress."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import textwrap
from ipaddress import ip_address
from pathlib import Path

import pytest

from ..capture.build import pcap  # noqa: TID252 - `tests` is no package to import from
from ..decode.build import CLIENT6, SERVER6, ethernet, ipv6, tcp  # noqa: TID252
from .run import ENVIRONMENT, ROOT, run

IPV6 = "pcaps/normal-close-by-server-ipv6.pcap"


def in_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """Standard output of a program whose terminal is that wide."""
    own, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", *arguments],
        stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT | {"TERM": "xterm"} | environment,
    ) as running:  # fmt: skip
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(own, 65536)
            except OSError:  # Linux's way to say that the other side is closed
                break
            if not part:
                break
            parts.append(part)
    os.close(own)
    assert running.returncode == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_color_in_a_terminal() -> None:
    assert "\x1b[34mTIME_WAIT\x1b[0m" in in_terminal("netstat", "-tan", IPV6)
    assert "\x1b[" not in in_terminal("netstat", "-tan", "--color", "never", IPV6)
    assert "\x1b[" not in in_terminal("netstat", "-tan", IPV6, NO_COLOR="1")
    assert "\x1b[" not in in_terminal("netstat", "-tan", IPV6, TERM="dumb")


def test_netstat_cuts_addresses_in_a_terminal_only(tmp_path: Path) -> None:
    long = tmp_path / "long.pcap"
    one, two = "2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:7777"
    packet = ipv6(tcp(flags=2)).replace(ip_address(CLIENT6).packed, ip_address(one).packed, 1)
    packet = packet.replace(ip_address(SERVER6).packed, ip_address(two).packed, 1)
    long.write_bytes(pcap([(1, 0, ethernet(packet, 0x86DD))]))
    arguments = ["netstat", "-tan", "--color", "never"]
    cut, wide = in_terminal(*arguments, str(long)), in_terminal(*arguments, "-W", str(long))
    assert cut.splitlines()[-1].split() == [
        "tcp6", "0", "1", "2001:db8:1111:222:40000", "2001:db8:1111:2222::443", "SYN_SENT",
    ]  # fmt: skip
    assert f" {one}:40000 {two}:443 " in wide
    assert wide.splitlines()[-2:] == run(*arguments, long).lines[-2:] == run(*arguments, "--wide", long).lines[-2:]
    assert in_terminal(*arguments, str(long), columns=300) == run(*arguments, long).out


@pytest.mark.parametrize("columns", [80, 200])
def test_ss_spreads_its_columns_over_the_terminal(columns: int) -> None:
    lines = in_terminal("ss", "-ta", "--color", "never", IPV6, columns=columns).splitlines()
    piped = run("ss", "-ta", IPV6).lines
    table = lines[-len(piped[1:]) :]
    assert max(map(len, lines)) <= columns
    assert len(table[0]) > columns - 20
    assert [line.split() for line in table] == [line.split() for line in piped[1:]]


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize(
    "command", [["netstat", "-tan"], ["netstat", "-s"], ["ss", "-tan"], ["flows"], ["flows", "--as", "fd13:4::2"]]
)
def test_headings_wrap_between_words(command: list[str], columns: int) -> None:
    arguments = [*command, "--color", "never", IPV6]
    heading = run(*arguments).lines[0]
    lines = in_terminal(*arguments, columns=columns).splitlines()
    wrapped = wrapped_at(heading, columns)
    assert lines[: len(wrapped)] == wrapped
    assert all(line.startswith("  ") for line in wrapped[1:])
    assert " ".join(" ".join(wrapped).split()) == heading


def wrapped_at(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, columns, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def test_the_title_is_painted_where_it_fits() -> None:
    title = "\x1b[1mActive Internet connections (servers and established)\x1b[0m seen from"
    assert in_terminal("netstat", "-tan", IPV6).startswith(title)
    assert not in_terminal("netstat", "-tan", IPV6, columns=40).splitlines()[0].startswith("\x1b")


def test_flows_leaves_out_the_columns_that_do_not_fit() -> None:
    def titles(columns: int) -> str:
        lines = in_terminal("flows", "-n", "--color", "never", IPV6, columns=columns).splitlines()
        assert all(len(line) <= max(columns, 84) for line in lines)
        return next(" ".join(line.split()) for line in lines if "Client" in line)

    assert titles(200) == "Flow Client State Server State Since Sent Received RTT End Notes"
    assert titles(40) == "Client State Server State End Notes"
    assert "Flow Client State Server State Since Sent Received RTT End Notes" in " ".join(
        run("flows", IPV6).out.split()
    )
