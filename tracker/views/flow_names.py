"""Connections as people name them: by number, by an end (`10.0.0.1:40000`), or by both (`10.0.0.1:40000-10.0.0.2:80`)."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from tracker.tcp.endpoint import Flow
from tracker.views.history import end_of
from tracker.views.names import service_port
from tracker.views.rows import Address

EndName = tuple[Address, int | None]  # any port with None


class NoFlowName(ValueError):  # noqa: N818 - it is what is wrong with the question
    """The word names no connection."""


@dataclass(frozen=True, slots=True)
class FlowName:
    """A parsed name: a flow's number, or what may be meant by the word for one end, and for the other (empty: any)."""

    text: str
    number: int | None = None
    one: tuple[EndName, ...] = ()
    other: tuple[EndName, ...] = ()

    def means(self, number: int, flow: Flow) -> bool:
        """Whether a flow has this name."""
        if self.number is not None:
            return number == self.number
        a, b = end_of(flow, 0), end_of(flow, 1)
        return any(_is(one, self.one) and (not self.other or _is(two, self.other)) for one, two in ((a, b), (b, a)))


def _is(end: tuple[Address, int], names: tuple[EndName, ...]) -> bool:
    return any(end[0] == address and port in (None, end[1]) for address, port in names)


def parse(text: str) -> FlowName:
    """Read a name; raises NoFlowName.

    `7`, `#7` is no flow but a packet; `10.0.0.1:80`, `10.0.0.1.80` as tcpdump writes it, `10.0.0.1` (any port),
    `[2001:db8::1]:80`, `2001:db8::1:80` as netstat writes it (or the address, whichever there is), ports by service, too.
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return FlowName(text, int(text))
    ends = [word.strip() for word in re.split(r"\s*(?:->|<->|>|,|\s)\s*|-(?=[\[\d:a-fA-F])", text) if word.strip()]
    if not 1 <= len(ends) <= 2:
        raise NoFlowName(_expected(text))
    names = [tuple(_end_names(word)) for word in ends]
    if not all(names):
        raise NoFlowName(_expected(text))
    return FlowName(text, None, names[0], names[1] if len(names) == 2 else ())


def looks_like_one(text: str) -> bool:
    """Whether a word is a name of a connection."""
    try:
        parse(text)
    except NoFlowName:
        return False
    return True


def _end_names(text: str) -> list[EndName]:
    """Everything that a word for an end can mean."""
    found: list[EndName] = []
    if match := re.fullmatch(r"\[([^\]]+)\](?::(.+))?", text):
        address, port = _address(match[1]), _port(match[2]) if match[2] else None
        return [(address, port)] if address is not None and (port is not None or not match[2]) else []
    for mark in (":", "."):
        host, _, service = text.rpartition(mark)
        address, port = _address(host), _port(service)
        if address is not None and port is not None:
            found.append((address, port))
    whole = _address(text)
    if whole is not None:
        found.append((whole, None))
    return found


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _port(text: str) -> int | None:
    if text.isdecimal() and text.isascii():
        return int(text) if int(text) < 65536 else None
    return service_port(text) if text else None


def _expected(text: str) -> str:
    return (
        "expected a connection's number (`tracker flows` prints them), ADDRESS:PORT, or ADDRESS:PORT-ADDRESS:PORT,"
        f" found {text!r}"
    )
