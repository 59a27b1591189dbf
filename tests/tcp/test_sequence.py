import pytest

from tracker.tcp.sequence import add, distance

TOP = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("a", "b", "total"),
    [(0, 0, 0), (TOP, 1, 0), (0, -1, TOP), (TOP, TOP, TOP - 1), (5, -6, TOP), (7, 8, 15)],
)
def test_add_wraps(a: int, b: int, total: int) -> None:
    assert add(a, b) == total


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (0, 1, -1),
        (0, TOP, 1),
        (TOP, 0, -1),
        (0x7FFFFFFF, 0, 0x7FFFFFFF),
        (0x80000000, 0, -0x80000000),
        (0, 0x80000000, -0x80000000),
        (0x80000001, 0, -0x7FFFFFFF),
    ],
)
def test_distance_is_signed(a: int, b: int, apart: int) -> None:
    assert distance(a, b) == apart
