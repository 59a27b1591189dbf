"""What is wrong with a capture, each in one sentence."""

from dataclasses import dataclass

from .records import NO_INTERFACE, OVERFULL, PCAP, TOO_LONG, TOO_SHORT, UNEQUAL, UNEVEN, Reader


class NotACapture(Exception):  # noqa: N818 - it is raised and caught as what it says
    """The file holds no capture or cannot be opened; str() is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Where a capture stops making sense; everything before it was read."""

    file: str
    packet: int  # whole packets in front of it
    offset: int  # bytes into the file, of the record that is bad
    found: str

    def __str__(self) -> str:
        return f"{self.file}: {self.found}; the {self.packet:,} packets before it are shown"


def broken(file: str, reader: Reader, base: int) -> Damage:
    """For a reader that stopped with one of the damage codes; `base`: the buffer's place in the file."""
    offset = base + reader.offset
    return Damage(file, reader.number, offset, f"at offset {offset:,} {_impossible(reader)}")


def cut(file: str, reader: Reader, base: int, there: int) -> Damage:
    """For a reader that wanted `reader.need` bytes where only `there` are left."""
    offset = base + reader.offset
    what = f"packet {reader.number + 1:,}" if reader.kind == PCAP else f"a block after packet {reader.number:,}"
    found = f"ends in the middle of {what} at offset {offset:,}: {reader.need:,} bytes announced, {there:,} there"
    return Damage(file, reader.number, offset, found)


def _impossible(reader: Reader) -> str:
    """What the walker expected and found."""
    found, expected = f"{reader.found:,}", f"{reader.expected:,}"
    if reader.code == TOO_LONG:
        return f"a record length of {found} bytes is impossible (no more than {reader.limit:,} expected)"
    if reader.code == TOO_SHORT:
        return f"a block length of {found} bytes is impossible ({expected} are the least)"
    if reader.code == UNEVEN:
        return f"a block length of {found} bytes is no multiple of four"
    if reader.code == UNEQUAL:
        return f"a block says {expected} bytes in front and {found} behind"
    if reader.code == OVERFULL:
        return f"a packet of {found} bytes stands in a block with room for {expected}"
    if reader.code == NO_INTERFACE:
        return f"a packet names interface {found}, but {expected} were described"
    return f"a block cannot be understood: {found} found, {expected} expected"
