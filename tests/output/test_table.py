import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.color import plain, sgr
from tracker.output.table import Cell, Column, Styled, clean, render

COLUMNS = [Column("Name"), Column("Count", right=True), Column("Note", gap="  ")]


def test_render_natural_widths() -> None:
    assert list(render(COLUMNS, [["a", "1", "x"], ["longer", "123456", ""]])) == [
        "Name    Count  Note",
        "a           1  x",
        "longer 123456",
    ]


def test_render_least_width_holds_without_rows() -> None:
    assert list(render([Column("A", least=5), Column("B")], [])) == ["A     B"]


def test_render_without_heading_does_not_count_its_width() -> None:
    assert list(render(COLUMNS, [["a", "1", "x"]], header=False)) == ["a 1  x"]


def test_render_terminal_spreads_the_room_over_the_last_columns_first() -> None:
    assert list(render(COLUMNS, [["a", "1", "x"]], width=18, header=False)) == ["a" + " " * 9 + "1  x"]
    lines = list(render([Column("A"), Column("B"), Column("C")], [["a", "b", "c"]], width=10))
    assert lines == ["A  B   C", "a  b   c"]


@pytest.mark.parametrize("width", [0, 1, 5])
def test_render_terminal_too_narrow_stays_natural(width: int) -> None:
    rows = [["abc", "1", "def"]]
    assert list(render(COLUMNS, rows, width=width)) == list(render(COLUMNS, rows))


def test_render_control_characters_are_shown_not_obeyed() -> None:
    assert list(render([Column("N")], [["a\x1b[31m\n\u202eb"]], paint=sgr)) == ["N", "a?[31m??b"]


def test_render_unequal_row_is_an_error() -> None:
    with pytest.raises((ValueError, IndexError)):
        list(render(COLUMNS, [["a", "1"]]))


def test_clean_leaves_letters_of_any_script() -> None:
    assert clean("größe 東京") == "größe 東京"


CELLS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
STYLED = st.builds(Styled, CELLS, st.sampled_from(["", "stuck", "title", "nonsense"]))


@given(st.lists(st.tuples(CELLS | STYLED, CELLS | STYLED, CELLS | STYLED), max_size=6), st.none() | st.integers(0, 60))
def test_render_colour_never_changes_what_is_read(rows: list[tuple[Cell, Cell, Cell]], width: int | None) -> None:
    bare = list(render(COLUMNS, rows, width=width))
    painted = list(render(COLUMNS, rows, width=width, paint=lambda text, style: f"\x1b{text}\x1b" if text else ""))
    assert [line.replace("\x1b", "").rstrip(" ") for line in painted] == bare
    assert list(render(COLUMNS, rows, width=width, paint=plain)) == bare


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.integers(0, 60))
def test_render_no_cell_is_ever_cut(rows: list[tuple[str, str, str]], width: int) -> None:
    for row, line in zip(rows, list(render(COLUMNS, rows, width=width))[1:], strict=True):
        assert all(cell.rstrip(" ") in line for cell in row)
        assert line == line.rstrip(" ")
