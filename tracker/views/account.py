"""What the rules of the views ask: a moment's flows and the whole log. In the dialect of both engines, as tcp's modules are.

Interpreted an account is an `Account`; compiled it is a record of addresses with the same acts (columns/acts.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.engine.store import flow_of
from tracker.engine.trace import Moment, Storage
from tracker.tcp.endpoint import BY_SELF_CONNECT, TENTATIVE, Endpoint, Flow, Transition, Trouble
from tracker.tcp.log import transition_of

A, B = 0, 1


class Account:
    """A moment of a replay. `flows` and `troubles` are as they stood, `final` are the flows of the end.

    `believed`: what somebody held who had seen no more than the packets up to the moment; else the best account, in which
    what was later disproved never was.
    """

    __slots__ = ("at", "believed", "count", "final", "flows", "later", "moment", "packets", "transitions", "troubles")

    def __init__(self, store: Storage, moment: Moment, *, believed: bool) -> None:
        self.moment = moment
        self.at = moment.at
        self.packets = moment.packets
        self.believed = believed
        self.count = len(moment.flows)
        self.flows: Sequence[Flow] = moment.flows
        self.final: Sequence[Flow] = store.flows
        self.transitions: Sequence[Transition] = store.transitions
        self.troubles: Sequence[Trouble] | Mapping[int, Trouble] = moment.troubles
        self.later: Mapping[int, int] = store.later


def final_of(account: Any, number: int) -> Flow:
    """A flow as it is at the end of the replay. (An account's own act: the compiled one replaces this function.)"""
    flow: Flow = account.final[number]
    return flow


def later_of(account: Any, number: int) -> int:
    """The number of the tuple's next life which is no tentative one, -1: none. (An account's own act.)"""
    later: int = account.later.get(number, -1)
    return later


def has_begun(account: Any, number: int) -> bool:
    """Whether a flow had begun. A tentative life that nobody ever answered is none."""
    final = final_of(account, number)
    tentative = final.marks
    if account.believed:
        tentative = flow_of(account, number).marks
    return tentative & TENTATIVE == 0 and final.born <= account.packets


def end_at(flow: Flow, side: int) -> Endpoint:
    """An end by its side."""
    return flow.a if side == A else flow.b


def far_end(flow: Flow, side: int) -> Endpoint:
    """The end that `side` talks to; itself where it is connected to itself."""
    if flow.direction == BY_SELF_CONNECT:
        return flow.a
    return flow.b if side == A else flow.a


def standing_row(account: Any, log: int) -> int:
    """The transition that an end is in, + 1; 0: none. log: of the end as it stood.

    The rows before it are those that stood then; of the best account, those that were disproved later are none.
    """
    row = log
    if not account.believed:
        while row and transition_of(account, row - 1).undone != 0:
            row = transition_of(account, row - 1).previous
    return row


def is_superseded(account: Any, number: int, side: int) -> bool:
    """A later life of the tuple has taken this end's place: a new socket of its host has spoken."""
    swapped = final_of(account, number).swapped
    later = later_of(account, number)
    while 0 <= later < account.count:
        turned = swapped != final_of(account, later).swapped
        heir = end_at(flow_of(account, later), 1 - side if turned else side)
        if standing_row(account, heir.log):
            return True
        later = later_of(account, later)
    return False


def next_life_of(account: Any, number: int) -> int:
    """The flow number of the tuple's next life if it had begun, else -1."""
    later = later_of(account, number)
    return later if later >= 0 and final_of(account, later).born <= account.packets else -1
