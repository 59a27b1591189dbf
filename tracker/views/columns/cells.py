"""The cells of netstat's and ss's tables, a list a column, spelled as views.netstat and views.ss spell them."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any

import numpy as np

from tracker.output.table import Styled
from tracker.views.columns.hosts import is_ipv4
from tracker.views.columns.table import SocketTable, sockets_of
from tracker.views.columns.texts import Columns, addresses, ports, queues
from tracker.views.names import ss_parts
from tracker.views.netstat import NetstatOptions
from tracker.views.netstat import cells as netstat_cells
from tracker.views.netstat import timer_text as netstat_timer
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, TIMER_KINDS, UNKNOWABLE, Socket, Timer
from tracker.views.ss import SsOptions, state_text
from tracker.views.ss import cells as ss_cells
from tracker.views.ss import timer_text as ss_timer


def netstat_runs(table: SocketTable, options: NetstatOptions) -> Iterator[Columns]:
    """The table's runs as netstat's columns."""
    for run in table.runs():
        if isinstance(run, list):
            yield of_sockets(run, lambda socket: netstat_cells(socket, options))
            continue
        numeric = options.numeric
        bracket: Callable[[IPv6Address], str] = str if numeric else bracketed
        columns = [
            ["tcp" if four else "tcp6" for four in is_ipv4(run["local"]).tolist()],
            queues(run["recv_q"]),
            queues(run["send_q"]),
            joined(addresses(run["local"], bracket), ports(run["local_port"], numeric=numeric)),
            joined(addresses(run["peer"], bracket), ports(run["peer_port"], numeric=numeric)),
            by_number(STATE_NAMES, run["state"]),
        ]
        unknowable = [UNKNOWABLE] * len(run)
        columns += [unknowable] * (2 * options.extended + options.programs)
        if options.timers:
            columns.append(timers(run, netstat_timer))
        if options.certainty:
            columns.append(by_number(CERTAINTY_NAMES, run["certainty"]))
        yield columns


def ss_runs(table: SocketTable, options: SsOptions) -> Iterator[Columns]:
    """The table's runs as ss's columns."""
    first = 1 if options.hide_state else 0
    for run in table.runs():
        if isinstance(run, list) or options.info or options.extended:
            sockets = run if isinstance(run, list) else list(sockets_of(run))
            yield of_sockets(sockets, lambda socket: ss_cells(socket, options))[first:]
            continue
        numeric = options.numeric
        columns = [
            by_number([state_text(name) for name in STATE_NAMES], run["state"]),
            queues(run["recv_q"]),
            queues(run["send_q"]),
            ss_addresses(run["local"]),
            ports(run["local_port"], numeric=numeric),
            ss_addresses(run["peer"]),
            ports(run["peer_port"], numeric=numeric),
            timers(run, lambda timer: f" {ss_timer(timer)}" if timer else "") if options.timers else [""] * len(run),
        ]
        yield columns[first:]


def of_sockets(sockets: list[Socket], cells: Callable[[Socket], Any]) -> Columns:
    """The same of a few sockets as objects."""
    rows = [[cell.text if isinstance(cell, Styled) else cell for cell in cells(socket)] for socket in sockets]
    return [list(column) for column in zip(*rows, strict=True)]


def by_number(names: Any, numbers: Any) -> list[str]:
    """Names by their numbers."""
    return [names[number] for number in numbers.tolist()]


def bracketed(ip: IPv6Address) -> str:
    """netstat brackets the wildcard where it does not print numbers alone."""
    return str(ip) if int(ip) else "[::]"


def joined(hosts: list[str], services: list[str]) -> list[str]:
    """Address and port with a colon between."""
    return [f"{host}:{service}" for host, service in zip(hosts, services, strict=True)]


def ss_addresses(words: Any) -> list[str]:
    """Addresses with the colon, as ss spells them."""
    texts = addresses(words, lambda ip: ss_parts(ip, 6, 0, numeric=True)[0][:-1])
    return [f"{text}:" for text in texts]


def timers(run: Any, spell: Callable[[Timer | None], str]) -> list[str]:
    """The timers, spelled; many are alike."""

    @lru_cache(maxsize=65536)
    def spelled(kind: int, remaining: int, retrans: int) -> str:
        return spell(Timer(TIMER_KINDS[kind], remaining, retrans) if kind else None)

    shown = run["remaining"] // 1_000_000 * 1_000_000  # neither netstat nor ss shows less than a millisecond
    return list(map(spelled, run["timer"].tolist(), np.asarray(shown).tolist(), run["retrans"].tolist()))
