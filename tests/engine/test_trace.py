"""A replay and the moments that were asked of it."""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.capture.source import Capture
from tracker.engine import interpreted as module
from tracker.engine.feed import batches
from tracker.engine.interpreted import Store
from tracker.engine.replay import replay
from tracker.engine.trace import Moment, Point, Trace, run
from tracker.record import copied
from tracker.tcp import segment as bits
from tracker.tcp.segment import Segment

from ..capture.build import NANO, pcap  # noqa: TID252 - `tests` is no package to import from
from ..decode.build import ethernet, icmp, ipv4  # noqa: TID252
from ..properties.wild import Wild, iss, segments, wild  # noqa: TID252
from ..tcp.play import ISS, PLACES, START, Stage  # noqa: TID252

MS = 1_000_000
SCRIPT = "C>S S; S>C SA; C>S A; C>S P100; S>C A; D>S S; C>S FA; S>C FA; S>D RA; C>S A"


def frame(segment: Segment) -> bytes:
    """The frame that decodes to this segment."""
    options = b""
    if segment.options & bits.HAS_SCALE:
        options += struct.pack("BBB", 3, 3, segment.scale) + b"\1"
    if segment.options & bits.HAS_TIMESTAMPS:
        options += b"\1\1" + struct.pack(">BBII", 8, 10, segment.tsval, segment.tsecr)
    words = 5 + len(options) // 4 << 12
    head = struct.pack(
        ">HHIIHHHH", segment.sport, segment.dport, segment.seq, segment.ack, words | segment.flags, segment.window, 9, 0
    )
    source, destination = str(IPv4Address(segment.src[3])), str(IPv4Address(segment.dst[3]))
    packet = ipv4(head + options + bytes(segment.length), source=source, destination=destination, ident=segment.ident)
    if segment.marks & bits.QUOTED:
        error = icmp(packet[:28], segment.icmp >> 8, segment.icmp & 0xFF)
        packet = ipv4(error, 1, source=destination, destination=source)
    return ethernet(packet)


def capture(made: Iterable[Segment]) -> Capture:
    packets = [(s.time // 10**9, s.time % 10**9, frame(s)) for s in made]
    return Capture("sample", pcap(packets, magic=NANO))


def staged(script: str) -> list[Segment]:
    stage = Stage(PLACES, ISS)
    stage.play("; ".join(f"{line} ttl=61" for line in script.split(";")))  # as ipv4() writes it
    return stage.segments


def content(of: Moment | Store) -> list[Any]:
    """Everything of its flows, to compare."""
    return [[fields(flow), *(fields(of.troubles[end.trouble]) for end in (flow.a, flow.b))] for flow in of.flows]


def fields(row: Any) -> Any:
    return [
        fields(getattr(row, name)) if hasattr(getattr(row, name), "FIELDS") else getattr(row, name)
        for name in row.FIELDS
    ]


def at(*points: Point) -> Any:
    return lambda _first: points


def held(trace: Trace) -> Iterator[tuple[Moment, list[Any]]]:
    for moment in trace.moments():
        yield moment, content(moment)


def before(made: list[Segment], count: int) -> list[Any]:
    """The flows as a replay of the first segments alone leaves them."""
    store = Store()
    replay(made, 0, count, store)
    return content(store)


def test_run_without_points_holds_the_end_only() -> None:
    made = staged(SCRIPT)
    trace = run([capture(made)])
    assert list(trace.moments()) == []
    assert (trace.packets, trace.first, trace.last) == (10, START + MS, START + 10 * MS)
    assert (trace.end().at, trace.end().packets, trace.interrupted) == (START + 10 * MS, 10, False)
    assert content(trace.end()) == before(made, 10)


@pytest.mark.parametrize("captures", [0, 1, 2])
def test_run_of_nothing(captures: int) -> None:
    trace = run([capture([]) for _ in range(captures)], at(Point(5)))
    assert (trace.packets, trace.first, trace.last) == (0, 0, 0)
    ((moment, flows),) = held(trace)
    assert (moment.packets, flows) == (0, [])


def test_points_are_made_from_the_first_packet() -> None:
    asked: list[int] = []

    def points(first: int) -> list[Point]:
        asked.append(first)
        return [Point(first + 2 * MS)]

    (moment,) = run([capture(staged(SCRIPT))], points).moments()
    assert asked == [START + MS]
    assert moment.packets == 3


@pytest.mark.parametrize("count", range(12))
def test_moment_by_packet_is_the_replay_up_to_it(count: int) -> None:
    made = staged(SCRIPT)
    ((_, flows),) = held(run([capture(made)], at(Point(0, count) if count else Point(START))))
    assert flows == before(made, min(count, 10))


@pytest.mark.parametrize("count", range(11))
def test_moment_by_time_is_the_replay_up_to_it(count: int) -> None:
    made = staged(SCRIPT)
    when = START + count * MS
    trace = run([capture(made)], at(Point(when), Point(when + MS // 2)))
    (exact, flows), *between = held(trace)
    assert flows == before(made, count)
    assert (exact.at, exact.packets) == (when, count)
    assert all(later == flows for _, later in between)


def test_moment_holds_what_packets_up_to_it_did() -> None:
    assert [Moment(100, 7, [], []).holds(number) for number in (6, 7, 8)] == [True, True, False]


def test_moments_share_what_has_not_changed() -> None:
    made = staged("C>S S; D>S S; S>D SA")
    trace = run([capture(made)], at(Point(0, 2), Point(0, 3)))
    first, second = (list(moment.flows) for moment in trace.moments())
    assert first[0] is second[0]
    assert first[1] is not second[1]


def test_moments_have_the_troubles_of_their_time() -> None:
    made = staged("C>S S; D>S S; C>S S again +1s; D>S S again +1s; C>S S again +2s")
    trace = run([capture(made)], at(*(Point(0, n) for n in range(2, 6))))
    found = [[moment.trouble(flow.a).syn_retries for flow in moment.flows] for moment in trace.moments()]
    assert found == [[0, 0], [1, 0], [1, 1], [2, 1]]
    end = trace.end()
    assert [end.trouble(flow.a).retransmitted for flow in end.flows] == [2, 1]
    assert end.trouble(end.flows[0].b).retransmitted == 0
    first = next(trace.moments())
    assert first.trouble(first.flows[0].a) is first.trouble(first.flows[1].b), "one for all that have none"


def test_moments_can_be_taken_twice() -> None:
    trace = run([capture(staged(SCRIPT))], at(Point(0, 3), Point(0, 9)))
    assert [content(m) for m in trace.moments()] == [content(m) for m in trace.moments()]


def test_moments_see_an_icmp_error_that_is_the_same_as_before() -> None:
    """The SYN came again between them."""
    made = staged("C>S S; C>S icmp=3/1; C>S S again; C>S icmp=3/1; C>S S again")
    trace = run([capture(made)], at(*(Point(0, n) for n in range(1, 5))))
    assert [moment.flows[0].a.state for moment in trace.moments()] == [3, 1, 3, 1]


def test_moments_see_a_tentative_life_begin_again() -> None:
    made = staged("C>S S; S>C SA; C>S A; C>S S new; C>S S new; S>C A")
    trace = run([capture(made)], at(Point(0, 4), Point(0, 5)))
    assert [moment.flows[1].a.iss for moment in trace.moments()] == [made[3].seq, made[4].seq]


def test_progress_counts_packets() -> None:
    seen: list[int] = []
    run([capture(staged("C>S S" + "; C>S S again" * 599))], progress=seen.append)
    assert seen == [256, 512, 600]


def test_interrupt_leaves_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def interrupted(*arguments: Any) -> None:
        calls.append(arguments[1:3])
        if len(calls) == 2:
            raise KeyboardInterrupt
        replay(*arguments)

    monkeypatch.setattr(module, "replay", interrupted)
    trace = run([capture(staged("C>S S" + "; C>S S again" * 599))])
    assert trace.interrupted
    assert trace.store.flows[0].a.packets == 256


def test_several_captures_are_one_trace() -> None:
    made = staged(SCRIPT)
    trace = run([capture(made[::2]), capture(made[1::2])], at(Point(0, 5)))
    ((_, flows),) = held(trace)
    assert flows == before(made, 5)
    assert content(trace.end()) == before(made, 10)


short = st.builds(
    lambda one, length, step, scale: one._replace(length=length, step=step, scale=scale),
    wild,
    st.sampled_from([0, 0, 1, 10, 100]),
    st.sampled_from([0, 1, MS, 60 * MS, 10**10]),
    st.sampled_from([-1, 0, 7, 14]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(short, min_size=1, max_size=25), iss, st.lists(st.integers(1, 25), min_size=1, max_size=6, unique=True))
def test_moments_of_any_segments_are_replays_up_to_them(
    some: list[Wild], numbers: tuple[int, int], cuts: list[int]
) -> None:
    made = segments(some, numbers)
    for one in made:
        if one.marks & bits.QUOTED:  # a quotation holds no more than this
            one.flags = one.ack = one.length = one.window = one.options = one.scale = one.tsval = 0
    file = capture(made)
    decoded = [copied(s) for batch, start, stop in batches([file]) for s in batch[start:stop]]
    assert len(decoded) == len(made)
    cuts = sorted(min(cut, len(made)) for cut in cuts)
    for by_packet in (True, False):
        points = [Point(0, cut) if by_packet else Point(made[cut - 1].time) for cut in cuts]
        trace = run([capture(made)], at(*points))
        for (moment, flows), point in zip(held(trace), points, strict=False):
            count = point.packet or sum(one.time <= point.at for one in made)
            assert moment.packets == count
            assert flows == before(decoded, count)
        assert content(trace.end()) == before(decoded, len(made))
