"""Markdown of what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from measure import Failure, Usage
from stock import Capture


@dataclass
class Row:
    """A tool with one capture."""

    name: str
    packets: int  # that it was given
    result: Usage | Failure
    notes: list[str]  # what it failed at


def heading(now: datetime, machine: str, versions: list[str], runs: int) -> str:
    return (
        f"{now:%Y-%m-%d}, {machine}; {'; '.join(versions)}. {f'Medians of {runs} runs' if runs > 1 else 'One run'}.\n"
    )


def capture_table(capture: Capture, rows: list[Row], floor: int, start: float = 0) -> str:
    """The first row is what the others are compared with: a ratio of 2 says that it is twice as fast.

    `floor`: MiB below which a peak cannot be told. `start`: seconds that the first row's tool takes with a small capture; with
    them the ratio is told once more without.
    """
    title = (
        f"**{capture.name}**: {capture.packets:,} packets, {capture.connections:,} connections, {capture.size:,} MiB"
    )
    lines = [
        title,
        "",
        "| | million packets/s | by CPU time | tracker's ratio | by CPU time | peak MiB | packets | remarks |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    first = rows[0]
    for row in rows:
        if start and row is not first and isinstance(row.result, Usage) and isinstance(first.result, Usage):
            apart = first.packets / (first.result.wall - start) / (row.packets / row.result.wall)
            row.notes.append(f"start-up apart: {number(apart)}")
        given = "all" if row.packets == capture.packets else f"{row.packets:,}"
        lines.append(f"| {row.name} | {' | '.join(figures(row, first, floor))} | {given} | {'; '.join(notes(row))} |")
    return "\n".join(lines) + "\n"


def notes(row: Row) -> list[str]:
    told = [f"{row.result.reason}"] if isinstance(row.result, Failure) and not row.notes else []
    return [*row.notes, *told]


def figures(row: Row, first: Row, floor: int) -> list[str]:
    """Rates, ratios and memory of a row."""
    if isinstance(row.result, Failure):
        return ["-"] * 5
    wall, cpu = rates(row, row.result)
    ratios = ["-", "-"]
    if isinstance(first.result, Usage):
        ours = rates(first, first.result)
        ratios = [number(ours[0] / wall), number(ours[1] / cpu)] if row is not first else ["1", "1"]
    return [number(wall), number(cpu), *ratios, f"{row.result.peak:,}" if row.result.peak > floor else f"≤ {floor}"]


def rates(row: Row, used: Usage) -> tuple[float, float]:
    """Million packets a second: (by the clock, by CPU time, which is never less than a tick)."""
    return row.packets / 1e6 / used.wall, row.packets / 1e6 / max(used.cpu, 0.001)


def number(value: float) -> str:
    """Two significant digits, or more before the point."""
    if value >= 9.95:
        return f"{value:,.0f}"
    if value >= 0.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"


def start_up_lines(results: Mapping[str, Usage | Failure]) -> str:
    lines = [
        f"* {name}: "
        + (result.reason if isinstance(result, Failure) else f"{result.wall * 1000:,.0f} ms, {result.peak:,} MiB")
        for name, result in results.items()
    ]
    return "\n".join(lines) + "\n"
