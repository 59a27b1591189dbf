"""The socket table of a host at a moment: what netstat and ss list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tracker.engine.trace import Moment
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_SELF_CONNECT,
    BY_SIMULTANEOUS_OPEN,
    ECN_OFFERED,
    EDGE_KNOWN,
    FAST_OPEN,
    FIN_INFERRED,
    FIN_SENT,
    ISS_KNOWN,
    KEEPALIVE,
    MPTCP,
    PROBING,
    SACK_OFFERED,
    SCALE_OFFERED,
    SEQ_KNOWN,
    TS_OFFERED,
    UNANSWERED,
    Endpoint,
    Flow,
    Trouble,
)
from tracker.tcp.sequence import distance
from tracker.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT2,
    SYN_RECV,
    SYN_SENT,
    TIME_WAIT,
    UNKNOWN,
    Certainty,
)
from tracker.tcp.timers import SECOND, Profile, expiry, retransmission_timeout
from tracker.views.history import A, History, end_of, ends, listeners
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, Address, Details, Socket, Timer

MICROSECOND: Final = 1000  # ns
MILLISECOND: Final = 1_000_000  # ns
LINEAR: Final = 4  # Linux 6.5: so many times a SYN is repeated before its timeout doubles (tcp_syn_linear_timeouts)
Local = Callable[[Address], bool]


@dataclass(frozen=True, slots=True)
class Standing:
    """An end at a moment: the best account's state and certainty, since when, and what a timer has done since."""

    state: int
    certainty: int
    since: int  # ns
    timed_out: int = 0  # ns, 0: no timer has fired
    timer: str = ""


def standing(
    history: History, moment: Moment, number: int, side: int, endpoint: Endpoint, profile: Profile
) -> Standing:
    """Where an end stands. `endpoint`: its record as of the moment."""
    row = history.last_row(number, side, moment)
    if row is None:
        return Standing(UNKNOWN, Certainty.UNKNOWN, 0)
    when, timer = expiry(endpoint, moment.trouble(endpoint), profile) if endpoint.state == row.new else (0, "")
    certainty = row.certainty
    if certainty == Certainty.SEEN and any(moment.trouble(one).missed for _, one in ends(moment.flows[number])):
        certainty = Certainty.ASSUMED.value  # what the capture has missed of it may have moved it on
    if when and when <= moment.at and not spoke_later(history, number, side, endpoint, when):
        return Standing(row.new, certainty, row.at, when, timer)
    return Standing(row.new, certainty, row.at)


def spoke_later(history: History, number: int, side: int, endpoint: Endpoint, when: int) -> bool:
    """Whether the end goes on after `when` (ns) with more than an RST: then no timer has ended it, whatever the profile says."""
    if history.believed:
        return False
    flow = history.trace.store.flows[number]
    final = flow.a if side == A else flow.b
    return final.last > when and final.packets - final.resets > endpoint.packets - endpoint.resets


def sockets(history: History, moment: Moment, profile: Profile, local: Local) -> Iterator[Socket]:
    """The sockets of the hosts that `local` accepts: LISTEN rows first, then the connections by flow."""
    for listener in listeners(history, moment):
        if not listener.until and local(listener.address):
            yield Socket("LISTEN", listener.address, listener.port, None, 0, None, None, "assumed", listener.since)
    for number, flow in history.flows(moment):
        for side, endpoint in ends(flow):
            name = end_of(flow, side)
            if not local(name[0]):
                continue
            now = standing(history, moment, number, side, endpoint, profile)
            if now.state in (UNKNOWN, CLOSED) or now.timed_out or history.superseded(number, side, moment):
                continue
            peer = other_end(flow, side)
            yield Socket(
                STATE_NAMES[now.state],
                *name,
                *end_of(flow, 1 - side),
                receive_queue(moment, endpoint, peer, now.state),
                send_queue(flow, endpoint, now.state),
                CERTAINTY_NAMES[now.certainty],
                now.since,
                number,
                timer(moment, flow, endpoint, peer, now.state, profile),
                details(moment, endpoint, peer, now.state, profile, opened=opened(flow, side)),
            )


def other_end(flow: Flow, side: int) -> Endpoint:
    """The end that `side` talks to; itself where it is connected to itself."""
    if flow.direction == BY_SELF_CONNECT:
        return flow.a
    return flow.b if side == A else flow.a


def send_queue(flow: Flow, endpoint: Endpoint, state: int) -> int | None:
    """Bytes sent and not acknowledged, SYN and FIN counting one each, as the kernel counts write_seq - snd_una.

    A request socket (SYN_RECV) and a TIME_WAIT mini-socket have no queue: the kernel prints 0. A fast-open child is born
    with its SYN acknowledged (tcp_create_openreq_child). In SYN_SENT no acknowledgment has come, even where one passed the
    capture.
    """
    if state == TIME_WAIT or is_request(flow, endpoint, state):
        return 0
    if not endpoint.marks & SEQ_KNOWN:
        return None
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


def receive_queue(moment: Moment, endpoint: Endpoint, peer: Endpoint, state: int) -> int | None:
    """Bytes that its application has not read, where the wire gives ground for a number, else None.

    Before the connection is synchronized and in TIME_WAIT there is no queue. Where not one byte of payload has come, only
    a FIN can be waiting: it counts one in CLOSE_WAIT and CLOSING until it is read (which the wire does not show). Where
    payload has come, it has been read if the window is as large as it ever was and the application has answered since;
    and nothing has been read if the window has closed on all that ever came.
    """
    if state < ESTABLISHED or state == TIME_WAIT:
        return 0
    if not endpoint.marks & EDGE_KNOWN or not peer.marks & ISS_KNOWN:
        return None
    fin = 1 if state in (CLOSE_WAIT, CLOSING) else 0
    came = arrived(moment, endpoint, peer)
    if peer.marks & FIN_SENT and distance(endpoint.edge, peer.fin_seq) > 0:
        came -= 1
    if came <= 0:
        return fin
    if endpoint.rcv_wnd == 0 and endpoint.marks & ACK_KNOWN and came <= endpoint.wnd_max + 2 * endpoint.mss:
        return came + fin
    answered = not endpoint.sight & UNANSWERED and endpoint.bytes > 0
    if answered and distance(endpoint.rcv_nxt, endpoint.edge) >= 0 and endpoint.rcv_wnd >= endpoint.wnd_max:
        return fin
    return None


def both_scales_known(endpoint: Endpoint, peer: Endpoint) -> bool:
    """Whether both SYNs were seen: without them the window's scale is unknown (RFC 7323 2.2)."""
    return endpoint.marks & peer.marks & ISS_KNOWN != 0


def opened(flow: Flow, side: int) -> bool:
    """Whether an end has sent the SYN of an active open."""
    return flow.direction in (BY_SIMULTANEOUS_OPEN, BY_SELF_CONNECT) or flow.client == side


def numbered(moment: Moment, endpoint: Endpoint) -> int:
    """How many sequence numbers it has used behind its SYN's, beyond 2**32 too: payload, whether captured or not, and FIN."""
    fin = 1 if endpoint.marks & FIN_SENT and not endpoint.sight & FIN_INFERRED else 0  # `missed` has an inferred one
    return endpoint.bytes + moment.trouble(endpoint).missed + fin


def arrived(moment: Moment, endpoint: Endpoint, peer: Endpoint) -> int:
    """How many of the peer's numbers behind its SYN's must have reached the end without a hole."""
    return numbered(moment, peer) - max(distance(peer.snd_nxt, endpoint.edge), 0)


def timer(moment: Moment, flow: Flow, endpoint: Endpoint, peer: Endpoint, state: int, profile: Profile) -> Timer | None:
    """The timer that runs at a moment: TIME_WAIT's, retransmission, or keepalive once a probe was seen. None: off."""
    at, trouble = moment.at, moment.trouble(endpoint)
    when, _ = expiry(endpoint, trouble, profile)
    if when and state in (TIME_WAIT, FIN_WAIT2):
        # An orphaned FIN_WAIT2 is a mini-socket like TIME_WAIT and shows its timer.
        return Timer("timewait", max(when - at, 0))
    if state == SYN_SENT or is_request(flow, endpoint, state):
        # Judged by its own segments alone: an acknowledgment that passed the capture has not reached it, or did not count.
        timeout = min(
            SECOND << min(doublings(trouble, moment.trouble(peer), state, profile), 20), profile.retry_ceiling
        )
        return Timer("on", max(endpoint.last + timeout - at, 0), trouble.syn_retries)
    waiting = distance(endpoint.snd_nxt, endpoint.snd_una) if endpoint.marks & SEQ_KNOWN else 0
    if waiting > 0:
        retries = max(endpoint.retries - probed_tail(endpoint, peer, state, waiting, profile), 0)
        timeout = retransmission_timeout(endpoint, profile)
        if state == SYN_RECV and flow.direction == BY_SIMULTANEOUS_OPEN:  # its SYN was repeated in SYN_SENT
            timeout <<= min(doublings(trouble, moment.trouble(peer), SYN_SENT, profile), 20)
        else:
            timeout <<= min(retries, 20)
        return Timer("on", max(endpoint.timer_at + min(timeout, profile.retry_ceiling) - at, 0), retries)
    gap = trouble.probe_gap * MILLISECOND
    if endpoint.sight & PROBING and state >= ESTABLISHED:
        interval = min(2 * (gap or retransmission_timeout(endpoint, profile)), profile.retry_ceiling)
        return Timer("persist", max(endpoint.timer_at + interval - at, 0), endpoint.retries)
    if endpoint.marks & KEEPALIVE and state >= ESTABLISHED:
        interval = gap or (profile.keepalive_interval if endpoint.retries else profile.keepalive)
        return Timer("keepalive", max(endpoint.timer_at + interval - at, 0), endpoint.retries)
    return None


def probed_tail(endpoint: Endpoint, peer: Endpoint, state: int, waiting: int, profile: Profile) -> bool:
    """Whether the first repetition was a tail loss probe (RFC 8985 7), which is no retry and backs nothing off.

    Linux sends one where SACK is agreed. A lone segment is its own tail; of several, only the tail's repetition would be.
    """
    sack = endpoint.marks & peer.marks & SACK_OFFERED
    return state >= ESTABLISHED and profile.name == "linux" and sack != 0 and waiting <= min(endpoint.mss, peer.mss) + 1


def doublings(own: Trouble, other: Trouble, state: int, profile: Profile) -> int:
    """How often the timeout of a SYN or SYN-ACK has doubled.

    A SYN-ACK that answers a repeated SYN starts the timer again but does not back it off (tcp_check_req).
    """
    if state == SYN_RECV:
        return max(own.syn_retries - other.syn_retries, 0)
    return max(own.syn_retries - LINEAR, 0) if profile.name == "linux" else own.syn_retries


def details(
    moment: Moment, endpoint: Endpoint, peer: Endpoint, state: int, profile: Profile, *, opened: bool
) -> Details:
    """What `ss -i` can say of an end from packets. In SYN_SENT nothing has come, even where an answer passed the capture."""
    at, trouble = moment.at, moment.trouble(endpoint)
    if state == SYN_SENT:
        return Details(
            mss=endpoint.mss or None,
            segs_out=endpoint.packets,
            lastsnd=max(at - endpoint.last, 0),
            unacked=max(distance(endpoint.snd_nxt, endpoint.iss), 1),
            retrans=(trouble.syn_retries, trouble.retransmitted),
        )
    both = endpoint.marks & peer.marks
    unacked = max(distance(endpoint.snd_nxt, endpoint.snd_una), 0) if endpoint.marks & SEQ_KNOWN else 0
    # The kernel counts the FIN and, at the end that opened, the SYN, too (tcp_snd_una_update).
    acked = numbered(moment, endpoint) + opened - unacked if endpoint.marks & ISS_KNOWN else 0
    received = arrived(moment, endpoint, peer) if endpoint.marks & EDGE_KNOWN and peer.marks & ISS_KNOWN else 0
    offers = [mss for mss in (endpoint.mss, peer.mss) if mss]
    return Details(
        timestamps=bool(both & TS_OFFERED),
        sack=bool(both & SACK_OFFERED),
        ecn=bool(both & ECN_OFFERED),
        fastopen=bool(both & FAST_OPEN),
        mptcp=bool(both & MPTCP),
        wscale=(peer.scale, endpoint.scale) if both & SCALE_OFFERED else None,
        rto=retransmission_timeout(endpoint, profile) if endpoint.srtt else None,
        rtt=endpoint.srtt * MICROSECOND or None,
        rttvar=endpoint.rttvar * MICROSECOND if endpoint.srtt else None,
        mss=min(offers) if offers else None,
        bytes_sent=endpoint.bytes + trouble.bytes_again,
        bytes_acked=max(acked, 0),
        bytes_received=max(received, 0),
        segs_out=endpoint.packets,
        segs_in=peer.packets,
        lastsnd=max(at - endpoint.last, 0) if endpoint.last else None,
        lastrcv=max(at - peer.last, 0) if peer.last else None,
        unacked=unacked,
        retrans=(endpoint.retries if unacked else 0, trouble.retransmitted),
        snd_wnd=peer.rcv_wnd if peer.marks & ACK_KNOWN and both_scales_known(endpoint, peer) else None,
    )
