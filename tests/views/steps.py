"""Conversations of the play language, as steps; and told as `tracker explain` tells them."""

from collections.abc import Iterator

from tracker.engine.trace import Moment, Trace
from tracker.engine.watch import Step, one_step
from tracker.tcp.timers import PROFILES
from tracker.views.explain import Explanation, chosen, explanation
from tracker.views.flows import flows
from tracker.views.history import History
from tracker.views.ladder import Ladders
from tracker.views.vantage import everyone

from .stage import SECOND, segments_of


def steps(script: str, trace: Trace | None = None, *, packet: int = 0) -> Iterator[Step]:
    """packet: those behind it are late."""
    store = (trace or Trace([])).engine.store
    segments = segments_of(script)
    for i, segment in enumerate(segments):
        yield one_step(segments, i, store, late=bool(packet) and segment.number > packet)


def told(
    script: str, *, everything: bool = False, after: float = 0, packet: int = 0, flow: int | None = None
) -> Explanation:
    """The last connection of a script. after: the moment, seconds behind the last packet; or after `packet`."""
    trace = Trace([])
    ladders = Ladders(lambda _number, _flow: True, everything=everything)
    at = count = 0
    moment = None
    for step in steps(script, trace, packet=packet):
        if step.late and moment is None:
            trace.keep(at, packet, set(range(len(trace.engine.store.flows))))
            (moment,) = trace.moments()
        ladders.add(step)
        at, count = step.segment.time, step.segment.number
    moment = moment or Moment(at + round(after * SECOND), count, trace.store.flows, trace.store.troubles)
    history = History(trace)
    rows = list(flows(history, moment, PROFILES["linux"], everyone))
    row = chosen(rows) if flow is None else next(row for row in rows if row.flow == flow)
    return explanation(history, moment, ladders.found[row.flow], row, PROFILES["linux"])


def missing(explained: Explanation) -> dict[str, str]:
    """Name of the end -> its state and what is missing."""
    return {explained.name(now.side): f"{now.state}: {now.missing}" for now in explained.now}


def following(explained: Explanation) -> dict[str, str]:
    """Name of the end -> what would come next."""
    return {explained.name(now.side): now.next for now in explained.now}
