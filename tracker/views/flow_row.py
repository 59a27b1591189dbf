"""What `tracker flows` shows of a connection, as a record of integers: filled by both engines with the same rules."""

from typing import Any, Final

from tracker.engine.store import flow_of
from tracker.record import i8, record, u1, u2, words
from tracker.tcp.endpoint import BY_NOTHING, BY_SELF_CONNECT, Flow
from tracker.tcp.log import transition_of
from tracker.tcp.states import CLOSED, ON_RST, ON_UNREACHABLE, SYN_SENT, TIME_WAIT, TIMED
from tracker.tcp.trouble import trouble_of
from tracker.views.account import A, end_at, next_life_of, standing_row
from tracker.views.direction import client_of
from tracker.views.rules import Stand, stand_of

MICROSECOND: Final = 1000  # ns

# How a flow has ended; END_NAMES are the words for it.
NOT_ENDED: Final = 0
BY_FIN: Final = 1
BY_RST: Final = 2
REFUSED: Final = 3
BY_ICMP: Final = 4
SUPERSEDED: Final = 5
END_NAMES: Final = ("none", "fin", "rst", "refused", "icmp", "superseded")

# What the rows of a flow's ends have in them: see `met`.
UNREACHABLE_MET: Final = 1
RST_MET: Final = 2
CLOSING_MET: Final = 4
ATTEMPT_MET: Final = 8
OTHER_MET: Final = 16


@record
class EndCells:
    """One end of a connection. Times and durations are ns, 0: nothing is known."""

    since: i8
    timed_out: i8
    packets: i8
    bytes: i8
    bytes_again: i8
    retransmitted: i8
    ignored: i8
    missed: i8
    rtt: i8
    host: words
    port: u2
    side: u1
    state: u1  # the last that packets show
    certainty: u1
    proven: u1  # of the transition to that state, whatever a timer has done since
    timer: u1  # of timers.TIMER_NAMES


@record
class FlowCells:
    """One connection. Of one that is connected to itself both ends are the one that there is."""

    flow: i8
    first: i8  # ns
    last: i8  # ns
    next: i8  # the flow that is the tuple's next life, -1: none
    incarnation: u2
    icmp: u2  # the last ICMP error that quotes it, 0: none
    direction: u1  # of direction.NAMES
    assumed: u1  # its direction is
    end: u1  # of END_NAMES
    alone: u1  # it is connected to itself
    client: EndCells
    server: EndCells


def fill_flow(row: FlowCells, stand: Stand, account: Any, number: int, listens: int, profile: Any) -> None:
    """Fill in a connection. stand: a record to work with; listens: see client_of."""
    flow = flow_of(account, number)
    side, direction = client_of(flow, listens)
    alone = flow.direction == BY_SELF_CONNECT
    row.flow = number
    row.first = flow.first
    row.last = max(flow.first, flow.a.last, flow.b.last)
    row.next = next_life_of(account, number)
    row.incarnation = flow.incarnation  # a tentative life is always the last one, so none that is hidden is counted
    row.icmp = flow.error
    row.direction = direction
    row.assumed = 1 if flow.direction == BY_NOTHING else 0
    row.end = cause_of_end(account, number)
    row.alone = 1 if alone else 0
    fill_end(row.client, stand, account, number, side, profile)
    fill_end(row.server, stand, account, number, side if alone else 1 - side, profile)


def fill_end(row: EndCells, stand: Stand, account: Any, number: int, side: int, profile: Any) -> None:
    """Fill in one end."""
    flow = flow_of(account, number)
    endpoint = end_at(flow, side)
    trouble = trouble_of(account, endpoint)
    stand_of(stand, account, number, side, profile)
    row.side = side
    fill_name(row, flow, side)
    row.since = stand.since
    row.state = stand.state
    row.certainty = TIMED if stand.timed_out else stand.certainty
    row.proven = stand.proven
    row.timed_out = stand.timed_out
    row.timer = stand.timer
    row.packets = endpoint.packets
    row.bytes = endpoint.bytes
    row.bytes_again = trouble.bytes_again
    row.retransmitted = trouble.retransmitted
    row.ignored = trouble.ignored
    row.missed = trouble.missed
    row.rtt = endpoint.srtt * MICROSECOND


def fill_name(row: EndCells, flow: Flow, side: int) -> None:
    """Its address and port."""
    for w in range(4):
        row.host[w] = flow.src[w] if side == A else flow.dst[w]
    row.port = flow.sport if side == A else flow.dport


def cause_of_end(account: Any, number: int) -> int:
    """How a flow had ended by a moment: of END_NAMES."""
    flow = flow_of(account, number)
    found = met(account, flow.a.log) | met(account, flow.b.log)
    if found & UNREACHABLE_MET:
        return BY_ICMP
    if found & RST_MET:
        return REFUSED if found & ATTEMPT_MET and not found & OTHER_MET else BY_RST
    if found & CLOSING_MET:
        return BY_FIN
    return SUPERSEDED if next_life_of(account, number) >= 0 else NOT_ENDED


def met(account: Any, log: int) -> int:
    """What an end went through, of the account's rows: causes of its closing, an attempt to connect, anything else."""
    found = 0
    last = standing_row(account, log)
    while last:
        row = transition_of(account, last - 1)
        if row.new == CLOSED:
            closing = RST_MET if row.cause == ON_RST else CLOSING_MET
            found |= UNREACHABLE_MET if row.cause == ON_UNREACHABLE else closing
        elif row.new == SYN_SENT:
            found |= ATTEMPT_MET
        else:
            found |= OTHER_MET | (CLOSING_MET if row.new == TIME_WAIT else 0)
        last = standing_row(account, row.previous)
    return found
