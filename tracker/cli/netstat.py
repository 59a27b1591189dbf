"""`tracker netstat`."""

import os
import sys

import click

from tracker.cli.options import Common, common, engine_option, families, interval_of, terminal_width, which_rows
from tracker.cli.session import Session, write
from tracker.engine.trace import Moment
from tracker.output.color import painter
from tracker.output.words import wrapped
from tracker.views.netstat import NetstatOptions, lines, shown


@click.command()
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@which_rows
@click.option("-o", "--timers", is_flag=True, help="Timers, counted down at the moment shown.")
@click.option("-e", "--extend", "extended", is_flag=True, help="User and inode: always -, no packet tells them.")
@click.option("-p", "--program", "programs", is_flag=True, help="Program: always -, no packet tells it.")
@click.option("-W", "--wide", is_flag=True, help="Never cut addresses, in a terminal either.")
@click.option("-s", "--statistics", is_flag=True, help="netstat -s of what the capture shows.")
@click.option("-c", "--continuous", is_flag=True, help="One table every second of capture time.")
@click.option("--interval", metavar="DURATION", help="The step of -c, which it implies: 0.5, 200ms, 5m. Default: 1s.")
@click.option("--certainty", is_flag=True, help="A last column that says how sure each row is.")
@engine_option
@common
def netstat(
    captures: tuple[str, ...],
    everything: bool,
    listening: bool,
    numeric: bool,
    four: bool,
    six: bool,
    timers: bool,
    extended: bool,
    programs: bool,
    wide: bool,
    statistics: bool,
    continuous: bool,
    interval: str | None,
    certainty: bool,
    common: Common,
) -> None:
    """Print what netstat would have shown: netstat's own flags, columns and spellings.

    \b
    tracker netstat -tan incident.pcap                      everything, at the end of the capture
    tracker netstat -tano --at 12:03:07 incident.pcap       with timers, at that moment
    tracker netstat -tan --as 10.0.0.1 incident.pcap        as that host saw it
    ssh host tcpdump -U -w - tcp | tracker netstat -tan -   from a pipe, when it ends
    """
    options = NetstatOptions(everything, listening, numeric, extended, programs, timers, wide, certainty)
    if statistics and common.form == "csv":
        raise click.UsageError("-s has no CSV; --json has every counter")
    if common.max_flows and (continuous or interval is not None):
        raise click.UsageError("--max-flows and -c exclude each other: what was there may be gone")
    session = Session(captures, common, interval_of(interval) if continuous or interval is not None else None)
    paint = painter(common.color, sys.stdout, os.environ)
    width = terminal_width()
    versions = families(four, six)
    for moment in session.moments():
        if statistics:
            write_statistics(session, moment)
            continue
        found = session.sockets(moment, versions)
        rows = shown(found, options)
        heading = session.heading(moment, rows)
        if common.form == "text":
            write(lines(rows, options, vantage=heading, width=width, paint=paint))
        else:
            session.say(heading)
            session.write_rows(moment, rows)
        if not rows:
            session.nothing_left(moment)
    session.finish()


def write_statistics(session: Session, moment: Moment) -> None:
    """netstat -s."""
    from tracker.views.counters import count  # noqa: PLC0415 - the table does not pay for it
    from tracker.views.statistics import netstat_lines  # noqa: PLC0415 - the same

    vantage = session.vantage()
    counted = count(session.history, moment, session.common.profile, vantage.local)
    if session.common.form == "json":
        from dataclasses import asdict  # noqa: PLC0415 - the same

        from tracker.output.jsonl import at_to_json, line  # noqa: PLC0415 - the same

        at = at_to_json(moment.at, iso=session.common.iso)
        write([line({"schema": "tracker.statistics/1", **at, **asdict(counted)})])
        return
    heading = f"Statistics {vantage.text} {session.when(moment)}"
    write([*wrapped(heading, terminal_width()), *netstat_lines(counted)])
