"""The counters behind netstat -s: what the capture shows of some hosts."""

from tracker.engine.trace import Moment
from tracker.tcp.states import CLOSE_WAIT, CLOSED, ESTABLISHED, ON_RST, ON_SYN, ON_SYN_ACK, SYN_RECV, SYN_SENT
from tracker.tcp.timers import Profile
from tracker.views.history import History, end_of, ends
from tracker.views.sockets import Local, other_end, standing
from tracker.views.statistics import TcpStatistics


def count(history: History, moment: Moment, profile: Profile, local: Local) -> TcpStatistics:
    """RFC 4022's counters, and some that only packets tell, of the hosts that `local` accepts.

    What a host received is what was sent to it and passed the capture; LISTEN sockets and other protocols are no part.
    """
    active = passive = fails = resets = established = 0
    received = sent = retransmitted = rsts = syns = holes = dup_acks = zero_sent = zero_received = 0
    for number, flow in history.flows(moment):
        for side, endpoint in ends(flow):
            if not local(end_of(flow, side)[0]):
                continue
            peer = other_end(flow, side)
            own, other = moment.trouble(endpoint), moment.trouble(peer)
            for row in history.rows(number, side):
                if not history.stands(row, moment):
                    continue
                active += row.new == SYN_SENT and row.cause == ON_SYN
                passive += row.new == SYN_RECV and row.old != SYN_SENT and row.cause == ON_SYN_ACK
                fails += row.new == CLOSED and row.old in (SYN_SENT, SYN_RECV)
                resets += row.new == CLOSED and row.old in (ESTABLISHED, CLOSE_WAIT) and row.cause == ON_RST
            now = standing(history, moment, number, side, endpoint, profile)
            fails += bool(now.timed_out) and now.state in (SYN_SENT, SYN_RECV)
            established += now.state in (ESTABLISHED, CLOSE_WAIT) and not history.superseded(number, side, moment)
            received += peer.packets
            sent += endpoint.packets - own.retransmitted
            retransmitted += own.retransmitted
            rsts += endpoint.resets
            syns += own.syn_retries
            holes += other.out_of_order
            dup_acks += other.dup_acks
            zero_sent += own.zero_windows
            zero_received += other.zero_windows
    return TcpStatistics(
        active_opens=active,
        passive_opens=passive,
        attempt_fails=fails,
        estab_resets=resets,
        curr_estab=established,
        in_segs=received,
        out_segs=sent,
        retrans_segs=retransmitted,
        in_errs=None,
        out_rsts=rsts,
        syn_retrans=syns,
        out_of_order=holes,
        dup_acks=dup_acks,
        zero_windows_sent=zero_sent,
        zero_windows_received=zero_received,
        challenge_acks=None,
    )
