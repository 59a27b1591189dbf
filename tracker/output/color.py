"""When to colour, and what colour a state has."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

Paint = Callable[[str, str], str]  # (text, style) -> text to print; never changes how wide it looks

# Style -> SGR parameters, from the 16 colours that every theme defines.
STYLES: Final = {
    "title": "1",
    "faint": "2",
    "listen": "1",
    "opening": "33",
    "established": "32",
    "closing": "36",
    "stuck": "31",
    "waiting": "34",
    "unknown": "2",
}

_STYLE_OF_STATE: Final = {
    "LISTEN": "listen",
    "SYN_SENT": "opening",
    "SYN_RECV": "opening",
    "ESTABLISHED": "established",
    "FIN_WAIT1": "closing",
    "FIN_WAIT2": "closing",
    "CLOSING": "closing",
    # The local program, or a last ACK, must end these: they are the ones that pile up.
    "CLOSE_WAIT": "stuck",
    "LAST_ACK": "stuck",
    "TIME_WAIT": "waiting",
}


class Stream(Protocol):
    """As much of a text stream as the choice needs."""

    def isatty(self) -> bool: ...  # noqa: D102


def style_of_state(state: str) -> str:
    """Return the style of a state in netstat's spelling; `unknown` for any other word."""
    return _STYLE_OF_STATE.get(state, "unknown")


def plain(text: str, style: str) -> str:  # noqa: ARG001 - a Paint
    """Paint nothing."""
    return text


def sgr(text: str, style: str) -> str:
    """Wrap text in its style's escape sequences; an unknown style paints nothing."""
    code = STYLES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def painter(choice: str, stream: Stream, environ: Mapping[str, str]) -> Paint:
    """Choose a Paint for `--color auto|always|never`.

    auto follows NO_COLOR (which wins), FORCE_COLOR, TERM=dumb, then whether the stream is a terminal; an option that
    was typed (always, never) beats the environment (no-color.org). ValueError for another choice.
    """
    if choice not in {"auto", "always", "never"}:
        raise ValueError(f"colour is auto, always or never, not {choice!r}")
    return sgr if choice == "always" or (choice == "auto" and _auto(stream, environ)) else plain


def _auto(stream: Stream, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()
