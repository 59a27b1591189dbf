"""docs/states.svg, the state diagram, from the state table: `python -m tracker.tools.states_picture > docs/states.svg`.

Where the states and the words stand is given here; which arrows there are, and what they say, is the table's.
"""

import sys
from collections.abc import Iterator
from typing import Final

from tracker.tcp.states import State
from tracker.tools.states_page import edges

_S = State
WIDTH, HEIGHT = 960, 690
BOX: Final = (124, 34)  # px
PLACES: Final = {
    _S.UNKNOWN: (450, 40),
    _S.SYN_SENT: (200, 130),
    _S.SYN_RECV: (740, 130),
    _S.ESTABLISHED: (450, 260),
    _S.FIN_WAIT1: (200, 390),
    _S.CLOSE_WAIT: (740, 390),
    _S.FIN_WAIT2: (100, 520),
    _S.CLOSING: (330, 520),
    _S.LAST_ACK: (740, 520),
    _S.TIME_WAIT: (200, 650),
    _S.CLOSED: (740, 650),
}
COLORS: Final = {
    _S.SYN_SENT: "#b58900", _S.SYN_RECV: "#b58900", _S.ESTABLISHED: "#2a8f3c", _S.FIN_WAIT1: "#1b8a9a",
    _S.FIN_WAIT2: "#1b8a9a", _S.CLOSING: "#1b8a9a", _S.CLOSE_WAIT: "#c62f2f", _S.LAST_ACK: "#c62f2f",
    _S.TIME_WAIT: "#3465c8", _S.CLOSED: "#777777",
}  # fmt: skip
# Where a straight line from middle to middle would run through something: start, the curve's control point, end.
Point = tuple[int, int]
CURVES: Final[dict[tuple[State, State], tuple[Point, Point, Point]]] = {
    (_S.SYN_RECV, _S.FIN_WAIT1): ((678, 140), (340, 180), (222, 371)),
    (_S.CLOSED, _S.SYN_RECV): ((802, 642), (990, 390), (802, 138)),
}
# Where words stand, if not at the middle of their arrow: (x, y, anchor).
WORDS: Final[dict[tuple[State, State], tuple[int, int, str]]] = {
    (_S.SYN_RECV, _S.FIN_WAIT1): (322, 232, "end"),
    (_S.CLOSED, _S.SYN_RECV): (892, 300, "middle"),
    (_S.UNKNOWN, _S.SYN_SENT): (300, 74, "end"),
    (_S.UNKNOWN, _S.SYN_RECV): (612, 74, "start"),
    (_S.SYN_SENT, _S.SYN_RECV): (470, 108, "middle"),
    (_S.SYN_SENT, _S.ESTABLISHED): (262, 196, "end"),
    (_S.SYN_RECV, _S.ESTABLISHED): (572, 226, "start"),
    (_S.ESTABLISHED, _S.FIN_WAIT1): (345, 340, "start"),
    (_S.ESTABLISHED, _S.CLOSE_WAIT): (606, 324, "start"),
    (_S.SYN_RECV, _S.CLOSE_WAIT): (748, 270, "start"),
    (_S.FIN_WAIT1, _S.FIN_WAIT2): (142, 452, "end"),
    (_S.FIN_WAIT1, _S.CLOSING): (278, 452, "start"),
    (_S.FIN_WAIT2, _S.TIME_WAIT): (140, 592, "end"),
    (_S.CLOSING, _S.TIME_WAIT): (278, 592, "start"),
    (_S.CLOSE_WAIT, _S.LAST_ACK): (748, 460, "start"),
    (_S.LAST_ACK, _S.CLOSED): (732, 590, "end"),
}


def picture() -> Iterator[str]:
    """The picture, line by line."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="12">'
    )
    yield "<title>The states of a TCP endpoint, as an observer of packets sees them</title>"
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield (
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 1 L9 5 L0 9 z" fill="#555"/></marker></defs>'
    )
    for (old, new), words in edges().items():
        yield from _arrow(old, new, words)
    for state, (x, y) in PLACES.items():
        yield from _state(state, x, y)
    yield "</svg>"


def _state(state: State, x: int, y: int) -> Iterator[str]:
    if state is State.UNKNOWN:
        yield f'<circle cx="{x}" cy="{y}" r="7" fill="#333"/>'
        return
    width, height = BOX
    yield (
        f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" rx="8"'
        f' fill="{COLORS[state]}"/>'
    )
    yield f'<text x="{x}" y="{y + 5}" text-anchor="middle" fill="white" font-weight="bold">{state.name}</text>'


def _arrow(old: State, new: State, words: list[str]) -> Iterator[str]:
    if (old, new) in CURVES:
        (x1, y1), (cx, cy), (x2, y2) = CURVES[old, new]
        path = f"M{x1} {y1} Q{cx} {cy} {x2} {y2}"
    else:
        x1, y1 = _edge(PLACES[old], PLACES[new], dot=old is State.UNKNOWN)
        x2, y2 = _edge(PLACES[new], PLACES[old])
        path = f"M{x1} {y1} L{x2} {y2}"
    yield f'<path d="{path}" fill="none" stroke="#555" stroke-width="1.4" marker-end="url(#head)"/>'
    x, y, anchor = WORDS.get((old, new), ((x1 + x2) // 2, (y1 + y2) // 2 - 6, "middle"))
    for i, word in enumerate(words):
        text = word if i == len(words) - 1 else f"{word} or"
        yield (
            f'<text x="{x}" y="{y + 14 * i}" text-anchor="{anchor}" fill="#222" stroke="white" stroke-width="4"'
            f' paint-order="stroke">{text}</text>'
        )


def _edge(inside: Point, towards: Point, *, dot: bool = False) -> Point:
    """Where a line from the middle of a box leaves it."""
    (x, y), (tx, ty) = inside, towards
    dx, dy = tx - x, ty - y
    if dot:
        return x + dx // 30, y + dy // 12
    width, height = BOX[0] // 2 + 2, BOX[1] // 2 + 2
    scale = min(width / abs(dx) if dx else 1.0, height / abs(dy) if dy else 1.0)
    return round(x + dx * scale), round(y + dy * scale)


if __name__ == "__main__":
    sys.stdout.write("\n".join(picture()) + "\n")
