"""ss's filter language: which sockets to show.

    filter     = {state} [expression] {state}
    state      = ("state" | "exclude") NAME            before or after the expression, never inside it
    expression = term {["or" | "and"] term}            strictly from left to right; nothing between two terms is "and"
    term       = "not" term | "(" expression ")" | test
    test       = ("src" | "dst") [EQUALITY] HOST | ("sport" | "dport") [COMPARISON] PORT
    HOST       = [("inet" | "inet6") ":"] [ADDRESS ["/" PREFIX]] [":" PORT]
    PORT       = [("inet" | "inet6") ":"] [":"] (NUMBER | SERVICE | "*" | nothing)

`or` and `and` bind alike, whatever ss(8) says of precedence: iproute2's ssfilter.y has one left-recursive rule for
both, and `ss 'dst 127.0.0.1 or src [::1] and sport 8443'` shows only port 8443. Parentheses make it plain.

Wider than iproute2 6.1, never narrower: no blanks are needed around operators and parentheses; `src != HOST`;
netstat's state names; `[fe80::]/10` beside `[fe80::/10]`; words in any case. Host names are refused, as no name is
ever looked up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Protocol

from tracker.views.rows import Socket
from tracker.views.ss_states import ALL, states_named
from tracker.views.ss_words import (
    RESERVED,
    STATE_WORDS,
    UNSEEN,
    FilterError,
    Token,
    family_of,
    network_of,
    port_of,
    split_host,
    tokens,
    unmapped,
)


class Term(Protocol):
    """Anything that accepts or refuses a socket."""

    def matches(self, socket: Socket) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class End:
    """One end's address and port against a network and a port; what is None is not tested.

    A LISTEN row's far end is the wildcard with port 0, as the kernel has it.
    """

    local: bool
    family: int | None = None  # 4 or 6
    network: int = 0
    mask: int = 0
    compare: str = "="  # of the port: = != < > <= >=
    port: int | None = None

    def matches(self, socket: Socket) -> bool:
        """Tell whether the socket's end passes; `!=` refuses exactly what `=` accepts."""
        address, port = (socket.local, socket.local_port) if self.local else (socket.peer, socket.peer_port)
        version, value = unmapped(address) if address is not None else (socket.local.version, 0)
        there = self.family in {None, version} and value & self.mask == self.network
        if self.port is None:
            return there == (self.compare != "!=")
        if self.compare == "!=":
            return not (there and port == self.port)
        return there and _COMPARE[self.compare](port, self.port)

    def __str__(self) -> str:
        word = f"{'s' if self.local else 'd'}port" if self.mask == 0 else "src" if self.local else "dst"
        family = "" if self.family is None else "inet:" if self.family == 4 else "inet6:"
        host = ""
        if self.mask and self.family == 4:
            host = f"{IPv4Address(self.network)}/{self.mask.bit_count()}"
        elif self.mask:
            host = f"[{IPv6Address(self.network)}/{self.mask.bit_count()}]"
        return f"{word} {self.compare} {family}{host}:{'*' if self.port is None else self.port}"


@dataclass(frozen=True, slots=True)
class Not:
    """Refuses what its term accepts."""

    term: Term

    def matches(self, socket: Socket) -> bool:
        """Tell whether the term refuses the socket."""
        return not self.term.matches(socket)

    def __str__(self) -> str:
        return f"not {self.term}"


@dataclass(frozen=True, slots=True)
class Chain:
    """Terms joined from left to right; flat, so that a thousand of them need no deep recursion."""

    first: Term
    rest: tuple[tuple[str, Term], ...]  # ("or" | "and", term)

    def matches(self, socket: Socket) -> bool:
        """Tell what the terms come to, each joined to the verdict before it."""
        verdict = self.first.matches(socket)
        for join, term in self.rest:
            if verdict != (join == "or"):  # otherwise the term cannot change it
                verdict = term.matches(socket)
        return verdict

    def __str__(self) -> str:
        return f"( {self.first} {' '.join(f'{join} {term}' for join, term in self.rest)} )"


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; states is None where it names none (see shown_states)."""

    states: frozenset[str] | None = None
    expression: Term | None = None

    def matches(self, socket: Socket) -> bool:
        """Tell whether the socket is in a named state (any, where none is named) and passes the expression."""
        if self.states is not None and socket.state not in self.states:
            return False
        return self.expression is None or self.expression.matches(socket)

    @property
    def hides_state(self) -> bool:
        """Whether ss drops its State column: the filter leaves a single state."""
        return self.states is not None and len(self.states) == 1

    def __str__(self) -> str:
        states = [] if self.states is None else ["exclude all", *(f"state {state}" for state in sorted(self.states))]
        return " ".join([*states, *([] if self.expression is None else [str(self.expression)])])


_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": int.__eq__,
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
}


_MAX_DEPTH: Final = 100  # parentheses and nots inside each other; far below Python's recursion limit


def parse(words: Sequence[str]) -> Filter:
    """Read a filter given as words of a command line, each of which may hold several.

    Raises FilterError, with the position and what was expected there. No words give a filter that accepts everything.
    """
    return _Parser(" ".join(words)).filter()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.index = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.next
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def accept(self, *texts: str) -> str:
        return self.take().text if self.next.text in texts else ""

    def filter(self) -> Filter:
        states = self.states(None)
        expression = None if not self.next.text else self.expression()
        states = self.states(states)
        if self.next.text:
            raise self.unexpected("the end")
        return Filter(states, expression)

    def states(self, states: frozenset[str] | None) -> frozenset[str] | None:
        while self.next.word in STATE_WORDS:
            adds = self.take().word == "state"
            token = self.take()
            found = states_named(token.text)
            if found is None:
                raise FilterError(f"expected a state or group of states, found {token}", token.position)
            states = (states or frozenset()) | found if adds else (ALL if states is None else states) - found
        return states

    def expression(self) -> Term:
        first, rest = self.term(), []
        while self.next.text not in {"", ")"} and self.next.word not in STATE_WORDS:
            join = self.accept("and", "or") or "and"
            rest.append((join, self.term()))
        return Chain(first, tuple(rest)) if rest else first

    def term(self) -> Term:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise FilterError(f"more than {_MAX_DEPTH} parentheses and nots inside each other", self.next.position)
        term = self.nested()
        self.depth -= 1
        return term

    def nested(self) -> Term:
        if self.accept("not"):
            return Not(self.term())
        if self.accept("("):
            inner = self.expression()
            if not self.accept(")"):
                raise self.unexpected("')'")
            return inner
        if self.next.word in {"src", "dst"}:
            return self.host_test(self.take().word == "src")
        if self.next.word in {"sport", "dport"}:
            return self.port_test(self.take().word == "sport")
        raise self.unexpected("src, dst, sport, dport, not or '('")

    def host_test(self, local: bool) -> End:
        compare = self.accept("=", "!=") or "="
        token = self.operand("an address, :port or both")
        family, text = family_of(token)
        host, port = split_host(text, token)
        number = port_of(port, token)
        version, network, mask = network_of(host, token)
        if family is not None and version not in {None, family}:
            raise FilterError(f"{token} is not an {'IPv4' if family == 4 else 'IPv6'} address", token.position)
        return End(local, version or family, network, mask, compare, number)

    def port_test(self, local: bool) -> End:
        compare = self.accept(*_COMPARE, "!=") or "="
        token = self.operand("a port or service")
        family, text = family_of(token)
        number = port_of(text.removeprefix(":"), token)
        if number is None and compare not in {"=", "!="}:
            raise FilterError(f"expected a port to compare with, found {token}", token.position)
        return End(local, family, compare=compare, port=number)

    def operand(self, expected: str) -> Token:
        if self.next.word in RESERVED:
            raise self.unexpected(expected)
        return self.take()

    def unexpected(self, expected: str) -> FilterError:
        token = self.next
        if token.word in UNSEEN:
            return FilterError(f"ss knows {token} from the kernel; packets do not show it", token.position)
        if token.word in STATE_WORDS:
            return FilterError(f"{token} belongs before the whole expression", token.position)
        return FilterError(f"expected {expected}, found {token}", token.position)
