"""`tracker flows`."""

import os
import sys
from functools import partial

import click

from tracker.cli.options import Common, common, engine_option, families, ip_versions, numeric_option, terminal_width
from tracker.cli.session import Session, write
from tracker.output.color import painter
from tracker.output.words import several, wrapped
from tracker.views.flow_table import lines
from tracker.views.flows import FlowRow
from tracker.views.flows import flows as flow_rows
from tracker.views.history import is_tabular
from tracker.views.vantage import everyone


@click.command()
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@numeric_option
@ip_versions[0]
@ip_versions[1]
@click.option("-H", "--no-header", is_flag=True, help="No heading.")
@engine_option
@common
def flows(captures: tuple[str, ...], numeric: bool, four: bool, six: bool, no_header: bool, common: Common) -> None:
    """Print one line a connection: both ends' states at the moment shown, since when, bytes, RTT, and how it ended.

    All connections are shown, of whatever hosts, without --as. A state with ? is one that nothing proves; `-` is an
    end of which the capture shows nothing. --json has every state with its time and packet number.

    \b
    tracker flows incident.pcap
    tracker flows --json incident.pcap | jq 'select(.server.state == "CLOSE_WAIT")'
    """
    session = Session(captures, common)
    versions = families(four, six)
    width = terminal_width()
    local = session.vantage().local if common.host else everyone
    for moment in session.moments():
        if is_tabular(moment):
            from tracker.views.columns.flows import FlowTable  # noqa: PLC0415 - NumPy and Numba

            rows: list[FlowRow] | FlowTable = FlowTable(session.history, moment, common.profile, local, versions)
        else:
            found = flow_rows(session.history, moment, common.profile, local)
            rows = [row for row in found if row.client.address.version in versions]
        heading = f"{several(len(rows), 'connection')} {session.when(moment)}; {session.verdict(moment)}"
        if common.form == "text":
            if no_header:
                session.say(heading)
            else:
                write(wrapped(heading, width))
            paint = painter(common.color, sys.stdout, os.environ)
            write(lines(rows, moment.at, numeric=numeric, header=not no_header, width=width, paint=paint))
        elif common.parquet is not None:
            from tracker.output.parquet import write_flows  # noqa: PLC0415 - text does not pay

            session.say(heading)
            session.to_file(common.parquet, partial(write_flows, rows=rows))
        else:
            from tracker.output.flow_lines import flow_csv_lines, flow_json_lines  # noqa: PLC0415 - text does not pay

            session.say(heading)
            write((flow_json_lines if common.form == "json" else flow_csv_lines)(rows, iso=common.iso))
        if not session.trace.store.flows:
            session.say(session.no_tcp())
    session.finish()
