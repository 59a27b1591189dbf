"""The states of a TCP endpoint, the events that move it, and the table that says how.

What an observer can know
-------------------------
A host has sockets; a capture has segments. From a segment two things follow, and they are not equally sure:

 1. *What must its sender be, to have sent it?* If the segment is the address owner's, this is certain. Who sent a FIN has
    closed: it is in FIN_WAIT1, CLOSING or LAST_ACK. This is the table's SENT half.
 2. *What does its receiver become, if it arrives and is accepted?* This follows only if the network delivered it and the
    receiver took it. This is the table's RECEIVED half; it applies to accepted segments only (acceptance.py), the state
    entered is `assumed`, and it stays so until the receiver's own segments prove it (then `seen`) or disprove it (then
    evidence.py takes it back).

Two rules
---------
 - Every change of a state is a cell of this table. The few decisions that need numbers rather than states (is this RST
   exact? does this ACK cover the FIN? is the repeated SYN-ACK a sign that the final ACK never counted?) are code, in
   acceptance.py, evidence.py, incarnation.py and step.py; they choose which event happened or undo an entry of the log.
   They never name a new state themselves.
 - The table does not know who is client and who is server, nor which side the capture was made on. Both endpoints obey the
   same law; `observe` is called with (sender, receiver), whichever they are.

The events
----------
One segment may be several events, always in this order (the order of RFC 9293 3.10.7.4: RST, SYN, ACK, then FIN):

    SYN         it carries SYN without ACK                            RST         it carries RST
    SYN_ACK     it carries SYN and ACK                                ACK_OF_FIN  its ACK covers the other side's FIN
    DATA        it is what only a synchronized socket sends           FIN         it carries FIN and, for the receiver's half,
    ACK_OF_SYN  its ACK covers the other side's SYN                               everything before the FIN has arrived too
    UNREACHABLE an ICMP error quotes a SYN; the "sender" half is the host whose SYN was quoted, the other half is silent

So FIN_WAIT2 exists even when one segment acknowledges our FIN and carries the peer's: ACK_OF_FIN moves FIN_WAIT1 to
FIN_WAIT2, then FIN moves on to TIME_WAIT, both at the same packet (the kernel passes both within microseconds).

An endpoint here is one connection's. A listening socket is not an endpoint: it is a LISTEN row that the views infer from the
SYN-ACKs of an address and port. Where RFC 9293 sends a passive endpoint "back to LISTEN", this endpoint is CLOSED.
UNKNOWN is where every endpoint begins: the capture has not shown anything of it.

States not named in a row stay as they are.
"""

from enum import IntEnum
from typing import Final


class State(IntEnum):
    """RFC 9293 3.3.2 in netstat's spelling, and UNKNOWN."""

    UNKNOWN = 0  # so that an endpoint of zeros is one that nothing is known of
    CLOSED = 1
    LISTEN = 2
    SYN_SENT = 3
    SYN_RECV = 4
    ESTABLISHED = 5
    FIN_WAIT1 = 6
    FIN_WAIT2 = 7
    CLOSE_WAIT = 8
    CLOSING = 9
    LAST_ACK = 10
    TIME_WAIT = 11


class Event(IntEnum):
    """What a segment is to the two endpoints; also the cause kept with each transition."""

    SYN = 0
    SYN_ACK = 1
    ACK_OF_SYN = 2
    DATA = 3
    FIN = 4
    ACK_OF_FIN = 5
    RST = 6
    UNREACHABLE = 7


class Certainty(IntEnum):
    """How sure a state is: nothing proves it; it follows if the network delivered; the endpoint's own segments prove it; a
    timer of the profile must have fired."""

    UNKNOWN = 0
    ASSUMED = 1
    SEEN = 2
    TIMED = 3


# The kernels use plain ints: three times quicker interpreted, and tuples and bytes of them can be indexed when compiled.
CLOSED: Final = State.CLOSED.value
LISTEN: Final = State.LISTEN.value
SYN_SENT: Final = State.SYN_SENT.value
SYN_RECV: Final = State.SYN_RECV.value
ESTABLISHED: Final = State.ESTABLISHED.value
FIN_WAIT1: Final = State.FIN_WAIT1.value
FIN_WAIT2: Final = State.FIN_WAIT2.value
CLOSE_WAIT: Final = State.CLOSE_WAIT.value
CLOSING: Final = State.CLOSING.value
LAST_ACK: Final = State.LAST_ACK.value
TIME_WAIT: Final = State.TIME_WAIT.value
UNKNOWN: Final = State.UNKNOWN.value

ON_SYN: Final = Event.SYN.value
ON_SYN_ACK: Final = Event.SYN_ACK.value
ON_ACK_OF_SYN: Final = Event.ACK_OF_SYN.value
ON_DATA: Final = Event.DATA.value
ON_FIN: Final = Event.FIN.value
ON_ACK_OF_FIN: Final = Event.ACK_OF_FIN.value
ON_RST: Final = Event.RST.value
ON_UNREACHABLE: Final = Event.UNREACHABLE.value

NOT_SURE: Final = Certainty.UNKNOWN.value
ASSUMED: Final = Certainty.ASSUMED.value
SEEN: Final = Certainty.SEEN.value
TIMED: Final = Certainty.TIMED.value

_S = State
_Row = dict[State, State]

# event -> (what the sender must be now, what the receiver becomes if it accepts)
TABLE: Final[dict[Event, tuple[_Row, _Row]]] = {
    Event.SYN: (
        {
            _S.UNKNOWN: _S.SYN_SENT,
            # CLOSED stays: another SYN is another life, and the same one again disproves the refusal (evidence.py).
            _S.LISTEN: _S.SYN_SENT,  # RFC 9293 3.10.1: OPEN or SEND on a listening endpoint
        },
        {
            # A SYN that nobody answered says nothing of its receiver: no listener, a full queue (Linux drops the SYN
            # silently) or a firewall. SYN_RECV is entered when the SYN-ACK is sent. Therefore no UNKNOWN or LISTEN here.
            _S.SYN_SENT: _S.SYN_RECV,  # simultaneous open, RFC 9293 3.5 figure 7
        },
    ),
    Event.SYN_ACK: (
        {
            _S.UNKNOWN: _S.SYN_RECV,
            _S.LISTEN: _S.SYN_RECV,
            _S.CLOSED: _S.SYN_RECV,  # refused once, listening when the same SYN is repeated
            _S.SYN_SENT: _S.SYN_RECV,  # simultaneous open: it has received our SYN
        },
        {
            _S.SYN_SENT: _S.ESTABLISHED,
            _S.SYN_RECV: _S.ESTABLISHED,  # simultaneous open: both sides answer with SYN-ACK
        },
    ),
    Event.ACK_OF_SYN: (
        {
            _S.SYN_SENT: _S.ESTABLISHED,  # it acknowledges our SYN without one of its own: it has got our SYN-ACK
            _S.UNKNOWN: _S.ESTABLISHED,
        },
        {
            # SYN_SENT is not here: RFC 9293 3.10.7.3, an ACK without SYN or RST opens nothing.
            _S.SYN_RECV: _S.ESTABLISHED,
        },
    ),
    Event.DATA: (
        {
            _S.UNKNOWN: _S.ESTABLISHED,  # mid-stream: certainty is unknown, a closing state looks the same until it speaks
            _S.SYN_SENT: _S.ESTABLISHED,  # the SYN-ACK is missing in the capture
            _S.SYN_RECV: _S.ESTABLISHED,  # the final ACK is missing in the capture (fast open is told apart in step.py)
        },
        {
            _S.UNKNOWN: _S.ESTABLISHED,  # nobody sends into nothing for long; certainty is unknown
        },
    ),
    Event.FIN: (
        {
            _S.ESTABLISHED: _S.FIN_WAIT1,
            _S.SYN_RECV: _S.FIN_WAIT1,  # RFC 9293 3.10.4: CLOSE in SYN-RECEIVED
            _S.CLOSE_WAIT: _S.LAST_ACK,
        },
        {
            _S.ESTABLISHED: _S.CLOSE_WAIT,
            _S.SYN_RECV: _S.CLOSE_WAIT,
            _S.FIN_WAIT1: _S.CLOSING,  # our FIN is not covered: an ACK in the same segment was ACK_OF_FIN, one event earlier
            _S.FIN_WAIT2: _S.TIME_WAIT,
            # TIME_WAIT stays: a retransmitted FIN restarts its timer (timers.py).
        },
    ),
    Event.ACK_OF_FIN: (
        # What the ACK proves of its sender: the FIN, and all before it, had arrived there.
        {
            _S.ESTABLISHED: _S.CLOSE_WAIT,
            _S.SYN_RECV: _S.CLOSE_WAIT,
            _S.FIN_WAIT1: _S.CLOSING,
            _S.FIN_WAIT2: _S.TIME_WAIT,
        },
        {
            _S.FIN_WAIT1: _S.FIN_WAIT2,
            _S.CLOSING: _S.TIME_WAIT,
            _S.LAST_ACK: _S.CLOSED,
        },
    ),
    Event.RST: (
        {
            # A listener answers strays with RST and goes on; every other sender of an RST has no connection any more.
            state: _S.CLOSED
            for state in _S
            if state is not _S.LISTEN
        },
        {
            # UNKNOWN stays: a lone RST (backscatter) claims nothing of the silent side.
            # TIME_WAIT: net.ipv4.tcp_rfc1337 is 0 by default, an exact RST ends it (TIME_WAIT assassination, RFC 1337).
            state: _S.CLOSED
            for state in _S
            if state not in (_S.LISTEN, _S.UNKNOWN)
        },
    ),
    Event.UNREACHABLE: (
        {
            # RFC 9293 3.9.2.2 and RFC 5927: only an attempt is given up; a synchronized connection takes it as a hint.
            _S.SYN_SENT: _S.CLOSED,
        },
        {},
    ),
}


def _column(half: int) -> bytes:
    """One half of TABLE as bytes in rows of 16, so that a cell is found by a shift: column[event << 4 | state]."""
    cells = bytearray()
    for event in Event:
        row = TABLE[event][half]
        cells += bytes(row.get(state, state) for state in State).ljust(16, b"\0")
    return bytes(cells)


def _proofs() -> bytes:
    """Which states an event proves of its sender: those that its SENT row leads to."""
    cells = bytearray()
    for event in Event:
        proven = set() if event in (Event.RST, Event.UNREACHABLE) else set(TABLE[event][0].values())
        cells += bytes(int(state in proven) for state in State).ljust(16, b"\0")
    return bytes(cells)


SENT: Final = _column(0)
RECEIVED: Final = _column(1)
PROVES: Final = _proofs()
