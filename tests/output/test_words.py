"""Words for numbers, and headings that fit a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.words import several, wrapped


@pytest.mark.parametrize(("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1204, "1,204 rows")])
def test_several(count: int, text: str) -> None:
    assert several(count, "row") == text


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["seen from all hosts at noon"]),
        (27, ["seen from all hosts at noon"]),
        (26, ["seen from all hosts at", "  noon"]),
        (14, ["seen from all", "  hosts at", "  noon"]),
        (1, ["seen", "  from", "  all", "  hosts", "  at", "  noon"]),  # a word longer than the line is never broken
    ],
)
def test_wrapped(width: int | None, lines: list[str]) -> None:
    assert wrapped("seen from all hosts at noon", width) == lines


def test_wrapped_of_nothing() -> None:
    assert wrapped("", 80) == wrapped("", None) == [""]


@given(st.lists(st.text("ab:-.", min_size=1, max_size=12), min_size=1, max_size=20), st.integers(1, 60))
def test_wrapped_loses_no_word_and_keeps_to_the_width(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words
    assert all(len(line) <= width or len(line.split()) == 1 for line in lines)
