"""The socket table of a host at a moment: what netstat and ss list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tracker.engine.trace import Moment
from tracker.tcp.endpoint import ECN_OFFERED, FAST_OPEN, MPTCP, SACK_OFFERED, TS_OFFERED, Flow
from tracker.tcp.timers import TIMER_NAMES, Profile
from tracker.views.account import far_end
from tracker.views.history import History, address, end_of, ends, listeners
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES, TIMER_KINDS, Address, Details, Socket, Timer
from tracker.views.rules import Running, Stand, has_socket, run_timer, stand_of
from tracker.views.socket_row import SocketRow, fill_socket

Local = Callable[[Address], bool]
other_end = far_end


@dataclass(frozen=True, slots=True)
class Standing:
    """An end at a moment: the best account's state and certainty, since when, and what a timer has done since."""

    state: int
    certainty: int
    since: int  # ns
    timed_out: int = 0  # ns, 0: no timer has fired
    timer: str = ""
    proven: int = 0  # the certainty of the transition itself


def standing(history: History, moment: Moment, number: int, side: int, profile: Profile) -> Standing:
    """Where an end stands."""
    stand = Stand()
    stand_of(stand, history.account(moment), number, side, profile)
    timer = TIMER_NAMES[stand.timer]
    return Standing(stand.state, stand.certainty, stand.since, stand.timed_out, timer, stand.proven)


def sockets(history: History, moment: Moment, profile: Profile, local: Local) -> Iterator[Socket]:
    """The sockets of the hosts that `local` accepts: LISTEN rows first, then the connections by flow."""
    for listener in listeners(history, moment):
        if not listener.until and local(listener.address):
            yield listen_row(listener.address, listener.port, listener.since)
    account = history.account(moment)
    stand, running, row = Stand(), Running(), SocketRow()
    for number, flow in history.flows(moment):
        for side, _ in ends(flow):
            if not local(end_of(flow, side)[0]):
                continue
            stand_of(stand, account, number, side, profile)
            if has_socket(stand, account, number, side):
                fill_socket(row, stand, running, account, number, side, profile)
                yield socket_of(row)


def listen_row(ip: Address, port: int, since: int) -> Socket:
    """The row of a port that was seen accepting."""
    return Socket("LISTEN", ip, port, None, 0, None, None, "assumed", since)


def socket_of(row: SocketRow) -> Socket:
    """The row that is printed."""
    return Socket(
        STATE_NAMES[row.state],
        address(row.local),
        row.local_port,
        address(row.peer),
        row.peer_port,
        told(row.recv_q),
        told(row.send_q),
        CERTAINTY_NAMES[row.certainty],
        row.since,
        row.flow,
        Timer(TIMER_KINDS[row.timer], row.remaining, row.retrans) if row.timer else None,
        details_of(row),
    )


def told(value: int) -> int | None:
    """None for what no packet tells."""
    return value if value >= 0 else None


def details_of(row: SocketRow) -> Details:
    """What `ss -i` can say of an end from packets."""
    return Details(
        timestamps=bool(row.options & TS_OFFERED),
        sack=bool(row.options & SACK_OFFERED),
        ecn=bool(row.options & ECN_OFFERED),
        fastopen=bool(row.options & FAST_OPEN),
        mptcp=bool(row.options & MPTCP),
        wscale=(row.send_scale, row.receive_scale) if row.send_scale >= 0 else None,
        rto=told(row.rto),
        rtt=told(row.rtt),
        rttvar=told(row.rttvar),
        mss=told(row.mss),
        bytes_sent=row.bytes_sent,
        bytes_acked=row.bytes_acked,
        bytes_received=row.bytes_received,
        segs_out=row.segs_out,
        segs_in=row.segs_in,
        lastsnd=told(row.lastsnd),
        lastrcv=told(row.lastrcv),
        unacked=row.unacked,
        retrans=(row.retrans_now, row.retrans_total),
        snd_wnd=told(row.snd_wnd),
    )


def timer(history: History, moment: Moment, flow: Flow, side: int, state: int, profile: Profile) -> Timer | None:
    """The timer that runs at a moment; None: off."""
    running = Running()
    run_timer(running, history.account(moment), flow, side, state, profile)
    return Timer(TIMER_KINDS[running.kind], running.remaining, running.retrans) if running.kind else None
