"""`tracker flows` as text: one line a connection, both ends' states side by side."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tracker.output.color import Paint, plain, style_of_state
from tracker.output.table import Cell, Column, Styled, render
from tracker.output.when import duration
from tracker.output.words import several
from tracker.views.flows import End, FlowRow
from tracker.views.icmp import icmp_text
from tracker.views.names import netstat_address
from tracker.views.rows import is_streamed

if TYPE_CHECKING:
    from tracker.views.columns.flows import FlowTable

UNSURE: Final = "?"  # behind a state that nothing proves

COLUMNS = (
    Column("Flow", right=True),
    Column("Client"),
    Column("State"),
    Column("Server"),
    Column("State"),
    Column("Since", right=True),
    Column("Sent", right=True),
    Column("Received", right=True),
    Column("RTT", right=True),
    Column("End"),
    Column("Notes"),
)


DISPENSABLE = (8, 7, 6, 0, 5)  # RTT, Received, Sent, Flow, Since: what goes first where the terminal is narrow


def lines(
    rows: "Sequence[FlowRow] | FlowTable",
    at: int,
    *,
    numeric: bool,
    header: bool = True,
    width: int | None = None,
    paint: Paint = plain,
) -> Iterator[str]:
    """The table, without line ends. at: the moment, ns; Since is how long both ends have been as they are.

    width: the terminal's characters; columns that it has no room for are left out, the least telling ones first.
    """
    if not isinstance(rows, Sequence) and is_streamed(rows, width, paint):
        from tracker.views.columns import flow_texts, texts  # noqa: PLC0415 - NumPy

        runs, samples = (
            partial(made, rows, at, numeric=numeric) for made in (flow_texts.flow_runs, flow_texts.flow_samples)
        )
        yield from texts.lines(COLUMNS, runs, header=header, samples=samples)
        return
    table = [cells(row, at, numeric) for row in rows]
    shown = list(range(len(COLUMNS)))
    if width is not None:
        widths = [
            max([len(column.title) * header, *(_length(row[i]) for row in table)]) for i, column in enumerate(COLUMNS)
        ]
        for dispensable in DISPENSABLE:
            if sum(widths[i] + 1 for i in shown) - 1 <= width:
                break
            shown.remove(dispensable)
    yield from render(
        [COLUMNS[i] for i in shown], ([row[i] for i in shown] for row in table), header=header, paint=paint
    )


def _length(cell: Cell) -> int:
    return len(cell.text if isinstance(cell, Styled) else cell)


def cells(row: FlowRow, at: int, numeric: bool) -> list[Cell]:
    """One connection's cells."""
    since = max((end.since for end in (row.client, row.server) if end.since is not None), default=None)
    rtt = round_trip(row)
    return [
        str(row.flow),
        address_text(row.client, numeric),
        state(row.client),
        address_text(row.server, numeric),
        state(row.server),
        "-" if since is None else duration(max(at - since, 0)),
        str(row.client.bytes),
        str(row.server.bytes),
        "-" if rtt is None else duration(rtt),
        row.end,
        "; ".join(notes(row, at)),
    ]


def round_trip(row: FlowRow) -> int | None:
    """From one end to the other and back, ns: from the capture point to the server and back, and to the client and back.

    Where the capture shows one half only, that is most of it or least of it, and nothing tells.
    """
    halves = [end.rtt for end in ([row.client] if row.client is row.server else [row.client, row.server]) if end.rtt]
    return sum(halves) if halves else None


def address_text(end: End, numeric: bool) -> str:
    """Address and port as netstat spells them."""
    return netstat_address(end.address, end.address.version, end.port, numeric=numeric, limit=None)


def state(end: End) -> Styled:
    """A state, with a question mark where nothing proves it; `-` for an end of which nothing is known."""
    if end.state == "UNKNOWN":
        return Styled("-", "")
    entered = [entry.certainty for entry in end.states if entry.state == end.state and not entry.revised]
    proven = entered[-1] if end.timed is not None and entered else end.certainty
    return Styled(end.state + (UNSURE if proven == "unknown" else ""), style_of_state(end.state))


def notes(row: FlowRow, at: int) -> Iterator[str]:
    """What the columns do not say."""
    ends = [row.client] if row.client is row.server else [row.client, row.server]
    return notes_of(
        len(ends) == 1,
        row.direction,
        row.confidence == "assumed",
        row.incarnation,
        -1 if row.next is None else row.next,
        [(end.state, end.timed.at) for end in ends if end.timed is not None],
        [sum(end.retransmitted for end in ends), sum(end.ignored for end in ends), sum(end.missed for end in ends)],
        row.icmp or 0,
        row.client.address.version,
        at,
    )


def notes_of(
    alone: bool,
    direction: str,
    assumed: bool,
    incarnation: int,
    following: int,
    timed: Sequence[tuple[str, int]],
    counts: Sequence[int],
    icmp: int,
    version: int,
    at: int,
) -> Iterator[str]:
    """The same of plain values.

    following: the tuple's next flow, -1: none; timed: (state, ns) of ends that a timer has ended; counts: of both ends,
    retransmitted and ignored segments, and bytes that the capture has missed.
    """
    if alone:
        yield "connected to itself"
    if direction == "simultaneous":
        yield "simultaneous open"
    elif assumed:
        yield {"listener": "start not seen", "port": "start not seen, client by port"}.get(direction, "client unknown")
    if incarnation:
        yield f"life {incarnation + 1} of these ports"
    if following >= 0:
        yield f"ports used again by flow {following}"
    for state, when in timed:
        yield f"{state} timed out {duration(max(at - when, 0))} ago"
    repeated, ignored, missed = counts
    if repeated:
        yield f"{repeated} retransmitted"
    if ignored:
        yield f"{ignored} ignored"
    if missed:
        yield f"{several(missed, 'byte')} not captured"
    if icmp:
        yield icmp_text(icmp, version)
