"""`tracker explain --json`; docs/schema/explain.json publishes its shape."""

from collections.abc import Iterable, Iterator
from typing import Final

from tracker.output.flow_lines import flow_to_json
from tracker.output.jsonl import line
from tracker.output.when import rfc3339
from tracker.views.explain import Explanation
from tracker.views.flows import CAUSES
from tracker.views.ladder import Entry, Rung

EXPLAIN_SCHEMA: Final = "tracker.explain/1"  # a new number when a reader of the old shape would break


def explain_json_lines(explanations: Iterable[Explanation], *, iso: bool = False) -> Iterator[str]:
    """Write one line a connection, without line ends."""
    for told in explanations:
        yield line(explanation_to_json(told, iso=iso))


def explanation_to_json(told: Explanation, *, iso: bool = False) -> dict[str, object]:
    """Return a connection's ladder as a JSON object: times are integer ns, iso adds RFC 3339 text in UTC."""
    value: dict[str, object] = {"schema": EXPLAIN_SCHEMA, "at": told.at}
    if iso:
        value["at_iso"] = rfc3339(told.at)
    now = []
    for one in told.now:
        stands: dict[str, object] = {
            "end": told.name(one.side),
            "state": one.state,
            "certainty": one.certainty,
            "since": one.since,
            "packet": one.packet or None,
            "missing": one.missing,
            "next": one.next,
        }
        if iso:
            stands["since_iso"] = None if one.since is None else rfc3339(one.since)
        now.append(stands)
    return value | {
        "packets": told.packets,
        "connection": flow_to_json(told.row, iso=iso),
        "ladder": [_rung(told, rung, iso) for rung in told.ladder.rungs],
        "now": now,
    }


def _rung(told: Explanation, rung: Rung, iso: bool) -> dict[str, object]:
    client, server = told.client, 1 - told.client
    value: dict[str, object] = {"packet": rung.number, "until": rung.until, "at": rung.at, "last": rung.last}
    if iso:
        value["at_iso"] = rfc3339(rung.at)
    return value | {
        "from": told.name(rung.side),
        "text": rung.text,
        "icmp": rung.icmp,
        "packets": {"client": rung.packets[client], "server": rung.packets[server]},
        "bytes": {"client": rung.bytes[client], "server": rung.bytes[server]},
        "again": rung.again,
        "verdict": rung.verdict or None,
        "client": rung.states[client],
        "server": rung.states[server],
        "entered": [_entry(told, entry) for entry in rung.entered],
        "taken_back": [
            {
                "end": told.name(entry.side),
                "state": entry.new,
                "packet": entry.row.number,
                "reason": entry.why_back.words if entry.why_back else None,
                "source": entry.why_back.source if entry.why_back else None,
            }
            for entry in rung.taken_back
        ],
    }


def _entry(told: Explanation, entry: Entry) -> dict[str, object]:
    return {
        "end": told.name(entry.side),
        "old": entry.old,
        "new": entry.new,
        "certainty": entry.certainty,
        "proven_by": entry.proven_by or None,
        "taken_back_by": told.undone(entry) or None,
        "cause": CAUSES[entry.row.cause],
        "reason": entry.reason.words,
        "source": entry.reason.source,
    }
