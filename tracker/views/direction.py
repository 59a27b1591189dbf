"""Which end of a flow opened it, and how sure that is. In the dialect of both engines.

Evidence in this order: a SYN, a SYN-ACK, a port seen listening in other flows, the lower port. A FIN, an RST or the order
of first packets is none.
"""

from typing import Final

from tracker.tcp.endpoint import BY_NOTHING, BY_SELF_CONNECT, Flow
from tracker.views.account import A, B

BY_LISTENER: Final = BY_SELF_CONNECT + 1
BY_PORT: Final = BY_SELF_CONNECT + 2
NAMES: Final = ("unknown", "syn", "syn-ack", "simultaneous", "self", "listener", "port")  # by number

A_LISTENS: Final = 1
B_LISTENS: Final = 2


def client_of(flow: Flow, listens: int) -> tuple[int, int]:
    """(the client's side, why: of NAMES). listens: of A_LISTENS and B_LISTENS, whose ports were seen listening.

    The confidence is `seen` where packets of the flow itself tell (flow.direction), else `assumed`.
    """
    if flow.direction != BY_NOTHING:
        return flow.client + 0, flow.direction + 0
    if listens & B_LISTENS:
        return A, BY_LISTENER
    if listens & A_LISTENS:
        return B, BY_LISTENER
    if flow.sport != flow.dport:
        return (A if flow.dport < flow.sport else B), BY_PORT
    return A, BY_NOTHING
