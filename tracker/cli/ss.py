"""`tracker ss`."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from tracker.cli.options import Common, common, engine_option, families, terminal_width, which_rows
from tracker.cli.session import Session, write
from tracker.engine.trace import Moment
from tracker.output.color import painter
from tracker.output.words import wrapped
from tracker.views.rows import Socket, order
from tracker.views.ss import SsOptions, lines
from tracker.views.ss_filter import Filter, parse
from tracker.views.ss_states import shown_states
from tracker.views.ss_words import STATE_WORDS, UNSEEN, FilterError, tokens

if TYPE_CHECKING:
    from tracker.views.columns.table import SocketTable

FIRST_WORDS: Final = STATE_WORDS | UNSEEN | {"src", "dst", "sport", "dport", "not", "("}  # of a filter


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="CAPTURE... [FILTER]")
@which_rows
@click.option("-o", "--options", "timers", is_flag=True, help="Timers, counted down at the moment shown.")
@click.option("-e", "--extended", is_flag=True, help="Details of the socket; users and inodes no packet tells.")
@click.option(
    "-i", "--info", is_flag=True, help="What packets tell of TCP's inside: options, RTT, bytes, retransmissions."
)
@click.option("-m", "--memory", is_flag=True, help="Accepted; no packet tells a socket's memory.")
@click.option("-p", "--processes", is_flag=True, help="Accepted; no packet tells a process.")
@click.option("-s", "--summary", is_flag=True, help="ss -s: sockets by state.")
@click.option("-H", "--no-header", is_flag=True, help="No heading.")
@click.option("-O", "--oneline", is_flag=True, help="With -i: one line a socket.")
@engine_option
@common
def ss(
    words: tuple[str, ...],
    everything: bool,
    listening: bool,
    numeric: bool,
    four: bool,
    six: bool,
    timers: bool,
    extended: bool,
    info: bool,
    memory: bool,
    processes: bool,
    summary: bool,
    no_header: bool,
    oneline: bool,
    common: Common,
) -> None:
    """Print what ss would have shown: ss's own flags, columns, spellings and filters.

    As ss does, it hides LISTEN, TIME-WAIT and SYN-RECV unless -a or a state asks for them.

    The first word is a capture. Behind it a word is one if it is the name of anything but a directory, or has a slash or
    a dot and begins no filter; the first other word begins the FILTER.

    \b
    tracker ss -tan incident.pcap
    tracker ss -tn incident.pcap state close-wait
    tracker ss -tni incident.pcap '( dport = :443 or sport = :443 ) and dst 10.0.0.0/8'
    tracker ss -tn --at '#4711' incident.pcap exclude established
    """
    if summary and common.form in {"csv", "parquet"}:
        raise click.UsageError(
            f"-s has no {common.form.upper() if common.form == 'csv' else 'Parquet'}; --json has every count"
        )
    paths, chosen = split(words)
    session = Session(paths, common)
    for asked, flag, what in ((memory, "-m", "a socket's memory"), (processes, "-p", "processes")):
        if asked:
            session.say(f"tracker: {flag}: no packet tells {what}")
    states = shown_states(chosen.states, everything=everything, listening=listening)
    versions = families(four, six)
    options = SsOptions(numeric, timers, extended, info, oneline, not no_header, chosen.hides_state)
    for moment in session.moments():
        found = session.sockets(moment, versions)
        if summary:
            write_summary(session, moment, found)
            continue
        if isinstance(found, list):
            rows: list[Socket] | SocketTable = sorted(
                (row for row in found if row.state in states and chosen.matches(row)), key=order
            )
        else:
            found.choose(states, None if chosen.expression is None else chosen.expression.matches)
            found.sort()
            rows = found
        heading = session.heading(moment, rows)
        if common.form == "text":
            if no_header:
                session.say(heading)
            else:
                write(wrapped(f"Sockets {heading}", terminal_width()))
            paint = painter(common.color, sys.stdout, os.environ)
            write(lines(rows, options, width=terminal_width(), paint=paint))
        else:
            session.say(heading)
            session.write_rows(moment, rows)
        if not rows:
            session.nothing_left(moment)
    session.finish()


def write_summary(session: Session, moment: Moment, rows: "list[Socket] | SocketTable") -> None:
    """ss -s."""
    from tracker.views.statistics import ss_lines, summary_by, summary_of  # noqa: PLC0415 - the table does not pay for it

    session.say(f"{session.vantage().text} {session.when(moment)}")
    summary = summary_of(rows) if isinstance(rows, list) else summary_by(rows.tally())
    if session.common.form == "json":
        from dataclasses import asdict  # noqa: PLC0415 - the same

        from tracker.output.jsonl import at_to_json, line  # noqa: PLC0415 - the same

        at = at_to_json(moment.at, iso=session.common.iso)
        write([line({"schema": "tracker.summary/1", **at, **asdict(summary)})])
    else:
        write(ss_lines(summary))


def split(words: Sequence[str]) -> tuple[list[str], Filter]:
    """Tell captures from the filter: the first word is a capture, and so are those behind it that `is_capture` takes.

    Raises click.UsageError where the rest is no filter.
    """
    if begins_filter(words[0]) and not os.path.exists(words[0]):  # noqa: PTH110 - pathlib is slower to import
        raise click.UsageError(f"a capture stands in front of the filter, which begins with {words[0]!r} here")
    count = 1
    while count < len(words) and is_capture(words[count]):
        count += 1
    try:
        return list(words[:count]), parse(words[count:])
    except FilterError as error:
        late = [word for word in words[count:] if os.path.isfile(word)]  # noqa: PTH113 - pathlib is slower to import
        hint = f" (captures stand in front of the filter: {late[0]!r})" if late else ""
        raise click.UsageError(f"{error}{hint}") from error


def is_capture(word: str) -> bool:
    """Whether a word in front of the filter is a capture: it is there and no directory, or looks like a path that is not."""
    if word == "-" or (os.path.exists(word) and not os.path.isdir(word)):  # noqa: PTH110, PTH112 - the same
        return True
    return ("/" in word or "." in word) and not begins_filter(word)


def begins_filter(word: str) -> bool:
    """Whether a filter may begin with a word, which may hold more of the filter."""
    return tokens(word)[0].text.lower() in FIRST_WORDS
