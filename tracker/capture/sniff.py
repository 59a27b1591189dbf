"""Name what a file is when it is no capture, and the command that helps."""

import shlex
from typing import Final

# First bytes -> (what it is, the command that makes a capture of it or "").
SIGNATURES: Final = (
    (b"\x1f\x8b", "gzip-compressed", "gunzip -c {}"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "zstd -dc {}"),
    (b"\xfd7zXZ\x00", "xz-compressed", "xz -dc {}"),
    (b"BZh", "bzip2-compressed", "bzip2 -dc {}"),
    (b"\x04\x22\x4d\x18", "lz4-compressed", "lz4 -dc {}"),
    (b"\x1f\x9d", "compress-ed", "gunzip -c {}"),
    (b"PK\x03\x04", "a zip archive", "unzip -p {}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7z x -so {}"),
    (b"snoop\x00\x00\x00", "a Solaris snoop capture", "editcap -F pcap {} -"),
    (b"btsnoop\x00", "a Bluetooth capture (btsnoop)", ""),
    (b"GMBU", "a Microsoft Network Monitor capture", "editcap -F pcap {} -"),
    (b"RTSS", "a Microsoft Network Monitor 1 capture", "editcap -F pcap {} -"),
    (b"XCP\x00", "a Windows Sniffer capture", "editcap -F pcap {} -"),
    (b"TRSNIFF data", "a DOS Sniffer capture", "editcap -F pcap {} -"),
    (b"iptrace ", "an AIX iptrace capture", "editcap -F pcap {} -"),
    (b"\x7fELF", "an ELF program", ""),
    (b"MZ", "a Windows program", ""),
    (b"%PDF", "a PDF document", ""),
    (b"\x89PNG", "a PNG image", ""),
    (b"PAR1", "a Parquet table", ""),
    (b"SQLite format 3", "an SQLite database", ""),
)

ERF_TYPES: Final = range(1, 49)
YEAR_2000: Final = 946_684_800  # s since the epoch
YEAR_2050: Final = 2_524_608_000


def what_it_is(name: str, head: bytes) -> str:
    """One sentence on a file that begins with `head` (24 bytes, or all there are)."""
    for magic, kind, command in SIGNATURES:
        if head.startswith(magic):
            return f"{name} is {kind}; tracker reads pcap and pcapng{_help(name, command)}"
    if not head:
        return f"{name} is empty: not even a capture's header is there"
    begins = f"it begins with {head[:8].hex(' ')}"
    if not any(head):
        return f"{name} is no capture: it begins with zeros"
    if _is_text(head):
        return f"{name} is no capture but text: it begins with {head.decode(errors='replace')!r}"
    if _is_erf(head):
        return f"{name} looks like an Endace (ERF) capture: {begins}{_help(name, 'editcap -F pcap {} -')}"
    return f"{name} is no pcap or pcapng capture: {begins}"


def _help(name: str, command: str) -> str:
    """The pipe to type, where there is one."""
    if not command:
        return ""
    if name == "standard input":
        return f"; put this in between: {command.format('-')}"
    return f"; try: {command.format(shlex.quote(name))} | tracker COMMAND -"


def _is_text(head: bytes) -> bool:
    """Printable, in UTF-8 or with a byte order mark."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return True
    text = head.decode(errors="ignore")  # a character may be cut at the end
    return len(text) > len(head) // 2 and all(c.isprintable() or c in "\r\n\t" for c in text)


def _is_erf(head: bytes) -> bool:
    """ERF has no magic: a little-endian 32.32 time, a type, a record length in network order of 16 bytes and more."""
    if len(head) < 16:
        return False
    seconds, record = int.from_bytes(head[4:8], "little"), int.from_bytes(head[10:12], "big")
    return YEAR_2000 < seconds < YEAR_2050 and head[8] & 0x7F in ERF_TYPES and record >= 16
