"""The words that tracker prints, looked up as they are printed: `CLOSE-WAIT`, `3 ignored`, `FIN_WAIT2 timed out 14 s ago`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from tracker.output.color import Paint, plain, style_of_state
from tracker.output.words import wrapped
from tracker.views.label_texts import TEXTS

KINDS: Final = {  # in the order in which they are listed
    "state": "States",
    "certainty": "Certainties",
    "verdict": "Verdicts: what the receiver does with a segment",
    "direction": "Directions: what tells the client",
    "end": "Ends: how a connection ended",
    "timer": "Timers",
    "note": "Notes and headings",
    "cause": "Causes: what entered a state",
    "mark": "Marks and other words",
}
WIDTH: Final = 100  # characters a line where there is no terminal
NUMBER: Final = re.compile(r"(?<![\w-])\d[\d,.]*(?:\s?(?:ns|us|ms|s|min|h|d)\b)?")
ICMP: Final = re.compile(r"^(ICMP6?) .+\(\d+/\d+\)$")
PLURAL: Final = re.compile(r"\b(byte|connection|packet|row)s\b")


@dataclass(frozen=True, slots=True)
class Label:
    """One word: its kind, what it means, what comes next, what to check, where it is written down."""

    name: str
    kind: str
    also: tuple[str, ...]  # other spellings
    meaning: str
    next: str
    check: str
    source: str


@cache
def labels() -> tuple[Label, ...]:
    """All of them, in the order of their kinds."""
    found = [_label(block) for block in TEXTS.strip().split("\n\n")]
    return tuple(sorted(found, key=lambda label: list(KINDS).index(label.kind)))


def _label(block: str) -> Label:
    head, *rest = block.splitlines()
    kind, _, names = head.removeprefix("== ").partition(": ")
    name, _, also = names.partition(" | ")
    parts = {"meaning": "", "next": "", "check": "", "source": ""}
    part = "meaning"
    for line in rest:
        word, colon, text = line.partition(": ")
        if colon and word in parts:
            part, parts[word] = word, text
        else:
            parts[part] = f"{parts[part]} {line}".strip()
    return Label(name, kind, tuple(also.split("; ")) if also else (), **parts)


def find(word: str) -> list[Label]:
    """The labels that a word means, as it is printed or near it: numbers, case, `-` and `_` make no difference."""
    key = _key(word)
    return [label for label in labels() if key in {_key(name) for name in (label.name, *label.also)}]


def near(word: str) -> list[str]:
    """Names that look like the word, the likeliest first."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    names = {_key(name): label.name for label in labels() for name in (label.name, *label.also)}
    key = _key(word)
    starting = [names[name] for name in names if len(key) > 2 and (name.startswith(key) or key in name)]
    likely = [names[name] for name in get_close_matches(key, names, n=3, cutoff=0.6)]
    return list(dict.fromkeys([*starting, *likely]))[:5]


def _key(word: str) -> str:
    text = NUMBER.sub("N", ICMP.sub(r"\1", word.strip()))
    if " timed out " in text:
        text = "STATE" + text[text.index(" timed out ") :]
    text = PLURAL.sub(r"\1", text).rstrip("?*") or text
    return re.sub(r"[-_\s]", "", text).lower() or text


# ---- text ------------------------------------------------------------------------------------------------------------


def lines(found: list[Label], width: int | None = None, paint: Paint = plain) -> Iterator[str]:
    """Print labels, a blank line between two."""
    room = width or WIDTH
    for i, label in enumerate(found):
        if i:
            yield ""
        also = f", also {', '.join(label.also)}" if label.also else ""
        style = style_of_state(label.name)
        yield f"{paint(label.name, 'title' if style == 'unknown' else style)} ({label.kind}{also})"
        for title, text in (("", label.meaning), ("Next: ", label.next), ("Check: ", label.check)):
            if text:
                yield from (f"  {line}" for line in wrapped(title + text, room - 2))
        yield f"  Source: {label.source}"


def listed(width: int | None = None) -> Iterator[str]:
    """Print the names of all labels by kind."""
    for kind, title in KINDS.items():
        names = ", ".join(label.name for label in labels() if label.kind == kind)
        yield from wrapped(f"{title}: {names}", width or WIDTH)
