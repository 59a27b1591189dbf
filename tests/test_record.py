"""One list of fields: slots objects of zeros, their copies, and the range check for tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.record import copied, i4, i8, record, u1, u2, u4, words
from tracker.tcp.endpoint import Endpoint, Flow, Transition, Trouble
from tracker.tcp.segment import Segment

ROOT = Path(__file__).parents[1]
CHECKED = bool(os.environ.get("TRACKER_RANGES"))
SIZES = {"u1": 1, "u2": 2, "u4": 4, "i4": 4, "i8": 8, "4u4": 16}


@record
class Inner:
    """An inner record."""

    small: u1
    parts: words


@record
class Outer:
    """One of every kind."""

    at: i8
    place: i4
    number: u4
    port: u2
    flag: u1
    address: words
    inner: Inner


def size(kind: object) -> int:
    fields: dict[str, object] = kind.FIELDS  # type: ignore[attr-defined]
    return sum(SIZES[field] if isinstance(field, str) else size(field) for field in fields.values())


def test_record_begins_as_zeros() -> None:
    outer = Outer()
    assert (outer.at, outer.place, outer.number, outer.port, outer.flag) == (0, 0, 0, 0, 0)
    assert outer.address == outer.inner.parts == [0, 0, 0, 0]
    assert outer.inner.small == 0


def test_record_has_slots_and_its_list_of_fields() -> None:
    fields = Outer.FIELDS  # type: ignore[attr-defined]
    assert list(fields) == ["at", "place", "number", "port", "flag", "address", "inner"]
    assert list(fields.values()) == ["i8", "i4", "u4", "u2", "u1", "4u4", Inner]
    with pytest.raises(AttributeError):
        Outer().misspelt = 1  # type: ignore[attr-defined]
    assert not hasattr(Outer(), "__dict__")
    assert (Outer.__name__, Outer.__doc__) == ("Outer", "One of every kind.")


def test_record_rows_share_nothing() -> None:
    one, other = Outer(), Outer()
    one.address[0] = one.inner.small = 7
    assert (other.address[0], other.inner.small) == (0, 0)


def test_copied_is_deep() -> None:
    one = Outer()
    one.at, one.inner.small, one.inner.parts[3], one.address[0] = 1, 2, 3, 4
    other = copied(one)
    one.at = one.inner.small = one.inner.parts[3] = one.address[0] = 9
    assert (other.at, other.inner.small, other.inner.parts, other.address) == (1, 2, [0, 0, 0, 3], [4, 0, 0, 0])
    assert type(other) is Outer


@pytest.mark.parametrize("kind", [Segment, Endpoint, Trouble, Flow, Transition])
def test_every_record_can_be_copied(kind: type) -> None:
    assert type(copied(kind())) is kind


def test_rows_keep_to_their_size() -> None:
    """As rows lie in memory: millions of flows do, of which the cache holds few."""
    assert size(Endpoint) <= 120
    assert size(Flow) <= 304
    assert size(Transition) <= 40
    assert size(Trouble) <= 56
    assert size(Segment) <= 112


CHECK = """
from tracker.record import record, u1, u2, u4, i4, i8, words
@record
class Row:
    a: u1
    b: u2
    c: u4
    d: i4
    e: i8
    f: words
row = Row()
for name, low, high in (("a", 0, 255), ("b", 0, 65535), ("c", 0, 2**32 - 1), ("d", -2**31, 2**31 - 1), ("e", -2**63, 2**63 - 1)):
    for fits in (low, high):
        setattr(row, name, fits)
        assert getattr(row, name) == fits
    for does_not in (low - 1, high + 1):
        try:
            setattr(row, name, does_not)
        except OverflowError as error:
            assert str(error) == f"Row.{name} = {does_not}"
        else:
            raise SystemExit(f"{name} took {does_not}")
row.f = [1, 2, 3, 4]
"""


def test_ranges_are_checked_when_asked() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHECK],
        env=os.environ | {"TRACKER_RANGES": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(CHECKED, reason="ranges are checked in this run")
def test_ranges_are_not_checked_otherwise() -> None:
    outer = Outer()
    outer.flag = 256
    assert outer.flag == 256
