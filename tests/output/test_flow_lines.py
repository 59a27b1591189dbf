"""JSON lines and CSV of connections, and the schemas that flows and netstat -s are promised in."""

import csv
import dataclasses
import io
import json
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.flow_lines import FLOW_SCHEMA, flow_csv_lines, flow_json_lines, flow_to_json
from tracker.output.jsonl import line
from tracker.tcp.states import State
from tracker.views.flows import End, Entered, FlowRow, TimedOut
from tracker.views.statistics import TcpStatistics

FOLDER = Path(__file__).parents[2] / "docs" / "schema"
SCHEMA = json.loads((FOLDER / "flow.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
STATISTICS = json.loads((FOLDER / "statistics.json").read_text("utf-8"))

T = 1_795_216_407_817_058_144
CLIENT = End(
    ip_address("10.0.0.1"),
    40000,
    "TIME_WAIT",
    "seen",
    T + 2,
    (
        Entered("SYN_SENT", T, 1, "seen", "syn", False),
        Entered("ESTABLISHED", T + 1, 2, "assumed", "syn-ack", True),
        Entered("TIME_WAIT", T + 2, 9, "seen", "fin", False),
    ),
    TimedOut("CLOSED", T + 60_000_000_000, "time-wait"),
    packets=6,
    bytes=100,
    bytes_again=40,
    retransmitted=1,
    ignored=2,
    rtt=10_000_000,
    missed=3,
)
SERVER = dataclasses.replace(
    CLIENT, address=ip_address("2001:db8::2"), port=443, state="UNKNOWN", certainty="unknown",
    since=None, states=(), timed=None, rtt=None,
)  # fmt: skip
ROW = FlowRow(7, CLIENT, SERVER, T, T + 3, 1, "syn", "seen", "fin", 3 << 8 | 13, 9)

COUNTS = st.integers(0, 2**63)
TIMES = st.integers(-(2**63), 2**63 - 1)
STATES = st.sampled_from([state.name for state in State if state is not State.LISTEN])
CERTAINTIES = st.sampled_from(["seen", "assumed", "unknown"])
CAUSES = st.sampled_from(["syn", "syn-ack", "ack-of-syn", "data", "fin", "ack-of-fin", "rst", "icmp"])
TIMERS = st.sampled_from(["time-wait", "fin-wait-2", "syn-retries", "syn-ack-retries", "retries", "keepalive"])
ENDS = st.builds(
    End,
    address=st.ip_addresses(),
    port=st.integers(0, 65535),
    state=STATES,
    certainty=CERTAINTIES | st.just("timed"),
    since=st.none() | TIMES,
    states=st.lists(
        st.builds(Entered, STATES, TIMES, st.integers(1, 2**63), CERTAINTIES, CAUSES, st.booleans()), max_size=4
    ).map(tuple),
    timed=st.none() | st.builds(TimedOut, st.just("CLOSED"), TIMES, TIMERS),
    packets=COUNTS,
    bytes=COUNTS,
    bytes_again=COUNTS,
    retransmitted=COUNTS,
    ignored=COUNTS,
    rtt=st.none() | COUNTS,
    missed=COUNTS,
)
ROWS = st.builds(
    FlowRow,
    flow=COUNTS,
    client=ENDS,
    server=ENDS,
    first=TIMES,
    last=TIMES,
    incarnation=COUNTS,
    direction=st.sampled_from(["syn", "syn-ack", "simultaneous", "self", "listener", "port", "unknown"]),
    confidence=st.sampled_from(["seen", "assumed"]),
    end=st.sampled_from(["fin", "rst", "refused", "icmp", "superseded", "none"]),
    icmp=st.none() | st.integers(0, 65535),
    next=st.none() | COUNTS,
    findings=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


def test_schemas_are_schemas() -> None:
    for schema in (SCHEMA, STATISTICS):
        jsonschema.Draft202012Validator.check_schema(schema)
    assert SCHEMA["properties"]["schema"]["const"] == FLOW_SCHEMA == SCHEMA["$id"]


@given(ROWS, st.booleans())
def test_flow_to_json_keeps_to_the_schema(row: FlowRow, iso: bool) -> None:
    VALIDATOR.validate(json.loads(line(flow_to_json(row, iso=iso))))


def test_every_property_of_the_schema_is_written() -> None:
    def names(schema: Any) -> set[str]:
        found = set(schema.get("properties", {}))
        children = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("oneOf", [])]
        if "items" in schema:
            children.append(schema["items"])
        return found.union(*map(names, children))

    text = line(flow_to_json(ROW, iso=True))
    assert {name for name in names(SCHEMA) if f'"{name}":' not in text} == set()


def changed(**fields: object) -> dict[str, object]:
    return flow_to_json(ROW) | fields


def client(**fields: object) -> dict[str, object]:
    end: Any = flow_to_json(ROW)["client"]
    return changed(client=end | fields)


@pytest.mark.parametrize(
    "value",
    [
        changed(extra=1),
        changed(end="closed"),
        changed(direction="SYN"),
        changed(first=1.5),
        changed(icmp={"type": 3}),
        changed(icmp={"type": 3, "code": 256}),
        changed(next=-1),
        changed(findings=None),
        client(state="ESTAB"),
        client(state="LISTEN"),
        client(states=[{"state": "SYN_SENT"}]),
        client(states=[{"state": "SYN_SENT", "at": 1, "packet": 0, "certainty": "seen", "cause": "syn"}]),
        client(timed={"state": "CLOSED", "at": 1, "timer": "patience"}),
        client(bytes=-1),
        client(bytes_again=-1),
        client(bytes_again=None),
        {key: value for key, value in changed().items() if key != "schema"},
        {key: value for key, value in changed().items() if key != "server"},
    ],
)
def test_schema_refuses_what_is_no_row(value: dict[str, object]) -> None:
    assert VALIDATOR.is_valid(changed())
    assert not VALIDATOR.is_valid(value)


def test_shape() -> None:
    value = flow_to_json(ROW)
    server: Any = value.pop("server")
    states: Any = value["client"]
    assert value == {
        "schema": "tracker.flow/1",
        "flow": 7,
        "client": {
            "addr": "10.0.0.1",
            "port": 40000,
            "state": "TIME_WAIT",
            "certainty": "seen",
            "since": T + 2,
            "states": [
                {"state": "SYN_SENT", "at": T, "packet": 1, "certainty": "seen", "cause": "syn"},
                {
                    "state": "ESTABLISHED",
                    "at": T + 1,
                    "packet": 2,
                    "certainty": "assumed",
                    "cause": "syn-ack",
                    "revised": True,
                },
                {"state": "TIME_WAIT", "at": T + 2, "packet": 9, "certainty": "seen", "cause": "fin"},
            ],
            "timed": {"state": "CLOSED", "at": T + 60_000_000_000, "timer": "time-wait"},
            "packets": 6,
            "bytes": 100,
            "bytes_again": 40,
            "retransmitted": 1,
            "ignored": 2,
            "rtt": 10_000_000,
            "missed": 3,
        },
        "first": T,
        "last": T + 3,
        "incarnation": 1,
        "direction": "syn",
        "confidence": "seen",
        "end": "fin",
        "icmp": {"type": 3, "code": 13},
        "next": 9,
        "findings": [],
    }
    assert (server["since"], server["timed"], server["rtt"], server["states"]) == (None, None, None, [])
    assert list(states)[:5] == ["addr", "port", "state", "certainty", "since"]
    assert flow_to_json(dataclasses.replace(ROW, icmp=None))["icmp"] is None


def test_iso_stands_beside_every_time() -> None:
    text = line(flow_to_json(ROW, iso=True))
    for name in ("first", "last", "at", "since"):
        assert len(re.findall(f'"{name}_iso":', text)) == len(re.findall(f'"{name}":', text))
    assert '"first_iso":"2026-11-20T23:13:27.817058144Z"' in text
    assert "_iso" not in line(flow_to_json(ROW))


@given(st.lists(ROWS, max_size=3))
def test_json_lines_are_one_compact_line_each(rows: list[FlowRow]) -> None:
    for text, row in zip(flow_json_lines(rows), rows, strict=True):
        assert text.isascii()
        assert "\n" not in text
        assert json.loads(text) == flow_to_json(row)


# ---- CSV -----------------------------------------------------------------------------------------------------------------------


def read(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\r\n".join(lines)), strict=True))


def test_csv() -> None:
    (row,) = read(list(flow_csv_lines([ROW])))
    assert row["flow"] == "7"
    assert (row["client_addr"], row["client_port"], row["client_state"]) == ("10.0.0.1", "40000", "TIME_WAIT")
    assert row["client_states"] == f"SYN_SENT@{T} TIME_WAIT@{T + 2}", "what was taken back is left out"
    assert row["client_timed_at"] == str(T + 60_000_000_000)
    assert (row["server_since"], row["server_states"], row["server_timed_at"], row["server_rtt"]) == ("", "", "", "")
    assert "first_iso" not in row
    (row,) = read(list(flow_csv_lines([ROW], iso=True)))
    assert row["first_iso"] == "2026-11-20T23:13:27.817058144Z"


def test_csv_no_rows_leave_the_heading() -> None:
    (heading,) = flow_csv_lines([])
    assert heading.startswith(
        "flow,first,last,incarnation,direction,confidence,end,icmp_type,icmp_code,next,client_addr,"
    )


@given(st.lists(ROWS, max_size=3), st.booleans())
def test_csv_says_what_json_says(rows: list[FlowRow], iso: bool) -> None:
    for found, row in zip(read(list(flow_csv_lines(rows, iso=iso))), rows, strict=True):
        value: Any = flow_to_json(row)
        for name in ("flow", "first", "last", "incarnation", "direction", "confidence", "end"):
            assert found[name] == str(value[name])
        for side in ("client", "server"):
            for name in (
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
            ):
                expected = value[side][name]
                assert found[f"{side}_{name}"] == ("" if expected is None else str(expected))


# ---- netstat -s ----------------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(st.sampled_from([field.name for field in dataclasses.fields(TcpStatistics)]), st.none() | COUNTS)
)
def test_statistics_keep_to_their_schema(fields: dict[str, int | None]) -> None:
    statistics = dataclasses.asdict(TcpStatistics(**fields))
    value = {"schema": "tracker.statistics/1", "at": T, **statistics}
    jsonschema.Draft202012Validator(STATISTICS).validate(value)
    assert set(value) == set(STATISTICS["properties"]) - {"at_iso"} == set(STATISTICS["required"])
