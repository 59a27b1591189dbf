"""One row a connection: both ends' states, what they went through, and how it ended."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracker.engine.trace import Moment
from tracker.tcp.timers import TIMER_NAMES, Profile
from tracker.views.account import A, B
from tracker.views.direction import A_LISTENS, B_LISTENS, NAMES
from tracker.views.flow_row import END_NAMES, EndCells, FlowCells, fill_flow
from tracker.views.history import History, address, end_of, is_tabular, listeners
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, Address
from tracker.views.rules import Stand
from tracker.views.sockets import Local


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
    if is_tabular(moment):
        from tracker.views.columns.flows import FlowTable  # noqa: PLC0415 - NumPy and Numba

        yield from FlowTable(history, moment, profile, local)
        return
    listening = {(listener.address, listener.port) for listener in listeners(history, moment)}
    account = history.account(moment)
    stand, cells = Stand(), FlowCells()
    for number, flow in history.flows(moment):
        a, b = end_of(flow, A), end_of(flow, B)
        if not (local(a[0]) or local(b[0])):
            continue
        listens = (A_LISTENS if a in listening else 0) | (B_LISTENS if b in listening else 0)
        fill_flow(cells, stand, account, number, listens, profile)
        yield flow_row(cells, lambda number, side: entered(history, moment, number, side))


def flow_row(cells: FlowCells, states: Callable[[int, int], tuple[Entered, ...]]) -> FlowRow:
    """The connection that is printed. states: those of an end, by the flow's number and side."""
    opener = end_row(cells.client, states(cells.flow, cells.client.side))
    return FlowRow(
        cells.flow,
        opener,
        opener if cells.alone else end_row(cells.server, states(cells.flow, cells.server.side)),
        cells.first,
        cells.last,
        cells.incarnation,
        NAMES[cells.direction],
        "assumed" if cells.assumed else "seen",
        END_NAMES[cells.end],
        cells.icmp or None,
        cells.next if cells.next >= 0 else None,
    )


def end_row(cells: EndCells, states: tuple[Entered, ...]) -> End:
    """One end of it."""
    return End(
        address(cells.host),
        cells.port,
        STATE_NAMES[cells.state],
        CERTAINTY_NAMES[cells.certainty],
        cells.since or None,
        states,
        TimedOut("CLOSED", cells.timed_out, TIMER_NAMES[cells.timer]) if cells.timed_out else None,
        cells.packets,
        cells.bytes,
        cells.retransmitted,
        cells.ignored,
        cells.rtt or None,
        cells.missed,
        cells.bytes_again,
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
