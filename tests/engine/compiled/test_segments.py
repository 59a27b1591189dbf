"""Segments, stepped through both engines directly: whatever they are, both make the same of them."""

import ast
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.engine.compiled.cache import kernels
from tracker.engine.compiled.dtypes import SEGMENT
from tracker.engine.compiled.kernels import Kernels
from tracker.engine.compiled.machine import Stored
from tracker.engine.compiled.storage import Rows
from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.record import copied, of_values, values_of
from tracker.tcp.segment import ACK, FIN, NOT_TCP, QUOTED, RST, SYN, Segment

from ...properties.wild import FLAGS, ISS, STEPS, Wild, iss, segments, wild  # noqa: TID252 - `tests` is no package
from ...tcp import play as language  # noqa: TID252
from ...tcp.play import PLACES, SPOKEN, WRAPPING, Stage  # noqa: TID252
from .parity import content, in_place, silent, stepped

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCENES = {
    name: getattr(language, name)
    for name in ("SYN_SENT", "ESTABLISHED", "SPOKEN", "FIN_WAIT2", "CLOSING", "TIME_WAIT", "CLOSED")
}


def compiled() -> Kernels:
    made = kernels(silent)
    assert isinstance(made, Kernels)
    return made


def rows_of(made: Sequence[Segment]) -> Any:
    rows = np.zeros(len(made), SEGMENT)
    for i, segment in enumerate(made):
        rows[i] = values_of(segment)
    return rows


def of_row(row: Any) -> Segment:
    return of_values(Segment, [one.tolist() if hasattr(one, "tolist") else one for one in row.item()])


def everything(store: Any) -> list[Any]:
    return [
        [content(row) for row in store.flows],
        [content(row) for row in store.transitions],
        [content(row) for row in store.troubles],
        dict(store.later),
    ]


def same(made: Sequence[Segment], cuts: Sequence[int] = (), change: Callable[[Any], None] | None = None) -> Store:
    """Both engines on these segments, in batches that end at `cuts`.

    change: what happens to all flows and troubles at the first cut; the fields have the same names in records and rows.
    """
    own, store, rows, kernel = [copied(one) for one in made], Store(), Rows(compiled()), compiled()
    theirs = rows_of(made)
    marks = [0, *sorted(min(cut, len(made)) for cut in cuts), len(made)]
    for i, (start, stop) in enumerate(pairwise(marks)):
        if i == 1 and change is not None:
            for row in chain(store.flows, store.troubles[1:], rows.flows, rows.troubles[1:]):
                change(row)
        replay(own, start, stop, store)
        kernel.prepare(theirs, start, stop, rows.keys)
        kernel.step(theirs, start, stop, rows.reserve(stop - start))
    for mine, row in zip(own, theirs, strict=True):
        assert stepped(mine) == stepped(of_row(row))
    for name, one, other in zip(
        ("flows", "log", "troubles", "later"), everything(store), everything(Stored(rows)), strict=True
    ):
        assert one == other, name
    in_place(rows)
    return store


@many
@given(st.lists(wild, max_size=40), iss, st.booleans(), st.booleans(), st.lists(st.integers(0, 40), max_size=4))
def test_wild_segments(some: list[Wild], numbers: tuple[int, int], turned: bool, itself: bool, cuts: list[int]) -> None:
    same(segments(some, numbers, turned=turned, itself=itself), cuts)


any_segment = st.builds(
    lambda values, src, dst: of_values(Segment, [*values[:2], src, dst, *values[2:], 0, 0, 0]),
    st.tuples(
        st.integers(-(2**62) + 1, 2**62) | st.integers(0, 10**10),
        st.integers(1, 2**62),
        *[st.integers(0, 2**32 - 1) | st.integers(0, 3) for _ in range(7)],  # seq ... sack_right
        st.just(0),  # hash
        *[st.integers(0, 1) for _ in range(2)],  # ports
        st.integers(0, 0xFFF) | st.sampled_from([SYN, SYN | ACK, ACK, RST, FIN | ACK]),
        *[st.integers(0, 65535) | st.integers(0, 3) for _ in range(7)],  # window ... vlan
        *[st.integers(0, 255) for _ in range(2)],
    ),
    st.lists(st.integers(0, 1), min_size=4, max_size=4),
    st.lists(st.integers(0, 1), min_size=4, max_size=4),
)


@many
@given(st.lists(any_segment, max_size=30))
def test_any_values_that_the_fields_can_hold(made: list[Segment]) -> None:
    for segment in made:
        segment.src, segment.dst = [0, 0, 0, segment.src[3]], [0, 0, segment.dst[2], segment.dst[3]]
    same(made)


@pytest.mark.parametrize("seed", range(25))
def test_long_conversations(seed: int) -> None:
    dice = Random(seed)
    some = [
        Wild(
            side=dice.randrange(2),
            flags=dice.choice(FLAGS),
            seq=dice.choice([0, 1, 1, 1, 2, 3, 11, 12, dice.randrange(-5, 40)]),
            ack=dice.choice([0, 1, 1, 1, 2, 3, 11, 12, dice.randrange(-5, 40)]),
            length=dice.choice([0, 0, 0, 1, 10]),
            step=dice.choice(STEPS),
            window=dice.choice([0, 10, 1000, 65535]),
            scale=dice.choice([-1, 0, 7]),
            tsval=dice.choice([-1, -1, -1, 5]),
            quoted=dice.choice([0] * 30 + [0x301]),
            life=dice.choice([0] * 20 + [1_000_000, 2_000_000]),
        )
        for _ in range(600)
    ]
    same(
        segments(some, dice.choice(ISS), itself=seed % 5 == 4), [dice.randrange(600) for _ in range(dice.randrange(5))]
    )


def scripts() -> list[str]:
    """All lines of the play language that the tests of the heart hold."""
    found: dict[str, None] = {}
    for path in sorted(Path(language.__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">" in node.value:
                found[node.value.strip(" ;")] = None
    return list(found)


def staged(script: str) -> list[Segment] | None:
    """The segments of a script; None: it is none, or goes on from another scene."""
    stage = Stage(PLACES, WRAPPING)
    try:
        stage.play(script)
    except (SyntaxError, StopIteration, IndexError, ValueError, TypeError):
        return None
    if any(getattr(segment, name) is None for segment in stage.segments for name in Segment.FIELDS):  # type: ignore[attr-defined]
        return None
    return stage.segments


@pytest.mark.parametrize("scene", [None, *SCENES])
def test_scripts_of_the_heart_s_own_tests(scene: str | None) -> None:
    """Each script by itself, then all of them one after the other on a flow of each its own."""
    played, together = 0, []
    for number, script in enumerate(scripts()):
        made = staged(script if scene is None else f"{SCENES[scene]}; {script}")
        if not made:
            continue
        played += 1
        for segment in made:
            segment.src[2] = segment.dst[2] = number
        together += made
    same(together, [len(together) // 3])
    assert played > 100


def full(row: Any) -> None:
    """Every counter at its end, and what else a field can hold."""
    names = getattr(type(row), "FIELDS", None) or row.dtype.names
    for name, value in {
        "incarnation": 0xFFFF,
        "ignored": 0xFFFF,
        "duplicates": 0xFFFF,
        "dup_acks": 0xFFFF,
        "out_of_order": 0xFFFF,
        "zero_windows": 0xFF,
        "syn_retries": 0xFF,
        "retransmitted": 0xFFFFFFFF,
        "missed": 0xFFFFFFFF,
        "packets": 0xFFFFFFFF,
        "resets": 0xFFFF,
        "retries": 0xFF,
        "srtt": 0xFFFFFFFF,
        "rttvar": 0x7FFFFFFF,
    }.items():
        if name in names:
            put(row, name, value)
    for end in {"a", "b"} & set(names):
        full(row[end] if hasattr(row, "dtype") else getattr(row, end))


def put(row: Any, name: str, value: int) -> None:
    if hasattr(row, "dtype"):
        row[name] = value
    else:
        setattr(row, name, value)


TROUBLED = (
    "C>S P100 again +1s; S>C P200 again +1s; C>S R seq=+9; S>C R seq=+9; C>S A win=0; S>C A win=0; S>C A dup;"
    "C>S A win=64000; C>S P10 gone; C>S P10; S>C P5 unseen; C>S A"
)


@pytest.mark.parametrize(
    "script",
    [
        *TROUBLED.split(";"),
        TROUBLED,
        "C>S S again; S>C SA again",
        "C>S A seq=-1 +60s; C>S A seq=-1 +60s; S>C A seq=-1 +60s; S>C A seq=-1 +60s",
        "C>S FA; C>S FA again; S>C FA; S>C FA again; C>S A; C>S S new; C>S S again; S>C RA; C>S S new; S>C RA; S>C RA dup",
        "C>S P10 dropped; S>C A; S>C A; S>C A; C>S P10 again; S>C A +1s",
    ],
)
def test_counters_at_their_ends_stay_there_and_wrap_nowhere(script: str) -> None:
    before = len(staged(f"{SPOKEN}; {TROUBLED}") or [])
    made = staged(f"{SPOKEN}; {TROUBLED}; {script}")
    assert made
    store = same(made, [before], full)
    for flow in store.flows:
        for end in (flow.a, flow.b):
            assert max(end.packets, store.troubles[end.trouble].retransmitted) <= 0xFFFFFFFF  # as the rows have it


def test_a_place_holder_and_a_quotation_of_nothing() -> None:
    made = [Segment() for _ in range(3)]
    for number, segment in enumerate(made, 1):
        segment.number, segment.marks, segment.flow = number, (NOT_TCP, QUOTED, NOT_TCP | QUOTED)[number - 1], 7
    assert same(made).flows == []
