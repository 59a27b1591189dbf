"""One list of fields, two storages.

A record is a class with annotated attributes:

    @record
    class Endpoint:
        state: u1
        snd_nxt: u4

Interpreted it is a ``__slots__`` class whose attributes start at 0; ``FIELDS`` keeps the list, from which a NumPy row
type can be made.
For the type checker an attribute is an int, a sub-array (`words`) a list of ints, a nested record its class.
"""

import os
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, get_type_hints

u1 = Annotated[int, "u1"]
u2 = Annotated[int, "u2"]
u4 = Annotated[int, "u4"]
i4 = Annotated[int, "i4"]
i8 = Annotated[int, "i8"]
words = Annotated[list[int], "4u4"]

T = TypeVar("T")


def _checked(fields: dict[str, Any]) -> Any:
    """For tests (TRACKER_RANGES=1): a store that a row of that width would cut silently raises here."""
    ranges: dict[str, tuple[int, int]] = {}
    for name, kind in fields.items():
        if isinstance(kind, str) and kind != "4u4":
            bits = 8 * int(kind[1])
            ranges[name] = (0, 1 << bits) if kind[0] == "u" else (-1 << (bits - 1), 1 << (bits - 1))

    def store(self: Any, name: str, value: Any) -> None:
        low, high = ranges.get(name, (None, None))
        if low is not None and high is not None and not low <= value < high:
            raise OverflowError(f"{type(self).__name__}.{name} = {value}")
        object.__setattr__(self, name, value)

    return store


def record(cls: type[T]) -> type[T]:
    """Make the slots class of a list of annotated fields."""
    hints = get_type_hints(cls, include_extras=True)
    fields: dict[str, Any] = {}
    lines = []
    scope: dict[str, Any] = {}
    for name, hint in hints.items():
        meta = getattr(hint, "__metadata__", None)
        if meta is None:  # a nested record
            fields[name] = hint
            scope[hint.__name__] = hint
            lines.append(f"    self.{name} = {hint.__name__}()")
        elif meta[0] == "4u4":
            fields[name] = meta[0]
            lines.append(f"    self.{name} = [0, 0, 0, 0]")
        else:
            fields[name] = meta[0]
            lines.append(f"    self.{name} = 0")
    exec("def __init__(self):\n" + "\n".join(lines), scope)  # noqa: S102 - generated from our own field lists; a loop of setattr is four times slower
    body = {k: v for k, v in cls.__dict__.items() if k not in ("__dict__", "__weakref__")}
    body.update(__slots__=tuple(hints), __init__=scope["__init__"], FIELDS=fields)
    if os.environ.get("TRACKER_RANGES"):
        body["__setattr__"] = _checked(fields)
    made: type[T] = type(cls.__name__, (), body)
    return made


def of_values(kind: type[T], values: Sequence[Any]) -> T:
    """The record whose fields, in their order, have these values; those of a nested record are a sequence of their own."""
    made = kind()
    for (name, field), value in zip(kind.FIELDS.items(), values, strict=True):  # type: ignore[attr-defined]
        if field.__class__ is not str:
            setattr(made, name, of_values(field, value))
        else:
            setattr(made, name, list(value) if field == "4u4" else value)
    return made


def values_of(row: Any) -> tuple[Any, ...]:
    """The reverse: what a NumPy row of the record's type can be set to."""
    return tuple(
        value if field.__class__ is str else values_of(value)
        for field, value in ((field, getattr(row, name)) for name, field in type(row).FIELDS.items())
    )


def copied(original: T) -> T:
    """A copy of a record and of the records and sub-arrays in it."""
    kind = type(original)
    made = kind()
    for name, field in kind.FIELDS.items():  # type: ignore[attr-defined]
        value = getattr(original, name)
        setattr(
            made,
            name,
            value if field.__class__ is str and field != "4u4" else list(value) if field == "4u4" else copied(value),
        )
    return made
