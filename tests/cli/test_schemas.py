"""What the commands print as JSON keeps to the published schemas, and the views agree with each other."""

import json
from typing import Any

import jsonschema
import pytest

from .run import PCAPS, ROOT, run

VALIDATORS = {
    name: jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text("utf-8")))
    for name in ("explain", "flow", "label", "packet", "socket", "statistics", "summary")
}
SAMPLES = sorted(path.stem for path in PCAPS.glob("*.pcap"))


def values(schema: str, *arguments: str) -> list[Any]:
    found = [json.loads(line) for line in run(*arguments).lines]
    for value in found:
        VALIDATORS[schema].validate(value)
    return found


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("at", ["#1", "+0.1", "+1", "+90"])
def test_schemas(name: str, at: str) -> None:
    capture = f"pcaps/{name}.pcap"
    flows = values("flow", "flows", "--json", "--iso", "--at", at, capture)
    sockets = values("socket", "netstat", "-a", "--json", "--iso", "--as", "all", "--at", at, capture)
    assert values("socket", "ss", "-a", "--json", "--iso", "--as", "all", "--at", at, capture) == sockets
    (statistics,) = values("statistics", "netstat", "-s", "--json", "--as", "all", "--at", at, capture)
    assert values("statistics", "netstat", "-s", "--json", "--iso", "--as", "all", "--at", at, capture)
    (summary,) = values("summary", "ss", "-s", "--json", "--as", "all", "--at", at, capture)
    assert values("summary", "ss", "-s", "--json", "--iso", "--as", "all", "--at", at, capture)

    assert {row["at"] for row in [*sockets, statistics, summary]} == {summary["at"]}
    assert sum(summary["states"].values()) == len(sockets)
    assert summary["established"] == statistics["curr_estab"]

    ends = {(flow["flow"], end["addr"], end["port"]): end for flow in flows for end in (flow["client"], flow["server"])}
    for row in sockets:
        if row["state"] != "LISTEN":
            end = ends[row["flow"], row["local"]["addr"], row["local"]["port"]]
            assert (row["state"], row["since"], row["certainty"]) == (end["state"], end["since"], end["certainty"])
            assert end["timed"] is None
    assert statistics["curr_estab"] == sum(row["state"] in {"ESTABLISHED", "CLOSE_WAIT"} for row in sockets)
    assert statistics["in_segs"] == sum(end["packets"] for end in ends.values())


@pytest.mark.parametrize("name", SAMPLES)
def test_schema_of_packets(name: str) -> None:
    capture = f"pcaps/{name}.pcap"
    packets = values("packet", "packets", "--json", "--iso", capture)
    states = {
        (flow["flow"], end["addr"], end["port"]): end["state"]
        for flow in values("flow", "flows", "--json", capture)
        for end in (flow["client"], flow["server"])
    }
    last = {
        (row["flow"], end["addr"], end["port"]): end["state"]
        for row in packets
        for end in (row["sender"], row["receiver"])
    }
    assert last == states


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("at", ["+1.1", "+90"])
def test_schema_of_explain(name: str, at: str) -> None:
    capture = f"pcaps/{name}.pcap"
    (told,) = values("explain", "explain", "--json", "--iso", "--at", at, capture, "0")
    VALIDATORS["flow"].validate(told["connection"])
    for now in told["now"]:
        end = told["connection"][now["end"]]
        assert (now["state"], now["since"]) == (end["state"], end["since"])
        assert end["certainty"] == ("timed" if end["timed"] else now["certainty"])
    (whole,) = values("explain", "explain", "--json", "--all", "--at", at, capture, "0")
    for side in ("client", "server"):
        sent = sum(rung["packets"][side] for rung in told["ladder"])
        assert sent == sum(rung["packets"][side] for rung in whole["ladder"]) == told["connection"][side]["packets"]
        assert sum(rung["bytes"][side] for rung in told["ladder"]) == sum(
            rung["bytes"][side] for rung in whole["ladder"]
        )
    assert all(rung["packet"] == rung["until"] for rung in whole["ladder"])


def test_schema_of_labels() -> None:
    assert [label["kind"] for label in values("label", "explain", "--json", "time-wait")] == ["state", "timer", "timer"]
