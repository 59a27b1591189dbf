"""From whose seat the sockets are listed, and how sure the rows are.

Asked for (`--as`), or found: the Linux cooked direction tells the capturing host; else the one address in every flow; of
two such, the one whose checksums its network card was still to finish, whose TTL is still an initial one while the other's
is not, or who answers at once. In doubt every host's sockets are listed. The reason is always said.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from statistics import median
from typing import Any, Final

from tracker.engine.trace import Moment
from tracker.output.words import several
from tracker.tcp.endpoint import CHECKSUM_BY_CARD, SIGHT_INCOMING, SIGHT_OUTGOING
from tracker.views.account import A
from tracker.views.history import History, address, ends, is_tabular
from tracker.views.rows import Address, Socket

INITIAL_TTLS: Final = (64, 128, 255)
QUICKER: Final = 8  # times; how much sooner the capturing host must answer than the other to be believed
MOST_NAMED: Final = 3  # addresses named in the heading


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Vantage:
    """Whose sockets: `local` accepts an address; `text` says who and why."""

    local: Callable[[Address], bool]
    text: str
    captured: bool = False  # `local` accepts the host that captured


@dataclass(frozen=True, slots=True)
class Hosts:
    """Accepts the addresses of some networks, and of `alone`, which are the same ones where all of them are single hosts."""

    networks: tuple[Network, ...]
    alone: frozenset[Address] | None = None

    def __call__(self, ip: Address) -> bool:
        """Whether an address is one of them."""
        if self.alone is not None:
            return ip in self.alone
        return any(ip.version == network.version and ip in network for network in self.networks)


class NoSuchHost(ValueError):  # noqa: N818 - it is what is wrong with the question
    """--as names something that is neither an address, a network nor `all`."""


def everyone(_: Address) -> bool:
    """All hosts."""
    return True


def asked(names: Sequence[str]) -> Vantage:
    """The vantage of --as: addresses, networks, or `all`."""
    if "all" in names:
        return Vantage(everyone, "seen from all hosts")
    return Vantage(Hosts(tuple(network_of(name) for name in names)), f"seen from {', '.join(names)}")


def network_of(name: str) -> Network:
    """An address or network, an IPv4-mapped IPv6 one as IPv4, as in ss's filters. Raises NoSuchHost."""
    try:
        network = ip_network(name, strict=False)
    except ValueError as error:
        raise NoSuchHost(f"{name!r} is no address, network or 'all' (names are never looked up)") from error
    if "%" in name:
        raise NoSuchHost(f"packets do not show the interface of {name!r}")
    value = int(network.network_address)
    if network.version == 6 and network.prefixlen >= 96 and value >> 32 == 0xFFFF:
        return IPv4Network((value & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def found(history: History, moment: Moment) -> Vantage:
    """The vantage that the capture itself tells."""
    clues: Clues = columns_of(moment).clues(history, moment) if is_tabular(moment) else clues_of(history, moment)
    if clues.cooked:
        return _of(clues.cooked, "it captured, says the Linux cooked header")
    if not clues.common:
        return Vantage(everyone, "seen from all hosts")
    chosen: list[Address] = []
    reasons: list[str] = []
    for common in clues.common:
        if len(common) == 1:
            chosen += common
            reasons.append("every flow is its own")
        elif len(common) == 2:
            host, reason = _nearer(moment, sorted(common, key=int))
            if host is None:
                return Vantage(everyone, f"seen from all hosts ({reason})")
            chosen.append(host)
            reasons.append(reason)
        else:
            return Vantage(everyone, "seen from all hosts (no host is in every flow; choose with --as)")
    return _of(chosen, "; ".join(dict.fromkeys(reasons)))


@dataclass(frozen=True, slots=True)
class Clues:
    """`cooked`: whom a Linux cooked capture marks as the capturing host; `common`: by IP version, who is in every flow of it."""

    cooked: set[Address]
    common: list[frozenset[Address]]


@dataclass(slots=True)
class Traits:
    """What a host's segments tell of its distance; `answered`: the median time (us) that it took to acknowledge."""

    by_card: bool = False
    sent: bool = False
    initial: bool = True  # every TTL is one that hosts begin with
    answered: float | None = None


def columns_of(moment: Moment) -> Any:  # noqa: ARG001 - it is asked of a moment whose flows are rows
    """The same questions asked of rows."""
    from tracker.views.columns import clues  # noqa: PLC0415 - NumPy and Numba

    return clues


def clues_of(history: History, moment: Moment) -> Clues:
    """Of flows as objects."""
    pairs: dict[int, set[frozenset[Address]]] = {}
    for _, flow in history.flows(moment):
        one, two = address(flow.src), address(flow.dst)
        pairs.setdefault(one.version, set()).add(frozenset((one, two)))
    return Clues(_cooked(moment), [frozenset.intersection(*pairs[version]) for version in sorted(pairs)])


def _of(hosts: Iterable[Address], reason: str) -> Vantage:
    local = frozenset(hosts)
    names = [str(host) for host in sorted(local, key=lambda ip: (ip.version, int(ip)))]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    text = f"seen from {', '.join(names[:MOST_NAMED])}{more} ({reason})"
    return Vantage(Hosts(tuple(ip_network(host) for host in local), local), text, captured=True)


def _cooked(moment: Moment) -> set[Address]:
    """The addresses that a Linux cooked capture marks as the capturing host's own."""
    local: set[Address] = set()
    for flow in moment.flows:
        for side, endpoint in ends(flow):
            own, other = (flow.src, flow.dst) if side == A else (flow.dst, flow.src)
            if endpoint.sight & SIGHT_OUTGOING:
                local.add(address(own))
            if endpoint.sight & SIGHT_INCOMING:
                local.add(address(other))
    return local


def _nearer(moment: Moment, hosts: list[Address]) -> tuple[Address | None, str]:
    """Of the two hosts of every flow, the one at the capture point, and what tells it."""
    traits: list[Traits] = (columns_of(moment).traits if is_tabular(moment) else traits_of)(moment, hosts)
    by_card = [host for host, told in zip(hosts, traits, strict=True) if told.by_card]
    if len(by_card) == 1:
        return by_card[0], "it captured: its checksums were left to its network card"
    initial = [host for host, told in zip(hosts, traits, strict=True) if told.sent and told.initial]
    if len(initial) == 1 and all(told.sent for told in traits):
        return initial[0], "it captured: its packets had not been routed yet"
    answers = [told.answered for told in traits if told.answered is not None]
    if len(answers) == len(hosts):
        quick, slow = (0, 1) if answers[0] <= answers[1] else (1, 0)
        if answers[quick] * QUICKER <= answers[slow]:
            return hosts[quick], "it captured: its answers take no time"
    return None, f"{hosts[0]} or {hosts[1]} captured, nothing tells which; choose with --as"


def traits_of(moment: Moment, hosts: Sequence[Address]) -> list[Traits]:
    """Of flows as objects."""
    found = {host: Traits() for host in hosts}
    answers: dict[Address, list[int]] = {host: [] for host in hosts}
    for flow in moment.flows:
        for side, endpoint in ends(flow):
            own, other = (address(flow.src), address(flow.dst)) if side == A else (address(flow.dst), address(flow.src))
            if own not in found:
                continue
            traits = found[own]
            traits.by_card |= endpoint.marks & CHECKSUM_BY_CARD != 0
            if endpoint.packets:
                traits.sent = True
                traits.initial &= endpoint.ttl in INITIAL_TTLS
            if endpoint.rtt_min and other in answers:
                answers[other].append(endpoint.rtt_min)
    for host, times in answers.items():
        found[host].answered = median(times) if times else None
    return [found[host] for host in hosts]


def sureness(rows: Sequence[Socket], capture: Vantage, moment: Moment) -> str:
    """How sure the rows are, in words. `capture`: the vantage that the capture itself tells.

    Uncertain is a row that nothing proves, one that is only assumed of a host other than the capturing one (what the
    capture saw arrive there, did arrive), and one of whose connection the capture has missed a part.
    """
    connections = [row for row in rows if row.flow is not None]
    unsure = sum(
        row.certainty == "unknown"
        or (row.certainty == "assumed" and not (capture.captured and capture.local(row.local)))
        or any(moment.trouble(endpoint).missed for _, endpoint in ends(moment.flows[row.flow]))
        for row in connections
        if row.flow is not None
    )
    return uncertain(unsure, len(connections))


def uncertain(unsure: int, rows: int) -> str:
    """How many of the rows of connections are uncertain."""
    return f"{unsure:,} of {several(rows, 'row')} uncertain"


def losses(moment: Moment) -> str:
    """What the capture lost, and what it has twice, as far as its own packets show."""
    flows, missed, twice = (columns_of(moment).lost if is_tabular(moment) else lost_of)(moment)
    misses = f"the capture misses {several(missed, 'byte')} of {several(flows, 'connection')}"
    told = misses if flows else "no packets lost by the capture"
    return f"{told}; {several(twice, 'packet')} captured twice" if twice else told


def lost_of(moment: Moment) -> tuple[int, int, int]:
    """(connections of which something was missed, bytes missed, packets captured twice)."""
    flows = missed = twice = 0
    for flow in moment.flows:
        troubles = [moment.trouble(endpoint) for _, endpoint in ends(flow)]
        lost = sum(trouble.missed for trouble in troubles)
        twice += sum(trouble.duplicates for trouble in troubles)
        flows += bool(lost)
        missed += lost
    return flows, missed, twice
