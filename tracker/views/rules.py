"""Where one end of a connection stands, its queues and its timer: the rules behind the views, for both engines.

In the dialect of both engines: records and integers go in, integers come out; -1 is what no packet tells.
"""

from typing import Any, Final

from tracker.engine.store import flow_of
from tracker.record import i8, record, u1
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_SELF_CONNECT,
    BY_SIMULTANEOUS_OPEN,
    EDGE_KNOWN,
    FAST_OPEN,
    FIN_INFERRED,
    FIN_SENT,
    ISS_KNOWN,
    KEEPALIVE,
    PROBING,
    SACK_OFFERED,
    SEQ_KNOWN,
    UNANSWERED,
    Endpoint,
    Flow,
    Trouble,
)
from tracker.tcp.log import transition_of
from tracker.tcp.sequence import MASK32, distance
from tracker.tcp.states import (
    ASSUMED,
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT2,
    NOT_SURE,
    SEEN,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    UNKNOWN,
)
from tracker.tcp.timers import MILLISECOND, NO_TIMER, SECOND, expiry, retransmission_timeout
from tracker.tcp.trouble import trouble_of
from tracker.views.account import end_at, far_end, final_of, is_superseded, standing_row

LINEAR: Final = 4  # Linux 6.5: so many times a SYN is repeated before its timeout doubles (tcp_syn_linear_timeouts)
UNTOLD: Final = -1

# The timers that netstat -o and ss -o show; rows.TIMER_KINDS are ss's words for them.
OFF: Final = 0
RETRANSMISSION: Final = 1
KEEPALIVE_PROBE: Final = 2
TIMEWAIT: Final = 3
PERSIST: Final = 4


@record
class Stand:
    """Where an end stands at a moment: the account's state and certainty, since when, and what a timer has done since."""

    since: i8  # ns
    timed_out: i8  # ns, 0: no timer has fired
    state: u1
    certainty: u1
    proven: u1  # the certainty of the transition itself, whatever the capture has missed
    timer: u1  # of timers.TIMER_NAMES


@record
class Running:
    """The timer that runs at a moment."""

    remaining: i8  # ns
    retrans: i8
    kind: u1  # OFF, RETRANSMISSION, ...


def stand_of(stand: Stand, account: Any, number: int, side: int, profile: Any) -> None:
    """Fill in where an end stands."""
    flow = flow_of(account, number)
    endpoint = end_at(flow, side)
    stand.timed_out = 0
    stand.timer = NO_TIMER
    last = standing_row(account, endpoint.log)
    if last == 0:
        stand.state = UNKNOWN
        stand.certainty = NOT_SURE
        stand.proven = NOT_SURE
        stand.since = 0
        return
    row = transition_of(account, last - 1)
    stand.state = row.new
    stand.since = row.at
    stand.certainty = row.certainty
    stand.proven = row.certainty
    if row.certainty == SEEN and is_missed(account, flow):
        stand.certainty = ASSUMED  # what the capture has missed of it may have moved it on
    if endpoint.state == row.new:
        when, timer = expiry(endpoint, trouble_of(account, endpoint), profile)
        if when and when <= account.at and not spoke_later(account, number, side, when):
            stand.timed_out = when
            stand.timer = timer


def is_missed(account: Any, flow: Flow) -> bool:
    """Whether the capture has missed something of a connection."""
    if trouble_of(account, flow.a).missed:
        return True
    return flow.direction != BY_SELF_CONNECT and trouble_of(account, flow.b).missed != 0


def spoke_later(account: Any, number: int, side: int, when: int) -> bool:
    """Whether the end goes on after `when` (ns) with more than an RST: then no timer has ended it, whatever the profile says."""
    if account.believed:
        return False
    endpoint = end_at(flow_of(account, number), side)
    final = end_at(final_of(account, number), side)
    return final.last > when and (final.packets - final.resets) & MASK32 > (endpoint.packets - endpoint.resets) & MASK32


def has_socket(stand: Stand, account: Any, number: int, side: int) -> bool:
    """Whether the end's host lists a socket for it."""
    if stand.state == UNKNOWN or stand.state == CLOSED or stand.timed_out:
        return False
    return not is_superseded(account, number, side)


def send_queue(flow: Flow, endpoint: Endpoint, state: int) -> int:
    """Bytes sent and not acknowledged, SYN and FIN counting one each, as the kernel counts write_seq - snd_una.

    A request socket (SYN_RECV) and a TIME_WAIT mini-socket have no queue: the kernel prints 0. A fast-open child is born
    with its SYN acknowledged (tcp_create_openreq_child). In SYN_SENT no acknowledgment has come, even where one passed the
    capture.
    """
    if state == TIME_WAIT or is_request(flow, endpoint, state):
        return 0
    if not endpoint.marks & SEQ_KNOWN:
        return UNTOLD
    if state == SYN_SENT:
        return max(distance(endpoint.snd_nxt, endpoint.iss), 1)
    waiting = max(distance(endpoint.snd_nxt, endpoint.snd_una), 0)
    if state == SYN_RECV and endpoint.marks & FAST_OPEN and waiting and endpoint.snd_una == endpoint.iss:
        waiting -= 1
    return waiting


def is_request(flow: Flow, endpoint: Endpoint, state: int) -> bool:
    """Whether the kernel has no full socket yet but a request, which waits for the final ACK."""
    return (
        state == SYN_RECV
        and not endpoint.marks & FAST_OPEN
        and flow.direction not in (BY_SIMULTANEOUS_OPEN, BY_SELF_CONNECT)
    )


def receive_queue(account: Any, endpoint: Endpoint, peer: Endpoint, state: int) -> int:
    """Bytes that its application has not read, where the wire gives ground for a number, else UNTOLD.

    Before the connection is synchronized and in TIME_WAIT there is no queue. Where not one byte of payload has come, only
    a FIN can be waiting: it counts one in CLOSE_WAIT and CLOSING until it is read (which the wire does not show). Where
    payload has come, it has been read if the window is as large as it ever was and the application has answered since;
    and nothing has been read if the window has closed on all that ever came.
    """
    if state < ESTABLISHED or state == TIME_WAIT:
        return 0
    if not endpoint.marks & EDGE_KNOWN or not peer.marks & ISS_KNOWN:
        return UNTOLD
    fin = 1 if state in (CLOSE_WAIT, CLOSING) else 0
    came = arrived(account, endpoint, peer)
    if peer.marks & FIN_SENT and distance(endpoint.edge, peer.fin_seq) > 0:
        came -= 1
    if came <= 0:
        return fin
    if endpoint.rcv_wnd == 0 and endpoint.marks & ACK_KNOWN and came <= endpoint.wnd_max + 2 * endpoint.mss:
        return came + fin
    answered = not endpoint.sight & UNANSWERED and endpoint.bytes > 0
    if answered and distance(endpoint.rcv_nxt, endpoint.edge) >= 0 and endpoint.rcv_wnd >= endpoint.wnd_max:
        return fin
    return UNTOLD


def both_scales_known(endpoint: Endpoint, peer: Endpoint) -> bool:
    """Whether both SYNs were seen: without them the window's scale is unknown (RFC 7323 2.2)."""
    return endpoint.marks & peer.marks & ISS_KNOWN != 0


def opened(flow: Flow, side: int) -> bool:
    """Whether an end has sent the SYN of an active open."""
    return flow.direction in (BY_SIMULTANEOUS_OPEN, BY_SELF_CONNECT) or flow.client == side


def numbered(account: Any, endpoint: Endpoint) -> int:
    """How many sequence numbers it has used behind its SYN's, beyond 2**32 too: payload, whether captured or not, and FIN."""
    fin = 1 if endpoint.marks & FIN_SENT and not endpoint.sight & FIN_INFERRED else 0  # `missed` has an inferred one
    return endpoint.bytes + trouble_of(account, endpoint).missed + fin


def arrived(account: Any, endpoint: Endpoint, peer: Endpoint) -> int:
    """How many of the peer's numbers behind its SYN's must have reached the end without a hole."""
    return numbered(account, peer) - max(distance(peer.snd_nxt, endpoint.edge), 0)


def run_timer(running: Running, account: Any, flow: Flow, side: int, state: int, profile: Any) -> None:
    """Fill in the timer that runs at a moment: TIME_WAIT's, retransmission, or keepalive once a probe was seen, or OFF."""
    endpoint, peer = end_at(flow, side), far_end(flow, side)
    own, other = trouble_of(account, endpoint), trouble_of(account, peer)
    running.kind = OFF
    running.retrans = 0
    running.remaining = 0
    due = 0
    when, _ = expiry(endpoint, own, profile)
    waiting = distance(endpoint.snd_nxt, endpoint.snd_una) if endpoint.marks & SEQ_KNOWN else 0
    gap = own.probe_gap * MILLISECOND
    if when and (state == TIME_WAIT or state == FIN_WAIT2):
        # An orphaned FIN_WAIT2 is a mini-socket like TIME_WAIT and shows its timer.
        running.kind = TIMEWAIT
        due = when
    elif state == SYN_SENT or is_request(flow, endpoint, state):
        # Judged by its own segments alone: an acknowledgment that passed the capture has not reached it, or did not count.
        running.kind = RETRANSMISSION
        running.retrans = own.syn_retries
        due = endpoint.last + min(SECOND << min(doublings(own, other, state, profile), 20), profile.retry_ceiling)
    elif waiting > 0:
        retries = max(endpoint.retries - (1 if probed_tail(endpoint, peer, state, waiting, profile) else 0), 0)
        doubled = retries
        if state == SYN_RECV and flow.direction == BY_SIMULTANEOUS_OPEN:  # its SYN was repeated in SYN_SENT
            doubled = doublings(own, other, SYN_SENT, profile)
        timeout = retransmission_timeout(endpoint, profile) << min(doubled, 20)
        running.kind = RETRANSMISSION
        running.retrans = retries
        due = endpoint.timer_at + min(timeout, profile.retry_ceiling)
    elif endpoint.sight & PROBING and state >= ESTABLISHED:
        running.kind = PERSIST
        running.retrans = endpoint.retries
        interval = gap or retransmission_timeout(endpoint, profile)
        due = endpoint.timer_at + min(2 * interval, profile.retry_ceiling)
    elif endpoint.marks & KEEPALIVE and state >= ESTABLISHED:
        running.kind = KEEPALIVE_PROBE
        running.retrans = endpoint.retries
        interval = profile.keepalive_interval if endpoint.retries else profile.keepalive
        due = endpoint.timer_at + (gap or interval)
    if running.kind != OFF:
        running.remaining = max(due - account.at, 0)


def probed_tail(endpoint: Endpoint, peer: Endpoint, state: int, waiting: int, profile: Any) -> bool:
    """Whether the first repetition was a tail loss probe (RFC 8985 7), which is no retry and backs nothing off.

    Linux sends one where SACK is agreed. A lone segment is its own tail; of several, only the tail's repetition would be.
    """
    sack = endpoint.marks & peer.marks & SACK_OFFERED
    return state >= ESTABLISHED and profile.linux and sack != 0 and waiting <= min(endpoint.mss, peer.mss) + 1


def doublings(own: Trouble, other: Trouble, state: int, profile: Any) -> int:
    """How often the timeout of a SYN or SYN-ACK has doubled.

    A SYN-ACK that answers a repeated SYN starts the timer again but does not back it off (tcp_check_req).
    """
    if state == SYN_RECV:
        return (own.syn_retries - other.syn_retries) & 0xFF if own.syn_retries > other.syn_retries else 0
    return max(own.syn_retries - LINEAR, 0) if profile.linux else own.syn_retries + 0
