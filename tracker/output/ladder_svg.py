"""`tracker explain --svg`: the ladder as a picture that stands alone: no script, no fonts of its own, dark text on white."""

from collections.abc import Iterator
from typing import Final

from tracker.output.when import duration, rfc3339
from tracker.output.words import wrapped
from tracker.views.explain import Explanation, now_text, run_text
from tracker.views.ladder import Rung

WIDTH: Final = 960
LEFT, RIGHT = 300, 660  # x of the two lifelines
ROW: Final = 40  # px a packet
TOP: Final = 100
BAR: Final = 10  # px; how wide a state's bar is
LINE: Final = 16  # px a line of the closing words
CHARACTERS: Final = 124  # a line of the closing words
# Fill and text of a state's bar and name; the groups are those of the terminal's colours (output.color).
COLORS: Final = {
    "SYN_SENT": "#b58900", "SYN_RECV": "#b58900", "ESTABLISHED": "#2a8f3c", "FIN_WAIT1": "#1b8a9a",
    "FIN_WAIT2": "#1b8a9a", "CLOSING": "#1b8a9a", "CLOSE_WAIT": "#c62f2f", "LAST_ACK": "#c62f2f",
    "TIME_WAIT": "#3465c8", "CLOSED": "#777777",
}  # fmt: skip
UNKNOWN: Final = "#cccccc"


def svg_lines(told: Explanation) -> Iterator[str]:
    """Write the picture, without line ends."""
    rungs = told.ladder.rungs
    bottom = TOP + ROW * len(rungs) + 10
    words = [line for one in told.now for line in [*wrapped(now_text(told, one), CHARACTERS), ""]]
    height = bottom + 36 + LINE * len(words)
    row = told.row
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="12">'
    )
    yield f"<title>{_xml(f'TCP connection {row.flow}, packet by packet')}</title>"
    yield '<rect width="100%" height="100%" fill="white"/>'
    yield (
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
        ' orient="auto-start-reverse"><path d="M0 1 L9 5 L0 9 z" fill="#333"/></marker>'
        '<marker id="lost" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="9" markerHeight="9">'
        '<path d="M1 1 L9 9 M9 1 L1 9" stroke="#c62f2f" stroke-width="2"/></marker></defs>'
    )
    title = f"Flow {row.flow}, from {rfc3339(row.first, None)}"
    yield _label(WIDTH / 2, 24, title, anchor="middle", size=14, bold=True)
    for x, name, end in ((LEFT, "client", row.client), (RIGHT, "server", row.server)):
        yield _label(x, 52, name, anchor="middle", bold=True)
        yield _label(x, 70, f"{end.address}:{end.port}", anchor="middle")
    yield from _bars(told, bottom)
    for i, rung in enumerate(rungs):
        yield from _packet(told, rung, TOP + ROW * i)
    for i, text in enumerate(words):
        if text:
            yield _label(24, bottom + 36 + LINE * i, text)
    yield "</svg>"


def _bars(told: Explanation, bottom: int) -> Iterator[str]:
    """Each end's life as a bar, coloured by state, with the state's name where it begins; faint what was taken back."""
    rungs = told.ladder.rungs
    for side, x, outward in ((told.client, LEFT, -1), (1 - told.client, RIGHT, 1)):
        start, state, undone = TOP - 14, "-", False
        for i, rung in enumerate(rungs):
            new = rung.states[side]
            if not rung.changed[side] and new == state:
                continue
            y = TOP + ROW * i
            yield _bar(x, start, y, state, faint=undone)
            entries = [entry for entry in rung.entered if entry.side == side]
            start, state, undone = y, new, bool(entries and told.undone(entries[-1]))
            yield _label(
                x + outward * 14, y + 4, new, anchor="end" if outward < 0 else "start",
                color=COLORS.get(new.rstrip("?"), "#555"), bold=True, struck=undone,
            )  # fmt: skip
        yield _bar(x, start, bottom, state, faint=undone)


def _bar(x: int, start: int, stop: int, state: str, *, faint: bool) -> str:
    color = COLORS.get(state.rstrip("?"), UNKNOWN)
    opacity = ' opacity="0.3"' if faint else ""
    return f'<rect x="{x - BAR // 2}" y="{start}" width="{BAR}" height="{stop - start}" fill="{color}"{opacity}/>'


def _packet(told: Explanation, rung: Rung, y: int) -> Iterator[str]:
    number = f"#{rung.number}" if rung.count <= 1 else f"#{rung.number}-{rung.until}"
    when = duration(max(rung.at - told.row.first, 0))
    yield _label(24, y + 4, number, color="#555")
    yield _label(150, y + 4, when, anchor="end", color="#555")
    rightward = rung.side == told.client
    near, far = (LEFT + BAR, float(RIGHT - BAR)) if rightward else (RIGHT - BAR, float(LEFT + BAR))
    middle = (LEFT + RIGHT) / 2
    if rung.icmp:
        yield _label(middle, y + 4, rung.text, anchor="middle", color="#c62f2f")
        return
    if rung.count > 1:
        yield (
            f'<rect x="{LEFT + BAR + 6}" y="{y - 12}" width="{RIGHT - LEFT - 2 * BAR - 12}" height="26" rx="4"'
            ' fill="#f3f3f3" stroke="#ccc"/>'
        )
        text = run_text(told, rung).partition(": ")[2]
        yield _label(middle, y + 4, text, anchor="middle", size=11 if len(text) < 48 else 9)
        return
    lost = bool(rung.verdict)
    if lost:
        far = near + (far - near) * 0.86
    yield (
        f'<line x1="{near}" y1="{y}" x2="{far:g}" y2="{y}" stroke="{"#c62f2f" if lost else "#333"}" stroke-width="1.4"'
        f' marker-end="url(#{"lost" if lost else "head"})"/>'
    )
    yield _label(middle, y - 5, rung.text, anchor="middle")
    if lost:
        yield _label(middle, y + 13, rung.verdict, anchor="middle", color="#c62f2f", size=11)


def _label(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    color: str = "#222",
    size: int = 12,
    bold: bool = False,
    struck: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    weight += ' text-decoration="line-through"' if struck else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}" font-size="{size}"{weight}'
        f' xml:space="preserve">{_xml(text)}</text>'
    )


def _xml(text: str) -> str:
    kept = "".join(c if c.isprintable() else "?" for c in text)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
