"""The moments that a question asks for, as the replay is told them."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from tracker.engine.trace import Point, Points
from tracker.output.when import AfterPacket, Moment, moment_ns

MOST_STEPS: Final = 100_000  # a clock that jumps from 1970 to 2023 must not make 1.7 thousand million tables


class TooManySteps(ValueError):  # noqa: N818 - it is what is wrong with the question
    """The capture is longer than any table by table reading."""


def points_of(asked: Moment | None, every: int = 0, zone: tzinfo | None = None) -> Points:
    """The asked moment, or the first packet; with `every` (ns) one moment after the other from there on.

    zone: of times that name none, None is this machine's own. Where the asked moment lies before the first packet, the
    steps on which there is nothing yet are left out. The points raise TooManySteps; a packet's moment has no steps.
    """

    def points(first: int) -> Iterator[Point]:
        if isinstance(asked, AfterPacket):
            yield Point(0, asked.number) if asked.number else Point(first - 1)
            return
        at = first if asked is None else moment_ns(asked, first, zone)
        yield Point(at)
        if not every:
            return
        at += every * max((first - at - 1) // every, 0)
        for _ in range(MOST_STEPS):
            at += every
            yield Point(at)
        raise TooManySteps(f"the capture is longer than {MOST_STEPS:,} steps")

    return points
