"""`tracker flows` as JSON lines and CSV; docs/schema/flow.json publishes the JSON's shape."""

from collections.abc import Iterable, Iterator
from typing import Final

from tracker.output.csv_lines import lines as csv_lines
from tracker.output.jsonl import end as address_and_port
from tracker.output.jsonl import line
from tracker.output.when import rfc3339
from tracker.views.flows import End, FlowRow

FLOW_SCHEMA: Final = "tracker.flow/1"  # a new number when a reader of the old shape would break


def flow_json_lines(rows: Iterable[FlowRow], *, iso: bool = False) -> Iterator[str]:
    """Write one line a flow, without line ends."""
    for row in rows:
        yield line(flow_to_json(row, iso=iso))


def flow_to_json(row: FlowRow, *, iso: bool = False) -> dict[str, object]:
    """Return a flow's JSON object. Times are integer ns; iso adds RFC 3339 text in UTC beside them."""
    value: dict[str, object] = {
        "schema": FLOW_SCHEMA,
        "flow": row.flow,
        "client": end_to_json(row.client, iso=iso),
        "server": end_to_json(row.server, iso=iso),
        "first": row.first,
        "last": row.last,
    }
    if iso:
        value |= {"first_iso": rfc3339(row.first), "last_iso": rfc3339(row.last)}
    return value | {
        "incarnation": row.incarnation,
        "direction": row.direction,
        "confidence": row.confidence,
        "end": row.end,
        "icmp": None if row.icmp is None else {"type": row.icmp >> 8, "code": row.icmp & 0xFF},
        "next": row.next,
        "findings": list(row.findings),
    }


def end_to_json(end: End, *, iso: bool = False) -> dict[str, object]:
    """Return one end's JSON object; `states` holds only what packets show, `timed` what a timer must have done since."""
    states = []
    for entry in end.states:
        state: dict[str, object] = {"state": entry.state, "at": entry.at}
        if iso:
            state["at_iso"] = rfc3339(entry.at)
        state |= {"packet": entry.packet, "certainty": entry.certainty, "cause": entry.cause}
        if entry.revised:
            state["revised"] = True
        states.append(state)
    timed: dict[str, object] | None = None
    if end.timed is not None:
        timed = {"state": end.timed.state, "at": end.timed.at, "timer": end.timed.timer}
        if iso:
            timed["at_iso"] = rfc3339(end.timed.at)
    value = address_and_port(end.address, end.port) | {
        "state": end.state,
        "certainty": end.certainty,
        "since": end.since,
    }
    if iso:
        value["since_iso"] = None if end.since is None else rfc3339(end.since)
    return value | {
        "states": states,
        "timed": timed,
        "packets": end.packets,
        "bytes": end.bytes,
        "bytes_again": end.bytes_again,
        "retransmitted": end.retransmitted,
        "ignored": end.ignored,
        "rtt": end.rtt,
        "missed": end.missed,
    }


_END: Final = (
    "addr",
    "port",
    "state",
    "certainty",
    "since",
    "packets",
    "bytes",
    "bytes_again",
    "retransmitted",
    "ignored",
    "rtt",
    "missed",
)


def flow_csv_lines(rows: Iterable[FlowRow], *, iso: bool = False) -> Iterator[str]:
    """Write the heading and one line a flow, without line ends. `client_states` is `STATE@ns` joined by blanks."""
    first = ["flow", "first", "last", *(["first_iso", "last_iso"] if iso else [])]
    first += ["incarnation", "direction", "confidence", "end", "icmp_type", "icmp_code", "next"]
    names = first + [f"{side}_{name}" for side in ("client", "server") for name in (*_END, "states", "timed_at")]
    yield from csv_lines(names, (_csv_row(row, iso) for row in rows))


def _csv_row(row: FlowRow, iso: bool) -> list[str | int | None]:
    cells: list[str | int | None] = [row.flow, row.first, row.last]
    cells += [rfc3339(row.first), rfc3339(row.last)] if iso else []
    cells += [row.incarnation, row.direction, row.confidence, row.end]
    cells += [None, None] if row.icmp is None else [row.icmp >> 8, row.icmp & 0xFF]
    cells.append(row.next)
    for end in (row.client, row.server):
        cells += [
            str(end.address),
            end.port,
            end.state,
            end.certainty,
            end.since,
            end.packets,
            end.bytes,
            end.bytes_again,
        ]
        cells += [end.retransmitted, end.ignored, end.rtt, end.missed]
        cells.append(" ".join(f"{entry.state}@{entry.at}" for entry in end.states if not entry.revised))
        cells.append(None if end.timed is None else end.timed.at)
    return cells
