"""Wrong answers of other programs, each told in an issue of theirs."""

import pytest

from tracker.tcp.endpoint import BY_NOTHING, BY_SYN, BY_SYN_ACK

from .play import CLOSED, ESTABLISHED, SPOKEN, SYN_RECV, going_on, play

RETRANSMITTED = "; ".join(["C>S FA again +60s"] * 20)


def test_zeek_862_fins_again_for_hours_are_one_connection() -> None:
    played = going_on(SPOKEN, f"C>S FA dropped; {RETRANSMITTED}").has(lives=1)
    assert (played.trouble("C").retransmitted, played.end("C").packets) == (20, 25)


def test_zeek_863_syn_retries_are_one_attempt_and_a_new_number_another() -> None:
    play("C>S S; C>S S again +1s; C>S S again +2s; C>S S again +4s; C>S S again +8s").has(lives=1)
    play("C>S S; C>S S again +1s; C>S S new +2s; C>S S again +1s").has(lives=2)


def test_zeek_1119_lone_rst_claims_no_state() -> None:
    for script in ("S>C R", "S>C RA", "S>C R seq=+5"):
        assert play(script).is_("UNKNOWN", "UNKNOWN").store.transitions == []


def test_zeek_1164_lone_syn_ack_claims_nothing_of_the_silent_side() -> None:
    play("S>C SA; S>C SA again +1s").went("", "SYN_RECV").sure("unknown", "seen")


def test_zeek_1196_a_long_quiet_connection_is_one() -> None:
    scene = "; ".join(["C>S P10 +600s; S>C A"] * 10)
    played = going_on(SPOKEN, f"{scene}; C>S FA +6000s; S>C FA; C>S A").has(lives=1)
    played.is_("TIME_WAIT", "CLOSED")
    assert played.end("C").bytes == 200


@pytest.mark.parametrize("offset", ["seq=+70000", "seq=-1", "seq=+2147483647", "seq=-2147483648"])
@pytest.mark.parametrize("scene", [SYN_RECV, ESTABLISHED, SPOKEN])
def test_zeek_3313_syn_ack_with_another_number_changes_no_counter(scene: str, offset: str) -> None:
    played = play(f"{scene}; S>C SA dup {offset}; C>S A; S>C P500; C>S A; C>S P5; S>C A").has(lives=1)
    plain = play(f"{scene}; C>S A; S>C P500; C>S A; C>S P5; S>C A")
    for host in "CS":
        one, other = played.end(host), plain.end(host)
        assert (one.iss, one.snd_una, one.snd_nxt, one.rcv_nxt, one.edge, one.bytes, one.ranges) == (
            other.iss, other.snd_una, other.snd_nxt, other.rcv_nxt, other.edge, other.bytes, other.ranges,
        )  # fmt: skip
        assert played.trouble(host).missed == plain.trouble(host).missed
    played.is_("ESTABLISHED", "ESTABLISHED")


@pytest.mark.parametrize(
    ("script", "client", "direction"),
    [
        ("C>S S unseen; S>C SA; C>S A", "C", BY_SYN_ACK),
        ("C>S S; S>C SA unseen; C>S A", "C", BY_SYN),
        ("S>C S; C>S SA; S>C A", "S", BY_SYN),
        ("C>S S unseen; S>C SA; C>S S dup", "C", BY_SYN),
    ],
)
def test_zeek_2191_direction_is_decided_by_evidence(script: str, client: str, direction: int) -> None:
    played = play(f"{script}; S>C P5; C>S P5")
    assert (played.client(), played.flow().direction) == (client, direction)
    assert (played.end("C").bytes, played.end("S").bytes) == (5, 5)


def test_zeek_2191_nothing_decides_mid_stream() -> None:
    assert play("S>C P5; C>S A; C>S FA; S>C RA").flow().direction == BY_NOTHING


def test_zeek_499_what_is_sent_again_is_a_retransmission_what_is_captured_twice_is_none() -> None:
    again = going_on(SPOKEN, "C>S P100; C>S P again").trouble("C")
    assert (again.retransmitted, again.duplicates) == (1, 0)
    twice = going_on(SPOKEN, "C>S P100; C>S P dup")
    assert (twice.trouble("C").retransmitted, twice.trouble("C").duplicates) == (0, 1)
    twice.verdict("captured twice")


def test_wireshark_19771_port_reuse_is_told_by_number() -> None:
    play(f"{CLOSED}; C>S S new").has(lives=2)
    play(f"{CLOSED}; C>S S dup").has(lives=1)
    play(f"{SPOKEN}; C>S S new").has(lives=1, hidden=1)


@pytest.mark.parametrize("first", ["C>S FA", "S>C FA", "C>S RA", "S>C R"])
def test_arkime_2313_a_fin_or_rst_makes_nobody_the_client(first: str) -> None:
    assert play(first).flow().direction == BY_NOTHING
    assert play(f"{first}; C>S S new seq=#5000; C>S S again").client() == "C"


def test_gopacket_425_a_refused_syn_is_closed() -> None:
    play("C>S S; S>C RA").is_("CLOSED", "CLOSED")


@pytest.mark.parametrize("closer", ["C>S FA; S>C A; S>C FA; C>S A", "S>C FA; C>S A; C>S FA; S>C A"])
def test_cicflowmeter_167_each_side_s_fin_is_its_own(closer: str) -> None:
    played = going_on(SPOKEN, closer).has(lives=1)
    assert {played.states("C").split()[-1], played.states("S").split()[-1]} == {"TIME_WAIT", "CLOSED"}


def test_beats_27034_a_flow_does_not_end_at_its_first_fin() -> None:
    played = going_on(SPOKEN, "C>S FA; S>C A; S>C P100; C>S A; S>C P100; C>S A; S>C FA; C>S A").has(lives=1)
    assert played.client() == "C"


def test_suricata_5802_first_packet_syn_ack_is_the_server_s() -> None:
    assert play("S>C SA").client() == "C"


def test_suricata_3625_ack_of_bytes_never_captured_is_no_invalid_ack() -> None:
    played = going_on(SPOKEN, "C>S P1000 unseen; S>C A; C>S P10").verdict("accepted", 8)
    assert (played.trouble("C").missed, played.trouble("C").ignored) == (1000, 0)
