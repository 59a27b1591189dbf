"""The counters behind netstat -s: what the capture shows of some hosts."""

from tracker.engine.trace import Moment
from tracker.tcp.timers import Profile
from tracker.views.counting import Counters, count_end
from tracker.views.history import History, end_of, ends, is_tabular
from tracker.views.rules import Stand
from tracker.views.sockets import Local
from tracker.views.statistics import TcpStatistics


def count(history: History, moment: Moment, profile: Profile, local: Local) -> TcpStatistics:
    """RFC 4022's counters, and some that only packets tell, of the hosts that `local` accepts.

    What a host received is what was sent to it and passed the capture; LISTEN sockets and other protocols are no part.
    """
    if is_tabular(moment):
        from tracker.views.columns.ends import counted  # noqa: PLC0415 - NumPy and Numba

        return statistics_of(counted(history, moment, profile, local))
    counters, stand, account = Counters(), Stand(), history.account(moment)
    for number, flow in history.flows(moment):
        for side, _ in ends(flow):
            if local(end_of(flow, side)[0]):
                count_end(counters, stand, account, number, side, profile)
    return statistics_of(counters)


def statistics_of(counters: Counters) -> TcpStatistics:
    """The counters, and those for which packets give no ground."""
    told = {name: getattr(counters, name) for name in Counters.FIELDS}  # type: ignore[attr-defined]
    return TcpStatistics(**told, in_errs=None, challenge_acks=None)
