"""What one end adds to the counters of netstat -s. In the dialect of both engines."""

from typing import Any

from tracker.engine.store import flow_of
from tracker.record import i8, record
from tracker.tcp.log import transition_of
from tracker.tcp.sequence import MASK32
from tracker.tcp.states import CLOSE_WAIT, CLOSED, ESTABLISHED, ON_RST, ON_SYN, ON_SYN_ACK, SYN_RECV, SYN_SENT
from tracker.tcp.trouble import trouble_of
from tracker.views.account import end_at, far_end, is_superseded
from tracker.views.rules import Stand, stand_of


@record
class Counters:
    """The counters of statistics.TcpStatistics that packets tell."""

    active_opens: i8
    passive_opens: i8
    attempt_fails: i8
    estab_resets: i8
    curr_estab: i8
    in_segs: i8
    out_segs: i8
    retrans_segs: i8
    out_rsts: i8
    syn_retrans: i8
    out_of_order: i8
    dup_acks: i8
    zero_windows_sent: i8
    zero_windows_received: i8


def count_end(counters: Counters, stand: Stand, account: Any, number: int, side: int, profile: Any) -> None:
    """Add an end's share. stand: a record to work with."""
    flow = flow_of(account, number)
    endpoint, peer = end_at(flow, side), far_end(flow, side)
    own, other = trouble_of(account, endpoint), trouble_of(account, peer)
    row = endpoint.log
    while row:
        entered = transition_of(account, row - 1)
        if account.believed or entered.undone == 0:
            count_transition(counters, entered.old, entered.new, entered.cause)
        row = entered.previous
    stand_of(stand, account, number, side, profile)
    if stand.timed_out and (stand.state == SYN_SENT or stand.state == SYN_RECV):
        counters.attempt_fails += 1
    if (stand.state == ESTABLISHED or stand.state == CLOSE_WAIT) and not is_superseded(account, number, side):
        counters.curr_estab += 1
    counters.in_segs += peer.packets
    counters.out_segs += (endpoint.packets - own.retransmitted) & MASK32
    counters.retrans_segs += own.retransmitted
    counters.out_rsts += endpoint.resets
    counters.syn_retrans += own.syn_retries
    counters.out_of_order += other.out_of_order
    counters.dup_acks += other.dup_acks
    counters.zero_windows_sent += own.zero_windows
    counters.zero_windows_received += other.zero_windows


def count_transition(counters: Counters, old: int, new: int, cause: int) -> None:
    """Add what a transition counts."""
    if new == SYN_SENT and cause == ON_SYN:
        counters.active_opens += 1
    if new == SYN_RECV and old != SYN_SENT and cause == ON_SYN_ACK:
        counters.passive_opens += 1
    if new == CLOSED:
        if old == SYN_SENT or old == SYN_RECV:
            counters.attempt_fails += 1
        if (old == ESTABLISHED or old == CLOSE_WAIT) and cause == ON_RST:
            counters.estab_resets += 1
