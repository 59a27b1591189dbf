"""The loop: which segments count, whose they are, and that no input makes it slow or large."""

import sys

import pytest

from tracker.engine.interpreted import Store
from tracker.engine.replay import itself, replay
from tracker.tcp.segment import NOT_TCP, QUOTED, RST, SYN, Segment
from tracker.tcp.states import State

from ..tcp.play import ESTABLISHED, ISS, PLACES, SPOKEN, Stage, play  # noqa: TID252 - `tests` is no package to import from


def staged(script: str) -> list[Segment]:
    stage = Stage(PLACES, ISS)
    stage.play(script)
    return stage.segments


def test_replay_only_what_is_between_start_and_stop() -> None:
    made, store = staged(ESTABLISHED), Store()
    replay(made, 0, 0, store)
    assert store.flows == []
    replay(made, 0, 2, store)
    assert store.flows[0].b.state == State.SYN_RECV
    replay(made, 2, 3, store)
    assert store.flows[0].b.state == State.ESTABLISHED


def test_place_holders_are_passed_over() -> None:
    made, store = staged(ESTABLISHED), Store()
    for segment in made:
        segment.marks = NOT_TCP
    replay(made, 0, 3, store)
    assert store.flows == []


def test_quotation_begins_no_flow_and_is_no_packet() -> None:
    made, store = staged("C>S S; C>S icmp=3/1"), Store()
    replay(made, 1, 2, store)
    assert store.flows == []
    replay(made, 0, 2, store)
    assert (store.flows[0].a.packets, store.flows[0].error) == (1, 0x301)
    assert made[1].marks & QUOTED


def test_quotation_of_the_other_direction() -> None:
    play("S>C S; S>C icmp=3/1").is_("UNKNOWN", "CLOSED")
    play("C>S S; S>C SA; S>C icmp=3/1").is_("ESTABLISHED", "SYN_RECV")


def test_quotation_goes_to_the_latest_life() -> None:
    played = play("C>S S; S>C RA; C>S S new; C>S icmp=3/1")
    assert [flow.error for flow in played.store.flows] == [0, 0x301]


@pytest.mark.parametrize("word", [0, 1, 2, 3])
def test_itself_needs_every_word(word: int) -> None:
    segment = Segment()
    segment.src, segment.dst = [1, 2, 3, 4], [1, 2, 3, 4]
    assert itself(segment)
    segment.dst[word] = 9
    assert not itself(segment)


def test_equal_ports_are_no_self_connect() -> None:
    made, store = staged(ESTABLISHED), Store()
    for segment in made:
        segment.sport = segment.dport = 179
    replay(made, 0, 3, store)
    (flow,) = store.flows
    assert (flow.a.state, flow.b.state) == (State.ESTABLISHED, State.ESTABLISHED)


def test_flows_do_not_mix() -> None:
    one, other = staged(SPOKEN), staged(SPOKEN.replace("C", "D"))
    mixed = [segment for pair in zip(one, other, strict=True) for segment in pair]
    store = Store()
    replay(mixed, 0, len(mixed), store)
    assert [(flow.a.state, flow.a.bytes, flow.b.bytes) for flow in store.flows] == [(5, 100, 200)] * 2


def calls(made: list[Segment]) -> tuple[int, Store]:
    """How many functions are called to replay the segments: what a walk that grows would show, whatever the machine does."""
    store, count = Store(), 0

    def profile(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        replay(made, 0, len(made), store)
    finally:
        sys.setprofile(None)
    return count, store


def many(flags: int, count: int, step: int) -> list[Segment]:
    made = []
    for i in range(count):
        segment = Segment()
        segment.src, segment.dst, segment.sport, segment.dport = [0, 0, 0xFFFF, 1], [0, 0, 0xFFFF, 2], 9, 80
        segment.flags, segment.seq, segment.number, segment.time = flags, i * step & 0xFFFFFFFF, i + 1, i
        made.append(segment)
    return made


@pytest.mark.parametrize(
    ("flags", "step"),
    [(RST, 0), (RST, 1), (RST | 0x10, 7), (SYN, 0), (SYN, 7919), (SYN | 0x10, 7919), (0x11, 7919), (0x10, 70_000)],
)
def test_one_tuple_a_flood_costs_the_same_per_packet(flags: int, step: int) -> None:
    """No rows without an end, no walk that grows: eight times the packets take eight times the calls."""
    short, _ = calls(many(flags, 1000, step))
    long, store = calls(many(flags, 8000, step))
    assert long < 8 * short * 1.1
    assert len(store.transitions) <= 2 * 8000


def test_syn_flood_on_a_living_connection_keeps_one_hidden_life() -> None:
    store = Store()
    made = staged(SPOKEN)
    replay(made, 0, len(made), store)
    flood = many(SYN, 2000, 7919)
    for segment in flood:
        segment.src, segment.sport, segment.dst, segment.dport = made[0].src, made[0].sport, made[0].dst, made[0].dport
        segment.time += made[-1].time
    replay(flood, 0, 2000, store)
    assert len(store.flows) == 2
    assert (store.flows[0].a.state, store.flows[0].b.state) == (State.ESTABLISHED, State.ESTABLISHED)
