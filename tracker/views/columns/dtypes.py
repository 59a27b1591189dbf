"""What the views' kernels see and fill, as NumPy row types."""

from dataclasses import fields
from typing import Any, Final

import numpy as np

from tracker.engine.compiled.dtypes import dtype_of
from tracker.tcp.timers import Profile
from tracker.views.counting import Counters
from tracker.views.flow_row import FlowCells
from tracker.views.rules import Running, Stand
from tracker.views.socket_row import SocketRow

STAND: Final = dtype_of(Stand)
RUNNING: Final = dtype_of(Running)
SOCKET: Final = dtype_of(SocketRow)
COUNTERS: Final = dtype_of(Counters)
FLOW_CELLS: Final = dtype_of(FlowCells)

# account.Account, its tables by their addresses. Names are those that the engine's own acts know.
ACCOUNT: Final = np.dtype(
    [
        ("at", "i8"),
        ("packets", "i8"),
        ("believed", "i8"),
        ("count", "i8"),
        ("flows_at", "i8"),
        ("final_at", "i8"),
        ("transitions_at", "i8"),
        ("troubles_at", "i8"),
        ("later_at", "i8"),  # of i8 numbers; 0: no tuple has had a second life
    ],
    align=True,
)
LATER: Final = np.dtype([("number", "i8")], align=True)
PROFILE: Final = np.dtype(
    [(field.name, "i8") for field in fields(Profile) if field.name != "name"] + [("linux", "i8")], align=True
)


def profile_row(profile: Profile) -> Any:
    """A profile as the kernels see it."""
    rows = np.zeros(1, PROFILE)
    for name in PROFILE.names or ():
        rows[name] = getattr(profile, name)
    return rows
