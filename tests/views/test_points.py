"""Which moments a question is for."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.engine.trace import Point
from tracker.output.when import AbsoluteTime, AfterFirst, AfterPacket
from tracker.views.points import MOST_STEPS, TooManySteps, points_of


def test_one_moment() -> None:
    assert list(points_of(AbsoluteTime(7))(100)) == [Point(7)]
    assert list(points_of(AfterFirst(7))(100)) == [Point(107)]
    assert list(points_of(AfterPacket(7))(100)) == [Point(0, 7)]
    assert list(points_of(AfterPacket(0))(100)) == [Point(99)], "before the first packet"


@given(st.integers(0, 300), st.integers(1, 50))
def test_steps_begin_at_the_asked_moment_and_leave_out_the_empty_ones(at: int, every: int) -> None:
    first, *steps = [point.at for point in islice(points_of(AbsoluteTime(at), every)(100), 5)]
    assert first == at
    assert steps == [step for step in range(at + every, 1000, every) if step >= 100][:4]


def test_steps_end() -> None:
    steps = iter(points_of(None, 1)(0))
    assert sum(1 for _ in islice(steps, MOST_STEPS + 1)) == MOST_STEPS + 1
    with pytest.raises(TooManySteps, match="100,000 steps"):
        next(steps)
