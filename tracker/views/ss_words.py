"""The words of ss's filters: tokens, and what an address, a prefix or a port may look like."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from tracker.views.names import service_port
from tracker.views.rows import Address


class FilterError(ValueError):
    """A filter that cannot be read; position counts its characters from 1, the words joined by single blanks."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"filter, character {position}: {message}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """An operator, a word, or the end of the filter (empty)."""

    raw: str  # as it was written
    position: int  # of its first character, from 1

    @property
    def text(self) -> str:
        """The operator's plain form, else the word as it was written."""
        return _OPERATORS.get(self.word, self.raw)

    @property
    def word(self) -> str:
        """The word in lower case, to compare keywords with."""
        return self.raw.lower()

    def __str__(self) -> str:
        return f"'{self.raw}'" if self.raw else "the end"


_TOKEN: Final = re.compile(r"[<>=!]=|&&?|\|\|?|[()<>=!]|[^\s()<>=!&|]+")
_OPERATORS: Final = {
    "and": "and", "&": "and", "&&": "and",
    "or": "or", "|": "or", "||": "or",
    "not": "not", "!": "not",
    "=": "=", "==": "=", "eq": "=",
    "!=": "!=", "ne": "!=", "neq": "!=",
    "<": "<", "lt": "<",
    ">": ">", "gt": ">",
    "<=": "<=", "le": "<=", "leq": "<=",
    ">=": ">=", "ge": ">=", "geq": ">=",
}  # fmt: skip
_TESTS: Final = {"src", "dst", "sport", "dport"}
UNSEEN: Final = {"dev", "fwmark", "cgroup", "autobound"}  # ss knows them from the kernel
STATE_WORDS: Final = {"state", "exclude", "excl"}

# What cannot be an operand.
RESERVED: Final = {"", "(", ")", *_OPERATORS, *_TESTS, *UNSEEN, *STATE_WORDS}


def tokens(text: str) -> list[Token]:
    """Cut a filter into tokens; the last one is its end."""
    # `\\(` pasted from a shell script is a parenthesis: ss drops backslashes. A blank keeps the positions.
    text = re.sub(r"\\(?=[()<>=!&|])", " ", text)
    found = [Token(match[0], match.start() + 1) for match in _TOKEN.finditer(text)]
    return [*found, Token("", len(text) + 1)]


def unmapped(address: Address) -> tuple[int, int]:
    """Return (version, value) of an address, an IPv4-mapped IPv6 one as IPv4: ss compares them so."""
    value = int(address)
    if address.version == 6 and value >> 32 == 0xFFFF:
        return 4, value & 0xFFFFFFFF
    return address.version, value


def family_of(token: Token) -> tuple[int | None, str]:
    """Split the family off an operand: (4, 6 or None, the rest). FilterError for a family that has no TCP."""
    family, colon, rest = token.text.partition(":")
    if colon and family.lower() in {"inet", "inet6"}:
        return (4 if family.lower() == "inet" else 6), rest
    if colon and family.lower() in {"unix", "link", "netlink", "vsock"}:
        raise FilterError(f"{token}: only inet: and inet6: carry TCP", token.position)
    return None, token.text


def split_host(text: str, token: Token) -> tuple[str, str]:
    """Split HOST at the colon before its port; brackets, or a prefix length, end an IPv6 address."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise FilterError(f"expected ']' in {token}", token.position)
        slash, _, port = rest.partition(":")
        if slash and not slash.startswith("/"):
            raise FilterError(f"expected '/prefix' or ':port' after ']' in {token}", token.position)
        return host + slash, port
    address, slash, rest = text.partition("/")
    if slash:
        prefix, _, port = rest.partition(":")
        return f"{address}/{prefix}", port
    host, _, port = text.rpartition(":")
    if ":" in host:
        raise FilterError(f"an IPv6 address stands in brackets, as in [2001:db8::1]:80; found {token}", token.position)
    return (host, port) if ":" in text else (text, "")


def network_of(text: str, token: Token) -> tuple[int | None, int, int]:
    """Return (version, network, mask) of ADDRESS[/PREFIX]; no version for any address."""
    if text.lower() in {"", "*", "any", "all", "default"}:
        return None, 0, 0
    host, slash, prefix = text.partition("/")
    try:
        version, value = unmapped(IPv6Address(host)) if ":" in host else (4, _ipv4(host))
    except ValueError:
        if ":" in host or not host.strip("0123456789."):
            raise FilterError(f"expected an address, found {token}", token.position) from None
        raise FilterError(f"tracker never looks names up; give an address, not {token}", token.position) from None
    if "%" in host:
        raise FilterError(f"packets do not show the interface of {token}", token.position)
    bits = 32 if version == 4 else 128
    mask = (1 << bits) - 1
    if slash:
        length = _prefix_length(prefix, bits, mapped=version == 4 and ":" in host)
        if length is None:
            raise FilterError(f"expected a prefix length, found '{prefix}' in {token}", token.position)
        mask = mask >> (bits - length) << (bits - length)
    return version, value & mask, mask


def _ipv4(text: str) -> int:
    """Read dotted decimals; ss takes missing ones at the end for 0, as in 10/8."""
    parts = text.split(".")
    if len(parts) > 4 or not all(re.fullmatch("[0-9]{1,3}", part) and int(part) < 256 for part in parts):
        raise ValueError(text)
    return int.from_bytes(bytes(map(int, parts)).ljust(4, b"\0"))


def _prefix_length(text: str, bits: int, *, mapped: bool) -> int | None:
    if re.fullmatch("[0-9]{1,3}", text):
        length = int(text) - (96 if mapped else 0)
        return length if 0 <= length <= bits else None
    try:
        netmask = _ipv4(text) if bits == 32 and text.count(".") == 3 else None
    except ValueError:
        return None
    if netmask is None:
        return None
    length = netmask.bit_count()
    return length if netmask == 0xFFFFFFFF >> (32 - length) << (32 - length) else None


def port_of(text: str, token: Token) -> int | None:
    """Read a number (decimal or 0x) or a service's name; None for any port."""
    if text in {"", "*"}:
        return None
    if re.fullmatch("0[xX][0-9a-fA-F]+|[0-9]+", text):
        number = int(text, 16 if text[:2] in {"0x", "0X"} else 10)
        if number > 65535:
            raise FilterError(f"expected a port up to 65535, found {token}", token.position)
        return number
    service = service_port(text)
    if service is None:
        raise FilterError(f"expected a port or a service this machine knows, found {token}", token.position)
    return service
