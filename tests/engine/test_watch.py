"""One segment at a time: the same store as a whole replay leaves, and what each step says that it did."""

from pathlib import Path

import pytest

from tracker.capture.source import Capture, open_capture
from tracker.engine import watch as watching
from tracker.engine.interpreted import Store
from tracker.engine.trace import Point, Storage, Trace, run
from tracker.engine.watch import one_step, watch
from tracker.record import copied
from tracker.tcp.states import State

from ..views.stage import segments_of  # noqa: TID252 - `tests` is no package to import from

PCAPS = Path(__file__).parents[2] / "pcaps"
SAMPLES = sorted(PCAPS.glob("*.pcap"))


def fields(record: object) -> list[object]:
    values = [getattr(record, name) for name in type(record).FIELDS]  # type: ignore[attr-defined]
    return [fields(value) if hasattr(type(value), "FIELDS") else value for value in values]


def stores(store: Storage) -> list[object]:
    return [fields(row) for row in (*store.flows, *store.transitions, *store.troubles)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_same_as_a_whole_replay(path: Path) -> None:
    whole = run([open_capture(path)])
    trace = Trace([open_capture(path)])
    rows = []
    for step in watch(trace):
        rows += [id(row) for row in step.entered]
        assert step.flow is None or step.flow is trace.engine.store.flows[step.number]
    assert stores(trace.engine.store) == stores(whole.store)
    assert rows == [id(row) for row in trace.engine.store.transitions]
    assert trace.packets == whole.packets


def test_several_captures_are_numbered_through_all() -> None:
    paths = SAMPLES[:4]
    whole = run([open_capture(path) for path in paths])
    trace = Trace([open_capture(path) for path in paths])
    numbers = [step.segment.number for step in watch(trace)]
    assert numbers == sorted(set(numbers))
    assert stores(trace.engine.store) == stores(whole.store)


def test_points_are_kept_and_what_lies_behind_them_is_late() -> None:
    path = PCAPS / "close-wait-stuck.pcap"
    trace = Trace([open_capture(path)])
    late = {step.segment.number: step.late for step in watch(trace, lambda _: [Point(0, 7)])}
    assert [number for number, is_late in late.items() if is_late] == [8]
    (moment,) = trace.moments()
    (kept,) = run([open_capture(path)], lambda _: [Point(0, 7)]).moments()
    assert (moment.at, moment.packets) == (kept.at, kept.packets)
    assert [fields(flow) for flow in moment.flows] == [fields(flow) for flow in kept.flows]


@pytest.mark.parametrize(("packet", "last"), [(7, 7), (3, 2), (99, 8)])  # 3 is no TCP
def test_ends_at_the_point(packet: int, last: int) -> None:
    trace = Trace([open_capture(PCAPS / "close-wait-stuck.pcap")])
    numbers = [step.segment.number for step in watch(trace, lambda _: [Point(0, packet)], beyond=False)]
    assert numbers[-1] == last


def test_a_point_by_time_counts_from_the_first_packet() -> None:
    trace = Trace([open_capture(PCAPS / "close-wait-stuck.pcap")])
    steps = watch(trace, lambda first: [Point(first + 10_000_000)], beyond=False)
    assert [step.segment.number for step in steps] == [1, 2, 4, 5, 6]


def test_a_header_comes_with_each_segment() -> None:
    headers = [step.header for step in watch(Trace([open_capture(PCAPS / "refused.pcap")]))]
    assert [len(header) for header in headers[:2]] == [40, 20]


def test_an_interrupt_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = open_capture(PCAPS / "refused.pcap")

    def interrupted(_: Capture) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Capture, "advance", interrupted)
    trace = Trace([capture])
    assert len(list(watch(trace, lambda _: [Point(0, 99)]))) > 2
    assert trace.interrupted
    assert len(list(trace.moments())) == 1


def test_idle_is_called_before_more_is_read() -> None:
    calls = []
    trace = Trace([open_capture(PCAPS / "refused.pcap")])
    for _ in watch(trace, idle=lambda: calls.append(trace.packets)):
        assert not calls
    assert calls == [trace.packets]


# ---- what a step says ------------------------------------------------------------------------------------------------


def played(script: str) -> list[watching.Step]:
    segments, store = segments_of(script), Store()
    return [one_step(segments, i, store) for i in range(len(segments))]


def test_retransmitted_is_its_sender_s_so_far() -> None:
    steps = played("C>S S; C>S S again +1s; S>C SA; C>S A; C>S P10; C>S P again +1s; S>C A; C>S icmp=3/1")
    assert [step.retransmitted for step in steps] == [0, 1, 0, 1, 1, 2, 0, 2]


def test_entered_and_proven() -> None:
    syn, syn_ack, ack = played("C>S S; S>C SA; C>S A")
    assert [(row.side, State(row.new).name) for row in syn_ack.entered] == [(1, "SYN_RECV"), (0, "ESTABLISHED")]
    assert [row.number for row in ack.proven] == [2]
    assert syn.proven == syn_ack.proven == ()
    assert [State(stand.state).name for stand in ack.before] == ["ESTABLISHED", "SYN_RECV"]


def test_taken_back() -> None:
    *_, again = played("C>S S; S>C SA; S>C SA again +1s")
    (row,) = again.taken_back
    assert (State(row.new).name, row.number, row.undone) == ("ESTABLISHED", 2, 3)
    assert again.entered == ()


def test_another_attempt_takes_the_place_of_a_tentative_one() -> None:
    steps = played("C>S S; S>C SA; C>S A; C>S S new +1s; C>S S new +1s")
    assert steps[-2].number == steps[-1].number == 1
    assert [State(row.new).name for row in steps[-1].taken_back] == ["SYN_SENT"]
    assert [State(row.new).name for row in steps[-1].entered] == ["SYN_SENT"]


def test_an_old_life_that_still_speaks() -> None:
    steps = played("C>S S; S>C SA; C>S A; C>S S new +1s; S>C A")
    assert [step.number for step in steps] == [0, 0, 0, 1, 0]
    assert [State(stand.state).name for stand in steps[-1].before] == ["ESTABLISHED", "ESTABLISHED"]


def test_an_error_that_quotes_nothing_known() -> None:
    (step,) = played("C>S S; C>S icmp=3/13")[1:]
    assert step.number == 0
    segments, store = segments_of("C>S S; C>S icmp=3/13"), Store()
    alone = one_step(segments, 1, store)
    assert (alone.flow, alone.number) == (None, -1)


def test_a_step_changes_nothing_but_the_store() -> None:
    segments = segments_of("C>S S; S>C SA; C>S A")
    before = copied(segments[0])
    one_step(segments, 0, Store())
    assert (segments[0].seq, segments[0].flags) == (before.seq, before.flags)
