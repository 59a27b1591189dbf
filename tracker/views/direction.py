"""Which end of a flow opened it, and how sure that is.

Evidence in this order: a SYN, a SYN-ACK, a port seen listening in other flows, the lower port. A FIN, an RST or the order
of first packets is none.
"""

from collections.abc import Container
from typing import Final

from tracker.tcp.endpoint import BY_NOTHING, BY_SELF_CONNECT, BY_SIMULTANEOUS_OPEN, BY_SYN, BY_SYN_ACK, Flow
from tracker.views.account import A, B
from tracker.views.history import end_of
from tracker.views.rows import Address

NAMES: Final = {BY_SYN: "syn", BY_SYN_ACK: "syn-ack", BY_SIMULTANEOUS_OPEN: "simultaneous", BY_SELF_CONNECT: "self"}


def client_of(flow: Flow, listening: Container[tuple[Address, int]]) -> tuple[int, str, str]:
    """(the client's side, why: syn, syn-ack, simultaneous, self, listener, port or unknown, confidence: seen or assumed)."""
    if flow.direction != BY_NOTHING:
        return flow.client, NAMES[flow.direction], "seen"
    if end_of(flow, B) in listening:
        return A, "listener", "assumed"
    if end_of(flow, A) in listening:
        return B, "listener", "assumed"
    if flow.sport != flow.dport:
        return (A if flow.dport < flow.sport else B), "port", "assumed"
    return A, "unknown", "assumed"
