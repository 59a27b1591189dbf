"""Rows of cells to lines of text: aligned columns, coloured cells, one width policy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .color import Paint, plain


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
    texts = [[cell if isinstance(cell, Styled) else Styled(cell, "") for cell in row] for row in rows]
    texts = [[Styled(clean(text), style) for text, style in row] for row in texts]
    widths = [
        max(column.least, len(column.title) if header else 0, *(len(row[i].text) for row in texts))
        for i, column in enumerate(columns)
    ]
    gaps = [column.gap if i else "" for i, column in enumerate(columns)]
    if width is not None:
        _spread(widths, width - sum(widths) - sum(map(len, gaps)))
    if header:
        yield _line(columns, [Styled(column.title, "") for column in columns], widths, gaps, plain)
    for row in texts:
        yield _line(columns, row, widths, gaps, paint)


def _spread(widths: list[int], room: int) -> None:
    if room <= 0:
        return
    each, rest = divmod(room, len(widths))
    for i in range(len(widths)):
        widths[i] += each + (i >= len(widths) - rest)


def _line(columns: Sequence[Column], row: Sequence[Styled], widths: list[int], gaps: list[str], paint: Paint) -> str:
    parts: list[str] = []
    blanks = ""  # held back until something follows, so that colour cannot hide trailing ones
    for column, (text, style), width, gap in zip(columns, row, widths, gaps, strict=True):
        pad = " " * (width - len(text))
        if not text:
            blanks += gap + pad
        elif column.right:
            parts += (blanks, gap, pad, paint(text, style))
            blanks = ""
        else:
            parts += (blanks, gap, paint(text, style))
            blanks = pad
    return "".join(parts).rstrip(" ")
