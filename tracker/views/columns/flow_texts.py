"""The cells of `tracker flows`, a list a column, spelled as views.flow_table spells them."""

from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from typing import Any, Final

import numpy as np

from tracker.output.when import DURATIONS, duration
from tracker.tcp.states import NOT_SURE
from tracker.views.columns.cells import bracketed, by_number, joined
from tracker.views.columns.flows import FlowTable
from tracker.views.columns.hosts import is_ipv4
from tracker.views.columns.texts import Columns, addresses, longest, ports, queues
from tracker.views.direction import NAMES
from tracker.views.flow_row import END_NAMES
from tracker.views.flow_table import UNSURE, notes_of
from tracker.views.rows import STATE_NAMES

UNPROVEN: Final = 16  # added to the number of a state that nothing proves
STATES: Final = tuple(
    "-" if name == "UNKNOWN" else name + mark
    for mark in ("", UNSURE)
    for name in [*STATE_NAMES, *[""] * (UNPROVEN - len(STATE_NAMES))]
)


def flow_runs(table: FlowTable, at: int, *, numeric: bool) -> Iterator[Columns]:
    """The table's runs as columns. at: the moment, ns."""
    for run in table.runs():
        client, server = run["client"], run["server"]
        yield [
            list(map(str, run["flow"].tolist())),
            names(client, numeric),
            by_number(STATES, states(client)),
            names(server, numeric),
            by_number(STATES, states(server)),
            durations(since(run, at)),
            queues(client["bytes"]),
            queues(server["bytes"]),
            durations(round_trips(run)),
            by_number(END_NAMES, run["end"]),
            notes(run, at),
        ]


def flow_samples(table: FlowTable, at: int, *, numeric: bool) -> Iterator[Columns]:
    """The same with no more texts than it takes to know each column's width."""
    for run in table.runs():
        client, server = run["client"], run["server"]
        yield [
            [str(run["flow"].max())],
            names(client[longest(client["host"], client["port"], numeric=numeric)], numeric),
            by_number(STATES, np.unique(states(client))),
            names(server[longest(server["host"], server["port"], numeric=numeric)], numeric),
            by_number(STATES, np.unique(states(server))),
            durations(np.unique(since(run, at))),
            [str(client["bytes"].max())],
            [str(server["bytes"].max())],
            durations(np.unique(round_trips(run))),
            by_number(END_NAMES, np.unique(run["end"])),
            [],
        ]


def names(ends: Any, numeric: bool) -> list[str]:
    """Addresses and ports."""
    six: Callable[[IPv6Address], str] = str if numeric else bracketed
    return joined(addresses(ends["host"], six), ports(ends["port"], numeric=numeric))


def states(ends: Any) -> Any:
    """States by their numbers in STATES."""
    return ends["state"] + UNPROVEN * (ends["proven"] == NOT_SURE)


def since(run: Any, at: int) -> Any:
    """How long both ends have been as they are, as `shown` gives it."""
    one, other = run["client"]["since"], run["server"]["since"]
    latest = np.where(one == 0, other, np.where(other == 0, one, np.maximum(one, other)))
    return shown(np.maximum(at - latest, 0), latest == 0)


def round_trips(run: Any) -> Any:
    """From one end to the other and back, as `shown` gives it."""
    rtt = run["client"]["rtt"] + np.where(run["alone"] != 0, 0, run["server"]["rtt"])
    return shown(rtt, rtt == 0)


def shown(lengths: Any, untold: Any) -> Any:
    """Durations (ns, not negative) cut to what output.when shows of them, so that many are alike; -1: nothing is known."""
    lengths = np.where(untold, -1, lengths)
    for least, unit, _ in DURATIONS:
        long = lengths >= least
        lengths[long] -= lengths[long] % (unit or 1_000_000)  # three decimals
    return lengths


def durations(lengths: Any) -> list[str]:
    """As text."""
    listed = lengths.tolist()
    known = {length: "-" if length < 0 else duration(length) for length in set(listed)}
    return [known[length] for length in listed]


def notes(run: Any, at: int) -> list[str]:
    """What the other columns do not say; of most connections there is nothing."""
    client, server = run["client"], run["server"]
    texts = [""] * len(run)
    told = (run["alone"] | run["assumed"] | run["incarnation"] | run["icmp"]) != 0
    told |= (run["next"] >= 0) | (run["direction"] == NAMES.index("simultaneous"))
    for ends in (client, server):
        for name in ("timed_out", "retransmitted", "ignored", "missed"):
            told |= ends[name] != 0
    chosen = np.flatnonzero(told)
    if not len(chosen):
        return texts
    sums = [
        np.where(run["alone"] != 0, 0, server[name]) + client[name] for name in ("retransmitted", "ignored", "missed")
    ]
    timed = [
        list(zip(ends["state"][chosen].tolist(), ends["timed_out"][chosen].tolist(), strict=True))
        for ends in (client, server)
    ]
    version = np.where(is_ipv4(client["host"][chosen]), 4, 6)
    columns = [run[name][chosen] for name in ("alone", "direction", "assumed", "incarnation", "next")]
    columns += [one[chosen] for one in sums] + [run["icmp"][chosen], version]
    for i, own, other, values in zip(
        chosen.tolist(), *timed, zip(*(one.tolist() for one in columns), strict=True), strict=True
    ):
        alone, direction, assumed, incarnation, following, *counts, icmp, ip = values
        gone = [(STATE_NAMES[state], when) for state, when in ([own] if alone else [own, other]) if when]
        texts[i] = "; ".join(
            notes_of(bool(alone), NAMES[direction], bool(assumed), incarnation, following, gone, counts, icmp, ip, at)
        )
    return texts
