import io

import pytest

from tracker.output.color import STYLES, painter, plain, sgr, style_of_state
from tracker.views.ss_states import ALL


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


PIPE, TERMINAL = io.StringIO(), Terminal()


@pytest.mark.parametrize(
    ("choice", "stream", "environ", "coloured"),
    [
        ("auto", TERMINAL, {}, True),
        ("auto", PIPE, {}, False),
        ("auto", TERMINAL, {"TERM": "dumb"}, False),
        ("auto", TERMINAL, {"TERM": "xterm"}, True),
        ("auto", TERMINAL, {"NO_COLOR": "1"}, False),
        ("auto", TERMINAL, {"NO_COLOR": ""}, True),  # no-color.org: only when not empty
        ("auto", PIPE, {"FORCE_COLOR": "1"}, True),
        ("auto", PIPE, {"FORCE_COLOR": ""}, False),
        ("auto", PIPE, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ("auto", TERMINAL, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", PIPE, {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ("never", TERMINAL, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_painter_choice(choice: str, stream: io.StringIO, environ: dict[str, str], coloured: bool) -> None:
    assert painter(choice, stream, environ) is (sgr if coloured else plain)


def test_painter_unknown_choice_is_an_error() -> None:
    with pytest.raises(ValueError, match="auto, always or never, not 'sometimes'"):
        painter("sometimes", PIPE, {})


@pytest.mark.parametrize("state", sorted(ALL))
def test_style_of_state_every_state_has_one(state: str) -> None:
    assert style_of_state(state) in STYLES


def test_style_of_state_groups() -> None:
    assert style_of_state("SYN_SENT") == style_of_state("SYN_RECV") == "opening"
    assert style_of_state("CLOSE_WAIT") == style_of_state("LAST_ACK") == "stuck"
    assert style_of_state("FIN_WAIT1") == style_of_state("CLOSING") == "closing"
    assert style_of_state("anything") == "unknown"


def test_sgr_paints_known_styles_only() -> None:
    assert sgr("x", "opening") == "\x1b[33mx\x1b[0m"
    assert sgr("x", "") == sgr("x", "nonsense") == "x"
    assert sgr("", "opening") == ""
