import pytest

from tracker.engine.trace import Trace
from tracker.tcp.states import State
from tracker.views.history import History, address, end_of, listeners

from .stage import HOSTS, START, Watched, watch, words
from .stage import address as host_address

HANDSHAKE = "C>S S; S>C SA; C>S A"
CLOSE = "C>S FA; S>C A; S>C FA; C>S A"
MS = 1_000_000


def names(watched: Watched) -> list[tuple[str, int]]:
    return sorted((str(listener.address), listener.port) for listener in watched.listeners())


# ---- listeners ---------------------------------------------------------------------------------------------------------------


def test_who_answers_with_syn_ack_listens_from_then_on() -> None:
    (listener,) = watch(HANDSHAKE).listeners()
    assert (listener.address, listener.port) == (host_address("S"), 80)
    assert (listener.since, listener.until) == (START + MS, 0)


def test_one_listener_for_all_its_clients_since_the_first() -> None:
    watched = watch("X>S S; S>X SA; C>S S; S>C SA; D>S S; S>D SA; C>T S; S>C SA dup; T>C SA")
    assert names(watched) == [("10.0.0.2", 80), ("10.0.0.2", 443)]
    assert min(listener.since for listener in watched.listeners()) == START + MS


def test_listens_until_refused() -> None:
    script = f"{HANDSHAKE}; D>S S; S>D RA; X>S S; S>X RA"
    (listener,) = watch(script).listeners()
    assert listener.until == START + 6 * MS, "the last refusal"
    (before,) = watch(script, packet=4).listeners()
    assert before.until == 0
    assert [row.state for row in watch(script, packet=4).table("S")] == ["LISTEN", "ESTABLISHED"]
    assert [row.state for row in watch(script).table("S")] == ["ESTABLISHED"]


def test_listens_again_after_a_refusal() -> None:
    (listener,) = watch(f"D>S S; S>D RA; {HANDSHAKE}").listeners()
    assert (listener.since, listener.until) == (START + 3 * MS, 0)
    (again,) = watch(f"X>S S; S>X SA; D>S S; S>D RA; {HANDSHAKE}").listeners()
    assert (again.since, again.until) == (START + MS, 0)


@pytest.mark.parametrize(
    "script",
    [
        "C>S S",  # no answer
        "C>S S; S>C RA",  # refused
        "C>S P10; S>C A",  # its beginning was not seen
        "C>S S; S>C S crossing; C>S SA; S>C SA",  # both opened
        "C>S FA; S>C RA",  # a stray
        "C>S A; S>C R",
    ],
)
def test_no_listener(script: str) -> None:
    assert watch(script).listeners() == []


def test_a_reset_connection_does_not_end_the_listener() -> None:
    (listener,) = watch(f"{HANDSHAKE}; C>S P10; S>C RA").listeners()
    assert listener.until == 0


def test_no_listener_before_its_first_syn_ack() -> None:
    assert watch(HANDSHAKE, packet=1).listeners() == []
    assert watch(HANDSHAKE, after=0.0005).listeners() == []
    assert len(watch(HANDSHAKE, after=0.001).listeners()) == 1


# ---- the account as of a moment ------------------------------------------------------------------------------------------------


def test_last_row_is_the_best_account_of_a_moment() -> None:
    # The SYN-ACK is believed to arrive until the SYN comes again.
    script = "C>S S; S>C SA dropped; C>S S again +1s"
    watched = watch(script, packet=2)
    row = watched.history.last_row(0, 0, watched.moment)
    assert row is not None
    assert State(row.new).name == "SYN_SENT", "though packet 3 taught it only later"
    assert [State(row.new).name for row in watched.history.rows(0, 0)] == ["SYN_SENT", "ESTABLISHED"]


def test_last_row_before_anything() -> None:
    watched = watch(HANDSHAKE)
    assert watched.history.last_row(0, 1, watch(HANDSHAKE, packet=1).moment) is None
    assert History(Trace([])).rows(7, 0) == []


def test_superseded_once_the_own_new_socket_has_spoken() -> None:
    script = f"{HANDSHAKE}; {CLOSE}; C>S S new +2s; S>C SA"
    end = watch(script)
    assert [end.history.superseded(0, side, end.moment) for side in (0, 1)] == [True, True]
    asked = watch(script, packet=8)
    assert [asked.history.superseded(0, side, asked.moment) for side in (0, 1)] == [True, False]
    assert not end.history.superseded(1, 0, end.moment)
    assert end.history.later_life(0, end.moment) == 1
    assert end.history.later_life(1, end.moment) is None
    before = watch(script, packet=7)
    assert before.history.later_life(0, before.moment) is None


def test_superseded_by_a_life_that_the_other_end_began() -> None:
    """The ends change places: side a is whoever spoke first."""
    end = watch(f"{HANDSHAKE}; {CLOSE}; S>C S new +2s")
    flows = end.history.trace.store.flows
    assert [flow.swapped for flow in flows] == [0, 1]
    assert [end.history.superseded(0, side, end.moment) for side in (0, 1)] == [False, True], "the server's alone"


def test_a_tentative_life_is_not_shown_and_supersedes_nothing() -> None:
    watched = watch(f"{HANDSHAKE}; C>S S new +100s")
    assert len(watched.history.trace.store.flows) == 2
    assert [number for number, _ in watched.history.flows(watched.moment)] == [0]
    assert not watched.history.superseded(0, 0, watched.moment)
    assert watched.history.later_life(0, watched.moment) is None
    assert len(watched.flows()) == 1
    assert watched.states() == "ESTABLISHED ESTABLISHED"


# ---- how it ended --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "end"),
    [
        ("C>S S", "none"),
        (HANDSHAKE, "none"),
        (f"{HANDSHAKE}; C>S FA; S>C A", "none"),
        (f"{HANDSHAKE}; {CLOSE}", "fin"),
        (f"{HANDSHAKE}; C>S FA; S>C FA", "fin"),
        (f"{HANDSHAKE}; C>S RA", "rst"),
        (f"{HANDSHAKE}; C>S FA; S>C A; S>C RA", "rst"),
        ("C>S S; S>C SA; C>S R", "rst"),
        ("C>S S; S>C RA", "refused"),
        ("C>S S; S>C RA; C>S S again +1s; S>C RA", "refused"),
        ("C>S S; C>S icmp=3/13", "icmp"),
        (f"{HANDSHAKE}; C>S P10; C>S icmp=3/1", "none"),
        (f"{HANDSHAKE}; C>S S new +100s; S>C SA new; C>S A", "superseded"),
    ],
)
def test_cause_of_end(script: str, end: str) -> None:
    assert watch(script).end() == end


def test_cause_of_end_is_as_of_the_moment() -> None:
    script = f"{HANDSHAKE}; C>S RA; C>S S new +1s; S>C SA"
    assert watch(script, packet=3).end() == "none"
    assert watch(script, packet=4).end() == "rst"
    assert watch(script).end() == "rst"


# ---- names ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["10.0.0.1", "255.255.255.255", "0.0.0.0", "::", "2001:db8::1", "::1:0:0"])
def test_address(text: str) -> None:
    assert str(address(words(text))) == text


def test_end_of() -> None:
    (flow,) = watch("P>Q S").history.trace.store.flows
    assert end_of(flow, 0) == (host_address("P"), HOSTS["P"][1])
    assert end_of(flow, 1) == (host_address("Q"), HOSTS["Q"][1])
    assert listeners(watch("P>Q S; Q>P SA").history, watch("P>Q S; Q>P SA").moment)[0].address == host_address("Q")


def test_a_tentative_life_that_is_begun_again_hides_nothing_before() -> None:
    """A forged SYN on a living connection, nobody answers; long after, another SYN is answered."""
    script = f"{HANDSHAKE}; C>S S new +10s; C>S S new +40s; S>C SA"
    before = watch(script, after=30)
    assert [number for number, _ in before.history.flows(before.moment)] == [0]
    assert not before.history.superseded(0, 0, before.moment)
    end = watch(script)
    assert end.history.superseded(0, 0, end.moment)


def test_no_host_lists_a_tuple_twice_when_a_later_life_but_one_has_taken_its_place() -> None:
    """LAST_ACK whose final ACK the capture missed; a SYN without answer, then one that is answered."""
    script = f"{HANDSHAKE}; C>S FA; S>C A; S>C FA; C>S S new +10s; C>S S new +40s; S>C SA; C>S A"
    end = watch(script)
    tuples = [(row.local, row.local_port, row.peer, row.peer_port) for row in end.sockets() if row.peer is not None]
    assert len(tuples) == len(set(tuples))


def test_believed_is_what_was_known_then_and_not_what_was_learned_later() -> None:
    """The SYN-ACK was lost behind the capture: ESTABLISHED was believed until the SYN came again."""
    script = "C>S S; S>C SA dropped; C>S S again +1s; S>C SA again dropped"
    for packet, best, believed in ((2, "SYN_SENT", "ESTABLISHED"), (3, "SYN_SENT", "SYN_SENT")):
        watched = watch(script, packet=packet)
        then = History(watched.history.trace, believed=True)
        found = [history.last_row(0, 0, watched.moment) for history in (watched.history, then)]
        assert [State(row.new).name for row in found if row is not None] == [best, believed]


def test_believed_does_not_show_a_doubtful_life_before_it_was_answered() -> None:
    script = f"{HANDSHAKE}; C>S S new +10s; S>C SA +1s"
    watched = watch(script, packet=4)
    then = History(watched.history.trace, believed=True)
    assert [number for number, _ in watched.history.flows(watched.moment)] == [0, 1]
    assert [number for number, _ in then.flows(watched.moment)] == [0]
