"""Every word that any view can print has its label."""

import json
from itertools import chain
from pathlib import Path

import pytest

from tracker.output.color import sgr
from tracker.tcp import timers
from tracker.tcp.acceptance import VERDICTS
from tracker.views import direction, flow_table, netstat
from tracker.views.flow_row import END_NAMES
from tracker.views.flows import CAUSES
from tracker.views.labels import KINDS, Label, find, labels, lines, listed, near
from tracker.views.rows import CERTAINTY_NAMES, STATE_NAMES
from tracker.views.ss import SPELLING
from tracker.views.vantage import Vantage, everyone, losses, sureness

from .stage import watch

SCHEMA = Path(__file__).parents[2] / "docs" / "schema"
HANDSHAKE = "C>S S; S>C SA; C>S A"
CLOSE = "C>S FA; S>C A; S>C FA; C>S A"


def enums(name: str) -> set[str]:
    """Every word that a schema allows somewhere, but for those of its own structure."""
    found: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            found.update(word for word in value.get("enum", ()) if isinstance(word, str))
            for below in value.values():
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    walk(json.loads((SCHEMA / f"{name}.json").read_text("utf-8")))
    return found


def printed_notes() -> set[str]:
    """Notes of `tracker flows`, from conversations that bring about each of them."""
    scripts = [
        "C>S P10", "C>X P10", "C>X P10; D>X S; X>D SA", "C>S S; S>C S crossing; C>S SA; S>C SA", "C>S S; C>S S again +1s",
        "C>S S ws=7; S>C SA ws=7; C>S A; S>C A; C>S R seq=+100000000", f"{HANDSHAKE}; C>S P10 unseen; S>C A",
        f"{HANDSHAKE}; C>S P1 unseen; S>C A; C>S P5", "C>S S; C>S icmp=3/13", f"{HANDSHAKE}; {CLOSE}; C>S S new +2s", "E>E S",
    ]  # fmt: skip
    moments = [watch(script) for script in scripts] + [watch(f"{HANDSHAKE}; {CLOSE}", after=75)]
    return {note for seen in moments for row in seen.flows() for note in flow_table.notes(row, seen.moment.at)}


SCHEMA_WORDS = set(chain.from_iterable(enums(name) for name in ("flow", "socket", "packet"))) - {"sender", "receiver"}
WORDS = sorted(
    {
        *STATE_NAMES,
        *SPELLING,
        *SPELLING.values(),
        *CERTAINTY_NAMES,
        *VERDICTS,
        *direction.NAMES,
        *CAUSES,
        *END_NAMES,
    }
    | {"listener", "port", "unknown", *netstat._TIMERS, *netstat._TIMERS.values(), "off"}
    | set(timers.TIMER_NAMES[1:])
    | printed_notes()
    | SCHEMA_WORDS
)


def test_the_walk_finds_words() -> None:
    assert len(WORDS) > 60
    assert {"fin", "refused", "superseded", "none"} <= set(END_NAMES)
    assert {"connected to itself", "simultaneous open", "client unknown", "1 ignored"} <= printed_notes()
    assert len(printed_notes()) >= 12


@pytest.mark.parametrize("word", WORDS)
def test_every_word_has_its_label(word: str) -> None:
    assert find(word), f"{word!r} is printed, and tracker explain does not know it"


def test_headings_have_labels() -> None:
    seen = watch(f"{HANDSHAKE}; C>S P10 unseen; S>C A")
    capture = Vantage(everyone, "seen from all hosts")
    for text in (sureness(seen.sockets(), capture, seen.moment), losses(seen.moment), losses(watch(HANDSHAKE).moment)):
        assert find(text), text


@pytest.mark.parametrize("label", labels(), ids=lambda label: f"{label.kind}-{label.name}")
def test_labels_are_whole(label: Label) -> None:
    assert label.kind in KINDS
    assert label.meaning.endswith((".", "?"))
    assert label.source
    if label.kind == "state" and label.name not in ("UNKNOWN", "CLOSED"):
        assert label.next
    for name in (label.name, *label.also):
        assert label in find(name)


def test_no_label_twice() -> None:
    names = [(label.kind, label.name) for label in labels()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("close_wait", ["state"]),
        ("CLOSE-WAIT", ["state"]),
        ("close wait", ["state"]),
        ("ESTABLISHED?", ["state"]),
        ("FIN_WAIT2*", ["state", "timer"]),
        ("timewait", ["state", "timer", "timer"]),
        ("unknown", ["state", "certainty", "direction"]),
        ("fin", ["end", "cause"]),
        ("FIN_WAIT2 timed out 14 s ago", ["note"]),
        ("life 12 of these ports", ["note"]),
        ("1,204 retransmitted", ["note"]),
        ("3 of 412 rows uncertain", ["certainty"]),
        ("?", ["mark"]),
        ("-", ["mark"]),
        ("*", ["mark"]),
        ("closwait", []),
        ("", []),
    ],
)
def test_find(word: str, kinds: list[str]) -> None:
    assert [label.kind for label in find(word)] == kinds


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("closwait", "CLOSE_WAIT"),
        ("fin_wait", "FIN_WAIT1"),
        ("finwait3", "FIN_WAIT1"),
        ("supersede", "superseded"),
        ("paw", "old timestamp (PAWS)"),
    ],
)
def test_near(word: str, name: str) -> None:
    assert name in near(word)


def test_nothing_is_near() -> None:
    assert near("xyzzy") == []


def test_text() -> None:
    assert list(lines(find("last-ack"), 60)) == [
        "LAST_ACK (state, also LAST-ACK)",
        "  It closed after the other side did: its FIN is sent and",
        "    not acknowledged.",
        "  Next: the ACK ends it.",
        "  Check: stuck here, with retransmissions: the other host is",
        "    gone, or a firewall forgot the half-closed connection.",
        "  Source: RFC 9293 3.3.2 and 3.6",
    ]
    assert next(lines(find("last-ack"), paint=sgr)).startswith("\x1b[31mLAST_ACK\x1b[0m (state")
    assert list(lines(find("fin"))).count("") == 1


def test_list() -> None:
    text = "\n".join(listed(100))
    assert all(label.name.split(" ")[0] in text for label in labels())
    assert max(map(len, listed(80))) <= 80
