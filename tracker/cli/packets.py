"""`tracker packets`."""

import os
import sys
from collections.abc import Iterator, Sequence

import click

from tracker.capture.source import Capture
from tracker.cli.options import Common, common, families, ip_versions, numeric_option
from tracker.cli.session import Session, no_more_output, write
from tracker.engine.trace import Points, Trace
from tracker.engine.watch import Step, watch
from tracker.output.color import painter
from tracker.views.packets import Lines, PacketRow, row_of, sockets_of, stamps
from tracker.views.ss_filter import Filter

MOST_TS = 5


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="CAPTURE... [FILTER]")
@numeric_option
@ip_versions[0]
@ip_versions[1]
@click.option("-S", "--absolute", is_flag=True, help="Absolute sequence numbers, as tcpdump -S.")
@click.option(
    "-t", "style", count=True, help="tcpdump's: no time; -tt epoch; -ttt since the line before; -tttt date; -ttttt since the first."
)  # fmt: skip
@click.option("--flow", "flows", type=click.IntRange(0), multiple=True, help="Only this connection (repeatable).")
@click.option("--changes", is_flag=True, help="Only packets that changed a state, or that the receiver did not take.")
@click.option("-c", "--count", type=click.IntRange(1), help="Stop after so many lines.")
@common
def packets(
    words: tuple[str, ...],
    numeric: bool,
    four: bool,
    six: bool,
    absolute: bool,
    style: int,
    flows: tuple[int, ...],
    changes: bool,
    count: int | None,
    common: Common,
) -> None:
    """Print one line a segment as tcpdump does, with both ends' states behind it, while the capture is read.

    The states are the sender's and the receiver's after the segment: * this segment changed it, ? nothing proves it, -
    nothing is known. Behind them stands what the receiver did, unless it simply took the segment. --at is the last moment
    to print. ss's FILTER chooses segments of which either end matches. --profile is not used: no timer is a packet.

    \b
    tracker packets incident.pcap
    tracker packets -n --changes --as 10.0.0.2 incident.pcap
    tracker packets incident.pcap state close-wait
    ssh host tcpdump -U -w - tcp | tracker packets -
    """
    paths, chosen = split(words)
    if style > MOST_TS:
        raise click.UsageError("-t is given five times at the most")
    choice = Choice(frozenset(flows), families(four, six), chosen, changes, count)
    session = Printing(paths, common, choice, numeric=numeric, absolute=absolute, style=style)
    if not session.trace.store.flows and common.at is None:
        session.say(session.no_tcp())
    session.finish()


def split(words: Sequence[str]) -> tuple[list[str], Filter | None]:
    """Tell captures from the filter, as ss does."""
    if all(word == "-" or os.path.isfile(word) for word in words):  # noqa: PTH113 - pathlib is slower to import
        return list(words), None
    from tracker.cli.ss import split as split_filter  # noqa: PLC0415 - only a filter pays for it

    paths, chosen = split_filter(words)
    return paths, None if chosen == Filter() else chosen


class Choice:
    """Which segments are printed, and how many."""

    def __init__(
        self, flows: frozenset[int], versions: tuple[int, ...], chosen: Filter | None, changes: bool, count: int | None
    ) -> None:
        self._flows = flows
        self._versions = versions
        self._chosen = chosen
        self._changes = changes
        self.left = count

    def takes(self, row: PacketRow) -> bool:
        """Whether a segment is printed, but for --as."""
        return (
            row.sender.address.version in self._versions
            and (not self._flows or row.flow in self._flows)
            and (not self._changes or is_change(row))
            and (self._chosen is None or any(self._chosen.matches(socket) for socket in sockets_of(row)))
        )


def is_change(row: PacketRow) -> bool:
    """Whether a segment changed a state, or its receiver did not take it."""
    return (
        bool(row.entered or row.taken_back)
        or row.icmp is not None
        or row.doubtful is not None
        or row.verdict != "accepted"
    )


class Printing(Session):
    """A session that prints while it replays."""

    def __init__(
        self, paths: Sequence[str], common: Common, choice: Choice, *, numeric: bool, absolute: bool, style: int
    ) -> None:
        self._choice = choice
        self._numeric = numeric
        self._absolute = absolute
        self._style = style
        super().__init__(paths, common)

    def _replay(self, captures: Sequence[Capture], points: Points | None) -> Trace:
        trace = Trace(captures)
        try:
            write(self._lines(trace, points))
        except KeyboardInterrupt:  # while a line was written
            trace.interrupted = True
        return trace

    def _lines(self, trace: Trace, points: Points | None) -> Iterator[str]:
        steps = watch(trace, points, beyond=False, idle=flush)
        if self.common.form == "text":
            paint = painter(self.common.color, sys.stdout, os.environ)
            stamp = stamps(self._style, lambda: trace.first)
            text = Lines(stamp, paint, numeric=self._numeric, absolute=self._absolute)
            for step, row in self._chosen(steps, text):
                yield text.line(step, row)
            return
        from tracker.output.packet_lines import packet_csv_lines, packet_json_lines  # noqa: PLC0415 - text does not pay

        form = packet_json_lines if self.common.form == "json" else packet_csv_lines
        yield from form((row for _, row in self._chosen(steps, None)), iso=self.common.iso)

    def _chosen(self, steps: Iterator[Step], text: Lines | None) -> Iterator[tuple[Step, PacketRow]]:
        choice, vantage = self._choice, self._asked_vantage
        for step in steps:
            row = row_of(step)
            if choice.takes(row) and (
                vantage is None or vantage.local(row.sender.address) or vantage.local(row.receiver.address)
            ):
                yield step, row
                if choice.left is not None:
                    choice.left -= 1
                    if not choice.left:
                        return
            elif text is not None:
                text.seen(step)


def flush() -> None:
    """Show what there is before more is waited for."""
    try:
        sys.stdout.flush()
    except OSError as error:
        no_more_output(error)
