"""Counts in words."""


def several(count: int, noun: str) -> str:
    """`1 connection`, `1,204 connections`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def wrapped(text: str, width: int | None) -> list[str]:
    """One line, or in a terminal (width: its characters) as many as it needs, broken between words."""
    if width is None or len(text) <= width:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
