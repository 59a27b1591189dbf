import pytest

from tracker.tcp.segment import CHECKSUM_PARTIAL, INCOMING, OUTGOING, Segment
from tracker.views.rows import Socket
from tracker.views.vantage import NoSuchHost, Vantage, asked, everyone, found, losses, sureness

from .stage import HOSTS, address, segments_of, watch, words

HANDSHAKE = "C>S S; S>C SA; C>S A"
DOUBT = "seen from all hosts (10.0.0.1 or 10.0.0.2 captured, nothing tells which; choose with --as)"
DOUBT6 = "seen from all hosts (2001:db8::1 or 2001:db8::2 captured, nothing tells which; choose with --as)"


def vantage(script: str | list[Segment]) -> Vantage:
    watched = watch(script)
    return found(watched.history, watched.moment)


def hosts(seat: Vantage) -> str:
    return " ".join(name for name in "CSXYPQ" if seat.local(address(name)))


def marked(script: str, host: str, mark: int) -> list[Segment]:
    """The script with a mark on every segment that a host sends."""
    segments = segments_of(script)
    for segment in segments:
        if segment.src == words(HOSTS[host][0]):
            segment.marks |= mark
    return segments


# ---- found ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "local", "text"),
    [
        ("C>S S; X>S S", "S", "seen from 10.0.0.2 (every flow is its own)"),
        ("C>S S; C>Y S", "C", "seen from 10.0.0.1 (every flow is its own)"),
        ("C>S S; C>Y S; P>Q S", "C S X Y P Q", DOUBT6),
        ("C>S S; X>Y S", "C S X Y P Q", "seen from all hosts (no host is in every flow; choose with --as)"),
        ("C>S S; C>Y S; X>Y S", "C S X Y P Q", "seen from all hosts (no host is in every flow; choose with --as)"),
        (HANDSHAKE, "C S X Y P Q", DOUBT),
        ("C>S S; S>C SA +1ms; C>S A +8ms", "S", "seen from 10.0.0.2 (it captured: its answers take no time)"),
        ("C>S S; S>C SA +8ms; C>S A +1ms", "C", "seen from 10.0.0.1 (it captured: its answers take no time)"),
        ("C>S S; S>C SA +7ms; C>S A +1ms", "C S X Y P Q", DOUBT),
        ("C>S S ttl=57; S>C SA; C>S A", "S", "seen from 10.0.0.2 (it captured: its packets had not been routed yet)"),
        ("C>S S ttl=128; S>C SA ttl=50; C>S A", "C", "seen from 10.0.0.1 (it captured: its packets had not been routed yet)"),
        ("C>S S ttl=57; S>C SA ttl=60; C>S A", "C S X Y P Q", DOUBT),
        ("C>S S ttl=57", "C S X Y P Q", DOUBT),  # the other has not spoken
        ("C>E S", "C", "seen from 10.0.0.1 (every flow is its own)"),  # it talks to itself
    ],
)  # fmt: skip
def test_found(script: str, local: str, text: str) -> None:
    seat = vantage(script)
    assert (hosts(seat), seat.text) == (local, text)


def test_found_of_nothing() -> None:
    watched = watch("C>S S", after=-1)
    assert found(watched.history, watched.moment).text == "seen from all hosts"


def test_both_families_of_one_host() -> None:
    seat = vantage("C>S S ttl=57; S>C SA; P>Q S ttl=57; Q>P SA")
    assert (hosts(seat), seat.text) == (
        "S Q", "seen from 10.0.0.2, 2001:db8::2 (it captured: its packets had not been routed yet)",
    )  # fmt: skip
    seat = vantage("C>S S; X>S S; P>Q S ttl=57; Q>P SA")
    assert (
        seat.text
        == "seen from 10.0.0.2, 2001:db8::2 (every flow is its own; it captured: its packets had not been routed yet)"
    )


@pytest.mark.parametrize(("host", "mark"), [("C", OUTGOING), ("S", INCOMING)])
def test_linux_cooked_capture_tells_most(host: str, mark: int) -> None:
    seat = vantage(marked("X>Y S; C>S S ttl=9; S>C SA; C>S A", host, mark))
    assert (hosts(seat), seat.text) == (
        "C",
        "seen from 10.0.0.1 (it captured, says the Linux cooked header)",
    )


def test_linux_cooked_capture_of_a_host_with_many_addresses() -> None:
    script = "C>S S; X>S S; S>X SA; Y>S S; P>Q S"
    segments = segments_of(script)
    for segment in segments:
        segment.marks |= INCOMING if segment.src == words("10.0.0.2") else OUTGOING
    seat = vantage(segments)
    assert hosts(seat) == "C X Y P"
    assert seat.text.startswith("seen from 10.0.0.1, 10.0.0.3, 10.0.0.4 and 1 more (")


def test_checksums_left_to_the_card() -> None:
    script = "C>S S ttl=57; S>C SA; C>S A"
    seat = vantage(marked(script, "C", CHECKSUM_PARTIAL))
    assert (hosts(seat), seat.text) == (
        "C",
        "seen from 10.0.0.1 (it captured: its checksums were left to its network card)",
    )
    both = [*marked(script, "C", CHECKSUM_PARTIAL)]
    for segment in both:
        segment.marks |= CHECKSUM_PARTIAL
    assert vantage(both).text == "seen from 10.0.0.2 (it captured: its packets had not been routed yet)"


def test_a_tentative_life_does_not_change_the_seat() -> None:
    assert (
        vantage("C>S S; S>C SA +8ms; C>S A; C>S S new +100s").text
        == "seen from 10.0.0.1 (it captured: its answers take no time)"
    )


# ---- asked ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "local"),
    [
        (["10.0.0.1"], "C"),
        (["10.0.0.1", "10.0.0.3"], "C X"),
        (["10.0.0.0/30"], "C S X"),
        (["10.0.0.77/24"], "C S X Y"),
        (["2001:db8::/32"], "P Q"),
        (["2001:DB8:0::1"], "P"),
        (["::ffff:10.0.0.1"], "C"),
        (["::ffff:a00:0/126"], "C S X"),
        (["::ffff:0:0/96"], "C S X Y"),
        (["::fffe:10.0.0.1"], ""),
        (["0.0.0.0/0"], "C S X Y"),
        (["::/0", "10.0.0.4"], "Y P Q"),
        (["all"], "C S X Y P Q"),
        (["10.0.0.1", "all"], "C S X Y P Q"),
    ],
)
def test_asked(names: list[str], local: str) -> None:
    assert hosts(asked(names)) == local
    assert asked(names).text == f"seen from {'all hosts' if 'all' in names else ', '.join(names)}"


@pytest.mark.parametrize("name", ["", "host", "10.0.0", "10.0.0.256", "10.0.0.0/33", "::g", "fe80::1%eth0/129"])
def test_asked_for_no_host(name: str) -> None:
    with pytest.raises(NoSuchHost, match="is no address, network or 'all'"):
        asked(["10.0.0.1", name])


@pytest.mark.parametrize("name", ["fe80::1%eth0", "fe80::%eth0/64", "::ffff:10.0.0.1%lo"])
def test_asked_for_an_interface(name: str) -> None:
    with pytest.raises(NoSuchHost, match=f"packets do not show the interface of '{name}'"):
        asked([name])


# ---- how sure ------------------------------------------------------------------------------------------------------------------


def row(host: str, certainty: str, flow: int | None = 0) -> Socket:
    state = "LISTEN" if flow is None else "ESTABLISHED"
    return Socket(state, address(host), 1, address("S"), 2, 0, 0, certainty, 0, flow=flow)


HERE = Vantage(address("C").__eq__, "", captured=True)
DOUBTFUL = Vantage(everyone, "")


@pytest.mark.parametrize(
    ("rows", "capture", "text"),
    [
        ([], HERE, "0 of 0 rows uncertain"),
        ([row("C", "seen")], HERE, "0 of 1 row uncertain"),
        ([row("C", "assumed")], HERE, "0 of 1 row uncertain"),  # what was seen to arrive here did arrive
        ([row("S", "assumed")], HERE, "1 of 1 row uncertain"),  # there it may have been lost behind the capture
        ([row("S", "seen")], HERE, "0 of 1 row uncertain"),
        ([row("C", "assumed"), row("S", "seen")], DOUBTFUL, "1 of 2 rows uncertain"),
        ([row("C", "unknown"), row("C", "assumed")], HERE, "1 of 2 rows uncertain"),
        ([row("C", "unknown", None), row("S", "assumed", None), row("C", "timed")], HERE, "0 of 1 row uncertain"),
        ([row("C", "unknown")] * 1500, HERE, "1,500 of 1,500 rows uncertain"),
    ],
)
def test_sureness(rows: list[Socket], capture: Vantage, text: str) -> None:
    assert sureness(rows, capture, watch(HANDSHAKE).moment) == text


def test_sureness_of_a_connection_that_the_capture_has_not_whole() -> None:
    moment = watch(f"{HANDSHAKE}; D>S S; S>D SA; D>S A; D>S P10 unseen; S>D A").moment
    rows = [row("C", "seen", 0), row("C", "seen", 1), row("S", "seen", 1)]
    assert sureness(rows, HERE, moment) == "2 of 3 rows uncertain"


@pytest.mark.parametrize(
    ("seat", "captured"),
    [
        (vantage("C>S S; S>C SA +1ms; C>S A +8ms"), True),
        (vantage(marked("X>Y S; C>S S", "C", OUTGOING)), True),
        (vantage("C>S S; C>Y S"), True),
        (vantage(HANDSHAKE), False),
        (vantage("C>S S; X>Y S"), False),
        (asked(["10.0.0.1"]), False),
        (asked(["all"]), False),
    ],
)
def test_only_what_the_capture_tells_is_the_capturing_host(seat: Vantage, captured: bool) -> None:
    assert seat.captured == captured


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (HANDSHAKE, "no packets lost by the capture"),
        (f"{HANDSHAKE}; C>S P1 unseen; S>C A", "the capture misses 1 byte of 1 connection"),
        (f"{HANDSHAKE}; C>S P1000 unseen; C>S P500 unseen; S>C P20 unseen; S>C A; C>S A",
         "the capture misses 1,520 bytes of 1 connection"),
        ("C>S S; S>C SA; C>S A; C>S P10 unseen; S>C A; D>S S; S>D SA; D>S A; D>S P10 unseen; S>D A",
         "the capture misses 20 bytes of 2 connections"),
        (f"{HANDSHAKE}; C>S P10; C>S P dup +1us; S>C A", "no packets lost by the capture; 1 packet captured twice"),
        (f"{HANDSHAKE}; C>S P10 gone; C>S P10", "no packets lost by the capture"),  # lost on the way, not by the capture
    ],
)  # fmt: skip
def test_losses(script: str, text: str) -> None:
    assert losses(watch(script).moment) == text
