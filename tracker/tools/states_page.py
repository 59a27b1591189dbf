"""docs/states.md from the state table: `python -m tracker.tools.states_page > docs/states.md`. A test holds the page to it."""

import ast
import inspect
import io
import sys
import tokenize
from collections.abc import Iterator
from typing import Final

from tracker.tcp import evidence, states
from tracker.tcp.states import TABLE, Event, State
from tracker.views.reasons import RECEIVED_HALF, SENT_HALF, cell

TITLES: Final = ("Who sends it must now be", "Who receives it, and takes it, becomes")
SENDS: Final = {Event.SYN: "sends SYN", Event.SYN_ACK: "sends SYN-ACK", Event.FIN: "sends FIN"}
GETS: Final = {
    Event.SYN: "gets SYN",
    Event.SYN_ACK: "gets SYN-ACK",
    Event.ACK_OF_SYN: "gets ACK of its SYN",
    Event.FIN: "gets FIN",
    Event.ACK_OF_FIN: "gets ACK of its FIN",
}

Remarks = dict[tuple[Event, int], list[str]]  # of a half: the comments that stand alone
Comments = dict[tuple[Event, int, State], str]


def page() -> Iterator[str]:
    """The page, line by line."""
    yield "# The state table"
    yield ""
    yield "Generated from `tracker/tcp/states.py` by `python -m tracker.tools.states_page > docs/states.md`; do not edit it here."
    yield ""
    yield from essay(states.__doc__ or "")
    yield ""
    yield from diagram()
    yield ""
    comments, remarks = comments_of(inspect.getsource(states))
    yield "# The cells"
    yield ""
    yield (
        "Every cell that moves an endpoint, with its reason; in italics what the table itself says. States that a table does"
        " not name stay as they are."
    )
    for event in Event:
        yield ""
        yield f"## {event.name}"
        for half in (SENT_HALF, RECEIVED_HALF):
            yield ""
            yield from table(event, half, comments, remarks)
    yield ""
    yield "# What is taken back"
    yield ""
    yield from essay(evidence.__doc__ or "")


def essay(text: str) -> Iterator[str]:
    """A docstring as Markdown: underlined headings are headings there, too; set-in lists become lists."""
    lines = text.strip().splitlines()
    for i, line in enumerate(lines):
        if line and not line.strip("-"):
            continue
        if i + 1 < len(lines) and lines[i + 1] and not lines[i + 1].strip("-"):
            yield f"## {line}"
            yield ""
        else:
            yield line.removeprefix(" ") if not line.startswith("    ") or line[4:5] == " " else line
    yield ""


def diagram() -> Iterator[str]:
    """A Mermaid state diagram of what is seen of a connection that opens and closes; RST and errors are left out."""
    yield "## The diagram"
    yield ""
    yield "![The states and what leads from one to the other](states.svg)"
    yield ""
    yield "The same for Mermaid:"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (old, new), words in edges().items():
        start = "[*]" if old is State.UNKNOWN else old.name
        yield f"    {start} --> {new.name}: {' or '.join(words)}"
    yield "```"
    yield ""
    yield (
        "Left out: RST, which leads from everywhere to CLOSED; ICMP errors, which end SYN_SENT; and what only proves a state"
        " that was entered unseen (data, an ACK of the other side's SYN or FIN)."
    )


def edges() -> dict[tuple[State, State], list[str]]:
    """(from, to) -> what leads there, from the table."""
    found: dict[tuple[State, State], list[str]] = {}
    for half, words in ((SENT_HALF, SENDS), (RECEIVED_HALF, GETS)):
        for event, text in words.items():
            for old, new in TABLE[event][half].items():
                if old is not State.LISTEN and new is not old:
                    found.setdefault((old, new), []).append(text)
    return found


def table(event: Event, half: int, comments: Comments, remarks: Remarks) -> Iterator[str]:
    """One half of an event's row."""
    moved = [(old, new) for old, new in TABLE[event][half].items() if new is not old]
    yield f"**{TITLES[half]}**" + ("" if moved else ": what it was.")
    if moved:
        yield ""
        yield "| it was | it is | why | where it says so |"
        yield "|---|---|---|---|"
    for old, new in moved:
        reason = cell(event, half, old)
        assert reason is not None
        said = comments.get((event, half, old))
        why = reason.words + (f" *({said})*" if said else "")
        yield f"| {old.name} | {new.name} | {_cell(why)} | {_cell(reason.source)} |"
    if remarks.get((event, half)):
        yield ""
        yield from (f"* {remark}" for remark in remarks[event, half])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


# ---- the table's own comments ----------------------------------------------------------------------------------------


def comments_of(source: str) -> tuple[Comments, Remarks]:
    """The comments in TABLE: (of cells, of halves)."""
    texts = _comments(source)
    cells: Comments = {}
    remarks: Remarks = {}
    for event, half, node in _halves(ast.parse(source)):
        lines = {}
        if isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Attribute):
                    lines[key.lineno] = State[key.attr]
        alone: list[str] = []
        before = -2
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            text = texts.get(number)
            if text is None:
                continue
            if number in lines:
                cells[event, half, lines[number]] = text
            elif before == number - 1 and alone:
                alone[-1] += f" {text}"
                before = number
            else:
                alone.append(text)
                before = number
        remarks[event, half] = alone
    return cells, remarks


def _comments(source: str) -> dict[int, str]:
    """Line -> comment."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}


def _halves(tree: ast.Module) -> Iterator[tuple[Event, int, ast.expr]]:
    """The dictionaries of TABLE: (event, half, node)."""
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "TABLE":
            assert isinstance(statement.value, ast.Dict)
            for key, value in zip(statement.value.keys, statement.value.values, strict=True):
                assert isinstance(key, ast.Attribute)
                assert isinstance(value, ast.Tuple)
                for half, node in enumerate(value.elts):
                    yield Event[key.attr], half, node


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()).rstrip() + "\n")
