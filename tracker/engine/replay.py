"""The loop over a batch of segments: find the flow, choose the life and the sides, observe. One source for every engine."""

from typing import Any

from tracker.engine.store import find, flow_of, look_up, next_life, start_again
from tracker.tcp.endpoint import BY_SELF_CONNECT, TENTATIVE, YOUNG, Flow
from tracker.tcp.handshake import on_error
from tracker.tcp.incarnation import DOUBTFUL, SAME, belongs, life_of_syn, life_of_syn_ack, still_speaking
from tracker.tcp.log import last_row, transition_of
from tracker.tcp.segment import ACK, FIN, NOT_TCP, QUOTED, RST, SYN, Segment
from tracker.tcp.step import observe


def replay(segments: Any, start: int, stop: int, store: Any) -> None:
    """Apply segments[start:stop] in order."""
    for i in range(start, stop):
        segment: Segment = segments[i]
        if segment.marks & (NOT_TCP | QUOTED):
            segment.flow = 0
            if segment.marks & QUOTED:
                replay_error(segment, store)
            continue
        place = find(store, segment)
        number = place >> 1
        flow = flow_of(store, number)
        if flow.marks:
            number = young_or_old(segment, place, number, store)
            flow = flow_of(store, number)
        side = (place & 1) ^ flow.swapped
        if segment.flags & (SYN | RST | FIN) == SYN:
            number = opening(segment, place, number, side, store)
            flow = flow_of(store, number)
            side = (place & 1) ^ flow.swapped
        segment.flow = number + 1
        segment.side = side
        if segment.sport == segment.dport and itself(segment):
            observe_itself(segment, flow, number, store)
        else:
            sender, receiver = (flow.a, flow.b) if side == 0 else (flow.b, flow.a)
            segment.verdict = observe(segment, flow, sender, receiver, number, side, store)


def itself(segment: Segment) -> bool:
    """Both ends are one address (the ports are known to be one): a socket connected to itself has one endpoint, `a`."""
    src, dst = segment.src, segment.dst
    return src[3] == dst[3] and src[2] == dst[2] and src[1] == dst[1] and src[0] == dst[0]


def observe_itself(segment: Segment, flow: Flow, number: int, store: Any) -> None:
    """The one endpoint sends and receives; all its transitions are of side 0."""
    flow.direction = BY_SELF_CONNECT
    first = last_row(store)
    segment.verdict = observe(segment, flow, flow.a, flow.a, number, 0, store)
    for index in range(first, last_row(store)):
        transition_of(store, index).side = 0


def young_or_old(segment: Segment, place: int, number: int, store: Any) -> int:
    """The tuple has begun a new life while the one before may still speak: whose segment is this?"""
    flow = flow_of(store, number)
    before = flow_of(store, flow.previous)
    old_receiver = before.b if (place & 1) ^ before.swapped == 0 else before.a
    if (place & 1) ^ flow.swapped == 0:
        mine = belongs(segment, flow, flow.a, flow.b, old_receiver)
    else:
        mine = belongs(segment, flow, flow.b, flow.a, old_receiver)
    return number if mine else flow.previous


def opening(segment: Segment, place: int, number: int, side: int, store: Any) -> int:
    """A SYN or SYN-ACK: the life it belongs to, a new one where needed."""
    flow = flow_of(store, number)
    sender, receiver = (flow.a, flow.b) if side == 0 else (flow.b, flow.a)
    life = life_of_syn_ack(segment, sender, receiver) if segment.flags & ACK else life_of_syn(segment, sender, receiver)
    if life == SAME:
        return number
    if flow.marks & TENTATIVE:
        start_again(store, number, segment)
        return number
    marks = TENTATIVE | YOUNG if life == DOUBTFUL else YOUNG if still_speaking(sender, receiver) else 0
    new = next_life(store, place, segment)
    flow_of(store, new).marks = marks
    return new


def replay_error(segment: Segment, store: Any) -> None:
    """An ICMP error is a hint to the flow it quotes; it begins none."""
    place = look_up(store, segment)
    if place < 0:
        return
    flow = flow_of(store, place >> 1)
    segment.flow = (place >> 1) + 1
    segment.side = (place & 1) ^ flow.swapped
    flow.error = segment.icmp
    if (place & 1) ^ flow.swapped == 0:
        on_error(segment, flow.a, flow.b, place >> 1, 0, store)
    else:
        on_error(segment, flow.b, flow.a, place >> 1, 1, store)
