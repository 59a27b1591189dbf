"""What every view does before and after its own work: open, replay, choose the seat; say what was wrong, leave with a code."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final, NoReturn

import click

from tracker.capture.damage import NotACapture
from tracker.capture.source import Capture, open_captures
from tracker.cli import exit_codes
from tracker.cli.options import Common, moment_of
from tracker.engine.choose import engine_for
from tracker.engine.evict import CLASSES
from tracker.engine.trace import Engine, Moment, Points, Trace, run
from tracker.output.when import AfterPacket, rfc3339
from tracker.output.words import several
from tracker.views.history import History, is_tabular
from tracker.views.points import TooManySteps, points_of
from tracker.views.rows import Socket
from tracker.views.sockets import sockets
from tracker.views.vantage import NoSuchHost, Vantage, asked, found, losses, sureness, uncertain

if TYPE_CHECKING:
    from tracker.views.columns.table import SocketTable

MOST_OF_A_STREAM: Final = 1_000_000  # flows: a pipe may never end
PROGRESS_AFTER: Final = 1.0  # seconds of silence on a terminal before progress is shown


class Session:
    """A replayed command line. `moments` are those asked for, or the end; `vantage` is whose sockets are shown."""

    def __init__(self, paths: Sequence[str], common: Common, every: int | None = None) -> None:
        self.common = common
        self._asked_vantage = self._asked()
        self._moment = moment_of(common.at, every)
        self._stepping = self._moment is not None or every is not None
        self._headed = False  # CSV's heading is written
        points = points_of(self._moment, every or 0) if self._stepping else None
        captures, errors = open_captures(paths)
        self._unreadable = bool(errors)
        for error in errors:
            complain(error)
        if not captures:
            sys.exit(exit_codes.UNREADABLE)
        try:
            self.trace = self._replay(captures, points)
        except TooManySteps as error:
            raise click.UsageError(f"{error} of -c: give a longer --interval, such as 1h or 1d") from error
        self.history = History(self.trace, believed=common.believed)

    def _asked(self) -> Vantage | None:
        try:
            return asked(self.common.host) if self.common.host else None
        except NoSuchHost as error:
            raise click.UsageError(f"--as: {error}") from error

    def _replay(self, captures: Sequence[Capture], points: Points | None) -> Trace:
        progress = Progress() if sys.stderr.isatty() and not self.common.quiet else None
        try:
            try:
                engine = self._engine(captures)
            except KeyboardInterrupt:  # while a pipe was waited for: what has come is shown
                if not any(capture.is_stream for capture in captures):
                    raise
                for capture in captures:
                    capture.stop()
                trace = run(captures, points, progress, None, self._most_flows(captures))
                trace.interrupted = True
                return trace
            return run(captures, points, progress, engine, self._most_flows(captures))
        finally:
            if progress is not None:
                progress.done()

    def _engine(self, captures: Sequence[Capture]) -> Engine:
        tell = self.say if self.common.verbose else _nobody
        return engine_for(self.common.engine, captures, self.say, tell, self.common.log_memory)

    def _most_flows(self, captures: Sequence[Capture]) -> int:
        if self.common.max_flows is not None:
            return self.common.max_flows
        return MOST_OF_A_STREAM if any(capture.is_stream for capture in captures) else 0

    def moments(self) -> Iterator[Moment]:
        """The moments to show."""
        packets = self.trace.packets
        if isinstance(self._moment, AfterPacket) and self._moment.number > packets > 0 and not self.trace.interrupted:
            self.say(f"the capture has only {several(packets, 'packet')}")
        if self._stepping:
            yield from self.trace.moments()
        else:
            yield self.trace.end()

    @cached_property
    def captured(self) -> Vantage:
        """The vantage that the whole capture tells."""
        return found(self.history, self.trace.end())

    def vantage(self) -> Vantage:
        """Whose sockets: as asked, else as the whole capture tells."""
        return self._asked_vantage or self.captured

    def when(self, moment: Moment) -> str:
        """The moment, in words."""
        return f"at {rfc3339(moment.at, None)}" if self.trace.packets else "of no packets"

    def sockets(self, moment: Moment, versions: Sequence[int]) -> "list[Socket] | SocketTable":
        """The sockets of the chosen hosts at a moment, of these IP versions: no list where there may be millions."""
        if is_tabular(moment):
            from tracker.views.columns.table import SocketTable  # noqa: PLC0415 - NumPy and Numba

            return SocketTable(self.history, moment, self.common.profile, self.vantage().local, versions)
        rows = sockets(self.history, moment, self.common.profile, self.vantage().local)
        return [row for row in rows if row.local.version in versions]

    def heading(self, moment: Moment, rows: "Sequence[Socket] | SocketTable") -> str:
        """From where, when, and how sure."""
        sure = (
            sureness(rows, self.captured, moment)
            if isinstance(rows, Sequence)
            else uncertain(*rows.unsure(self.captured))
        )
        return f"{self.vantage().text} {self.when(moment)}; {sure}; {self.verdict(moment)}"

    def verdict(self, moment: Moment) -> str:
        """What is wrong with the capture itself, in words."""
        backwards = self.trace.clock.backwards
        stamps = f"; {several(backwards, 'packet')} stamped before the one in front of it" if backwards else ""
        return losses(moment) + stamps

    def say(self, text: str) -> None:
        """A remark on standard error."""
        if not self.common.quiet:
            remark(text)

    def write_rows(self, moment: Moment, rows: Iterable[Socket]) -> None:
        """Sockets as JSON lines, CSV or Parquet."""
        if self.common.parquet is not None:
            from tracker.output.parquet import write_sockets  # noqa: PLC0415 - the same

            self.to_file(self.common.parquet, lambda path: write_sockets(path, rows, moment.at))
        elif self.common.form == "json":
            from tracker.output.jsonl import socket_lines  # noqa: PLC0415 - the text view does not pay for it

            write(socket_lines(rows, moment.at, iso=self.common.iso))
        else:
            from tracker.output.csv_lines import socket_lines as csv_lines  # noqa: PLC0415 - the same

            write(csv_lines(rows, moment.at, iso=self.common.iso, header=not self._headed))
            self._headed = True

    def to_file(self, path: str, write_to: Callable[[str], None]) -> None:
        """Write a file, or leave with why it cannot be written."""
        try:
            write_to(path)
        except OSError as error:
            complain(f"{path}: cannot be written: {error.strerror or error}")
            sys.exit(exit_codes.UNWRITABLE)

    def no_tcp(self) -> str:
        """Why there is not one connection, in words."""
        packets, clock = self.trace.packets, self.trace.clock
        if not packets:
            return "no packets in this capture"
        found = f"no TCP was found in {several(packets, 'packet')}"
        if clock.not_understood.total() == packets:
            return found  # `finish` says why
        return f"{found} (not read yet: tunnels other than VLAN, and TCP headers that the capture has cut off)"

    def nothing_left(self, moment: Moment) -> None:
        """Say why a table is empty."""
        from tracker.views.flows import flows  # noqa: PLC0415 - only an empty table pays for it

        if not self.trace.store.flows:
            self.say(self.no_tcp())
            return
        first, last = self.trace.first, self.trace.last
        if not first <= moment.at <= last:
            self.say(f"the capture runs from {rfc3339(first, None)} to {rfc3339(last, None)}")
        profile, local = self.common.profile, self.vantage().local
        if is_tabular(moment):
            from tracker.views.columns.ends import connections  # noqa: PLC0415 - NumPy and Numba

            count = connections(self.history, moment, local)
            ever = count or connections(self.history, self.trace.end(), local)
        else:
            count = sum(1 for _ in flows(self.history, moment, profile, local))
            ever = count or any(True for _ in flows(self.history, self.trace.end(), profile, local))
        if count:
            self.say(f"{several(count, 'connection')} ended, or left out by flags or filter; see `tracker flows`")
        elif ever:
            self.say("no connections of this host up to this moment")
        else:
            self.say("this host has no connections in the capture; see `tracker flows`")

    def finish(self) -> NoReturn:
        """Say what was wrong with the captures, and leave."""
        code = exit_codes.DONE
        for capture in self.trace.captures:
            if capture.damage is not None:
                code = exit_codes.DAMAGED
                complain(capture.damage)
        for link, count in sorted(self.trace.clock.not_understood.items()):
            self.say(f"tracker: {count:,} frames of link type {link} were passed over: no decoder for it yet")
        gone = self.trace.evicted
        if gone.total():
            kinds = ", ".join(f"{count:,} {kind}" for kind in CLASSES if (count := gone[kind]))
            self.say(
                f"tracker: {several(gone.total(), 'connection')} let go to hold no more ({kinds}): see --max-flows"
            )
        if self._unreadable:
            code = exit_codes.UNREADABLE
        if self.trace.interrupted:
            self.say(f"tracker: interrupted after {self.trace.packets:,} packets")
            code = exit_codes.INTERRUPTED
        try:
            sys.stdout.flush()
        except OSError as error:
            no_more_output(error)
        sys.exit(code)


def _nobody(_: str) -> None:
    pass


class Progress:
    """A line on a terminal's standard error while a long capture is read."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PROGRESS_AFTER
        self._shown = False

    def __call__(self, packets: int) -> None:
        """Show the count, at most five times a second."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + 0.2
            self._shown = True
            print(f"\r{packets:,} packets ", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def complain(error: NotACapture | object) -> None:
    """An error on standard error, as one line."""
    remark(f"tracker: {error}")


def remark(text: str) -> None:
    """A line on standard error; where that cannot be written, the data still can."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def write(lines: Iterable[str]) -> None:
    """Lines to standard output."""
    out = sys.stdout.write
    try:
        for line in lines:
            out(line + "\n")
    except OSError as error:
        no_more_output(error)


def no_more_output(error: OSError) -> NoReturn:
    """Leave: the reader has seen enough (`| head`), which is no error, or the disk is full, which is one."""
    os.dup2(
        os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
    )  # Python would complain once more when it closes stdout
    if isinstance(error, BrokenPipeError):
        sys.exit(exit_codes.DONE)
    complain(f"standard output cannot be written: {error.strerror or error}")
    sys.exit(exit_codes.UNWRITABLE)
