"""tcpdump's format, word for word; whole captures against the program itself: tests/cli/test_packets.py."""

import pytest

from tracker.tcp.segment import ACK, FIN, PSH, RST, SYN, TRUNCATED, URG, Segment
from tracker.views.tcpdump import Numbers, apart, clock, date_and_clock, described, epoch, flags_text, options

from .stage import words

HEAD = bytes(20)


def segment(flags: int, *, seq: int = 0, ack: int = 0, side: int = 0, length: int = 0, flow: int = 1) -> Segment:
    made = Segment()
    one, two = ("10.0.0.1", 40000), ("10.0.0.2", 80)
    (src, made.sport), (dst, made.dport) = (two, one) if side else (one, two)
    made.src, made.dst = words(src), words(dst)
    made.flags, made.seq, made.ack, made.side, made.length, made.flow = flags, seq, ack, side, length, flow
    made.window = 502
    return made


def line(made: Segment, numbers: Numbers | None = None, header: bytes = b"") -> str:
    return described(made, header, numbers or Numbers(), numeric=True)


def test_a_conversation() -> None:
    numbers = Numbers()
    assert [
        line(segment(SYN, seq=1000), numbers),
        line(segment(SYN | ACK, seq=5000, ack=1001, side=1), numbers),
        line(segment(ACK, seq=1001, ack=5001), numbers),
        line(segment(PSH | ACK, seq=1001, ack=5001, length=300), numbers),
        line(segment(FIN | ACK, seq=5001, ack=1301, side=1), numbers),
        line(segment(RST, seq=1301), numbers),
    ] == [
        "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1000, win 502, length 0",
        "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [S.], seq 5000, ack 1001, win 502, length 0",
        "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], ack 1, win 502, length 0",
        "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:301, ack 1, win 502, length 300",
        "IP 10.0.0.2.80 > 10.0.0.1.40000: Flags [F.], seq 1, ack 301, win 502, length 0",
        "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [R], seq 1301, win 502, length 0",
    ]


def test_from_the_middle_the_first_is_absolute() -> None:
    numbers = Numbers()
    assert ", seq 7000:7010, ack 9000," in line(segment(PSH | ACK, seq=7000, ack=9000, length=10), numbers)
    assert ", ack 10," in line(segment(ACK, seq=9000, ack=7010, side=1), numbers)
    assert ", ack 7010," in line(segment(ACK, seq=9000, ack=7010, side=1, flow=2), numbers), "another connection"


def test_absolute() -> None:
    numbers = Numbers(absolute=True)
    for _ in range(2):
        assert ", seq 7000:7010, ack 9000," in line(segment(PSH | ACK, seq=7000, ack=9000, length=10), numbers)


def test_numbers_wrap() -> None:
    numbers = Numbers()
    line(segment(SYN | ACK, seq=0xFFFFFFFF, ack=0, side=1), numbers)
    assert ", seq 1:3, ack 1," in line(segment(PSH | ACK, seq=0, ack=0, side=1, length=2), numbers)


def test_urgent_and_ipv6() -> None:
    made = segment(URG | ACK)
    made.src, made.dst = words("2001:db8::1"), words("::1")
    assert line(made, header=HEAD[:18] + b"\0\x07") == (
        "IP6 2001:db8::1.40000 > ::1.80: Flags [.U], ack 0, win 502, urg 7, length 0"
    )


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("020405b4 0402 080a 00000007 00000000 01 030307", "mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7"),
        ("01 01 05 12 00000065 000000c9 0000012d 00000191", "nop,nop,sack 2 {1:101}{201:301}"),
        ("050b 00", "sack[bad opt]"),
        ("0503 00", "sackinvalid sack"),
        ("00 020405b4", "eol"),
        ("0203ff", "mss[len 3]"),
        ("02", "mss[bad opt]"),
        ("0200", "mss[bad opt]"),
        ("fc04abcd", "unknown-252 0xabcd"),
        ("fc02", "unknown-252"),
        ("2202", "tfo  cookiereq"),
        ("220a 0011223344556677", "tfo  cookie 0011223344556677"),
        ("fe04 f989", "exp-tfo cookiereq"),
        ("fe04 1234", "exp 0x1234"),
        ("1e04 0081", "mptcp 4 capable"),
        ("1e03 f0", "mptcp 3 unknown"),
        ("1312" + "ab" * 16, "md5 " + "ab" * 16),
        ("1c04 8002", "uto 0x8002 120"),
        ("06 06 00000009", "echo 9"),
    ],
)
def test_options(octets: str, text: str) -> None:
    assert ",".join(options(HEAD + bytes.fromhex(octets), 100)) == text


def test_options_in_the_line() -> None:
    made = segment(ACK)
    assert line(made, header=HEAD + b"\x01\x01\x01\x00").endswith(", win 502, options [nop,nop,nop,eol], length 0")
    made.marks = TRUNCATED
    assert line(made, header=HEAD + b"\x01").endswith(", win 502, options [nop,[|tcp]], length 0")


def test_no_options_beyond_the_header() -> None:
    assert list(options(b"")) == list(options(HEAD)) == []


@pytest.mark.parametrize(
    ("flags", "text"), [(0, "none"), (0x02, "S"), (0xC2, "SEW"), (0x1FF, "FSRP.UEWe"), (0x200, "none")]
)
def test_flags(flags: int, text: str) -> None:
    assert flags_text(flags) == text


def test_services_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.names.service_name", lambda port: "http" if port == 80 else None)
    made = segment(SYN)
    assert "10.0.0.2.http:" in described(made, b"", Numbers(), numeric=False)
    made.sport = 0
    assert "10.0.0.1.0 >" in described(made, b"", Numbers(), numeric=False)


@pytest.mark.parametrize(
    ("ns", "text"),
    [(61_218, " 00:00:00.000061218"), (3_661_000_000_001, " 01:01:01.000000001"), (-5, "-00:00:00.000000005")],
)
def test_spans(ns: int, text: str) -> None:
    assert apart(ns) == text


def test_times(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1_795_217_379_828_394_286
    monkeypatch.setattr("tracker.views.tcpdump.rfc3339", lambda ns, _: "2026-11-20T23:29:39.828394286+01:00")
    assert clock(at) == "23:29:39.828394286"
    assert date_and_clock(at) == "2026-11-20 23:29:39.828394286"
    assert epoch(at) == "1795217379.828394286"
    assert epoch(-1) == "-0.000000001"
    monkeypatch.setattr("tracker.views.tcpdump.rfc3339", lambda ns, _: "99999999999999.000000000")
    assert clock(at) == "99999999999999.000000000"
