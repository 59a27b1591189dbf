"""`tracker flows` as text: one line a connection, both ends' states side by side."""

from collections.abc import Iterator, Sequence

from tracker.output.color import Paint, plain, style_of_state
from tracker.output.table import Cell, Column, Styled, clean, render
from tracker.output.when import duration
from tracker.output.words import several
from tracker.views.flows import End, FlowRow, FlowRows
from tracker.views.icmp import icmp_text
from tracker.views.names import netstat_address
from tracker.views.rows import is_streamed

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
    rows: Sequence[FlowRow] | FlowRows,
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
        from tracker.views.columns import texts  # noqa: PLC0415 - NumPy

        def runs() -> Iterator[list[list[str]]]:
            for run in rows.runs():
                found = ([c.text if isinstance(c, Styled) else c for c in cells(row, at, numeric)] for row in run)
                yield [[clean(text) for text in column] for column in zip(*found, strict=True)]

        yield from texts.lines(COLUMNS, runs, header=header)
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
    return Styled(end.state + ("?" if proven == "unknown" else ""), style_of_state(end.state))


def notes(row: FlowRow, at: int) -> Iterator[str]:
    """What the columns do not say."""
    ends = [row.client] if row.client is row.server else [row.client, row.server]
    if len(ends) == 1:
        yield "connected to itself"
    if row.direction == "simultaneous":
        yield "simultaneous open"
    elif row.confidence == "assumed":
        yield {"listener": "start not seen", "port": "start not seen, client by port"}.get(
            row.direction, "client unknown"
        )
    if row.incarnation:
        yield f"life {row.incarnation + 1} of these ports"
    if row.next is not None:
        yield f"ports used again by flow {row.next}"
    for end in ends:
        if end.timed is not None:
            yield f"{end.state} timed out {duration(max(at - end.timed.at, 0))} ago"
    repeated = sum(end.retransmitted for end in ends)
    if repeated:
        yield f"{repeated} retransmitted"
    ignored = sum(end.ignored for end in ends)
    if ignored:
        yield f"{ignored} ignored"
    missed = sum(end.missed for end in ends)
    if missed:
        yield f"{several(missed, 'byte')} not captured"
    if row.icmp is not None:
        yield icmp_text(row.icmp, row.client.address.version)
