"""The generated pages of docs/ are current, and say what the tables say."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tracker.tcp.states import TABLE, Event, State
from tracker.tools import labels_page, states_page, states_picture
from tracker.views.labels import labels

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["states", "labels"])
def test_pages_are_current(name: str) -> None:
    command = [sys.executable, "-m", f"tracker.tools.{name}_page"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout == (ROOT / "docs" / f"{name}.md").read_bytes(), f"{' '.join(command[1:])} > docs/{name}.md"


def test_the_picture_of_the_states_is_current_and_whole() -> None:
    text = "\n".join(states_picture.picture()) + "\n"
    assert text == (ROOT / "docs" / "states.svg").read_text("utf-8"), (
        "python -m tracker.tools.states_picture > docs/states.svg"
    )
    root = ElementTree.fromstring(text)
    svg = "{http://www.w3.org/2000/svg}"
    arrows = [path for path in root.iter(f"{svg}path") if "marker-end" in path.attrib]
    edges = states_page.edges()
    assert len(arrows) == len(edges)
    assert {state for edge in edges for state in edge} == set(states_picture.PLACES)
    names = {element.text for element in root.iter(f"{svg}text")}
    assert {state.name for state in states_picture.COLORS} <= names


def test_the_picture_of_the_readme_is_current() -> None:
    command = [sys.executable, "-m", "tracker", "explain", "--svg", "-", "pcaps/close-wait-stuck.pcap", "0"]
    environment = os.environ | {"TZ": "UTC"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert ran.stdout == (ROOT / "docs" / "ladder.svg").read_bytes(), "--svg docs/ladder.svg"


def test_every_cell_is_on_the_page() -> None:
    lines = list(states_page.page())
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| it was")]
    cells = sum(new is not old for halves in TABLE.values() for row in halves for old, new in row.items())
    assert len(rows) == cells
    assert [line for line in lines if line.startswith("## ") and line[3:] in Event.__members__] == [
        f"## {e.name}" for e in Event
    ]


def test_the_tables_own_comments_are_on_the_page() -> None:
    text = "\n".join(states_page.page())
    assert "*(RFC 9293 3.10.4: CLOSE in SYN-RECEIVED)*" in text, "beside its cell"
    assert "* TIME_WAIT stays: a retransmitted FIN restarts its timer (timers.py)." in text, "of what stays"
    assert "SYN_RECV is entered when the SYN-ACK is sent. Therefore no UNKNOWN or LISTEN here." in text, (
        "of several lines"
    )


def test_the_diagram_is_the_table() -> None:
    edges = states_page.edges()
    assert edges[State.FIN_WAIT1, State.FIN_WAIT2] == ["gets ACK of its FIN"]
    assert edges[State.SYN_SENT, State.SYN_RECV] == ["sends SYN-ACK", "gets SYN"]
    for old, new in edges:
        assert any(row.get(old) is new for halves in TABLE.values() for row in halves)
    drawn = [line for line in states_page.diagram() if "-->" in line]
    assert len(drawn) == len(edges)
    assert "    LAST_ACK --> CLOSED: gets ACK of its FIN" in drawn


def test_every_label_is_on_the_page() -> None:
    text = "\n".join(labels_page.page())
    assert all(f"**`{label.name}`**" in text and label.meaning in text for label in labels())


@pytest.mark.parametrize("name", ["states_page", "labels_page", "states_picture"])
def test_as_a_program(name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"tracker.tools.{name}")
    runpy.run_module(f"tracker.tools.{name}", run_name="__main__")
    assert capsys.readouterr().out.startswith(("# ", "<svg "))
