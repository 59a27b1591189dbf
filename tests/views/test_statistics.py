"""Golden text from net-tools 2.10 and iproute2 6.1."""

from ipaddress import ip_address

from tracker.views.rows import Socket
from tracker.views.statistics import TcpStatistics, netstat_lines, ss_lines, summary_of


def test_netstat_lines_are_netstats_sentences_without_singulars() -> None:
    statistics = TcpStatistics(
        active_opens=24,
        passive_opens=6,
        attempt_fails=0,
        estab_resets=1,
        curr_estab=5,
        in_segs=2104,
        out_segs=1395,
        retrans_segs=0,
        in_errs=0,
        out_rsts=18,
    )
    assert "\n".join(netstat_lines(statistics)) == (
        "Tcp:\n"
        "    24 active connection openings\n"
        "    6 passive connection openings\n"
        "    0 failed connection attempts\n"
        "    1 connection resets received\n"
        "    5 connections established\n"
        "    2104 segments received\n"
        "    1395 segments sent out\n"
        "    0 segments retransmitted\n"
        "    0 bad segments received\n"
        "    18 resets sent"
    )


def test_netstat_lines_unknown_counter_is_a_dash() -> None:
    assert "    - bad segments received" in netstat_lines(TcpStatistics(in_errs=None))


def test_netstat_lines_extra_counters_show_where_not_zero() -> None:
    statistics = TcpStatistics(
        syn_retrans=1, out_of_order=2, zero_windows_sent=3, challenge_acks=4, dup_acks=5, zero_windows_received=None
    )
    assert list(netstat_lines(statistics))[11:] == [
        "TcpExt:",
        "    TCPSynRetrans: 1",
        "    TCPOFOQueue: 2",
        "    TCPToZeroWindowAdv: 3",
        "    TCPChallengeACK: 4",
        "    5 duplicate acknowledgments received",
    ]


def row(state: str, address: str = "10.0.0.1") -> Socket:
    listen = state == "LISTEN"
    peer = None if listen else ip_address(address)
    return Socket(state, ip_address(address), 80, peer, 0 if listen else 1024, None, None, "seen", 0)


def test_ss_lines_count_as_ss_does() -> None:
    states = ["LISTEN"] * 3 + ["ESTABLISHED"] * 3 + ["CLOSE_WAIT", "FIN_WAIT2", "TIME_WAIT", "TIME_WAIT", "SYN_RECV"]
    sockets = [row(state) for state in states]
    sockets += [row(state, "::1") for state in ("LISTEN", "LISTEN", "ESTABLISHED", "ESTABLISHED")]
    assert list(ss_lines(summary_of(sockets))) == [
        "Total: -",
        "TCP:   14 (estab 6, closed 2, orphaned -, timewait 2)",
        "",
        "Transport Total     IP        IPv6",
        "RAW\t  -         -         -",
        "UDP\t  -         -         -",
        "TCP\t  12        8         4",
        "INET\t  -         -         -",
        "FRAG\t  -         -         -",
        "",
    ]


def test_ss_lines_no_sockets() -> None:
    assert list(ss_lines(summary_of([])))[1] == "TCP:   0 (estab 0, closed 0, orphaned -, timewait 0)"


def test_summary_counts_states_too() -> None:
    summary = summary_of([row("LISTEN"), row("SYN_RECV"), row("TIME_WAIT"), row("CLOSE_WAIT", "::1")])
    assert (summary.total, summary.established, summary.closed, summary.orphaned) == (3, 1, 1, None)
    assert summary.states == {"CLOSE_WAIT": 1, "LISTEN": 1, "SYN_RECV": 1, "TIME_WAIT": 1}
