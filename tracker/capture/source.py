"""Open a capture by what it holds, not by its name; hand out its bytes to the walker."""

import os
import select
import stat
import sys
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final

from .damage import Damage, NotACapture, broken, cut
from .pcap import FILE_HEADER, MAGICS, pcap_reader
from .reads import Buffer
from .records import MORE, Interface, Reader
from .sniff import what_it_is

CHUNK: Final = 256 << 10  # bytes asked of a pipe at a time

Read = Callable[[int], bytes]


class Capture:
    """One capture being read: the bytes at hand, where the walker stands in them, and what was wrong with it."""

    def __init__(self, name: str, buffer: Buffer, read: Read) -> None:
        self.name = name
        self.buffer: Buffer = buffer
        self.size = len(buffer)
        self.base = 0  # of the buffer in the file
        self.interfaces: list[Interface] = []
        self.damage: Damage | None = None
        self._read = read
        self.reader = self._begin()

    def _begin(self) -> Reader:
        """Judge the first bytes."""
        head = self._head()
        if int.from_bytes(head[:4], "little") not in MAGICS or len(head) < FILE_HEADER:
            raise NotACapture(what_it_is(self.name, head))
        return pcap_reader(head)

    def _head(self) -> bytes:
        self.reader = Reader()
        self._more(FILE_HEADER)
        return bytes(self.buffer[:FILE_HEADER])

    def advance(self) -> bool:
        """Do what the walker stopped for; False: the capture has ended, or what follows makes no sense (`damage`)."""
        if self.reader.code == MORE:
            if self._more(self.reader.need):
                return True
            there = self.size - self.reader.offset
            if there > 0:
                self.damage = cut(self.name, self.reader, self.base, there)
            return False
        self.damage = broken(self.name, self.reader, self.base)
        return False

    def _more(self, need: int) -> bool:
        """Have `need` bytes from the walker's offset on."""
        reader = self.reader
        have = self.size - reader.offset
        if have >= need:
            return True
        parts = [bytes(self.buffer[reader.offset :])]
        while have < need:
            part = self._read(max(CHUNK, need - have))
            if not part:
                break
            parts.append(part)
            have += len(part)
        if len(parts) > 1:
            self.base += reader.offset
            reader.offset = 0
            self.buffer = b"".join(parts)
            self.size = have
        return have >= need


def open_capture(path: str | os.PathLike[str]) -> Capture:
    """Open a file, or standard input for "-"; raises NotACapture."""
    name = os.fspath(path)
    if name == "-":
        return Capture("standard input", b"", _standard_input())
    try:
        file = Path(name).open("rb", buffering=0)
        with file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode) and os.fstat(file.fileno()).st_size > 0:
                return Capture(name, mmap(file.fileno(), 0, access=ACCESS_READ), _nothing)
    except OSError as error:
        raise NotACapture(f"{name} cannot be read: {error.strerror or error}") from error
    return Capture(name, b"", _reads(Path(name).open("rb", buffering=0)))


def open_captures(paths: list[str]) -> tuple[list[Capture], list[NotACapture]]:
    """All that can be opened, and why the others cannot."""
    captures, errors = [], []
    for path in paths:
        try:
            captures.append(open_capture(path))
        except NotACapture as error:
            errors.append(error)
    return captures, errors


def _nothing(_: int) -> bytes:
    """A mapped file has no more than it has."""
    return b""


def _standard_input() -> Read:
    if sys.stdin is None or sys.stdin.closed:
        raise NotACapture("standard input is closed")
    if sys.stdin.isatty():
        raise NotACapture("standard input is a terminal; pipe a capture into it: tcpdump -w - | tracker netstat -")
    stream = sys.stdin.buffer
    return _reads(getattr(stream, "raw", stream))


def _reads(stream: Any) -> Read:
    """Read what is there, at most so many bytes; wait where there is nothing yet."""

    def read(size: int) -> bytes:
        while True:
            part: bytes | None = stream.read(size)
            if part is not None:
                return part
            select.select([stream], [], [])

    return read
