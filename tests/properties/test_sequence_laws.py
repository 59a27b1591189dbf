"""Arithmetic modulo 2**32 as a group, and its order as far as it is one."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.tcp.sequence import MASK32, add, distance

number = st.integers(0, MASK32) | st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**31 + 1, MASK32])
offset = st.integers(-(2**33), 2**33) | st.sampled_from([0, 1, -1, 2**31, -(2**31), 2**32])
small = st.integers(0, 2**31 - 1)


@given(number, offset)
def test_add_stays_in_32_bits_and_is_undone(a: int, b: int) -> None:
    assert 0 <= add(a, b) <= MASK32
    assert add(add(a, b), -b) == a


@given(number, offset, offset)
def test_add_is_associative(a: int, b: int, c: int) -> None:
    assert add(add(a, b), c) == add(a, b + c)


@given(number, number)
def test_distance_leads_back(a: int, b: int) -> None:
    assert -(2**31) <= distance(a, b) < 2**31
    assert add(b, distance(a, b)) == a


@given(number, number)
def test_distance_is_antisymmetric_but_at_the_antipode(a: int, b: int) -> None:
    if distance(a, b) == -(2**31):
        assert distance(b, a) == -(2**31)
    else:
        assert distance(a, b) == -distance(b, a)


@given(number, number)
def test_distance_is_zero_of_equals_only(a: int, b: int) -> None:
    assert (distance(a, b) == 0) == (a == b)


@given(number, number, offset)
def test_distance_does_not_depend_on_where(a: int, b: int, shift: int) -> None:
    assert distance(add(a, shift), add(b, shift)) == distance(a, b)


@given(number, small)
def test_distance_is_what_was_added(a: int, b: int) -> None:
    assert distance(add(a, b), a) == b


@given(number, small, small)
def test_order_is_transitive_within_half_the_space(a: int, b: int, c: int) -> None:
    if b + c < 2**31:
        assert distance(add(a, b + c), a) >= distance(add(a, b), a)
