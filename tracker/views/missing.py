"""What an end of a connection is waiting for at a moment: since when, what has not come, and what would come next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tracker.engine.trace import Moment
from tracker.output.when import duration
from tracker.output.words import several
from tracker.tcp.endpoint import BY_SELF_CONNECT, SEQ_KNOWN, Endpoint, Flow, Trouble
from tracker.tcp.sequence import distance
from tracker.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT1,
    FIN_WAIT2,
    LAST_ACK,
    ON_RST,
    ON_UNREACHABLE,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    TIMED,
    UNKNOWN,
)
from tracker.tcp.timers import Profile, expiry
from tracker.views.account import A
from tracker.views.history import History
from tracker.views.ladder import Facts, Ladder
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES
from tracker.views.sockets import Standing, other_end, standing, timer
from tracker.views.tcpdump import date_and_clock


@dataclass(frozen=True, slots=True)
class Now:
    """Where one end stands at the moment, what is missing, and what would come next."""

    side: int
    state: str
    certainty: str
    since: int | None  # ns
    packet: int  # that the state was entered at, 0: none
    missing: str
    next: str


@dataclass(frozen=True, slots=True)
class Seat:
    """All that is asked of one end: `it` and `other` are what the two are called."""

    history: History
    side: int
    flow: Flow
    own: Endpoint
    peer: Endpoint
    stands: Standing
    peer_stands: Standing
    facts: Facts
    peer_facts: Facts
    other: str
    moment: Moment
    profile: Profile
    cause: int  # of its last transition, -1: none
    entered: int  # the packet of its last transition, 0: none

    @property
    def trouble(self) -> Trouble:
        """What has gone wrong on the way of its segments."""
        return self.moment.trouble(self.own)


def now(history: History, moment: Moment, ladder: Ladder, side: int, names: tuple[str, str], profile: Profile) -> Now:
    """What a connection's end waits for. names: of sides a and b."""
    number = ladder.number
    flow = moment.flows[number]
    own = flow.a if side == A else flow.b
    peer = other_end(flow, side)
    far = side if flow.direction == BY_SELF_CONNECT else 1 - side
    row = history.last_row(number, side, moment)
    stands = standing(history, moment, number, side, profile)
    seat = Seat(
        history,
        side,
        flow,
        own,
        peer,
        stands,
        standing(history, moment, number, far, profile),
        ladder.facts[side],
        ladder.facts[far],
        names[far],
        moment,
        profile,
        -1 if row is None else row.cause,
        0 if row is None else row.number,
    )
    missing, following = _SAY[stands.state](seat)
    if stands.timed_out:
        ago = duration(max(moment.at - stands.timed_out, 0))
        missing += (
            f"; its timer ({stands.timer}, profile {profile.name}) must have ended it {ago} ago, which no packet shows"
        )
        following = "nothing"
    elif history.superseded(number, side, moment):
        following = f"its ports are used again, by flow {history.later_life(number, moment)}"
    return Now(
        side,
        STATE_NAMES[stands.state],
        CERTAINTY_NAMES[TIMED if stands.timed_out else stands.certainty],
        stands.since or None,
        0 if row is None else row.number,
        missing,
        following,
    )


Said = tuple[str, str]  # what is missing, what would come next


def _unknown(seat: Seat) -> Said:
    if seat.facts.first:
        return "what it sent tells nothing of its state", "data, a SYN or a FIN of its own"
    return "the capture shows no packet of it", "any packet that it sends tells its state"


def _closed(seat: Seat) -> Said:
    if seat.cause == ON_UNREACHABLE:
        return "an ICMP error ended its attempt", "nothing; its application sees the error"
    if seat.cause == ON_RST:
        if seat.facts.rst == seat.entered:
            return "it sent an RST itself", "nothing; what still comes is answered with RST"
        return "an RST ended it", "nothing; what still comes is answered with RST"
    return "it is over", "nothing; what still comes is answered with RST"


def _listen(_: Seat) -> Said:
    return "it waits for a SYN", "a SYN"


def _syn_sent(seat: Seat) -> Said:
    facts, peer = seat.facts, seat.peer_facts
    tries = _again(seat.trouble.syn_retries)
    if peer.syn_ack:
        missing = f"its SYN (#{facts.syn}{tries}) was answered with SYN-ACK (#{peer.syn_ack}), which has not reached it"
    else:
        missing = f"nothing has answered its SYN (#{facts.syn}{tries}): dropped on the way, or by a full accept queue"
    return missing, f"the SYN-ACK; {_until(seat, 'the SYN again', 'connect() fails')}"


def _syn_recv(seat: Seat) -> Said:
    facts = seat.facts
    number = facts.syn_ack or facts.syn
    missing = f"no ACK of its SYN-ACK (#{number}{_again(seat.trouble.syn_retries)}) has counted"
    if seat.peer_stands.state >= ESTABLISHED:
        missing += ": lost, the accept queue full, or accept deferred until data comes"
    elif seat.peer_stands.state == SYN_SENT:
        missing += f": the SYN-ACK does not reach the {seat.other}, or the SYN was forged"
    return missing, f"the final ACK; {_until(seat, 'the SYN-ACK again', 'the request is dropped')}"


def _established(seat: Seat) -> Said:
    waiting = _in_flight(seat.own)
    if waiting:
        missing = f"{several(waiting, 'byte')} that it sent are not acknowledged" + (
            f", sent again {_times(seat.own.retries)}" if seat.own.retries else ""
        )
        return missing, f"the ACK; {_until(seat, 'the data again', '')}"
    if seat.peer_stands.state in (FIN_WAIT1, CLOSING, LAST_ACK) and seat.peer_facts.fin:
        return f"the {seat.other}'s FIN (#{seat.peer_facts.fin}) has not reached it", "the FIN once more"
    if seat.peer_stands.state == CLOSED:
        return f"the {seat.other} has no connection any more, and it does not know", "an RST, once it sends anything"
    return "nothing is missing; it may stay so for ever", "data, or the FIN of who closes first"


def _fin_wait1(seat: Seat) -> Said:
    return _fin_unacked(seat), f"the ACK of its FIN, then the {seat.other}'s FIN; {_until(seat, 'the FIN again', '')}"


def _fin_wait2(seat: Seat) -> Said:
    facts = seat.facts
    known = (
        f"the {seat.other} acknowledged its FIN in #{facts.acked} at {_clock(facts.acked_at, seat)} and"
        if facts.acked
        else f"its FIN has got through, and the {seat.other}"
    )
    waits = (
        f"; the application of the {seat.other} has not called close()" if seat.peer_stands.state == CLOSE_WAIT else ""
    )
    ends, _ = expiry(seat.own, seat.trouble, seat.profile)
    limit = (
        f"; if its own application has closed, not only shut down, it ends by itself at {_clock(ends, seat)}"
        if ends
        else ""
    )
    return f"{known} has sent none of its own{waits}", f"the {seat.other}'s FIN{limit}"


def _close_wait(seat: Seat) -> Said:
    facts, peer = seat.facts, seat.peer_facts
    if peer.acked:
        text = f"it acknowledged the FIN (#{peer.fin}) in #{peer.acked} at {_clock(peer.acked_at, seat)}"
        text += (
            " and has sent nothing since"
            if facts.last <= peer.acked
            else f" and has gone on sending up to #{facts.last}"
        )
    else:
        text = f"the FIN of #{peer.fin} has come; its ACK was not seen yet"
    return (
        f"{text}; the application there has not called close()",
        "its own FIN, after close(); no timer ends this state",
    )


def _closing(seat: Seat) -> Said:
    return f"{_fin_unacked(seat)}; the FINs crossed", f"the ACK of its FIN; {_until(seat, 'the FIN again', '')}"


def _last_ack(seat: Seat) -> Said:
    return _fin_unacked(seat), f"the ACK of its FIN, which ends it; {_until(seat, 'the FIN again', '')}"


def _time_wait(seat: Seat) -> Said:
    ends, _ = expiry(seat.own, seat.trouble, seat.profile)
    return (
        "nothing is missing: both have closed",
        f"its timer, at {_clock(ends, seat)} (profile {seat.profile.name}); a new SYN may use the ports sooner",
    )


_SAY: Final[dict[int, Callable[[Seat], Said]]] = {
    UNKNOWN: _unknown,
    CLOSED: _closed,
    2: _listen,
    SYN_SENT: _syn_sent,
    SYN_RECV: _syn_recv,
    ESTABLISHED: _established,
    FIN_WAIT1: _fin_wait1,
    FIN_WAIT2: _fin_wait2,
    CLOSE_WAIT: _close_wait,
    CLOSING: _closing,
    LAST_ACK: _last_ack,
    TIME_WAIT: _time_wait,
}


def _clock(ns: int, seat: Seat) -> str:
    """A time of the moment's day, to the millisecond; of another one with its date."""
    date, _, time = date_and_clock(ns).rpartition(" ")
    today, _, _ = date_and_clock(seat.moment.at).rpartition(" ")
    return time[:-6] if date == today else f"{date} {time[:-6]}"


def _fin_unacked(seat: Seat) -> str:
    facts = seat.facts
    return f"its FIN (#{facts.fin}{_again(facts.fins - 1)}) is not acknowledged"


def _in_flight(endpoint: Endpoint) -> int:
    return max(distance(endpoint.snd_nxt, endpoint.snd_una), 0) if endpoint.marks & SEQ_KNOWN else 0


def _again(count: int) -> str:
    return f", sent again {_times(count)}" if count > 0 else ""


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count:,} times"


def _until(seat: Seat, repeats: str, gives_up: str) -> str:
    """When the retransmission timer fires, and when its host gives up."""
    runs = timer(seat.history, seat.moment, seat.flow, seat.side, seat.stands.state, seat.profile)
    text = ""
    if runs is not None and runs.kind == "on":
        text = f"else {repeats} in {duration(runs.remaining)}" if runs.remaining else f"else {repeats}, which is due"
    ends, _ = expiry(seat.own, seat.trouble, seat.profile)
    if ends and gives_up:
        text += f"{', and ' if text else ''}at {_clock(ends, seat)} {gives_up} (profile {seat.profile.name})"
    return text or f"else {repeats}"
