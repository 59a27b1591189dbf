"""What netstat and ss show of one end, as a record of integers: filled by both engines with the same rules."""

from typing import Any, Final

from tracker.engine.store import flow_of
from tracker.record import i8, record, u1, u2, words
from tracker.tcp.endpoint import (
    ACK_KNOWN,
    BY_SELF_CONNECT,
    ECN_OFFERED,
    EDGE_KNOWN,
    FAST_OPEN,
    ISS_KNOWN,
    MPTCP,
    SACK_OFFERED,
    SCALE_OFFERED,
    SEQ_KNOWN,
    TS_OFFERED,
    Flow,
)
from tracker.tcp.sequence import distance
from tracker.tcp.states import SYN_SENT
from tracker.tcp.timers import retransmission_timeout
from tracker.tcp.trouble import trouble_of
from tracker.views.account import A, end_at, far_end
from tracker.views.rules import (
    UNTOLD,
    Running,
    Stand,
    arrived,
    both_scales_known,
    is_missed,
    numbered,
    opened,
    receive_queue,
    run_timer,
    send_queue,
)

MICROSECOND: Final = 1000  # ns


@record
class SocketRow:
    """One socket, and what `ss -i` can say of it from packets; -1 is what no packet tells. Times and durations are ns."""

    since: i8
    flow: i8
    recv_q: i8
    send_q: i8
    remaining: i8
    retrans: i8  # of the timer
    send_scale: i8  # the peer's
    receive_scale: i8
    rto: i8
    rtt: i8
    rttvar: i8
    mss: i8
    bytes_sent: i8
    bytes_acked: i8
    bytes_received: i8
    segs_out: i8
    segs_in: i8
    lastsnd: i8
    lastrcv: i8
    unacked: i8
    retrans_now: i8
    retrans_total: i8
    snd_wnd: i8
    local: words
    peer: words
    local_port: u2
    peer_port: u2
    options: u2  # those of Endpoint.marks that both ends have offered
    state: u1
    certainty: u1
    timer: u1  # of rules.OFF, ...
    side: u1
    missed: u1  # the capture has missed something of the connection


def fill_socket(
    row: SocketRow, stand: Stand, running: Running, account: Any, number: int, side: int, profile: Any
) -> None:
    """Fill in the socket of an end that has one. stand: where it stands."""
    flow = flow_of(account, number)
    endpoint, peer = end_at(flow, side), far_end(flow, side)
    state = stand.state
    row.flow = number
    row.side = side
    row.state = state
    row.certainty = stand.certainty
    row.since = stand.since
    row.missed = 1 if is_missed(account, flow) else 0
    if side == A:
        fill_names(row, flow)
    else:
        fill_names_turned(row, flow)
    row.recv_q = receive_queue(account, endpoint, peer, state)
    row.send_q = send_queue(flow, endpoint, state)
    run_timer(running, account, flow, side, state, profile)
    row.timer = running.kind
    row.remaining = running.remaining
    row.retrans = running.retrans
    if state == SYN_SENT:
        fill_opening(row, account, flow, side)
    else:
        fill_details(row, account, flow, side, profile)


def fill_names(row: SocketRow, flow: Flow) -> None:
    """The addresses and ports of a flow's side a, and of whom it talks to."""
    for w in range(4):
        row.local[w] = flow.src[w]
        row.peer[w] = flow.dst[w]
    row.local_port = flow.sport
    row.peer_port = flow.dport


def fill_names_turned(row: SocketRow, flow: Flow) -> None:
    """The same of side b."""
    for w in range(4):
        row.local[w] = flow.dst[w]
        row.peer[w] = flow.src[w]
    row.local_port = flow.dport
    row.peer_port = flow.sport


def fill_opening(row: SocketRow, account: Any, flow: Flow, side: int) -> None:
    """The details of an end in SYN_SENT: nothing has come, even where an answer passed the capture."""
    endpoint = end_at(flow, side)
    trouble = trouble_of(account, endpoint)
    row.options = 0
    row.send_scale = row.receive_scale = UNTOLD
    row.rto = row.rtt = row.rttvar = UNTOLD
    row.mss = endpoint.mss or UNTOLD
    row.bytes_sent = row.bytes_acked = row.bytes_received = 0
    row.segs_out = endpoint.packets
    row.segs_in = 0
    row.lastsnd = max(account.at - endpoint.last, 0)
    row.lastrcv = UNTOLD
    row.unacked = max(distance(endpoint.snd_nxt, endpoint.iss), 1)
    row.retrans_now = trouble.syn_retries
    row.retrans_total = trouble.retransmitted
    row.snd_wnd = UNTOLD


def fill_details(row: SocketRow, account: Any, flow: Flow, side: int, profile: Any) -> None:
    """What `ss -i` can say of an end from packets."""
    endpoint, peer = end_at(flow, side), far_end(flow, side)
    trouble = trouble_of(account, endpoint)
    both = endpoint.marks & peer.marks
    unacked = max(distance(endpoint.snd_nxt, endpoint.snd_una), 0) if endpoint.marks & SEQ_KNOWN else 0
    # The kernel counts the FIN and, at the end that opened, the SYN, too (tcp_snd_una_update).
    syn = 1 if opened(flow, side) else 0
    acked = numbered(account, endpoint) + syn - unacked if endpoint.marks & ISS_KNOWN else 0
    received = arrived(account, endpoint, peer) if endpoint.marks & EDGE_KNOWN and peer.marks & ISS_KNOWN else 0
    row.options = both & (TS_OFFERED | SACK_OFFERED | ECN_OFFERED | FAST_OPEN | MPTCP)
    scaled = both & SCALE_OFFERED != 0
    row.send_scale = peer.scale if scaled else UNTOLD
    row.receive_scale = endpoint.scale if scaled else UNTOLD
    timed = endpoint.srtt != 0
    row.rto = retransmission_timeout(endpoint, profile) if timed else UNTOLD
    row.rtt = endpoint.srtt * MICROSECOND if timed else UNTOLD
    row.rttvar = endpoint.rttvar * MICROSECOND if timed else UNTOLD
    row.mss = least(endpoint.mss, peer.mss)
    row.bytes_sent = endpoint.bytes + trouble.bytes_again
    row.bytes_acked = max(acked, 0)
    row.bytes_received = max(received, 0)
    row.segs_out = endpoint.packets
    row.segs_in = peer.packets
    row.lastsnd = max(account.at - endpoint.last, 0) if endpoint.last else UNTOLD
    row.lastrcv = max(account.at - peer.last, 0) if peer.last else UNTOLD
    row.unacked = unacked
    row.retrans_now = endpoint.retries if unacked else 0
    row.retrans_total = trouble.retransmitted
    offers = peer.marks & ACK_KNOWN and both_scales_known(endpoint, peer)
    row.snd_wnd = peer.rcv_wnd if offers else UNTOLD


def least(one: int, other: int) -> int:
    """The least of two offers of which either may be missing (0)."""
    if one and other:
        return min(one, other) + 0
    return one | other if one or other else UNTOLD


def has_end(flow: Flow, side: int) -> bool:
    """Whether a flow has that end: one that is connected to itself has a single one."""
    return side == A or flow.direction != BY_SELF_CONNECT
