"""The heart's integers as the compiled engine would compute them (dialect/README.md 4): run as a script, in its own process.

Every field read gives an `Unsigned`: what Numba types as u1, u2 or u4. Of two such, `-`, `+`, `*` and `<<` give uint64, which
Python's int is not: a `Wide` here, good for nothing but a mask, a comparison that no sign can spoil, or a store that fits.
Whatever would differ raises. The log must then be what the plain run's is.

    python dialect.py SEED COUNT [CAPTURE...]
"""

import os
import random
import sys
from pathlib import Path
from typing import Any

os.environ["TRACKER_RANGES"] = "1"
sys.path.insert(0, str(Path(__file__).parents[2]))

import tracker.record as records


class Differs(ArithmeticError):  # noqa: N818 - it is what is wrong with the heart
    """The compiled engine would compute something else."""


class Wide(int):
    """A uint64 that came of two unsigned fields."""

    def __and__(self, other: int) -> int:
        return int(self) & int(other)

    __rand__ = __and__

    def _never(self, other: object = None) -> Any:
        raise Differs(f"uint64 arithmetic: {int(self)} and {other!r}")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __or__ = __ror__ = __xor__ = (
        __rxor__
    ) = _never
    __lshift__ = __rshift__ = __neg__ = __invert__ = __mod__ = __abs__ = _never

    def _ordered(self, other: int) -> None:
        if int(self) >= 1 << 63 or int(other) < 0:
            raise Differs(f"uint64 compared: {int(self)} with {int(other)}")

    def __lt__(self, other: int) -> bool:
        self._ordered(other)
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        self._ordered(other)
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        self._ordered(other)
        return int(self) > int(other)

    def __ge__(self, other: int) -> bool:
        self._ordered(other)
        return int(self) >= int(other)


class Unsigned(int):
    """A field of u1, u2 or u4, as it was read."""

    def _of(self, other: int, value: int) -> int:
        return Wide(value & 0xFFFFFFFFFFFFFFFF) if isinstance(other, Unsigned) else value

    def __add__(self, other: int) -> int:
        return self._of(other, int(self) + int(other))

    def __sub__(self, other: int) -> int:
        return self._of(other, int(self) - int(other))

    def __mul__(self, other: int) -> int:
        return self._of(other, int(self) * int(other))

    def __lshift__(self, other: int) -> int:
        if not 0 <= int(other) < 32:
            raise Differs(f"shift by {int(other)}")
        return Wide(int(self) << int(other))

    def _never(self) -> Any:
        raise Differs("~ or - of a field")

    __neg__ = __invert__ = _never

    def __pow__(self, *_: object) -> Any:
        raise Differs("** of a field")


class Words(list[int]):
    """A sub-array of u4."""

    def __getitem__(self, index: Any) -> Any:
        found = list.__getitem__(self, index)
        return [Unsigned(one) for one in found] if isinstance(index, slice) else Unsigned(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        if not 0 <= int(value) < 1 << 32:
            raise Differs(f"a word of {int(value)}")
        list.__setitem__(self, index, int(value))


def compiled_like(cls: type) -> type:
    """The record with fields that read as they would from a row."""
    made: Any = plain(cls)
    fields: dict[str, Any] = made.FIELDS
    slots = {name: made.__dict__[name] for name in fields}
    checked = made.__setattr__

    def read(self: Any, name: str) -> Any:
        value = slots[name].__get__(self, made) if name in slots else object.__getattribute__(self, name)
        return Unsigned(value) if str(fields.get(name)) in ("u1", "u2", "u4") else value

    def write(self: Any, name: str, value: Any) -> None:
        if isinstance(value, bool):
            raise Differs(f"a bool in {name}")
        checked(
            self, name, Words(value) if isinstance(value, list) else int(value) if isinstance(value, int) else value
        )

    made.__getattribute__ = read
    made.__setattr__ = write
    kind: type = made
    return kind


plain = records.record


def unwritten(store: Any) -> None:
    """The row that all ends without trouble read must stay as it is."""
    row = store.troubles[0]
    if any(any(value) if isinstance(value, list) else value for value in (getattr(row, name) for name in row.FIELDS)):
        raise Differs("the troubles of ends that have none were written")


def main(seed: int, count: int, captures: list[str]) -> None:
    """Invented segments, then captures: nothing may raise Differs or OverflowError."""
    records.record = compiled_like
    from tracker.engine.interpreted import Store
    from tracker.engine.replay import replay
    from tracker.tcp.segment import Segment

    dice = random.Random(seed)
    rows = 0
    for _ in range(count):
        store, made, now = Store(), [], 1_700_000_000_000_000_000
        bases = dice.choice([(1000, 50_000), (0xFFFFFFFC, 0xFFFFFFF0), (0x7FFFFFFA, 0x80000000), (0, 0xFFFFFFFF)])
        for number in range(1, 60):
            segment, side = Segment(), dice.randrange(2)
            now += dice.choice([0, 1, 10**6, 10**6, 6 * 10**7, 10**11, -(10**7)])
            segment.time, segment.number = now, number
            ends = ([0, 0, 0xFFFF, 0x0A000001], [0, 0, 0xFFFF, 0x0A000002])
            segment.src, segment.dst = ends[side], ends[1 - side]
            segment.sport, segment.dport = ((40000, 80), (80, 40000))[side]
            if seed % 5 == 4:
                segment.src, segment.dst, segment.sport, segment.dport = ends[0], ends[0], 80, 80
            segment.flags = dice.choice([2, 18, 16, 16, 24, 17, 17, 4, 20, 0, 3, 255, dice.randrange(256)])
            near = [0, 1, 1, 1, 2, 3, 12, 1001, 1002, 2**31, 2**32 - 1, dice.randrange(2**32)]
            segment.seq = (bases[side] + dice.choice(near)) & 0xFFFFFFFF
            segment.ack = (bases[1 - side] + dice.choice(near)) & 0xFFFFFFFF
            segment.length = dice.choice([0, 0, 0, 1, 10, 1000, 65535])
            segment.window = dice.choice([0, 10, 65535])
            segment.options = dice.choice([0, 2, 8, 10, 127])
            segment.scale, segment.tsval = dice.choice([0, 7, 14, 255]), dice.choice([0, 5, 2**31, 2**32 - 1])
            segment.marks, segment.icmp = (
                dice.choice([0] * 20 + [4, 8, 16, 32, 0x200]),
                dice.choice([0x301, 0x304, 0xFFFF]),
            )
            made.append(segment)
        replay(made, 0, len(made), store)
        unwritten(store)
        rows += len(store.transitions)
    for path in captures:
        store = Store()
        from tracker.capture import source
        from tracker.engine.feed import batches

        for segments, start, stop in batches([source.open_capture(path)]):
            replay(segments, start, stop, store)
        unwritten(store)
        rows += len(store.transitions)
    print(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
