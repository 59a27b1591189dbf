"""What must have happened in silence: the timers of an operating system's TCP.

The clock is the capture's. What a timer must have done is kept apart from what packets show: an endpoint past its timer is
no longer in a socket table, and `flows` says which timer, and when.
"""

from dataclasses import dataclass
from typing import Final

from tracker.tcp.endpoint import KEEPALIVE, Endpoint, Trouble
from tracker.tcp.sequence import distance
from tracker.tcp.states import ESTABLISHED, FIN_WAIT2, SYN_RECV, SYN_SENT, TIME_WAIT

SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Profile:
    """One system's timers, in ns; 0: it has none. `retry_floor` and `retry_ceiling` bound the retransmission timeout."""

    name: str
    time_wait: int
    fin_wait2: int  # of a socket whose application has gone; with an application FIN_WAIT2 may last for ever
    syn_sent: int  # from the first SYN until connect() fails
    syn_recv: int  # from the first SYN-ACK until the request is dropped
    retry_floor: int
    retry_ceiling: int
    keepalive: int  # idle time before the first probe
    keepalive_interval: int

    @property
    def linux(self) -> bool:
        """Whether Linux's own ways apply, beside its numbers."""
        return self.name == "linux"


PROFILES: Final = {
    profile.name: profile
    for profile in (
        # include/net/tcp.h: TCP_TIMEWAIT_LEN; ip-sysctl: tcp_fin_timeout 60, tcp_syn_retries 6 (127 s, with the linear start of
        # Linux 6.5 131 s), tcp_synack_retries 5 (63 s), tcp_keepalive_time 7200, _intvl 75; TCP_RTO_MIN 200 ms.
        Profile(
            "linux",
            60 * SECOND,
            60 * SECOND,
            131 * SECOND,
            63 * SECOND,
            SECOND // 5,
            120 * SECOND,
            7200 * SECOND,
            75 * SECOND,
        ),
        # 3.4.2: MSL 2 minutes; 3.8.3: R2 for a SYN at least 3 minutes; RFC 6298 2.4: RTO at least 1 s; 3.8.4: keepalive 2 hours.
        Profile(
            "rfc9293", 240 * SECOND, 0, 180 * SECOND, 180 * SECOND, SECOND, 60 * SECOND, 7200 * SECOND, 75 * SECOND
        ),
        # TcpTimedWaitDelay 120 s and TcpFinWait2Delay 120 s by default, SYN after 1, 2, 4, 8 s; KeepAliveTime 7200, Interval 1 s.
        Profile(
            "windows",
            120 * SECOND,
            120 * SECOND,
            21 * SECOND,
            21 * SECOND,
            SECOND * 3 // 10,
            120 * SECOND,
            7200 * SECOND,
            SECOND,
        ),
        # FreeBSD: net.inet.tcp.msl 30 s, finwait2_timeout 60 s, keepinit 75 s, three SYN-ACK retries, rexmit_min 30 ms.
        Profile(
            "bsd",
            60 * SECOND,
            60 * SECOND,
            75 * SECOND,
            15 * SECOND,
            SECOND * 3 // 100,
            64 * SECOND,
            7200 * SECOND,
            75 * SECOND,
        ),
    )
}

# What has ended a state by itself; TIMER_NAMES are the words for it.
NO_TIMER: Final = 0
TIME_WAIT_TIMER: Final = 1
FIN_WAIT2_TIMER: Final = 2
SYN_SENT_TIMER: Final = 3
SYN_RECV_TIMER: Final = 4
RETRIES_TIMER: Final = 5
KEEPALIVE_TIMER: Final = 6
TIMER_NAMES: Final = ("", "time-wait", "fin-wait-2", "syn-retries", "syn-ack-retries", "retries", "keepalive")

UNANSWERED_PROBES: Final = 2  # of one alone the answer may be missing in the capture
MILLISECOND: Final = 1_000_000

SILENT: Final = 4  # timeouts
SILENT_AT_LEAST: Final = 10 * SECOND  # the round trip may be longer than it looks from the capture


def expiry(endpoint: Endpoint, trouble: Trouble, profile: Profile) -> tuple[int, int]:
    """(when the endpoint's state ends by itself, ns; which timer does it), or (0, NO_TIMER) for a state that waits for a packet."""
    state = endpoint.state
    if state == TIME_WAIT and profile.time_wait:
        # A FIN that comes again restarts it (RFC 9293 3.10.7.4).
        return max(endpoint.since, endpoint.timer_at) + profile.time_wait, TIME_WAIT_TIMER
    if state == FIN_WAIT2:
        # Whoever still acknowledges data there is no orphan: the kernel answers data to an orphan with RST.
        orphan = endpoint.last <= endpoint.since and profile.fin_wait2 > 0
        return (endpoint.since + profile.fin_wait2, FIN_WAIT2_TIMER) if orphan else (0, NO_TIMER)
    if state == SYN_SENT and profile.syn_sent:
        return max(endpoint.since + profile.syn_sent, endpoint.last + profile.retry_floor), SYN_SENT_TIMER
    if state == SYN_RECV and profile.syn_recv:
        return max(endpoint.since + profile.syn_recv, endpoint.last + profile.retry_floor), SYN_RECV_TIMER
    if state >= ESTABLISHED and endpoint.retries and distance(endpoint.snd_nxt, endpoint.snd_una) > 0:
        return given_up(endpoint, profile), RETRIES_TIMER
    if state >= ESTABLISHED and endpoint.marks & KEEPALIVE and endpoint.retries >= UNANSWERED_PROBES:
        # Probes go on until one is answered or the connection is given up (tcp_keepalive_probes).
        gap = trouble.probe_gap * MILLISECOND or profile.keepalive_interval
        return endpoint.timer_at + max(SILENT * gap, SILENT_AT_LEAST), KEEPALIVE_TIMER
    return 0, NO_TIMER


def given_up(endpoint: Endpoint, profile: Profile) -> int:
    """When an end that has been retransmitting would have done it again, had it not given up (tcp_retries2, tcp_orphan_retries).

    How often it tries is a setting; that it is silent for much longer than the timer's next doublings tells. What an end
    sends later still, tells that it had not given up.
    """
    timeout = min(retransmission_timeout(endpoint, profile) << min(endpoint.retries, 20), profile.retry_ceiling)
    return endpoint.timer_at + max(SILENT * timeout, SILENT_AT_LEAST)


def retransmission_timeout(endpoint: Endpoint, profile: Profile) -> int:
    """The RTO before back-off, ns (RFC 6298 2; Linux puts the floor under the variance term, tcp_rtt_estimator)."""
    if endpoint.srtt == 0:
        return SECOND
    if profile.linux:
        timeout = 1000 * endpoint.srtt + max(profile.retry_floor, 4000 * endpoint.rttvar)
    else:
        timeout = max(profile.retry_floor, 1000 * (endpoint.srtt + 4 * endpoint.rttvar))
    return min(timeout, profile.retry_ceiling)
