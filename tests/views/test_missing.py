"""What each state waits for, in words."""

import pytest

from tracker.output.when import rfc3339

from .steps import following, missing, told

HANDSHAKE = "C>S S; S>C SA; C>S A"


@pytest.mark.parametrize(
    ("script", "end", "text"),
    [
        ("C>S S; C>S S again +1s", "client",
         "SYN_SENT: nothing has answered its SYN (#1, sent again once): dropped on the way, or by a full accept queue"),
        ("C>S S", "server", "UNKNOWN: the capture shows no packet of it"),
        ("C>S R", "client", "UNKNOWN: what it sent tells nothing of its state"),
        ("C>S FA", "client", ("FIN_WAIT2: its FIN has got through, and the server has sent none of its own; the application of the"
         " server has not called close()")),
        ("C>S S; S>C SA; S>C SA again +1s", "client",
         "SYN_SENT: its SYN (#1) was answered with SYN-ACK (#2), which has not reached it"),
        ("C>S S; S>C SA; S>C SA again +1s; S>C SA again +2s", "server",
         ("SYN_RECV: no ACK of its SYN-ACK (#2, sent again twice) has counted: the SYN-ACK does not reach the client,"
         " or the SYN was forged")),
        (f"{HANDSHAKE} dropped; S>C SA again +1s", "server",
         ("SYN_RECV: no ACK of its SYN-ACK (#2, sent again once) has counted: lost, the accept queue full, or accept"
         " deferred until data comes")),
        (HANDSHAKE, "client", "ESTABLISHED: nothing is missing; it may stay so for ever"),
        (f"{HANDSHAKE}; C>S P10 dropped; C>S P10 again dropped +1s", "client",
         "ESTABLISHED: 10 bytes that it sent are not acknowledged, sent again once"),
        (f"{HANDSHAKE}; C>S FA dropped; C>S FA again dropped +1s; C>S FA again dropped +2s", "server",
         "ESTABLISHED: the client's FIN (#4) has not reached it"),
        (f"{HANDSHAKE}; C>S FA; C>S FA again +1s", "client", "FIN_WAIT1: its FIN (#4, sent again once) is not acknowledged"),
        (f"{HANDSHAKE}; C>S FA; S>C A", "client",
         ("FIN_WAIT2: the server acknowledged its FIN in #5 at 22:13:20.005 and has sent none of its own; the application of"
         " the server has not called close()")),
        (f"{HANDSHAKE}; C>S FA; S>C A", "server",
         ("CLOSE_WAIT: it acknowledged the FIN (#4) in #5 at 22:13:20.005 and has sent nothing since; the application there"
         " has not called close()")),
        (f"{HANDSHAKE}; C>S FA; S>C A; S>C P10; C>S A", "server",
         ("CLOSE_WAIT: it acknowledged the FIN (#4) in #5 at 22:13:20.005 and has gone on sending up to #6; the application"
         " there has not called close()")),
        (f"{HANDSHAKE}; C>S FA", "server",
         "CLOSE_WAIT: the FIN of #4 has come; its ACK was not seen yet; the application there has not called close()"),
        (f"{HANDSHAKE}; C>S FA; S>C FA crossing", "server", "CLOSING: its FIN (#5) is not acknowledged; the FINs crossed"),
        (f"{HANDSHAKE}; C>S FA; S>C FA", "server", "LAST_ACK: its FIN (#5) is not acknowledged"),
        (f"{HANDSHAKE}; C>S FA; S>C FA; C>S A", "client", "TIME_WAIT: nothing is missing: both have closed"),
        (f"{HANDSHAKE}; C>S FA; S>C FA; C>S A", "server", "CLOSED: it is over"),
        (f"{HANDSHAKE}; C>S RA", "client", "CLOSED: it sent an RST itself"),
        (f"{HANDSHAKE}; C>S RA", "server", "CLOSED: an RST ended it"),
        ("C>S S; C>S icmp=3/13", "client", "CLOSED: an ICMP error ended its attempt"),
    ],
)  # fmt: skip
def test_missing(script: str, end: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    utc(monkeypatch)
    assert missing(told(script))[end] == text


@pytest.mark.parametrize(
    ("script", "after", "end", "text"),
    [
        ("C>S S", 0.5, "client",
         "the SYN-ACK; else the SYN again in 500 ms, and at 22:15:31.001 connect() fails (profile linux)"),
        (f"{HANDSHAKE}; C>S FA; S>C A", 1, "client",
         "the server's FIN; if its own application has closed, not only shut down, it ends by itself at 22:14:20.005"),
        (f"{HANDSHAKE}; C>S FA; S>C A", 1, "server", "its own FIN, after close(); no timer ends this state"),
        (f"{HANDSHAKE}; C>S FA; S>C A; S>C P10; C>S A", 1, "client", "the server's FIN"),
        (f"{HANDSHAKE}; C>S FA; S>C FA; C>S A", 1, "client",
         "its timer, at 22:14:20.005 (profile linux); a new SYN may use the ports sooner"),
        (f"{HANDSHAKE}; C>S FA; S>C FA; C>S A", 80, "client",
         "nothing"),
        (HANDSHAKE, 1, "server", "data, or the FIN of who closes first"),
    ],
)  # fmt: skip
def test_following(script: str, after: float, end: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    utc(monkeypatch)
    assert following(told(script, after=after))[end] == text


def test_what_a_timer_has_ended() -> None:
    said = missing(told(f"{HANDSHAKE}; C>S FA; S>C FA; C>S A", after=80))["client"]
    assert said == (
        "TIME_WAIT: nothing is missing: both have closed; its timer (time-wait, profile linux) must have ended it 20 s ago,"
        " which no packet shows"
    )
    (now, *_) = told("C>S S", after=3600).now
    assert (now.certainty, now.next) == ("timed", "nothing")


def test_ports_used_again() -> None:
    script = f"{HANDSHAKE}; C>S FA; S>C FA; C>S A; C>S S new +2s; S>C SA; C>S A"
    assert following(told(script, flow=0))["client"] == "its ports are used again, by flow 1"


def test_a_time_of_another_day_has_its_date(monkeypatch: pytest.MonkeyPatch) -> None:
    utc(monkeypatch)
    said = missing(told(f"{HANDSHAKE}; C>S FA; S>C A", after=86400))["server"]
    assert "in #5 at 2023-11-14 22:13:20.005 and has sent nothing since" in said


def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.views.tcpdump.rfc3339", lambda ns, _: rfc3339(ns))
