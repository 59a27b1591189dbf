"""`tracker packets` as JSON lines and CSV; docs/schema/packet.json publishes the JSON's shape."""

from collections.abc import Iterable, Iterator
from typing import Final

from tracker.output.csv_lines import lines as csv_lines
from tracker.output.jsonl import end as address_and_port
from tracker.output.jsonl import line
from tracker.output.when import rfc3339
from tracker.views.packets import Change, PacketEnd, PacketRow

PACKET_SCHEMA: Final = "tracker.packet/1"  # a new number when a reader of the old shape would break


def packet_json_lines(rows: Iterable[PacketRow], *, iso: bool = False) -> Iterator[str]:
    """Write one line a segment, without line ends."""
    for row in rows:
        yield line(packet_to_json(row, iso=iso))


def packet_to_json(row: PacketRow, *, iso: bool = False) -> dict[str, object]:
    """Return a segment's JSON object. Numbers are the header's own; times are integer ns, iso adds RFC 3339 text in UTC."""
    value: dict[str, object] = {"schema": PACKET_SCHEMA, "packet": row.number, "at": row.at}
    if iso:
        value["at_iso"] = rfc3339(row.at)
    quoted = row.icmp is not None
    return value | {
        "flow": row.flow,
        "sender": _end(row.sender, iso),
        "receiver": _end(row.receiver, iso),
        "flags": None if quoted else row.flags,
        "seq": row.seq,
        "ack": row.ack,
        "window": None if quoted else row.window,
        "length": None if quoted else row.length,
        "options": list(row.options),
        "verdict": row.verdict or None,
        "doubtful": row.doubtful,
        "entered": [_change(change) for change in row.entered],
        "taken_back": [_change(change) for change in row.taken_back],
        "icmp": None if row.icmp is None else {"type": row.icmp >> 8, "code": row.icmp & 0xFF},
    }


def _end(end: PacketEnd, iso: bool) -> dict[str, object]:
    value = address_and_port(end.address, end.port)
    value |= {"state": end.state, "certainty": end.certainty, "since": end.since}
    if iso:
        value["since_iso"] = None if end.since is None else rfc3339(end.since)
    return value | {"changed": end.changed}


def _change(change: Change) -> dict[str, object]:
    return {
        "end": change.end,
        "old": change.old,
        "new": change.new,
        "certainty": change.certainty,
        "cause": change.cause,
        "packet": change.packet,
    }


_NAMES: Final = ("flags", "seq", "ack", "window", "length", "options", "verdict", "doubtful", "icmp_type", "icmp_code")
_ENDS: Final = ("addr", "port", "state", "certainty", "since", "changed")


def packet_csv_lines(rows: Iterable[PacketRow], *, iso: bool = False) -> Iterator[str]:
    """Write the heading and one line a segment, without line ends."""
    names = ["packet", "at", *(["at_iso"] if iso else []), "flow"]
    names += [f"{side}_{name}" for side in ("sender", "receiver") for name in _ENDS]
    yield from csv_lines([*names, *_NAMES], (_csv_row(row, iso) for row in rows))


def _csv_row(row: PacketRow, iso: bool) -> list[str | int | None]:
    quoted = row.icmp is not None
    cells: list[str | int | None] = [row.number, row.at, *([rfc3339(row.at)] if iso else []), row.flow]
    for end in (row.sender, row.receiver):
        cells += [str(end.address), end.port, end.state, end.certainty, end.since]
        cells.append("true" if end.changed else "false")
    cells += [None, row.seq, None, None, None] if quoted else [row.flags, row.seq, row.ack, row.window, row.length]
    cells += [" ".join(row.options), row.verdict, row.doubtful]
    cells += [None, None] if row.icmp is None else [row.icmp >> 8, row.icmp & 0xFF]
    return cells
