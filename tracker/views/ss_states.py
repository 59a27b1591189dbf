"""The names of states and groups of states that ss's filters use, and what ss shows where a filter names none."""

from typing import Final

# ss counts UNKNOWN (a socket that packets prove to exist, in no proven state) as one more state, and so do we.
ALL: Final = frozenset(
    {
        "UNKNOWN",
        "LISTEN",
        "SYN_SENT",
        "SYN_RECV",
        "ESTABLISHED",
        "FIN_WAIT1",
        "FIN_WAIT2",
        "CLOSE_WAIT",
        "CLOSING",
        "LAST_ACK",
        "TIME_WAIT",
        "CLOSED",
    }
)
CONNECTED: Final = ALL - {"LISTEN", "CLOSED"}
BUCKET: Final = frozenset({"SYN_RECV", "TIME_WAIT"})  # what Linux keeps as mini sockets

GROUPS: Final = {
    "all": ALL,
    "connected": CONNECTED,
    "synchronized": CONNECTED - {"SYN_SENT"},
    "bucket": BUCKET,
    "big": ALL - BUCKET,
}
# Every name without its dashes and underscores, so that ss's and netstat's spellings are one.
NAMES: Final = {state.replace("_", "").lower(): state for state in ALL} | {
    "estab": "ESTABLISHED",
    "synrcv": "SYN_RECV",
    "listening": "LISTEN",
    "close": "CLOSED",
    "unconn": "CLOSED",
}


def shown_states(named: frozenset[str] | None, *, everything: bool = False, listening: bool = False) -> frozenset[str]:
    """Return the states ss shows: those the filter names, else by -a (wins) or -l, else the connected, non-bucket ones.

    That is why `ss -tn` shows neither TIME_WAIT nor SYN_RECV where netstat does.
    """
    if named is not None:
        return named
    if everything:
        return ALL
    return frozenset({"LISTEN", "CLOSED"}) if listening else CONNECTED - BUCKET


def states_named(name: str) -> frozenset[str] | None:
    """Return the states that a name or group means, in any case and either spelling; None for another word."""
    plain = name.lower().replace("-", "").replace("_", "")
    return frozenset({NAMES[plain]}) if plain in NAMES else GROUPS.get(plain)
