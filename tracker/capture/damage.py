"""What is wrong with a capture, each in one sentence."""

from dataclasses import dataclass

from tracker.capture.records import (
    NO_INTERFACE,
    NO_SECTION,
    OVERFULL,
    PCAP,
    TOO_LONG,
    TOO_MANY,
    TOO_SHORT,
    UNEQUAL,
    UNEVEN,
    Reader,
)


class NotACapture(Exception):  # noqa: N818 - it is raised and caught as what it says
    """The file holds no capture or cannot be opened; str() is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a capture stops making sense; everything before it was read."""

    file: str
    packet: int  # whole packets in front of it
    offset: int  # bytes into the file, of the record that is bad
    found: str  # the predicate of the sentence

    def __str__(self) -> str:
        return f"{self.file} {self.found}, after {self.packet:,} whole {'packet' if self.packet == 1 else 'packets'}"


def cut(file: str, reader: Reader, base: int, there: int) -> Damage:
    """For a reader that wanted `reader.need` bytes where `there` are left; `base`: the buffer's place in the file."""
    offset = base + reader.offset
    what, need = f"packet {reader.number + 1}" if reader.kind == PCAP else "a block", reader.need
    if reader.kind == PCAP and there >= reader.header:
        need -= reader.header
        there -= reader.header
    found = f"ends in the middle of {what} at offset {offset}: {need:,} bytes announced, {there:,} there"
    return Damage(file, reader.number, offset, found)


def broken(file: str, reader: Reader, base: int) -> Damage:
    """For a reader that stopped with one of the damage codes."""
    offset = base + reader.offset
    return Damage(file, reader.number, offset, f"is damaged at offset {offset}: {_impossible(reader)}")


def unreadable(file: str, reader: Reader, base: int, error: OSError) -> Damage:
    """For a file whose reading failed half-way."""
    offset = base + reader.offset
    return Damage(file, reader.number, offset, f"cannot be read beyond offset {offset}: {error.strerror or error}")


def _impossible(reader: Reader) -> str:
    """What the walker expected and found."""
    found, expected = f"{reader.found:,}", f"{reader.expected:,}"
    sentences = {
        TOO_LONG: f"a record length of {found} bytes is impossible (at most {reader.limit:,} expected)",
        TOO_SHORT: f"a block length of {found} bytes is impossible (at least {expected} expected)",
        UNEVEN: f"a block length of {found} bytes is no multiple of four",
        UNEQUAL: f"a block says that it has {expected} bytes in front and {found} behind",
        OVERFULL: f"a packet of {found} bytes stands in a block with room for {expected}",
        NO_INTERFACE: f"a packet names interface {found}, and {expected} are described",
        NO_SECTION: "a section header with no byte order or version that is known",
        TOO_MANY: f"a section describes more than {expected} interfaces",
    }
    return sentences[reader.code]
