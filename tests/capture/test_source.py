import contextlib
import io
import os
import stat
import struct
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.capture.damage import NotACapture
from tracker.capture.records import Frame
from tracker.capture.source import CHUNK, Capture, open_capture, open_captures
from tracker.capture.walk import next_frame

from .build import enhanced, interface, pcap, record, section, simple
from .conftest import Opened, Walk

PACKETS = [(i, 0, bytes([i]) * (i * 7 % 40)) for i in range(1, 12)]


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time, and sometimes has none yet."""

    def __init__(self, content: bytes, step: int) -> None:
        self.content, self.step, self.at = content, step, 0

    def read(self, size: int = -1) -> bytes:
        part = self.content[self.at : self.at + min(self.step, size)]
        self.at += len(part)
        return part


def frames(capture: Capture) -> list[bytes]:
    frame, seen = Frame(), []
    while True:
        while next_frame(capture.buffer, capture.size, capture.reader, capture.interfaces, frame):
            seen.append(bytes(capture.buffer[frame.start : frame.stop]))
        if not capture.advance():
            return seen


WHOLE_PCAP = pcap(PACKETS)
PCAP_ENDS = [24]
for packet in PACKETS:
    PCAP_ENDS.append(PCAP_ENDS[-1] + len(record(packet)))

NG_BLOCKS = [
    section(),
    interface(),
    *(enhanced(p[2], p[0]) for p in PACKETS),
    section(">"),
    interface(order=">"),
    simple(b"z", order=">"),
]
WHOLE_NG = b"".join(NG_BLOCKS)
NG_ENDS = [0]
for one in NG_BLOCKS:
    NG_ENDS.append(NG_ENDS[-1] + len(one))


@pytest.mark.parametrize("cut", range(24, len(WHOLE_PCAP) + 1))
def test_pcap_cut_at_any_byte_gives_the_whole_packets_before(cut: int) -> None:
    capture = Capture("sample", WHOLE_PCAP[:cut])
    whole = sum(end <= cut for end in PCAP_ENDS) - 1
    assert frames(capture) == [packet[2] for packet in PACKETS[:whole]]
    if cut in PCAP_ENDS:
        assert capture.damage is None
    else:
        assert capture.damage is not None
        assert (capture.damage.packet, capture.damage.offset) == (whole, PCAP_ENDS[whole])
        assert f"in the middle of packet {whole + 1} at offset {PCAP_ENDS[whole]}" in str(capture.damage)


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize("cut", range(24, len(WHOLE_NG) + 1, 5))
def test_pcapng_from_a_pipe_cut_at_any_byte_gives_the_whole_packets_before(cut: int, step: int) -> None:
    capture = Capture("sample", b"", Trickle(WHOLE_NG[:cut], step))
    blocks = sum(end <= cut for end in NG_ENDS) - 1
    assert len(frames(capture)) == sum(2 <= i < 13 or i == 15 for i in range(blocks))
    if cut in NG_ENDS:
        assert capture.damage is None
    else:
        assert capture.damage is not None
        assert capture.damage.offset == NG_ENDS[blocks]


@given(
    st.sampled_from([WHOLE_PCAP, WHOLE_NG]),
    st.lists(st.tuples(st.integers(0, len(WHOLE_NG) - 1), st.integers(0, 255)), max_size=8),
    st.sampled_from([0, 1, 7, CHUNK]),
)
def test_mutated_bytes_never_raise_and_end_alike_from_file_and_pipe(
    whole: bytes, changes: list[tuple[int, int]], step: int
) -> None:
    content = bytearray(whole)
    for at, value in changes:
        content[at % len(content)] = value
    try:
        mapped = Capture("sample", bytes(content))
    except NotACapture:
        return
    piped = Capture("sample", b"", Trickle(bytes(content), step or 13))
    assert frames(mapped) == frames(piped)
    assert mapped.damage == piped.damage


@given(st.binary(max_size=200))
@example(b"\x0a\x0d\x0d\x0a" + bytes(30))
def test_any_bytes_are_a_capture_or_said_to_be_none(content: bytes) -> None:
    with contextlib.suppress(NotACapture):
        frames(Capture("sample", content))


def test_damage_of_a_cut_packet_tells_announced_and_there(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([(1, 0, bytes(96))] * 812) + record((2, 0, bytes(96)))[:28])
    assert len(walk(capture)) == 812
    assert capture.damage is not None
    assert str(capture.damage) == (
        f"{capture.name} ends in the middle of packet 813 at offset 90968: "
        "96 bytes announced, 12 there, after 812 whole packets"
    )


def test_damage_of_an_impossible_length_tells_where(opened: Opened, walk: Walk) -> None:
    capture = opened(pcap([(1, 0, b"x")]) + struct.pack("<IIII", 1, 0, 3_221_225_472, 60) + bytes(100))
    walk(capture)
    assert str(capture.damage) == (
        f"{capture.name} is damaged at offset 41: a record length of 3,221,225,472 bytes is impossible "
        "(at most 262,144 expected), after 1 whole packet"
    )


def test_asking_again_after_the_end_changes_nothing(opened: Opened, walk: Walk) -> None:
    capture = opened(WHOLE_PCAP[:-1])
    walk(capture)
    damage = capture.damage
    assert walk(capture) == []
    assert capture.damage == damage


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (WHOLE_PCAP[:23], "ends within its pcap header: 23 of 24 bytes are there"),
        (b"\xd4\xc3\xb2\xa1", "ends within its pcap header: 4 of 24 bytes are there"),
        (pcap([], version=9), "is a pcap of version 9"),
        (
            b"\x1f\x8b\x08" + bytes(40),
            "is gzip-compressed; tracker reads pcap and pcapng; try: gunzip -c '{}' | tracker COMMAND -",
        ),
        (
            b"\x28\xb5\x2f\xfd" + bytes(40),
            "is zstd-compressed; tracker reads pcap and pcapng; try: zstd -dc '{}' | tracker COMMAND -",
        ),
        (b"\xfd7zXZ\0" + bytes(40), "is xz-compressed"),
        (b"BZh91AY", "is bzip2-compressed"),
        (b"\x04\x22\x4d\x18" + bytes(40), "is lz4-compressed"),
        (b"PK\x03\x04" + bytes(40), "is a zip archive"),
        (
            b"snoop\0\0\0" + bytes(40),
            "is a Solaris snoop capture; tracker reads pcap and pcapng; try: editcap -F pcap '{}' - | tracker COMMAND -",
        ),
        (b"GMBU" + bytes(40), "is a Microsoft Network Monitor capture"),
        (b"\x7fELF\x02\x01" + bytes(40), "is an ELF program"),
        (b"12:00:01.5 IP 10.0.0.1.80 > ", "is no capture but text: it begins with '12:00:01.5 IP"),
        ("12:00:01.5 IP 10.0.0.1".encode("utf-16"), "is no capture but text"),
        ("π — größer".encode(), "is no capture but text"),
        (bytes(64), "begins with zeros"),
        (struct.pack("<II", 7, 1_700_000_000) + b"\x02\x04\x00\x50\0\0\0\x40" + bytes(64), "looks like an Endace"),
        (
            b"\xde\xad\xbe\xef\x01\x02\x03\x04\xff",
            "is no pcap or pcapng capture: it begins with de ad be ef 01 02 03 04",
        ),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "is no pcap or pcapng capture: it begins with 0a 0d 0d 0a"),
    ],
)
def test_what_is_no_capture_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a file"
    path.write_bytes(content)
    with pytest.raises(NotACapture) as caught:
        open_capture(path)
    assert str(caught.value).startswith(str(path))
    assert says.format(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotACapture, match="gone cannot be read: No such file or directory"):
        open_capture(tmp_path / "gone")


def test_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotACapture, match="cannot be read: Is a directory"):
        open_capture(tmp_path)


def test_name_with_a_nul_is_no_crash() -> None:
    with pytest.raises(NotACapture, match="cannot be read"):
        open_capture("a\0b")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(WHOLE_PCAP)
    path.chmod(0)
    with pytest.raises(NotACapture, match="Permission denied"):
        open_capture(path)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null here")
def test_dev_null_is_empty() -> None:
    with pytest.raises(NotACapture, match="/dev/null is empty"):
        open_capture("/dev/null")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero here")
def test_dev_zero_does_not_hang() -> None:
    with pytest.raises(NotACapture, match="begins with zeros"):
        open_capture("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_fifo_is_read_as_it_comes(tmp_path: Path, walk: Walk) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    writer = threading.Thread(target=path.write_bytes, args=(WHOLE_PCAP,))
    writer.start()
    with open_capture(path) as capture:
        assert len(walk(capture)) == len(PACKETS)
    writer.join()
    assert capture.damage is None


def test_pipe_buffer_stays_as_small_as_its_records(walk: Walk) -> None:
    content = pcap([(1, 0, bytes(1000))] * 5000)
    capture = Capture("pipe", b"", Trickle(content, 1 << 16))
    frame, largest = Frame(), 0
    while True:
        while next_frame(capture.buffer, capture.size, capture.reader, capture.interfaces, frame):
            pass
        largest = max(largest, capture.size)
        if not capture.advance():
            break
    assert capture.reader.number == 5000
    assert largest <= (1 << 16) + 1016


def test_pipe_large_record_takes_linear_time(walk: Walk) -> None:
    size = 8 << 20
    capture = Capture("pipe", b"", Trickle(pcap([(1, 0, bytes(size))], snaplen=1 << 24), 1 << 14))
    assert len(walk(capture)[0][2]) == size


@pytest.mark.skipif(os.name != "posix", reason="pipes that do not block")
def test_pipe_that_does_not_block_is_waited_for(walk: Walk) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(WHOLE_PCAP)

    later = threading.Timer(0.02, write)
    later.start()
    with Capture("pipe", b"", os.fdopen(reading, "rb", buffering=0)) as capture:
        assert len(walk(capture)) == len(PACKETS)
    later.join()


def test_pipe_that_fails_half_way_is_damage(walk: Walk) -> None:
    class Failing(Trickle):
        def read(self, size: int = -1) -> bytes:
            if self.at >= 60:
                raise OSError(5, "Input/output error")
            return super().read(size)

    capture = Capture("pipe", b"", Failing(WHOLE_PCAP, 30))
    walk(capture)
    assert "cannot be read beyond offset" in str(capture.damage)
    assert "Input/output error" in str(capture.damage)


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch, walk: Walk) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WHOLE_PCAP)))
    capture = open_capture("-")
    assert capture.name == "standard input"
    assert len(walk(capture)) == len(PACKETS)


def test_standard_input_compressed_helps_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\x1f\x8b" + bytes(30))))
    with pytest.raises(
        NotACapture,
        match="standard input is gzip-compressed; tracker reads pcap and pcapng; put this in between: gunzip -c -",
    ):
        open_capture("-")


def test_standard_input_closed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(NotACapture, match="standard input is closed"):
        open_capture("-")


def test_standard_input_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(b""))
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(NotACapture, match="is a terminal; pipe a capture into it"):
        open_capture("-")


def test_several_files_one_bad_loses_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(WHOLE_PCAP)
    bad.write_bytes(b"hello")
    captures, errors = open_captures([str(good), str(bad), str(good)])
    assert [capture.name for capture in captures] == [str(good), str(good)]
    assert len(errors) == 1
    assert str(bad) in str(errors[0])
