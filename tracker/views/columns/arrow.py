"""Rows of sockets as the columns that output.parquet writes, in its order."""

from typing import Any

import numpy as np

from tracker.views.columns.hosts import uniques
from tracker.views.columns.texts import addresses
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
