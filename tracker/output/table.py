"""Rows of cells to lines of text: aligned columns, coloured cells, one width policy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracker.output.color import Paint, plain


class Styled(NamedTuple):
    """A cell with a style of output.color."""

    text: str
    style: str


Cell = str | Styled


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, alignment, least width, and what stands between it and the column before."""

    title: str
    right: bool = False
    least: int = 0  # characters
    gap: str = " "


def clean(text: str) -> str:
    """Replace what a terminal would obey instead of showing (names in packets are the sender's choice)."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def render(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    width: int | None = None,
    header: bool = True,
    paint: Paint = plain,
) -> Iterator[str]:
    """Give one line a row, the heading first, without line ends and without trailing blanks.

    width None keeps natural widths and never breaks anything, as a pipe wants it. A width in characters spreads what
    room is left over the columns, the last ones first, as ss does in a terminal; rows that do not fit stay natural and
    the terminal wraps them. No cell is ever cut here.
    """
    # Texts and styles apart: most cells have no style, and a hundred thousand rows should not wait for one.
    texts: list[tuple[str, ...]] = []
    styles: list[tuple[str, ...]] = []
    for row in rows:
        texts.append(tuple([clean(cell if isinstance(cell, str) else cell.text) for cell in row]))
        styles.append(tuple(["" if isinstance(cell, str) else cell.style for cell in row]))
    widths = [
        max(column.least, len(column.title) if header else 0, max((len(row[i]) for row in texts), default=0))
        for i, column in enumerate(columns)
    ]
    gaps = [column.gap if i else "" for i, column in enumerate(columns)]
    if width is not None:
        _spread(widths, width - sum(widths) - sum(map(len, gaps)))
    shape = list(zip(columns, widths, gaps, strict=True))
    if header:
        yield _line(shape, [column.title for column in columns], [""] * len(columns), plain)
    for row_texts, row_styles in zip(texts, styles, strict=True):
        yield _line(shape, row_texts, row_styles, paint)


def _spread(widths: list[int], room: int) -> None:
    if room <= 0:
        return
    each, rest = divmod(room, len(widths))
    for i in range(len(widths)):
        widths[i] += each + (i >= len(widths) - rest)


def _line(shape: Sequence[tuple[Column, int, str]], texts: Sequence[str], styles: Sequence[str], paint: Paint) -> str:
    line = blanks = ""  # blanks are held back until something follows, so that colour cannot hide trailing ones
    for (column, width, gap), text, style in zip(shape, texts, styles, strict=True):
        pad = " " * (width - len(text))
        painted = paint(text, style) if style else text
        if not text:
            blanks += gap + pad
        elif column.right:
            line += blanks + gap + pad + painted
            blanks = ""
        else:
            line += blanks + gap + painted
            blanks = pad
    return line.rstrip(" ")
