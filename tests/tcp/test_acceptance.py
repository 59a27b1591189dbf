"""The receiver's verdicts, in and at the edges of every window, before and across 2**32."""

import pytest

from tracker.tcp.acceptance import (
    ACCEPT,
    ACK_OF_NOTHING,
    BEYOND,
    CHALLENGE,
    DUPLICATE,
    INVALID,
    NO_ACK,
    OLD,
    PAWS,
    TOO_OLD_ACK,
    VERDICTS,
    WRONG_CHECKSUM,
    end_of,
    judge,
    synchronized,
)
from tracker.tcp.endpoint import ACK_KNOWN, EDGE_KNOWN, ISS_KNOWN, SCALE_OFFERED, SEQ_KNOWN, TS_KNOWN, Endpoint
from tracker.tcp.segment import ACK, FIN, HAS_TIMESTAMPS, PSH, RST, SYN, URG, Segment
from tracker.tcp.sequence import add
from tracker.tcp.states import State

from .play import going_on, play

NEXT = 200  # the receiver has acknowledged up to here
EDGE = 250  # and this has been seen to reach it
RIGHT = 1200  # the end of the window it has offered
SENT = 600  # it has itself sent up to here
TAKES = 2000  # and may send up to here: the end of the sender's window
SYNCHRONIZED = [state for state in State if state >= State.ESTABLISHED]
PAST_SYN_SENT = [State.SYN_RECV, *SYNCHRONIZED]

# So that every edge is tried where the numbers wrap, too.
bases = pytest.mark.parametrize("base", [0, 0xFFFFFFFF - NEXT, 0xFFFFFFFF - RIGHT, 0xFFFFFFFF - SENT, 0x7FFFFFFF])


def ends(base: int, state: State, *, scaled: bool = True) -> tuple[Endpoint, Endpoint]:
    """(sender, receiver) of an ordinary connection with bytes under way both ways."""
    sender, receiver = Endpoint(), Endpoint()
    marks = ISS_KNOWN | SEQ_KNOWN | ACK_KNOWN | EDGE_KNOWN | (SCALE_OFFERED if scaled else 0)
    sender.marks = receiver.marks = marks
    sender.state, receiver.state = State.ESTABLISHED.value, state.value
    receiver.rcv_nxt, receiver.edge, receiver.rcv_adv = add(base, NEXT), add(base, EDGE), add(base, RIGHT)
    receiver.iss, receiver.snd_una, receiver.snd_nxt = add(base, 500), add(base, 501), add(base, SENT)
    sender.iss, sender.snd_una, sender.snd_nxt = add(base, 100), add(base, NEXT), add(base, 300)
    sender.rcv_nxt, sender.edge, sender.rcv_adv = add(base, 501), add(base, 501), add(base, TAKES)
    return sender, receiver


def segment(base: int, seq: int, flags: int = ACK, length: int = 0, ack: int = SENT) -> Segment:
    made = Segment()
    made.seq, made.ack, made.flags, made.length = add(base, seq), add(base, ack), flags, length
    return made


def verdict(
    base: int, state: State, seq: int, flags: int = ACK, length: int = 0, ack: int = SENT, *, scaled: bool = True
) -> int:
    sender, receiver = ends(base, state, scaled=scaled)
    return judge(segment(base, seq, flags, length, ack), sender, receiver)


def test_verdicts_have_names() -> None:
    assert len(VERDICTS) == len(
        {ACCEPT, OLD, BEYOND, PAWS, CHALLENGE, ACK_OF_NOTHING, NO_ACK, DUPLICATE, WRONG_CHECKSUM, TOO_OLD_ACK, INVALID}
    )
    assert VERDICTS[ACCEPT] == "accepted"
    assert VERDICTS[NO_ACK] == "no ACK"


@bases
@pytest.mark.parametrize(
    ("flags", "length", "end"), [(ACK, 0, 0), (ACK, 5, 5), (SYN, 0, 1), (FIN, 3, 4), (SYN | FIN, 3, 5), (RST, 7, 7)]
)
def test_end_of_counts_syn_and_fin(base: int, flags: int, length: int, end: int) -> None:
    assert end_of(segment(base, NEXT, flags, length)) == add(base, NEXT + end)


def test_synchronized_is_from_established_to_time_wait() -> None:
    assert [state for state in State if synchronized(state)] == SYNCHRONIZED


# Without SYN, RST and ACK


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("flags", [0, FIN, PSH, URG, FIN | PSH | URG])
def test_any_state_neither_syn_rst_nor_ack_is_dropped(state: State, flags: int) -> None:
    assert verdict(0, state, NEXT, flags) == NO_ACK


@pytest.mark.parametrize("state", [State.UNKNOWN, State.CLOSED, State.LISTEN])
@pytest.mark.parametrize("flags", [SYN, SYN | ACK, ACK, ACK | FIN, RST, RST | ACK])
def test_nothing_to_judge_by_accepts(state: State, flags: int) -> None:
    assert verdict(0, state, 10**6, flags, ack=10**6) == ACCEPT


# SYN_SENT, RFC 9293 3.10.7.3


@bases
@pytest.mark.parametrize("flags", [SYN | ACK, ACK, RST | ACK])
@pytest.mark.parametrize(
    ("ack", "expected"),
    [(499, ACK_OF_NOTHING), (500, ACK_OF_NOTHING), (501, ACCEPT), (SENT, ACCEPT), (SENT + 1, ACK_OF_NOTHING)],
)
def test_syn_sent_ack_must_be_of_its_syn(base: int, flags: int, ack: int, expected: int) -> None:
    assert verdict(base, State.SYN_SENT, 7777, flags, ack=ack) == expected


def test_syn_sent_bare_rst_is_dropped() -> None:
    assert verdict(0, State.SYN_SENT, 0, RST) == NO_ACK


def test_syn_sent_syn_is_a_simultaneous_open() -> None:
    assert verdict(0, State.SYN_SENT, 7777, SYN) == ACCEPT


def test_syn_sent_unknown_number_takes_any_ack() -> None:
    sender, receiver = ends(0, State.SYN_SENT)
    receiver.marks = 0
    assert judge(segment(0, NEXT, SYN | ACK, ack=9), sender, receiver) == ACCEPT


# Old and beyond


@bases
@pytest.mark.parametrize("state", PAST_SYN_SENT)
@pytest.mark.parametrize(
    ("seq", "length", "flags", "expected"),
    [
        (NEXT, 0, ACK, ACCEPT),
        (NEXT - 1, 0, ACK, OLD),  # a keepalive probe
        (NEXT - 1, 1, ACK, ACCEPT),  # it ends at the edge: its ACK counts (Linux: !before(end_seq, rcv_wup))
        (NEXT - 2, 1, ACK, OLD),
        (NEXT - 1, 0, ACK | FIN, ACCEPT),  # a FIN counts one
        (NEXT - 2, 0, ACK | FIN, OLD),
        (NEXT - 50, 51, ACK, ACCEPT),  # the last byte is new
        (RIGHT, 0, ACK, ACCEPT),
        (RIGHT, 100, ACK, ACCEPT),
        (RIGHT + 1, 0, ACK, BEYOND),
        (RIGHT + 1, 10, ACK | FIN, BEYOND),
    ],
)
def test_window_with_scaling(base: int, state: State, seq: int, length: int, flags: int, expected: int) -> None:
    assert verdict(base, state, seq, flags, length) == expected


@bases
def test_window_without_both_scales_gives_no_verdict(base: int) -> None:
    assert verdict(base, State.ESTABLISHED, RIGHT + 1, length=10, scaled=False) == ACCEPT
    assert verdict(base, State.ESTABLISHED, NEXT - 2, length=1, scaled=False) == OLD
    for only in (0, 1):
        both = ends(base, State.ESTABLISHED)
        both[only].marks ^= SCALE_OFFERED
        assert judge(segment(base, RIGHT + 1), *both) == ACCEPT


@bases
def test_window_what_was_seen_to_arrive_widens_it(base: int) -> None:
    sender, receiver = ends(base, State.ESTABLISHED)
    receiver.edge = add(base, RIGHT + 100)
    assert judge(segment(base, RIGHT + 100), sender, receiver) == ACCEPT
    assert judge(segment(base, RIGHT + 101), sender, receiver) == BEYOND


def test_window_closed_takes_nothing_behind_its_edge() -> None:
    sender, receiver = ends(0, State.ESTABLISHED)
    receiver.rcv_adv = receiver.edge = receiver.rcv_nxt
    assert judge(segment(0, NEXT), sender, receiver) == ACCEPT
    assert judge(segment(0, NEXT + 1), sender, receiver) == BEYOND


def test_window_of_a_silent_receiver_is_open() -> None:
    sender, receiver = ends(0, State.ESTABLISHED)
    receiver.marks ^= ACK_KNOWN
    assert judge(segment(0, RIGHT + 10**6), sender, receiver) == ACCEPT


# Timestamps, RFC 7323 5


@pytest.mark.parametrize("state", PAST_SYN_SENT)
@pytest.mark.parametrize(
    ("recent", "tsval", "expected"),
    [
        (1000, 1000, ACCEPT),
        (1000, 999, PAWS),
        (1000, 1001, ACCEPT),
        (5, 0xFFFFFFFF, PAWS),
        (0xFFFFFFFF, 5, ACCEPT),
        (0, 0x7FFFFFFF, ACCEPT),
        (0, 0x80000000, PAWS),
    ],
)
def test_paws(state: State, recent: int, tsval: int, expected: int) -> None:
    sender, receiver = ends(0, state)
    receiver.marks |= TS_KNOWN
    receiver.ts_recent = recent
    probe = segment(0, NEXT, ACK, 10)
    assert judge(probe, sender, receiver) == ACCEPT  # no option, no verdict
    probe.tsval, probe.options = tsval, HAS_TIMESTAMPS
    assert judge(probe, sender, receiver) == expected


def test_paws_needs_a_timestamp_to_compare_and_never_stops_a_reset() -> None:
    sender, receiver = ends(0, State.ESTABLISHED)
    probe = segment(0, NEXT, ACK, 10)
    probe.options, probe.tsval, receiver.ts_recent = HAS_TIMESTAMPS, 1, 1000
    assert judge(probe, sender, receiver) == ACCEPT
    receiver.marks |= TS_KNOWN
    assert judge(probe, sender, receiver) == PAWS
    probe.flags, probe.length = RST, 0  # tcp_validate_incoming: "Reset is accepted even if it did not pass PAWS"
    assert judge(probe, sender, receiver) == ACCEPT


# RST, RFC 5961 3.2


@bases
@pytest.mark.parametrize("state", SYNCHRONIZED)
@pytest.mark.parametrize("flags", [RST, RST | ACK])
@pytest.mark.parametrize(
    ("seq", "expected"),
    [
        (NEXT, ACCEPT),
        (EDGE, ACCEPT),  # what has reached it since
        (300, ACCEPT),  # what its sender was seen to send
        (NEXT - 2, OLD),
        (NEXT + 1, CHALLENGE),
        (EDGE + 1, CHALLENGE),
        (RIGHT - 1, CHALLENGE),
        (RIGHT, BEYOND),
        (RIGHT + 1, BEYOND),
    ],
)
def test_rst_only_exact_resets(base: int, state: State, flags: int, seq: int, expected: int) -> None:
    if state is State.FIN_WAIT2 and expected in (CHALLENGE, BEYOND):
        expected = ACCEPT if seq <= RIGHT else BEYOND  # an orphan's mini-socket: in the window is enough
    assert verdict(base, state, seq, flags) == expected


@bases
@pytest.mark.parametrize(
    ("seq", "expected"), [(NEXT - 1, OLD), (NEXT, ACCEPT), (NEXT + 1, ACCEPT), (RIGHT, ACCEPT), (RIGHT + 1, BEYOND)]
)
def test_rst_in_syn_recv_in_the_window_is_enough(base: int, seq: int, expected: int) -> None:
    """tcp_check_req() takes any RST inside the request's window."""
    assert verdict(base, State.SYN_RECV, seq, RST) == expected


@bases
@pytest.mark.parametrize("state", SYNCHRONIZED)
def test_rst_one_short_after_a_fin(base: int, state: State) -> None:
    """tcp_reset_check(): some systems reset with the number of their FIN; taken by who has that FIN."""
    taken = state in (State.CLOSE_WAIT, State.LAST_ACK, State.CLOSING)
    assert verdict(base, state, NEXT - 1, RST) == (ACCEPT if taken else OLD)


def test_rst_without_scaling_is_challenged_however_far() -> None:
    assert verdict(0, State.ESTABLISHED, RIGHT + 10**6, RST, scaled=False) == CHALLENGE


def test_rst_at_a_receiver_of_which_nothing_is_known() -> None:
    sender, receiver = ends(0, State.ESTABLISHED)
    receiver.marks = sender.marks = 0
    assert judge(segment(0, 12345, RST), sender, receiver) == ACCEPT
    receiver.marks = EDGE_KNOWN
    assert judge(segment(0, EDGE, RST), sender, receiver) == ACCEPT
    assert judge(segment(0, 12345, RST), sender, receiver) == BEYOND


# SYN, RFC 5961 4


@bases
@pytest.mark.parametrize("state", SYNCHRONIZED)
@pytest.mark.parametrize("flags", [SYN, SYN | ACK])
@pytest.mark.parametrize("seq", [100, NEXT, RIGHT + 5])
def test_syn_on_a_synchronized_connection_is_challenged(base: int, state: State, flags: int, seq: int) -> None:
    assert verdict(base, state, seq, flags) == CHALLENGE


@bases
def test_syn_in_syn_recv_only_the_same_one_counts(base: int) -> None:
    assert verdict(base, State.SYN_RECV, EDGE - 1, SYN) == ACCEPT
    assert verdict(base, State.SYN_RECV, EDGE, SYN) == CHALLENGE
    assert verdict(base, State.SYN_RECV, EDGE - 2, SYN) == CHALLENGE


@bases
@pytest.mark.parametrize(
    ("ack", "expected"),
    [(500, ACK_OF_NOTHING), (501, ACCEPT), (SENT, ACCEPT), (SENT + 1, ACK_OF_NOTHING)],
)
def test_syn_ack_in_syn_recv_completes_a_simultaneous_open(base: int, ack: int, expected: int) -> None:
    assert verdict(base, State.SYN_RECV, 7777, SYN | ACK, ack=ack) == expected


# ACKs of what was never sent


@bases
@pytest.mark.parametrize("state", PAST_SYN_SENT)
@pytest.mark.parametrize(
    ("ack", "expected"),
    [
        (SENT, ACCEPT),
        (SENT + 1, ACCEPT),  # the capture may have missed it
        (TAKES, ACCEPT),
        (TAKES + 1, ACCEPT),  # a FIN is sent into a closed window, too
        (TAKES + 2, ACK_OF_NOTHING),
    ],
)
def test_ack_of_more_than_was_offered(base: int, state: State, ack: int, expected: int) -> None:
    assert verdict(base, state, NEXT, ack=ack) == expected
    assert verdict(base, state, NEXT, ack=ack, scaled=False) == ACCEPT


@bases
def test_ack_in_syn_recv_must_be_of_its_syn(base: int) -> None:
    assert verdict(base, State.SYN_RECV, NEXT, ack=500) == ACK_OF_NOTHING
    assert verdict(base, State.SYN_RECV, NEXT, ack=501) == ACCEPT
    assert verdict(base, State.ESTABLISHED, NEXT, ack=500) == ACCEPT  # an old one


@bases
def test_ack_first_of_all_must_be_of_what_was_seen_in_syn_recv(base: int) -> None:
    for state, expected in ((State.SYN_RECV, ACK_OF_NOTHING), (State.ESTABLISHED, ACCEPT)):
        sender, receiver = ends(base, state)
        sender.marks ^= ACK_KNOWN
        assert judge(segment(base, NEXT, ack=SENT + 1), sender, receiver) == expected


def test_ack_to_a_silent_receiver_is_taken() -> None:
    sender, receiver = ends(0, State.ESTABLISHED)
    receiver.marks &= ACK_KNOWN | EDGE_KNOWN
    assert judge(segment(0, NEXT, ack=10**9), sender, receiver) == ACCEPT


SPOKEN = "C>S S ws=0; S>C SA ws=0; C>S A win=5000; C>S P100; S>C A; S>C P200; C>S A win=5000"


def test_established_ack_older_than_any_window_is_challenged_and_changes_nothing() -> None:
    played = going_on(SPOKEN, "C>S P50 ack=-65536")
    played.verdict("too old acknowledgment")
    assert played.end("C").bytes == 100
    going_on(SPOKEN, "C>S P50 ack=-65535").verdict("accepted")  # old, but a window may explain it: the data counts


@pytest.mark.parametrize("flags", ["SF", "SR", "SAF", "SRF"])
def test_syn_with_fin_or_rst_is_nobody_s(flags: str) -> None:
    played = play(f"C>S {flags}")
    played.verdict("impossible flags").is_("UNKNOWN", "UNKNOWN")
    going_on(SPOKEN, f"C>S {flags} new=70000").is_("ESTABLISHED", "ESTABLISHED").has(lives=1)
