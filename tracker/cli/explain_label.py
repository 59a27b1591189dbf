"""`tracker explain LABEL`."""

import os
import sys
from typing import NoReturn

import click

from tracker.cli import exit_codes
from tracker.cli.options import Common, terminal_width
from tracker.cli.session import write
from tracker.output.color import painter
from tracker.views.labels import find, lines, listed, near

ALL = "labels"  # the word that lists them


def explain_label(word: str, common: Common) -> NoReturn:
    """Print what a word means, and leave. Raises click.UsageError for a word that is none."""
    width = terminal_width()
    if word == ALL:
        write(listed(width))
        sys.exit(exit_codes.DONE)
    found = find(word)
    if not found:
        likely = near(word)
        hint = f"; near to it: {', '.join(likely)}" if likely else ""
        raise click.UsageError(
            f"{word!r} is neither a capture nor a label{hint}. `tracker explain {ALL}` lists the labels;"
            " a connection stands behind its capture: tracker explain CAPTURE FLOW"
        )
    if common.form == "json":
        from dataclasses import asdict  # noqa: PLC0415 - text does not pay for it

        from tracker.output.jsonl import line  # noqa: PLC0415 - the same

        write(line({"schema": "tracker.label/1", **asdict(label)}) for label in found)
    else:
        write(lines(found, width, painter(common.color, sys.stdout, os.environ)))
    sys.stdout.flush()
    sys.exit(exit_codes.DONE)
