"""`tracker explain`."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from tracker.capture.source import Capture
from tracker.cli.options import Common, common, numeric_option, terminal_width
from tracker.cli.session import Session, write
from tracker.engine.trace import Points, Trace
from tracker.engine.watch import watch
from tracker.output.color import painter
from tracker.output.words import several, wrapped
from tracker.views.explain import Explanation, chosen, explanation, lines
from tracker.views.flow_names import FlowName, NoFlowName, looks_like_one, parse
from tracker.views.flow_table import lines as flow_lines
from tracker.views.flows import FlowRow
from tracker.views.flows import flows as flow_rows
from tracker.views.ladder import Ladders
from tracker.views.vantage import everyone

MOST_LISTED = 20  # connections of one name


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="CAPTURE... FLOW | LABEL")
@numeric_option
@click.option(
    "-a", "--all", "everything", is_flag=True, help="Every packet; else runs that change nothing are counted."
)
@click.option("--mermaid", is_flag=True, help="A Mermaid sequence diagram.")
@click.option("--svg", metavar="FILE", help="An SVG picture; - for standard output.")
@common
def explain(
    words: tuple[str, ...], numeric: bool, everything: bool, mermaid: bool, svg: str | None, common: Common
) -> None:
    """Explain one connection, packet by packet: both ends' states, why each was entered, how sure it is, what is missing now.

    FLOW is a number as `tracker flows` prints it, ADDRESS:PORT for the latest connection of that end, or
    ADDRESS:PORT-ADDRESS:PORT in either order. A LABEL alone is any word that tracker prints: what it means, what comes
    next, what to check.

    \b
    tracker explain incident.pcap 7
    tracker explain --at 12:03:07 incident.pcap 10.0.0.1:40000-10.0.0.2:80
    tracker explain --svg ladder.svg incident.pcap 7
    tracker explain CLOSE_WAIT
    """
    if sum((common.form == "json", mermaid, svg is not None)) > 1:
        raise click.UsageError("--json, --mermaid and --svg exclude each other")
    if common.form == "csv":
        raise click.UsageError("a ladder has no CSV; --json has all of it")
    if not any(is_file(word) for word in words[:-1]) and not (len(words) > 1 and looks_like_one(words[-1])):
        if len(words) > 1 or not is_file(words[0]):
            from tracker.cli.explain_label import explain_label  # noqa: PLC0415 - a ladder does not pay for it

            explain_label(" ".join(words), common)
        name = None
    else:
        try:
            name = parse(words[-1])
        except NoFlowName as error:
            raise click.UsageError(str(error)) from error
    session = Explaining(words[:-1] if name else words, common, name, everything=everything)
    told = session.told(numeric=numeric, listed=not (mermaid or svg or common.form == "json"))
    if common.form == "json":
        from tracker.output.ladder_lines import explain_json_lines  # noqa: PLC0415 - text does not pay for it

        write(explain_json_lines([told], iso=common.iso))
    elif mermaid:
        from tracker.output.mermaid import mermaid_lines  # noqa: PLC0415 - the same

        write(mermaid_lines(told))
    elif svg is not None:
        write_svg(told, svg)
    else:
        paint = painter(common.color, sys.stdout, os.environ)
        write(lines(told, numeric=numeric, width=terminal_width(), paint=paint))
    session.finish()


def is_file(word: str) -> bool:
    """Whether a word is a capture's name."""
    return word == "-" or os.path.exists(word)  # noqa: PTH110 - pathlib is slower to import


def write_svg(told: Explanation, path: str) -> None:
    """The picture, to a file or to standard output."""
    from tracker.output.ladder_svg import svg_lines  # noqa: PLC0415 - text does not pay for it

    if path == "-":
        write(svg_lines(told))
        return
    try:
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is slower to import
            file.writelines(line + "\n" for line in svg_lines(told))
    except OSError as error:
        raise click.UsageError(f"--svg: {path} cannot be written: {error.strerror or error}") from error


class Explaining(Session):
    """A session that keeps the ladders of the connections that are named."""

    def __init__(self, paths: Sequence[str], common: Common, name: FlowName | None, *, everything: bool) -> None:
        self._name = name
        self._ladders = Ladders(name.means if name else lambda _number, _flow: True, everything=everything)
        super().__init__(paths, common)

    def _replay(self, captures: Sequence[Capture], points: Points | None) -> Trace:
        trace = Trace(captures)
        try:
            for step in watch(trace, points):
                if not (step.late and self.common.believed):
                    self._ladders.add(step)
        except KeyboardInterrupt:  # between two steps
            trace.interrupted = True
        return trace

    def told(self, *, numeric: bool, listed: bool) -> Explanation:
        """The explanation of the connection that is meant; of several the latest, and the others are listed."""
        moment = next(self.moments(), self.trace.end())
        local = self.vantage().local if self.common.host else everyone
        rows = list(flow_rows(self.history, moment, self.common.profile, local))
        ladders = self._ladders.found
        meant = [row for row in rows if row.flow in ladders]
        if not meant:
            self._none(rows)
        row = chosen(meant)
        if len(meant) > 1:
            if self._name is None:
                write(flow_lines(meant[-MOST_LISTED:], moment.at, numeric=numeric, width=terminal_width()))
                raise click.UsageError(
                    f"which of {several(len(meant), 'connection')}? Give its number behind the capture"
                )
            heading = (
                f"{several(len(meant), 'connection')} of {self._name.text}; explained is the latest, flow {row.flow}"
            )
            if listed:
                write(wrapped(heading, terminal_width()))
                write(flow_lines(meant[-MOST_LISTED:], moment.at, numeric=numeric, width=terminal_width()))
                write([""])
            else:
                self.say(heading)
        return explanation(self.history, moment, ladders[row.flow], row, self.common.profile)

    def _none(self, rows: Sequence[FlowRow]) -> NoReturn:
        if not self.trace.store.flows:
            self.say(self.no_tcp())
            self.finish()
        name = f"named {self._name.text}" if self._name else "to explain"
        raise click.UsageError(
            f"no connection {name} in this capture up to this moment; `tracker flows` lists {several(len(rows), 'connection')}"
        )
