"""One row a connection: both ends' states, what they went through, and how it ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tracker.engine.trace import Moment
from tracker.tcp.endpoint import BY_SELF_CONNECT, Endpoint, Flow
from tracker.tcp.states import TIMED
from tracker.tcp.timers import Profile
from tracker.views.account import A
from tracker.views.direction import client_of
from tracker.views.history import History, cause_of_end, end_of, listeners
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, Address
from tracker.views.sockets import Local, standing

MICROSECOND = 1000  # ns


@dataclass(frozen=True, slots=True)
class Entered:
    """A state that packets show: entered `at` (ns) by packet `packet`; revised: a later packet took it back."""

    state: str
    at: int
    packet: int
    certainty: str
    cause: str
    revised: bool


@dataclass(frozen=True, slots=True)
class TimedOut:
    """What a timer of the profile must have done: the state it led to, when (ns), which timer."""

    state: str
    at: int
    timer: str


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection at the asked moment. `state` is the last that packets show, `timed` what a timer has done since."""

    address: Address
    port: int
    state: str
    certainty: str  # timed where a timer has done something; what is in `states` keeps its own
    since: int | None  # ns; None where nothing is known
    states: tuple[Entered, ...]
    timed: TimedOut | None
    packets: int
    bytes: int  # payload sent, each byte once
    retransmitted: int
    ignored: int  # segments to it that it must have ignored
    rtt: int | None  # ns, from its segments to their ACKs as the capture point sees it
    missed: int  # bytes it sent that were acknowledged but never captured
    bytes_again: int = 0  # payload sent again


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A connection. In a self-connect client and server are the one end there is."""

    flow: int
    client: End
    server: End
    first: int  # ns
    last: int  # ns
    incarnation: int
    direction: str
    confidence: str
    end: str  # fin, rst, refused, icmp, superseded, none
    icmp: int | None  # the last ICMP error that quotes it, type << 8 | code
    next: int | None  # the flow that is the tuple's next life
    findings: tuple[str, ...] = ()


def flows(history: History, moment: Moment, profile: Profile, local: Local) -> Iterator[FlowRow]:
    """The connections with an end that `local` accepts, in the order of their first packets."""
    listening = {(listener.address, listener.port) for listener in listeners(history, moment)}
    for number, flow in history.flows(moment):
        a, b = end_of(flow, 0), end_of(flow, 1)
        if not (local(a[0]) or local(b[0])):
            continue
        side, direction, confidence = client_of(flow, listening)
        opener = end(history, moment, number, flow, side, profile)
        answerer = (
            opener if flow.direction == BY_SELF_CONNECT else end(history, moment, number, flow, 1 - side, profile)
        )
        yield FlowRow(
            number,
            opener,
            answerer,
            flow.first,
            max(flow.first, flow.a.last, flow.b.last),
            flow.incarnation,  # a tentative life is always the last one, so none that is hidden is counted
            direction,
            confidence,
            cause_of_end(history, number, moment),
            flow.error or None,
            history.later_life(number, moment),
        )


class FlowRows:
    """The connections of a moment of many flows, made anew each time that they are gone through: they are never all there."""

    def __init__(
        self, history: History, moment: Moment, profile: Profile, local: Local, versions: Sequence[int]
    ) -> None:
        from tracker.views.columns.ends import connections  # noqa: PLC0415 - NumPy and Numba

        self._asked = history, moment, profile, local
        self._versions = versions
        self._count = connections(history, moment, local, versions)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[FlowRow]:
        return (row for row in flows(*self._asked) if row.client.address.version in self._versions)

    def runs(self) -> Iterator[list[FlowRow]]:
        """Some at a time."""
        waiting = iter(self)
        while some := list(islice(waiting, 4096)):
            yield some


def end(history: History, moment: Moment, number: int, flow: Flow, side: int, profile: Profile) -> End:
    """One end of a flow as it stood."""
    endpoint: Endpoint = flow.a if side == A else flow.b
    trouble = moment.trouble(endpoint)
    now = standing(history, moment, number, side, profile)
    return End(
        *end_of(flow, side),
        state=STATE_NAMES[now.state],
        certainty=CERTAINTY_NAMES[TIMED if now.timed_out else now.certainty],
        since=now.since or None,
        states=entered(history, moment, number, side),
        timed=TimedOut("CLOSED", now.timed_out, now.timer) if now.timed_out else None,
        packets=endpoint.packets,
        bytes=endpoint.bytes,
        bytes_again=trouble.bytes_again,
        retransmitted=trouble.retransmitted,
        ignored=trouble.ignored,
        rtt=endpoint.srtt * MICROSECOND or None,
        missed=trouble.missed,
    )


def entered(history: History, moment: Moment, number: int, side: int) -> tuple[Entered, ...]:
    """The states that packets show of an end up to a moment, in the order of their times."""
    rows = [row for row in history.rows(number, side) if moment.holds(row.number)]
    rows.sort(key=lambda row: row.at)
    return tuple(
        Entered(
            STATE_NAMES[row.new],
            row.at,
            row.number,
            CERTAINTY_NAMES[row.certainty],
            CAUSES[row.cause],
            history.taken_back(row, moment),
        )
        for row in rows
    )


CAUSES = ("syn", "syn-ack", "ack-of-syn", "data", "fin", "ack-of-fin", "rst", "icmp")
