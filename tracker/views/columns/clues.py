"""What tells the capturing host, and what the capture has lost, of many flows: see views.vantage."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

import numpy as np

from tracker.engine.trace import Moment
from tracker.tcp.endpoint import BY_SELF_CONNECT, CHECKSUM_BY_CARD, SIGHT_INCOMING, SIGHT_OUTGOING
from tracker.views.columns.ends import RUN, ends_of
from tracker.views.columns.hosts import is_in, is_ipv4, uniques
from tracker.views.history import History, address
from tracker.views.rows import Address
from tracker.views.vantage import INITIAL_TTLS, Clues, Traits


def runs(moment: Moment) -> Iterator[Any]:
    """The rows of a moment's flows, a run after the other."""
    table: Any = moment.flows
    for start in range(0, len(table.rows), RUN):
        yield table.rows[start : start + RUN]


def clues(history: History, moment: Moment) -> Clues:
    """Of rows."""
    ends = ends_of(history, moment)
    common: dict[int, frozenset[Address]] = {}
    cooked: set[Address] = set()
    for start, flows in ends.runs():
        cooked |= marked(flows)
        listed = flows[ends.begun[start : start + RUN]]
        four = is_ipv4(listed["src"])
        for version, chosen in ((4, listed[four]), (6, listed[~four])):
            if len(chosen):
                found = common.get(version)
                if found is None:
                    found = frozenset(address(chosen[name][0].tolist()) for name in ("src", "dst"))
                common[version] = frozenset(host for host in found if in_all(chosen, host))
    return Clues(cooked, [common[version] for version in sorted(common)])


def in_all(flows: Any, host: Address) -> bool:
    """Whether a host is in every flow."""
    network = ip_network(host)
    return bool((is_in(flows["src"], network) | is_in(flows["dst"], network)).all())


def marked(flows: Any) -> set[Address]:
    """The addresses that a Linux cooked capture marks as the capturing host's own."""
    found: set[Address] = set()
    two = flows["direction"] != BY_SELF_CONNECT
    for end, own, other, there in (("a", "src", "dst", None), ("b", "dst", "src", two)):
        sight = flows[end]["sight"]
        if there is not None:
            sight = np.where(there, sight, 0)
        for bit, name in ((SIGHT_OUTGOING, own), (SIGHT_INCOMING, other)):
            words = flows[name][sight & bit != 0]
            if len(words):
                found |= {address(one) for one in uniques(words)[0].tolist()}
    return found


def traits(moment: Moment, hosts: Sequence[Address]) -> list[Traits]:
    """Of rows."""
    found = [Traits() for _ in hosts]
    answers: list[list[Any]] = [[] for _ in hosts]
    networks = [ip_network(host) for host in hosts]
    for flows in runs(moment):
        two = flows["direction"] != BY_SELF_CONNECT
        for end, own, other in (("a", "src", "dst"), ("b", "dst", "src")):
            there = two if end == "b" else np.ones(len(flows), bool)
            mine = [there & is_in(flows[own], network) for network in networks]
            endpoints = flows[end]
            for i, chosen in enumerate(mine):
                told = found[i]
                told.by_card |= bool((endpoints["marks"][chosen] & CHECKSUM_BY_CARD).any())
                ttls = endpoints["ttl"][chosen & (endpoints["packets"] > 0)]
                told.sent |= len(ttls) > 0
                told.initial &= bool(np.isin(ttls, INITIAL_TTLS).all())
            of_hosts = np.logical_or.reduce(mine) & (endpoints["rtt_min"] > 0)
            for i, network in enumerate(networks):
                answers[i].append(endpoints["rtt_min"][of_hosts & is_in(flows[other], network)])
    for told, times in zip(found, map(np.concatenate, answers), strict=True):
        told.answered = float(np.median(times)) if len(times) else None
    return found


def lost(moment: Moment) -> tuple[int, int, int]:
    """See vantage.lost_of."""
    table: Any = moment.troubles
    troubles = table.rows
    if len(troubles) < 2:
        return 0, 0, 0
    connections = missed = twice = 0
    for flows in runs(moment):
        one = flows["a"]["trouble"]
        other = np.where(flows["direction"] == BY_SELF_CONNECT, 0, flows["b"]["trouble"])
        gone = troubles["missed"][one].astype(np.int64) + troubles["missed"][other]
        connections += int(np.count_nonzero(gone))
        missed += int(gone.sum())
        twice += int(troubles["duplicates"][one].sum()) + int(troubles["duplicates"][other].sum())
    return connections, missed, twice
