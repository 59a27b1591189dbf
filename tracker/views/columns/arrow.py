"""Rows of sockets as the columns that output.parquet writes, in its order."""

from typing import Any

import numpy as np

from tracker.views.columns.hosts import uniques
from tracker.views.columns.texts import addresses
from tracker.views.direction import NAMES as DIRECTION_NAMES
from tracker.views.flow_row import END_NAMES
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, TIMER_KINDS

Values = list[Any]  # arrays (masked where nothing is told), or (names, numbers, mask) of names by number


def values_of(run: Any, at: int) -> Values:
    """The columns of a run of sockets; at: the moment, ns."""
    off = run["timer"] == 0
    return [
        np.full(len(run), at, "M8[ns]"),
        named(STATE_NAMES, run["state"]),
        told(run["recv_q"]),
        told(run["send_q"]),
        hosts(run["local"]),
        run["local_port"],
        hosts(run["peer"]),
        run["peer_port"],
        named(TIMER_KINDS, run["timer"], off),
        np.ma.masked_array(run["remaining"], off),
        np.ma.masked_array(run["retrans"], off),
        named(CERTAINTY_NAMES, run["certainty"]),
        run["since"].astype("M8[ns]"),
        run["flow"],
    ]


def flow_values_of(run: Any) -> Values:
    """The columns of a run of connections."""
    values = [
        run["flow"],
        run["first"].astype("M8[ns]"),
        run["last"].astype("M8[ns]"),
        run["incarnation"].astype(np.int32),
        named(DIRECTION_NAMES, run["direction"]),
        named(("seen", "assumed"), run["assumed"]),
        named(END_NAMES, run["end"]),
        np.ma.masked_array(run["icmp"].astype(np.int32), run["icmp"] == 0),
        told(run["next"]),
    ]
    for ends in (run["client"], run["server"]):
        values += [
            hosts(ends["host"]),
            ends["port"],
            named(STATE_NAMES, ends["state"]),
            named(CERTAINTY_NAMES, ends["certainty"]),
            time(ends["since"]),
            time(ends["timed_out"]),
            *(ends[name] for name in ("packets", "bytes", "bytes_again", "retransmitted", "ignored")),
            np.ma.masked_array(ends["rtt"], ends["rtt"] == 0),
            ends["missed"],
        ]
    return values


def time(at: Any) -> Any:
    """Moments, masked where they are 0."""
    return np.ma.masked_array(at.astype("M8[ns]"), at == 0)


def told(values: Any) -> Any:
    """Masked where no packet tells."""
    return np.ma.masked_array(values, values < 0)


def named(names: Any, numbers: Any, mask: Any = None) -> tuple[list[str], Any, Any]:
    """Names by number."""
    return list(names), numbers.astype(np.int32), mask


def hosts(words: Any) -> tuple[list[str], Any, Any]:
    """Addresses by which of the different ones they are."""
    unique, inverse = uniques(words)
    return addresses(unique), inverse.astype(np.int32), None
