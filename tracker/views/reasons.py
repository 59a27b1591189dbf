"""Why a state was entered, in words and with the source; why one was taken back. Every cell of the state table has its reason.

"it" is the endpoint that moves. What the cells are is tracker/tcp/states.py's matter; a test holds the two together.
"""

from dataclasses import dataclass
from typing import Final

from tracker.tcp.endpoint import Transition
from tracker.tcp.segment import ACK, FIN, RST, SYN, Segment
from tracker.tcp.states import ON_ACK_OF_FIN, ON_FIN, ON_RST, SYN_SENT, TABLE, Event, State

SENT_HALF: Final = 0
RECEIVED_HALF: Final = 1


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence and where it is written down: an RFC's paragraph, a kernel's function."""

    words: str
    source: str


_S = State
_E = Event
_Cells = dict[Event, dict[State, Reason]]

_SENT: Final[_Cells] = {
    _E.SYN: {
        _S.UNKNOWN: Reason("it sends a SYN: connect()", "RFC 9293 3.10.1; tcp_v4_connect()"),
        _S.LISTEN: Reason("it sends a SYN though it was listening", "RFC 9293 3.10.1"),
    },
    _E.SYN_ACK: {
        _S.UNKNOWN: Reason(
            "it answers the SYN with a SYN-ACK: a listener is there", "RFC 9293 3.10.7.2; tcp_conn_request()"
        ),
        _S.LISTEN: Reason("it answers the SYN with a SYN-ACK", "RFC 9293 3.10.7.2; tcp_conn_request()"),
        _S.CLOSED: Reason(
            "it refused before and now answers the repeated SYN: a listener has come", "RFC 9293 3.10.7.2"
        ),
        _S.SYN_SENT: Reason(
            "it has sent a SYN of its own and acknowledges the other's: simultaneous open",
            "RFC 9293 3.5 figure 7; tcp_rcv_synsent_state_process()",
        ),
    },
    _E.ACK_OF_SYN: {
        _S.SYN_SENT: Reason("it acknowledges the other side's SYN: the SYN-ACK had arrived", "RFC 9293 3.10.7.3"),
        _S.UNKNOWN: Reason("it acknowledges the other side's SYN; its own was not captured", "RFC 9293 3.5"),
    },
    _E.DATA: {
        _S.UNKNOWN: Reason("it speaks as in an open connection, whose start was not captured", "RFC 9293 3.10.7.4"),
        _S.SYN_SENT: Reason("it speaks as in an open connection: the SYN-ACK was not captured", "RFC 9293 3.10.7.3"),
        _S.SYN_RECV: Reason("it sends data: the final ACK had arrived, captured or not", "RFC 9293 3.10.7.4"),
    },
    _E.FIN: {
        _S.ESTABLISHED: Reason(
            "it sends a FIN: close() or shutdown(), and it was first", "RFC 9293 3.6; tcp_close_state()"
        ),
        _S.SYN_RECV: Reason("it sends a FIN before the final ACK has come: close()", "RFC 9293 3.10.4"),
        _S.CLOSE_WAIT: Reason(
            "it sends its FIN, having the other side's: its application has closed, too",
            "RFC 9293 3.6; tcp_close_state()",
        ),
    },
    _E.ACK_OF_FIN: {
        _S.ESTABLISHED: Reason("it acknowledges the FIN, so the FIN had arrived", "RFC 9293 3.10.7.4; tcp_fin()"),
        _S.SYN_RECV: Reason(
            "it acknowledges a FIN: that had arrived, and so had the final ACK", "RFC 9293 3.10.7.4; tcp_fin()"
        ),
        _S.FIN_WAIT1: Reason(
            "it acknowledges the other FIN while its own is not acknowledged: the FINs crossed",
            "RFC 9293 3.6 figure 13; tcp_fin()",
        ),
        _S.FIN_WAIT2: Reason(
            "it acknowledges the other side's FIN: both have closed", "RFC 9293 3.6 figure 12; tcp_time_wait()"
        ),
    },
    _E.RST: {},
    _E.UNREACHABLE: {
        _S.SYN_SENT: Reason(
            "an ICMP error quotes its SYN, so its connect() fails",
            "RFC 9293 3.9.2.2, RFC 5927 4; tcp_v4_err(), tcp_v6_err()",
        ),
    },
}
_RECEIVED: Final[_Cells] = {
    _E.SYN: {
        _S.SYN_SENT: Reason("a SYN comes in answer to its own: simultaneous open", "RFC 9293 3.5 figure 7"),
    },
    _E.SYN_ACK: {
        _S.SYN_SENT: Reason(
            "the SYN-ACK answers its SYN: connect() returns", "RFC 9293 3.10.7.3; tcp_rcv_synsent_state_process()"
        ),
        _S.SYN_RECV: Reason(
            "the other side's SYN-ACK acknowledges its SYN: simultaneous open", "RFC 9293 3.5 figure 7"
        ),
    },
    _E.ACK_OF_SYN: {
        _S.SYN_RECV: Reason("the final ACK comes: accept() can return it", "RFC 9293 3.10.7.4; tcp_check_req()"),
    },
    _E.DATA: {
        _S.UNKNOWN: Reason(
            "it is spoken to as in an open connection, whose start was not captured", "RFC 9293 3.10.7.4"
        ),
    },
    _E.FIN: {
        _S.ESTABLISHED: Reason(
            "the other side's FIN comes: its application reads end of file and has to close",
            "RFC 9293 3.10.7.4; tcp_fin()",
        ),
        _S.SYN_RECV: Reason("the FIN comes with, or instead of, the final ACK", "RFC 9293 3.10.7.4; tcp_fin()"),
        _S.FIN_WAIT1: Reason(
            "a FIN comes while its own is not acknowledged: the FINs crossed", "RFC 9293 3.6 figure 13; tcp_fin()"
        ),
        _S.FIN_WAIT2: Reason("the other side's FIN comes: both have closed", "RFC 9293 3.6 figure 12; tcp_time_wait()"),
    },
    _E.ACK_OF_FIN: {
        _S.FIN_WAIT1: Reason(
            "its FIN is acknowledged; the other side has not closed", "RFC 9293 3.6; tcp_rcv_state_process()"
        ),
        _S.CLOSING: Reason(
            "its FIN is acknowledged, and it has the other one", "RFC 9293 3.6 figure 13; tcp_rcv_state_process()"
        ),
        _S.LAST_ACK: Reason(
            "its FIN is acknowledged, and so the connection is over for it", "RFC 9293 3.6; tcp_rcv_state_process()"
        ),
    },
    _E.RST: {},
    _E.UNREACHABLE: {},
}
_RESETS: Final = Reason(
    "it sends an RST: its application has aborted it, or there is no connection any more",
    "RFC 9293 3.5.2; tcp_send_active_reset(), tcp_v4_send_reset()",
)
_REFUSES: Final = Reason(
    "it answers the SYN with RST: nothing listens on that port", "RFC 9293 3.10.7.1; tcp_v4_send_reset()"
)
_RESET: Final = Reason("an exact RST comes and ends it", "RFC 9293 3.10.7.4, RFC 5961 3.2; tcp_reset()")
_REFUSED: Final = Reason("an RST answers its SYN: the connection is refused", "RFC 9293 3.10.7.3; tcp_reset()")
_KILLED: Final = Reason("an exact RST ends its TIME_WAIT early", "RFC 1337; net.ipv4.tcp_rfc1337 is 0 by default")


def cell(event: Event, half: int, state: State) -> Reason | None:
    """Why the table's cell moves an endpoint; None for a cell that does not."""
    new = TABLE[event][half].get(state, state)
    if new is state:
        return None
    if event is Event.RST and half == SENT_HALF:
        return _REFUSES if state is State.UNKNOWN else _RESETS
    if event is Event.RST:
        return _REFUSED if state is State.SYN_SENT else _KILLED if state is State.TIME_WAIT else _RESET
    return (_SENT, _RECEIVED)[half][event][state]


def entered(row: Transition, segment: Segment, *, refuses: bool = True) -> Reason:
    """Why a row of the log was written by a segment. refuses: an RST from an unknown end answers a SYN."""
    event, old, new = Event(row.cause), State(row.old), State(row.new)
    own = SENT_HALF if row.side == segment.side else RECEIVED_HALF
    for half in (own, 1 - own):
        if TABLE[event][half].get(old) is new:
            reason = cell(event, half, old)
            assert reason is not None
            if reason is _REFUSES and not refuses:
                return _RESETS
            if half != own and not segment.flags & (SYN | FIN):
                return Reason(f"{reason.words} (the capture does not show it; this segment tells)", reason.source)
            return reason
    return Reason("it follows from what the segment is", "tracker/tcp/step.py")


def taken_back(row: Transition, segment: Segment) -> Reason:
    """Why a segment disproves a row of the log (tracker/tcp/evidence.py)."""
    own = row.side == segment.side
    if row.new == SYN_SENT and segment.flags & SYN:
        words = "another SYN takes the place of this one, which nobody answered"
    elif segment.flags & (SYN | ACK) == SYN:
        words = "it repeats its SYN, so the answer had not reached it"
    elif segment.flags & SYN:
        words = (
            "it repeats its SYN-ACK, so the final ACK did not count there: lost, accept queue full, or accept deferred"
            if own
            else "the SYN-ACK is sent again and nothing acknowledged the one before, so that one had not arrived"
        )
    elif segment.flags & RST:
        words = (
            "its RST does not acknowledge the other side's FIN, so that FIN had not arrived"
            if segment.flags & ACK
            else "it answers with a bare RST, so no socket was there to take the segment before"
        )
    elif row.cause == ON_RST:
        words = "it goes on after the RST, which was ignored or lost"
    elif segment.flags & FIN and not own:
        words = "the FIN is sent again and was not acknowledged, so the one before had not arrived"
    elif row.cause == ON_FIN and segment.flags & FIN:
        words = "its FIN does not acknowledge the other side's, so that had not arrived: the FINs crossed"
    elif segment.flags & FIN:
        words = "it repeats its FIN, so the ACK of it had not arrived"
    elif segment.length and row.cause in (ON_FIN, ON_ACK_OF_FIN):
        words = "data goes on where a FIN was thought to be that the capture had missed: it was none"
    else:
        words = "what it sends, it could not send in that state"
    return Reason(words, "tracker/tcp/evidence.py")
