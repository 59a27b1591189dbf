"""Open a capture by what it holds, not by its name, and hand its bytes to the walker."""

import os
import select
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final, Self

from tracker.capture.blocks import (
    INTERFACE_LEAST,
    SECTION_LEAST,
    SECTION_MAGIC,
    VERSION,
    byte_order,
    interface_of,
    pcapng_reader,
    section_version,
)
from tracker.capture.damage import Damage, NotACapture, broken, cut, unreadable
from tracker.capture.pcap import FILE_HEADER, MAGICS, pcap_reader, pcap_version
from tracker.capture.pcap import VERSION as PCAP_VERSION
from tracker.capture.pcapng import whole
from tracker.capture.reads import Buffer, read2x32
from tracker.capture.records import (
    BLOCK,
    MAX_INTERFACES,
    MORE,
    NO_SECTION,
    PCAP,
    TOO_MANY,
    TOO_SHORT,
    Interface,
    Reader,
)
from tracker.capture.sniff import what_it_is

CHUNK: Final = 256 << 10  # bytes asked of a pipe at a time

STDIN: Final = "standard input"


class Capture:
    """One capture being read: the bytes at hand, where the walker stands in them, and what was wrong with it."""

    def __init__(self, name: str, buffer: Buffer, stream: Any = None) -> None:
        self.name = name
        self.buffer: Buffer = buffer
        self.size = len(buffer)
        self.base = 0  # of the buffer in the file
        self.reader = Reader()
        self.interfaces: list[Interface] = []
        self.damage: Damage | None = None
        self._stream = stream  # raw: has read(size)
        self._links: Counter[int] = Counter()  # of the sections before this one
        self.before_count: Callable[[], None] = (
            _nothing  # whoever counts the interfaces' packets elsewhere brings them up to date
        )
        self._stopped = False
        self._error: OSError | None = None  # met while reading ahead
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_stream(self) -> bool:
        """Whether it is read bit by bit and may never end."""
        return not isinstance(self.buffer, mmap)

    @property
    def links(self) -> Counter[int]:
        """Frames so far of each link type."""
        if self.reader.kind == PCAP:
            return Counter({self.reader.link: self.reader.number})
        self.before_count()
        links = self._links.copy()
        _add_packets(links, self.interfaces)
        return links

    def advance(self) -> bool:
        """Do what the walker stopped for; False: the capture has ended, or what follows makes no sense (`damage`)."""
        reader = self.reader
        try:
            if reader.code == MORE and self._more(reader.need):
                return True
            if reader.code == BLOCK and self._block():
                return True
        except OSError as error:
            self.damage = unreadable(self.name, reader, self.base, error)
            return False
        if reader.code != MORE:
            self.damage = broken(self.name, reader, self.base)
        elif self.size > reader.offset and not self._stopped:
            self.damage = cut(self.name, reader, self.base, self.size - reader.offset)
        return False

    def _begin(self) -> None:
        """Judge the first bytes."""
        self._more(FILE_HEADER)
        head = bytes(self.buffer[:FILE_HEADER])
        if int.from_bytes(head[:4], "little") in MAGICS:
            if len(head) < FILE_HEADER:
                raise NotACapture(
                    f"{self.name} ends within its pcap header: {len(head)} of {FILE_HEADER} bytes are there"
                )
            if pcap_version(head) != PCAP_VERSION:
                raise NotACapture(f"{self.name} is a pcap of version {pcap_version(head)}, which is not known")
            self.reader = pcap_reader(head)
        elif head.startswith(SECTION_MAGIC) and byte_order(head) is not None:
            self.reader = pcapng_reader()
        else:
            raise NotACapture(what_it_is(self.name, head))

    def _block(self) -> bool:
        """Read the block that the walker left to us and step over it; False: `reader.code` says why not."""
        reader = self.reader
        kind = bytes(self.buffer[reader.offset : reader.offset + 4])
        if kind == SECTION_MAGIC:
            big = byte_order(bytes(self.buffer[reader.offset : reader.offset + 12]))
            if big is None:
                reader.code = NO_SECTION
                return False
            reader.big = big
            block = self._whole_block(SECTION_LEAST)
            if block and section_version(block, big) != VERSION:
                reader.code = NO_SECTION
                return False
            if block:
                self.before_count()
                _add_packets(self._links, self.interfaces)
                self.interfaces = []
        else:
            if len(self.interfaces) == MAX_INTERFACES:
                reader.expected = MAX_INTERFACES
                reader.code = TOO_MANY
                return False
            block = self._whole_block(INTERFACE_LEAST)
            if block:
                self.interfaces.append(interface_of(block, reader.big))
        reader.interfaces = len(self.interfaces)
        reader.offset += len(block)
        return len(block) > 0

    def _whole_block(self, least: int) -> bytes:
        """The block at the walker's offset; empty: `reader.code` says why not."""
        reader = self.reader
        total = read2x32(self.buffer, reader.offset, reader.big)[1]
        if 12 <= total < least:
            reader.found = total
            reader.expected = least
            reader.code = TOO_SHORT
            return b""
        while not whole(self.buffer, self.size, reader.offset, total, reader):
            if reader.code != MORE or not self._more(total):
                return b""
        return bytes(self.buffer[reader.offset : reader.offset + total])

    def _more(self, need: int) -> bool:
        """Have `need` bytes from the walker's offset on, if the file has them.  What was walked over is dropped."""
        reader = self.reader
        have = self.size - reader.offset
        parts = [] if have >= need else [bytes(self.buffer[reader.offset :])]
        while have < need:
            part = self._read()
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

    def read_ahead(self, size: int, patience: float) -> None:
        """Of a stream, have so many bytes behind the walker, unless it ends or nothing comes for `patience` seconds.

        An error, or an interrupt, loses nothing of what has come; the error is met again where the walker wants more.
        """
        if self._stream is None:
            return  # a mapped file is not to be copied
        parts = [bytes(self.buffer)]
        have = self.size - self.reader.offset
        try:
            while self._stream is not None and have < size and _has_some(self._stream, patience):
                parts.append(self._read())
                have += len(parts[-1])
        except OSError as error:
            self._error = error
        finally:
            if len(parts) > 1:
                self.buffer = b"".join(parts)
                self.size = len(self.buffer)

    def _read(self) -> bytes:
        """What the stream has now, at most CHUNK bytes, waiting where there is nothing yet; empty at the end."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        while self._stream is not None:
            part: bytes | None = self._stream.read(CHUNK)
            if part:
                return part
            if part is None:
                select.select([self._stream], [], [])
            else:
                self._end()
        return b""

    def stop(self) -> None:
        """Read no more of a stream than what is in the buffer; that a packet in it is cut is then no damage."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        if self._stream is not None and self.name != STDIN:  # standard input is not ours to close
            self._stream.close()
        self._stream = None

    def close(self) -> None:
        """Let go of the file; the buffer cannot be read any more."""
        self._end()
        self.buffer, self.size = b"", 0


def open_capture(path: str | os.PathLike[str]) -> Capture:
    """Open a file, or standard input for "-"; raises NotACapture."""
    name = os.fspath(path)
    try:
        if name == "-":
            name = STDIN
            return Capture(STDIN, b"", _standard_input())
        with ExitStack() as opened:
            file = opened.enter_context(Path(name).open("rb", buffering=0))
            about = os.fstat(file.fileno())
            if stat.S_ISREG(about.st_mode) and about.st_size:
                return Capture(name, mmap(file.fileno(), 0, access=ACCESS_READ))
            capture = Capture(name, b"", file)
            opened.pop_all()  # a pipe stays open
            return capture
    except (OSError, ValueError) as error:
        raise NotACapture(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def open_captures(paths: Iterable[str | os.PathLike[str]]) -> tuple[list[Capture], list[NotACapture]]:
    """All that can be opened, and why the others cannot."""
    captures, errors = [], []
    for path in paths:
        try:
            captures.append(open_capture(path))
        except NotACapture as error:
            errors.append(error)
    return captures, errors


def _standard_input() -> Any:
    """Below the text layer and its buffer."""
    if sys.stdin is None or sys.stdin.closed:
        raise NotACapture(f"{STDIN} is closed")
    if sys.stdin.isatty():
        raise NotACapture(f"{STDIN} is a terminal; pipe a capture into it: tcpdump -w - | tracker netstat -")
    return getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)


def _has_some(stream: Any, patience: float) -> bool:
    """Whether a stream has bytes, or its end, within so many seconds."""
    try:
        return bool(select.select([stream], [], [], patience)[0])
    except (OSError, TypeError, ValueError):  # no descriptor: an object in memory, or a pipe of Windows
        return True


def _nothing() -> None:
    pass


def _add_packets(links: Counter[int], interfaces: list[Interface]) -> None:
    for interface in interfaces:
        links[interface.link] += interface.packets
