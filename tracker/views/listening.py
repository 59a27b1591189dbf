"""Which transitions show that somebody was accepting, or no more. In the dialect of both engines."""

from typing import Any, Final

from tracker.engine.store import flow_of
from tracker.tcp.endpoint import BY_NOTHING, BY_SELF_CONNECT, BY_SIMULTANEOUS_OPEN
from tracker.tcp.log import transition_of
from tracker.tcp.states import ON_RST, ON_SYN_ACK, SYN_RECV, SYN_SENT, UNKNOWN
from tracker.views.account import has_begun

NEITHER: Final = 0
ACCEPTED: Final = 1
REFUSED: Final = 2


def shown_by(account: Any, index: int) -> int:
    """What row `index` of the log shows of who owns its end: ACCEPTED, REFUSED or NEITHER.

    Who accepts sends a SYN-ACK and has sent no SYN itself, until a SYN of a later flow is answered with RST.
    """
    row = transition_of(account, index)
    accepts = row.cause == ON_SYN_ACK and row.new == SYN_RECV and row.old != SYN_SENT
    refuses = row.cause == ON_RST and row.old == UNKNOWN
    if not accepts and not refuses:
        return NEITHER
    if row.number > account.packets or row.flow >= account.count or not has_begun(account, row.flow):
        return NEITHER
    flow = flow_of(account, row.flow)
    if flow.direction == BY_NOTHING or flow.direction == BY_SIMULTANEOUS_OPEN or flow.direction == BY_SELF_CONNECT:
        return NEITHER
    if row.side == flow.client:
        return NEITHER
    return ACCEPTED if accepts else REFUSED
