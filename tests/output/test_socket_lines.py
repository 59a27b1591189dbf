"""JSON lines and CSV of Socket rows, and the schema they are promised in."""

import csv
import io
import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output import csv_lines, jsonl
from tracker.views.rows import Details, Socket, Timer
from tracker.views.ss_states import ALL

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/socket.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

AT = 1_795_216_408_000_000_001
LISTEN = Socket("LISTEN", ip_address("10.0.0.2"), 80, None, 0, None, None, "seen", 1_795_216_407_817_058_144)
CONNECTION = Socket(
    state="ESTABLISHED",
    local=ip_address("2001:db8::1"),
    local_port=40000,
    peer=ip_address("2001:db8::2"),
    peer_port=443,
    recv_q=0,
    send_q=1460,
    certainty="assumed",
    since=1_795_216_407_817_058_144,
    flow=7,
    timer=Timer("on", 200_000_000, 1),
    details=Details(timestamps=True, wscale=(7, 8), rtt=1_500_000, retrans=(1, 2)),
)

COUNTS = st.integers(0, 2**63)
MAYBE = st.none() | COUNTS
SOCKETS = st.builds(
    Socket,
    state=st.sampled_from(sorted(ALL - {"LISTEN"})),
    local=st.ip_addresses(),
    local_port=st.integers(0, 65535),
    peer=st.ip_addresses(),
    peer_port=st.integers(0, 65535),
    recv_q=MAYBE,
    send_q=MAYBE,
    certainty=st.sampled_from(["seen", "assumed", "unknown"]),
    since=st.integers(-(2**63), 2**63 - 1),
    flow=COUNTS,
    timer=st.none()
    | st.builds(Timer, st.sampled_from(["on", "keepalive", "timewait", "persist"]), COUNTS, st.integers(0, 99)),
    details=st.builds(
        Details, ecn=st.booleans(), wscale=st.none() | st.tuples(st.integers(0, 14), st.integers(0, 14)), lastsnd=MAYBE
    ),
) | st.just(LISTEN)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema"]["const"] == jsonl.SOCKET_SCHEMA == SCHEMA["$id"]


@given(SOCKETS, st.booleans())
def test_socket_to_json_keeps_to_the_schema(socket: Socket, iso: bool) -> None:
    VALIDATOR.validate(json.loads(jsonl.line(jsonl.socket_to_json(socket, AT, iso=iso))))


def changed(**fields: object) -> dict[str, object]:
    return jsonl.socket_to_json(CONNECTION, AT) | fields


@pytest.mark.parametrize(
    "value",
    [
        changed(extra=1),
        changed(state="ESTAB"),
        changed(since=1.5),
        changed(certainty="sure"),
        changed(certainty="timed"),
        changed(state="LISTEN"),
        changed(timer={"kind": "on", "remaining": -1, "retrans": 0}),
        {key: value for key, value in changed().items() if key != "peer"},
        {key: value for key, value in changed().items() if key != "schema"},
    ],
)
def test_schema_refuses_what_is_no_row(value: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(value)


def test_socket_to_json_shape_of_a_connection() -> None:
    value = jsonl.socket_to_json(CONNECTION, AT)
    details: Any = value.pop("details")
    assert value == {
        "schema": "tracker.socket/1",
        "at": AT,
        "state": "ESTABLISHED",
        "recv_q": 0,
        "send_q": 1460,
        "local": {"addr": "2001:db8::1", "port": 40000},
        "peer": {"addr": "2001:db8::2", "port": 443},
        "timer": {"kind": "on", "remaining": 200_000_000, "retrans": 1},
        "certainty": "assumed",
        "since": 1_795_216_407_817_058_144,
        "flow": 7,
    }
    assert next(iter(value)) == "schema"
    assert details["wscale"] == {"send": 7, "receive": 8}
    assert details["retrans"] == {"now": 1, "total": 2}
    assert set(details) == set(Details.__slots__)


def test_socket_to_json_listen_row_has_no_peer() -> None:
    value = jsonl.socket_to_json(LISTEN, AT)
    assert "peer" not in value
    assert (value["recv_q"], value["send_q"], value["flow"], value["timer"]) == (None, None, None, None)


def test_socket_to_json_iso_stands_beside_the_integer() -> None:
    value = jsonl.socket_to_json(LISTEN, AT, iso=True)
    assert (value["at"], value["at_iso"]) == (AT, "2026-11-20T23:13:28.000000001Z")
    assert value["since"] == 1_795_216_407_817_058_144
    assert value["since_iso"] == "2026-11-20T23:13:27.817058144Z"


@given(st.lists(SOCKETS, max_size=3))
def test_json_lines_are_one_compact_line_each(sockets: list[Socket]) -> None:
    lines = list(jsonl.socket_lines(sockets, AT))
    assert len(lines) == len(sockets)
    for line, socket in zip(lines, sockets, strict=True):
        assert line.isascii()
        assert "\n" not in line
        assert ": " not in line
        assert json.loads(line) == jsonl.socket_to_json(socket, AT)


def read(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\r\n".join(lines)), strict=True))


def test_csv_connection() -> None:
    (row,) = read(list(csv_lines.socket_lines([CONNECTION], AT)))
    assert {name: value for name, value in row.items() if value not in {"", "0", "false"}} == {
        "at": str(AT),
        "state": "ESTABLISHED",
        "send_q": "1460",
        "local_addr": "2001:db8::1",
        "local_port": "40000",
        "peer_addr": "2001:db8::2",
        "peer_port": "443",
        "timer_kind": "on",
        "timer_remaining": "200000000",
        "timer_retrans": "1",
        "certainty": "assumed",
        "since": "1795216407817058144",
        "flow": "7",
        "timestamps": "true",
        "wscale_send": "7",
        "wscale_receive": "8",
        "rtt": "1500000",
        "retrans_now": "1",
        "retrans_total": "2",
    }


def test_csv_listen_row_leaves_empty_what_nobody_knows() -> None:
    (row,) = read(list(csv_lines.socket_lines([LISTEN], AT, iso=True)))
    assert [row[name] for name in ("recv_q", "send_q", "peer_addr", "peer_port", "flow", "timer_kind", "rtt")] == [
        ""
    ] * 7
    assert row["since_iso"] == "2026-11-20T23:13:27.817058144Z"
    assert row["at_iso"] == "2026-11-20T23:13:28.000000001Z"


def test_csv_no_rows_leave_the_heading() -> None:
    (heading,) = csv_lines.socket_lines([], AT)
    assert heading.startswith("at,state,recv_q,send_q,local_addr,local_port,peer_addr,peer_port,timer_kind,")
    assert "_iso" not in heading
    assert list(csv_lines.socket_lines([], AT, header=False)) == []
    assert list(csv_lines.socket_lines([LISTEN], AT, header=False)) == list(csv_lines.socket_lines([LISTEN], AT))[1:]


@given(st.lists(SOCKETS, max_size=3))
def test_csv_says_what_json_says(sockets: list[Socket]) -> None:
    for row, socket in zip(read(list(csv_lines.socket_lines(sockets, AT))), sockets, strict=True):
        value: Any = jsonl.socket_to_json(socket, AT)
        assert row["state"] == value["state"]
        assert row["since"] == str(value["since"])
        assert row["local_addr"] == value["local"]["addr"]
        assert row["lastsnd"] == ("" if value["details"]["lastsnd"] is None else str(value["details"]["lastsnd"]))
        assert set(row) >= set(Details.__slots__) - {"wscale", "retrans"}


def test_csv_lines_quote_as_rfc_4180() -> None:
    assert list(csv_lines.lines(["a", "b"], [['x,"y"', None], ["two\nlines", 1]])) == [
        "a,b",
        '"x,""y""",',
        '"two\nlines",1',
    ]
