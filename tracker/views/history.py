"""The transition log, grouped by endpoint: what each end of each flow went through, as it stood at a moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from tracker.engine.trace import Moment, Trace
from tracker.tcp.endpoint import (
    BY_SELF_CONNECT,
    Endpoint,
    Flow,
    Transition,
)
from tracker.views.account import A, Account, B, end_at, has_begun, is_superseded, next_life_of, standing_row
from tracker.views.listening import ACCEPTED, shown_by
from tracker.views.rows import Address


@dataclass(frozen=True, slots=True)
class Listener:
    """An address and port seen accepting: from its first SYN-ACK `since`, `until` a SYN to it was refused (ns; 0: not seen)."""

    address: Address
    port: int
    since: int
    until: int


def is_tabular(moment: Moment) -> bool:
    """Whether a moment's flows are rows, of which views.columns can ask many at a time."""
    return hasattr(moment.flows, "rows")


class History:
    """The log of a trace by flow and end. Rows are in the order in which they were learned.

    A moment has two accounts: the best one, from the whole capture, in which what was later disproved never was; and,
    with `believed`, what somebody held who had seen no more than the packets up to it.
    """

    def __init__(self, trace: Trace, *, believed: bool = False) -> None:
        self.trace = trace
        self.believed = believed
        self.made: dict[str, Any] = {}  # what the last moment that was asked for has cost once

    def account(self, moment: Moment) -> Account:
        """A moment as the rules of the views ask it."""
        made: Account | None = self.made.get("account")
        if made is None or made.moment is not moment:
            made = self.made["account"] = Account(self.trace.store, moment, believed=self.believed)
        return made

    def rows(self, flow: int, side: int) -> Sequence[Transition]:
        """Every transition of an end, the undone ones too."""
        return self.trace.store.log_of(flow, side)

    def last_row(self, flow: int, side: int, moment: Moment) -> Transition | None:
        """The transition that the best account has an end in at a moment."""
        if flow >= len(moment.flows):
            return None
        account = self.account(moment)
        row = standing_row(account, end_at(moment.flows[flow], side).log)
        return account.transitions[row - 1] if row else None

    def stands(self, row: Transition, moment: Moment) -> bool:
        """Whether a transition had happened at a moment, and is not (or, with `believed`, was not yet) taken back."""
        return moment.holds(row.number) and not self.taken_back(row, moment)

    def taken_back(self, row: Transition, moment: Moment) -> bool:
        """Whether a later packet has disproved a transition; with `believed` one up to the moment."""
        return row.undone != 0 and (not self.believed or moment.holds(row.undone))

    def flows(self, moment: Moment) -> Iterator[tuple[int, Flow]]:
        """(number, flow as it stood) of every flow that had begun by a moment, in the order of their first packets.

        A tentative life that nobody ever answered is none.
        """
        account = self.account(moment)
        for number, flow in enumerate(moment.flows):
            if has_begun(account, number):
                yield number, flow

    def superseded(self, number: int, side: int, moment: Moment) -> bool:
        """A later life of the tuple has taken this end's place: a new socket of its host has spoken."""
        return is_superseded(self.account(moment), number, side)

    def later_life(self, number: int, moment: Moment) -> int | None:
        """The flow number of the tuple's next life, if it had begun."""
        later = next_life_of(self.account(moment), number)
        return later if later >= 0 else None


def ends(flow: Flow) -> tuple[tuple[int, Endpoint], ...]:
    """(side, endpoint) of a flow: two, or one that is connected to itself."""
    return ((A, flow.a),) if flow.direction == BY_SELF_CONNECT else ((A, flow.a), (B, flow.b))


def address(words: list[int]) -> Address:
    """An address from its four words."""
    if words[0] == 0 and words[1] == 0 and words[2] == 0xFFFF:
        return IPv4Address(words[3])
    return IPv6Address(words[0] << 96 | words[1] << 64 | words[2] << 32 | words[3])


def end_of(flow: Flow, side: int) -> tuple[Address, int]:
    """Address and port of one end."""
    return (address(flow.src), flow.sport) if side == A else (address(flow.dst), flow.dport)


def listeners(history: History, moment: Moment) -> list[Listener]:
    """Who was accepting: senders of SYN-ACKs that sent no SYN themselves, until a SYN of a later flow is answered with RST."""
    found: dict[tuple[Address, int], Listener] = {}
    accepted: dict[tuple[Address, int], int] = {}
    refused: dict[tuple[Address, int], int] = {}
    for name, shown, since, last in listening_acts(history, moment):
        if shown == ACCEPTED:
            accepted[name] = max(last, accepted.get(name, last))
            old = found.get(name)
            if old is None or since < old.since:
                found[name] = Listener(*name, since, 0)
        else:
            refused[name] = max(last, refused.get(name, last))
    for name, at in refused.items():
        if name in found and at > accepted[name]:
            found[name] = Listener(*name, found[name].since, at)
    return list(found.values())


def listening_acts(history: History, moment: Moment) -> Iterator[tuple[tuple[Address, int], int, int, int]]:
    """(address and port, ACCEPTED or REFUSED, the first time, the last time, ns), a name any number of times."""
    if is_tabular(moment):
        from tracker.views.columns.ends import listening_acts as of_rows  # noqa: PLC0415 - NumPy and Numba

        yield from of_rows(history, moment)
        return
    account = history.account(moment)
    for index, row in enumerate(account.transitions):
        if shown := shown_by(account, index):
            yield end_of(moment.flows[row.flow], row.side), shown, row.at, row.at
