import pytest

from tracker.views.rows import Socket, Timer

from .stage import HOSTS, SECOND, START, address, watch

HANDSHAKE = "C>S S; S>C SA; C>S A"
AGREED = "C>S S mss=1460 sackok; S>C SA mss=1460 sackok; C>S A"
SPOKEN = f"{HANDSHAKE}; C>S P100; S>C A; S>C P200; C>S A"
MS = 1_000_000


def queues(row: Socket) -> tuple[int | None, int | None]:
    return row.recv_q, row.send_q


def test_a_fin_is_no_payload_that_waits_to_be_read() -> None:
    """A FIN alone counts one in CLOSE_WAIT and CLOSING, and hides nothing."""
    assert queues(watch(f"{HANDSHAKE}; C>S FA; S>C A").socket("S")) == (1, 0)
    assert queues(watch(f"{HANDSHAKE}; C>S FA; S>C FA crossing").socket("S"))[0] == 1


# ---- which rows ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "states"),
    [
        ("C>S S", "SYN_SENT"),
        ("C>S S; S>C SA dropped", "ESTABLISHED SYN_RECV"),
        (HANDSHAKE, "ESTABLISHED ESTABLISHED"),
        (f"{SPOKEN}; C>S FA; S>C A", "FIN_WAIT2 CLOSE_WAIT"),
        (f"{SPOKEN}; C>S FA; S>C FA crossing", "CLOSING CLOSING"),
        (f"{SPOKEN}; C>S FA; S>C FA", "TIME_WAIT LAST_ACK"),
        (f"{SPOKEN}; C>S FA; S>C FA; C>S A", "TIME_WAIT"),
        (f"{SPOKEN}; C>S RA", ""),
        ("C>S S; S>C RA", ""),
        ("S>C R", ""),
        ("C>S P10", "ESTABLISHED ESTABLISHED"),
    ],
)
def test_closed_and_unknown_ends_have_no_row(script: str, states: str) -> None:
    assert watch(script).states() == states


def test_a_row_says_who_and_since_when() -> None:
    row = watch(SPOKEN).socket("S")
    assert (row.local, row.local_port) == (address("S"), 80)
    assert (row.peer, row.peer_port) == (address("C"), HOSTS["C"][1])
    assert (row.since, row.certainty, row.flow) == (START + 2 * MS, "seen", 0)


def test_listen_row() -> None:
    listen, _ = watch(SPOKEN).table("S")
    assert (listen.state, listen.local, listen.local_port) == ("LISTEN", address("S"), 80)
    assert (listen.peer, listen.peer_port, listen.recv_q, listen.send_q, listen.timer) == (None, 0, None, None, None)
    assert (listen.since, listen.flow) == (START + MS, None)
    assert [row.state for row in watch(SPOKEN).table("C")] == ["ESTABLISHED"], "not the client's"


def test_superseded_rows_are_gone() -> None:
    reuse = f"{SPOKEN}; C>S FA; S>C FA; C>S A; C>S S new +2s"
    assert watch(reuse).states("C") == "SYN_SENT", "and not its TIME_WAIT too"
    assert watch(f"{reuse}; S>C SA; C>S A").states() == "ESTABLISHED ESTABLISHED"
    assert watch(reuse, after=1).states("C") == "TIME_WAIT"


def test_an_unanswered_syn_on_a_living_connection_has_no_row() -> None:
    assert watch(f"{SPOKEN}; C>S S new +100s").states() == "ESTABLISHED ESTABLISHED"


@pytest.mark.parametrize(
    ("script", "host", "limits"),
    [
        (f"{SPOKEN}; C>S FA; S>C FA; C>S A", "C", {"linux": 60, "bsd": 60, "windows": 120, "rfc9293": 240}),
        (f"{SPOKEN}; C>S FA; S>C A", "C", {"linux": 60, "bsd": 60, "windows": 120, "rfc9293": None}),
        (f"{SPOKEN}; C>S FA; S>C A", "S", {"linux": None, "bsd": None, "windows": None, "rfc9293": None}),
        ("C>S S", "C", {"linux": 131, "bsd": 75, "windows": 21, "rfc9293": 180}),
        ("C>S S; S>C SA", "S", {"linux": 63, "bsd": 15, "windows": 21, "rfc9293": 180}),
    ],
)
@pytest.mark.parametrize("profile", ["linux", "bsd", "windows", "rfc9293"])
def test_timed_out_rows_are_gone(script: str, host: str, limits: dict[str, int | None], profile: str) -> None:
    limit = limits[profile]
    if limit is None:
        assert len(watch(script, after=1e6).sockets(host, profile)) == 1
    else:
        assert len(watch(script, after=limit - 0.1).sockets(host, profile)) == 1
        assert watch(script, after=limit + 0.1).sockets(host, profile) == []


def test_time_wait_starts_again_with_a_repeated_fin() -> None:
    script = f"{SPOKEN}; C>S FA; S>C FA; C>S A dropped; S>C FA again +30s; C>S A"
    assert watch(script, after=80).states("C") == "TIME_WAIT"
    assert watch(script, after=91).states("C") == ""


# ---- queues --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "host", "send_q"),
    [
        ("C>S S", "C", 1),
        ("C>S S; C>S S again +1s", "C", 1),
        ("C>S S; S>C SA dropped; C>S S again +1s", "C", 1),  # an answer passed the capture and never came
        ("C>S S; S>C SA", "S", 0),  # a request has no queue
        ("C>S S; S>C S crossing", "C", 1),
        (HANDSHAKE, "C", 0),
        (f"{HANDSHAKE}; C>S P100", "C", 100),
        (f"{HANDSHAKE}; C>S P100; C>S P50", "C", 150),
        (f"{HANDSHAKE}; C>S P100; S>C A; C>S P50", "C", 50),
        (f"{HANDSHAKE}; C>S P100; C>S P100 again +1s", "C", 100),
        (f"{SPOKEN}; C>S FA", "C", 1),
        (f"{SPOKEN}; C>S FA10", "C", 11),
        (f"{SPOKEN}; C>S FA; S>C A", "C", 0),
        (f"{SPOKEN}; C>S FA; S>C FA crossing", "C", 1),
        (f"{SPOKEN}; C>S FA; S>C FA", "S", 1),
        (f"{SPOKEN}; C>S FA; S>C FA", "C", 0),
        ("C>S P100", "S", 0),  # its acknowledgment says that nothing is in flight to it
    ],
)
def test_send_queue(script: str, host: str, send_q: int) -> None:
    assert watch(script).socket(host).send_q == send_q


def test_send_queue_of_a_fast_open_child_leaves_its_syn_out() -> None:
    script = "C>S S100 fo; S>C SA fo ack=#101; S>C P300"
    assert watch(script).socket("S").send_q == 300


@pytest.mark.parametrize(
    ("script", "host", "recv_q"),
    [
        ("C>S S", "C", 0),
        ("C>S S; S>C SA", "S", 0),
        (HANDSHAKE, "S", 0),
        (f"{HANDSHAKE}; C>S P100; S>C A", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C A; S>C P10", "S", 0),  # it answers: the application has read
        (f"{HANDSHAKE}; C>S P100; S>C P10; S>C P10; C>S P100", "S", None),  # but what came after that?
        (f"{HANDSHAKE}; S>C P10; C>S A; C>S P100; S>C P10 seq=#1", "S", None),  # repeated, it is no answer
        (f"{HANDSHAKE}; C>S P100; S>C P10 win=63900", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C A win=63900", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C A win=63900; S>C A win=64000", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C A win=63900; S>C P10 win=64000", "S", 0),
        (f"{HANDSHAKE}; C>S P100", "S", None),
        (f"{HANDSHAKE}; C>S FA; S>C A", "S", 1),
        (f"{HANDSHAKE}; C>S P100; S>C A; C>S FA; S>C A", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C P10; C>S FA; S>C A", "S", 1),
        (f"{HANDSHAKE}; C>S P100; S>C P10; C>S FA10; S>C A", "S", None),
        (f"{HANDSHAKE}; C>S P100; S>C A win=63900; C>S FA; S>C A win=63899", "S", None),
        (f"{SPOKEN}; C>S FA; S>C FA crossing; C>S A", "C", None),
        (f"{SPOKEN}; C>S P10; C>S FA; S>C FA crossing; C>S A", "C", 1),
        (f"{HANDSHAKE}; C>S FA; S>C FA crossing; C>S A", "C", 1),
        (f"{SPOKEN}; C>S FA; S>C FA; C>S A", "C", 0),
        (f"{SPOKEN}; C>S FA; S>C FA", "S", 0),
        ("C>S P100; S>C A", "S", None),
        ("C>S S; S>C SA win=2000; C>S A; C>S P2000; S>C A win=0", "S", 2000),
        ("C>S S; S>C SA win=2000; C>S A; C>S P2000; S>C A win=0; C>S FA; S>C A win=0", "S", 2001),
        ("C>S S; S>C SA win=2000 mss=10; C>S A; C>S P2000; S>C A win=2000; C>S P2000; S>C A win=0", "S", None),
    ],
)
def test_receive_queue(script: str, host: str, recv_q: int | None) -> None:
    assert watch(script).socket(host).recv_q == recv_q


def test_queues_are_as_of_the_moment() -> None:
    script = f"{HANDSHAKE}; C>S P100; S>C A; C>S FA; S>C A"
    assert [queues(watch(script, packet=packet).socket("C")) for packet in (1, 3, 4, 5, 6, 7)] == [
        (0, 1), (0, 0), (0, 100), (0, 0), (0, 1), (0, 0),
    ]  # fmt: skip


# ---- timers --------------------------------------------------------------------------------------------------------------------


def timer(script: str, host: str, profile: str = "linux", **when: float) -> Timer | None:
    return watch(script, **when).socket(host, profile).timer  # type: ignore[arg-type]


def test_no_timer_where_nothing_waits() -> None:
    assert timer(HANDSHAKE, "C") is None
    assert timer(f"{SPOKEN}; C>S FA; S>C A", "C", "rfc9293") is None, "there FIN_WAIT2 may last for ever"
    assert timer(f"{SPOKEN}; C>S FA; S>C A", "S") is None


@pytest.mark.parametrize(
    ("repeats", "linux", "windows"), [(0, 1, 1), (1, 1, 2), (2, 1, 4), (3, 1, 8), (4, 1, 16), (5, 2, 32), (6, 4, 64)]
)
def test_syn_timer(repeats: int, linux: int, windows: int) -> None:
    """Linux keeps the first timeout four times (tcp_syn_linear_timeouts), then doubles it."""
    script = "C>S S" + "; C>S S again +1s" * repeats
    assert timer(script, "C") == Timer("on", linux * SECOND, repeats)
    assert timer(script, "C", "rfc9293") == Timer("on", min(windows, 60) * SECOND, repeats)


def test_syn_timer_is_not_fooled_by_an_answer_that_never_came() -> None:
    assert timer("C>S S; S>C SA dropped; C>S S again +1s; S>C SA again dropped +200ms", "C") == Timer(
        "on", SECOND - 200 * MS, 1
    )


def test_syn_timer_goes_on_in_a_simultaneous_open() -> None:
    script = "C>S S; C>S S again +1s; S>C S crossing +100ms; C>S SA +100ms"
    assert timer(script, "C") == Timer("on", 800 * MS, 1), "its SYN-ACK is no repetition"


def test_syn_ack_timer_backs_off_by_its_own_timeouts_alone() -> None:
    assert timer("C>S S; S>C SA", "S") == Timer("on", SECOND, 0)
    assert timer("C>S S; S>C SA; S>C SA again +1s", "S") == Timer("on", 2 * SECOND, 1)
    answered = "C>S S; S>C SA; C>S S again +900ms; S>C SA again"
    assert timer(answered, "S") == Timer("on", SECOND, 1), "it answers a SYN, no timeout has passed"


def test_syn_ack_timer_of_a_request_whose_final_ack_did_not_count() -> None:
    """A full accept queue or a deferred accept."""
    script = f"{HANDSHAKE}; S>C SA again +1s"
    assert timer(script, "S", after=0.5) == Timer("on", SECOND // 2 + MS, 0)
    assert timer(script, "S") == Timer("on", 2 * SECOND, 1)


@pytest.mark.parametrize(("repeats", "factor"), [(0, 1), (1, 2), (2, 4), (3, 8)])
def test_retransmission_timer_doubles(repeats: int, factor: int) -> None:
    script = f"{HANDSHAKE}; C>S P100" + "; C>S P100 again +3s" * repeats
    row = watch(script).socket("C")
    # One sample of 1 ms: SRTT 1 ms, RTTVAR 0.5 ms, and Linux's floor of 200 ms stands under the variance term.
    assert row.timer == Timer("on", 201 * MS * factor, repeats)
    assert row.details.rto == 201 * MS


def test_retransmission_timer_counts_down_and_stops_at_zero() -> None:
    script = f"{HANDSHAKE}; C>S P100"
    assert timer(script, "C", after=0.103) == Timer("on", 101 * MS, 0)
    assert timer(script, "C", after=5) == Timer("on", 0, 0)


def test_retransmission_timer_starts_again_with_an_acknowledgment() -> None:
    assert timer(f"{HANDSHAKE}; C>S P100; C>S P100 again +1s; C>S P50; S>C A ack=#101", "C") == Timer("on", 201 * MS, 0)


def test_first_repetition_of_a_lone_segment_is_a_tail_loss_probe() -> None:
    script = f"{AGREED}; C>S P100; C>S P100 again +210ms"
    assert timer(script, "C") == Timer("on", 201 * MS, 0)
    assert timer(f"{script}; C>S P100 again +210ms", "C") == Timer("on", 402 * MS, 1)
    probe = timer(script, "C", "bsd")
    assert probe is not None
    assert probe.retrans == 1
    many = f"{AGREED}; C>S A1460; C>S P1460; C>S A1460 again +210ms"
    assert timer(many, "C") == Timer("on", 402 * MS, 1), "of several segments the probe is the last one"


def test_time_wait_timer() -> None:
    script = f"{SPOKEN}; C>S FA; S>C FA; C>S A"
    assert timer(script, "C") == Timer("timewait", 60 * SECOND - MS)
    assert timer(script, "C", "windows") == Timer("timewait", 120 * SECOND - MS)
    assert timer(script, "C", after=30) == Timer("timewait", 30 * SECOND + 8 * MS)


def test_fin_wait2_timer() -> None:
    """tcp_time_wait() with FIN_WAIT2 as its substate; ss shows it as a TIME_WAIT's."""
    script = f"{SPOKEN}; C>S FA; S>C A"
    assert timer(script, "C") == Timer("timewait", 60 * SECOND)
    assert timer(script, "C", "windows") == Timer("timewait", 120 * SECOND)
    assert timer(script, "C", after=30) == Timer("timewait", 30 * SECOND + 8 * MS)
    assert timer(f"{script}; S>C P10 +20s; C>S A", "C") is None, "who acknowledges data has an application"


def test_fin_again_has_its_timer_again() -> None:
    row = watch(f"{SPOKEN}; C>S FA; S>C A dropped; C>S FA again +2s; C>S FA again +2s").socket("C")
    assert (row.state, row.send_q, row.timer) == ("FIN_WAIT1", 1, Timer("on", 804 * MS, 2))


@pytest.mark.parametrize(
    ("script", "host", "state"),
    [
        (f"{SPOKEN}; C>S FA; S>C A; S>C P10 +300s; C>S A", "C", "FIN_WAIT2"),
        (f"{SPOKEN}; C>S FA; S>C A; S>C P10 +300s; C>S A; C>S R", "C", "FIN_WAIT2"),  # the RST only came then
        (f"{SPOKEN}; C>S FA; S>C A; S>C P10 +300s; C>S R", "C", ""),  # there was no socket any more
        (f"{SPOKEN}; C>S FA; S>C A; S>C P10 +300s", "C", ""),
        (f"{SPOKEN}; C>S FA; S>C FA; C>S A dropped; S>C FA again +300s; C>S A", "C", "TIME_WAIT"),
        (f"{SPOKEN}; C>S FA; S>C FA; C>S A dropped; S>C FA again +300s; C>S R", "C", ""),
        ("C>S S; C>S S again +300s", "C", "SYN_SENT"),
        ("C>S S; S>C SA; S>C SA again +300s", "S", "SYN_RECV"),
        ("C>S S; S>C SA; S>C R +300s", "S", ""),
    ],
)
def test_no_timer_has_ended_what_goes_on_later(script: str, host: str, state: str) -> None:
    assert watch(script, after=200).states(host) == state


def test_window_probe_timer() -> None:
    """tcp_send_probe0() and tcp_ack_probe(): twice as long each time, from the probe or its answer on."""
    probe = f"{SPOKEN}; S>C A win=0; C>S A seq=-1 +201ms"
    rto = watch(probe).socket("C").details.rto
    assert rto is not None
    assert timer(f"{SPOKEN}; S>C A win=0", "C") is None, "whether there is anything to send no packet tells"
    assert timer(probe, "C") == Timer("persist", 2 * rto, 1)
    assert timer(f"{probe}; C>S A seq=-1 +402ms", "C") == Timer("persist", 804 * MS, 2)
    assert timer(f"{probe}; S>C A win=0 +10ms; C>S A seq=-1 +402ms", "C") == Timer("persist", 804 * MS, 1)
    assert timer(f"{probe}; C>S A seq=-1 +402ms; S>C A win=0 +10ms", "C") == Timer("persist", 804 * MS, 0)
    assert timer(f"{probe}; C>S A seq=-1 +110s", "C") == Timer("persist", 120 * SECOND, 2), "the ceiling"
    assert timer(f"{probe}; C>S A seq=-1 +402ms", "C", after=2) is not None
    assert timer(f"{probe}; S>C A win=9", "C") is None
    assert timer(probe, "S") is None


def test_keepalive_timer_once_a_probe_was_seen() -> None:
    probe = f"{SPOKEN}; C>S A seq=-1 +7200s"
    assert timer(SPOKEN, "C") is None
    assert timer(probe, "C") == Timer("keepalive", 75 * SECOND, 1)
    assert timer(f"{probe}; C>S A seq=-1 +75s", "C") == Timer("keepalive", 75 * SECOND, 2)
    assert timer(f"{probe}; S>C A", "C") == Timer("keepalive", 7200 * SECOND, 0)
    assert timer(probe, "C", "windows") == Timer("keepalive", SECOND, 1)
    assert timer(f"{probe}; C>S A seq=-1 +10s", "C", "windows") == Timer("keepalive", 10 * SECOND, 2), "as it was seen"
    assert timer(f"{probe}; S>C A; C>S A seq=-1 +60s; S>C A", "C") == Timer("keepalive", 60 * SECOND, 0)
    assert timer(probe, "S") is None


# ---- details -------------------------------------------------------------------------------------------------------------------


def test_details_are_of_both_ends_offers() -> None:
    script = "C>S SEW ts sackok mss=1460 ws=7; S>C SAE ts sackok mss=1400 ws=2; C>S A; C>S P100; S>C A +10ms"
    details = watch(script, after=1).socket("C").details
    assert (details.timestamps, details.sack, details.ecn) == (True, True, True)
    assert (details.wscale, details.mss) == ((2, 7), 1400)
    assert (details.bytes_sent, details.bytes_acked, details.bytes_received) == (100, 101, 0)
    assert (details.segs_out, details.segs_in, details.unacked) == (3, 2, 0)
    assert (details.lastsnd, details.lastrcv) == (SECOND - 3 * MS, SECOND - 13 * MS)
    assert details.snd_wnd == 64000 << 2
    assert details.rtt is not None
    assert MS < details.rtt < 10 * MS
    server = watch(script).socket("S").details
    assert (server.wscale, server.bytes_received, server.bytes_sent) == ((7, 2), 100, 0)


@pytest.mark.parametrize(
    "half", ["C>S S ts sackok mss=1460 ws=7; S>C SA; C>S A", "C>S S; S>C SA ts sackok ws=7; C>S A"]
)
def test_details_what_one_end_offers_is_not_agreed(half: str) -> None:
    details = watch(half).socket("C").details
    assert (details.timestamps, details.sack, details.wscale) == (False, False, None)


def test_details_of_retransmissions() -> None:
    script = f"{HANDSHAKE}; C>S P100; C>S P100 again +1s; C>S P100 again +1s"
    assert watch(script).socket("C").details.retrans == (2, 2)
    assert watch(script).socket("C").details.bytes_sent == 300, "ss counts what is sent again"
    assert watch(f"{script}; S>C A").socket("C").details.retrans == (0, 2)


def test_details_of_syn_sent_know_nothing_of_the_other_end() -> None:
    details = watch("C>S S ts sackok mss=1460; S>C SA ts sackok mss=1400 dropped; C>S S again +1s").socket("C").details
    assert (details.timestamps, details.sack, details.segs_in, details.lastrcv, details.snd_wnd) == (
        False, False, 0, None, None,
    )  # fmt: skip
    assert (details.rtt, details.mss, details.unacked, details.retrans) == (None, 1460, 1, (1, 1))
    assert (details.segs_out, details.lastsnd) == (2, 0)


def test_a_connection_of_which_the_capture_missed_a_part_is_no_longer_seen() -> None:
    script = f"{SPOKEN}; C>S P100 unseen; S>C A"
    assert {row.certainty for row in watch(SPOKEN).sockets()} == {"seen"}
    assert {row.certainty for row in watch(script).sockets()} == {"assumed"}


def test_an_end_that_stopped_retransmitting_is_gone_unless_it_is_heard_again() -> None:
    script = f"{SPOKEN}; C>S FA; C>S FA again +1s; C>S FA again +2s"
    assert watch(f"{script}; D>S S +60s").states("C").split() == ["SYN_SENT"]
    assert "FIN_WAIT1" in watch(f"{script}; D>S S +60s; C>S FA again +1s", after=30).states("C")
