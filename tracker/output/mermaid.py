"""`tracker explain --mermaid`: a sequence diagram that Markdown viewers draw."""

from collections.abc import Iterator

from tracker.output.when import duration
from tracker.views.explain import Explanation, run_text
from tracker.views.ladder import Rung


def mermaid_lines(told: Explanation) -> Iterator[str]:
    """Write the diagram, without line ends: packets as arrows, states as notes at the sides."""
    row = told.row
    yield "sequenceDiagram"
    yield f"    participant c as {_text(f'client {row.client.address}:{row.client.port}')}"
    if row.client is not row.server:
        yield f"    participant s as {_text(f'server {row.server.address}:{row.server.port}')}"
    for rung in told.ladder.rungs:
        yield from _rung(told, rung)
    for one in told.now:
        lasted = f" for {duration(max(told.at - one.since, 0))}" if one.since is not None else ""
        who = _who(told, one.side)
        yield f"    Note over {who}: {_text(f'{one.state}{lasted}: {one.missing}')}"


def _rung(told: Explanation, rung: Rung) -> Iterator[str]:
    own, other = _who(told, rung.side), _who(told, 1 - rung.side)
    when = duration(max(rung.at - told.row.first, 0))
    if rung.icmp:
        yield f"    Note over {own}: {_text(f'#{rung.number} +{when} {rung.text}')}"
    elif rung.count > 1:
        yield f"    Note over c{',s' if told.row.client is not told.row.server else ''}: {_text(run_text(told, rung))}"
    else:
        arrow = "-x" if rung.verdict else "->>"
        verdict = f" ({rung.verdict})" if rung.verdict else ""
        yield f"    {own}{arrow}{other}: {_text(f'#{rung.number} +{when} {rung.text}{verdict}')}"
    for side, place in ((told.client, "left of c"), (1 - told.client, "right of s")):
        if rung.changed[side] and not (side != told.client and told.row.client is told.row.server):
            back = next((entry for entry in rung.taken_back if entry.side == side), None)
            why = f" ({back.new} taken back)" if back is not None else ""
            yield f"    Note {place}: {_text(rung.states[side] + why)}"


def _who(told: Explanation, side: int) -> str:
    return "c" if side == told.client or told.row.client is told.row.server else "s"


def _text(text: str) -> str:
    """Escape what Mermaid would obey: `;` and `#` end or begin something, and so may other signs."""
    return "".join(f"#{ord(c)};" if c in "#;<>" or not c.isprintable() else c for c in text)
