"""`tracker`: the command line's entry. Commands are imported when they are called."""

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from tracker.cli import exit_codes
from tracker.version import __version__

COMMANDS = {
    "netstat": "netstat's table of a host's sockets, at any moment of the capture",
    "ss": "ss's table, with its filter language",
    "flows": "one line a connection: both ends' states and how it ended",
    "packets": "one line a segment, as tcpdump prints it, with both ends' states",
    "explain": "one connection's states, why, what is missing; a word's meaning",
}


class Commands(click.Group):
    """The commands, each in its module of tracker.cli."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command's module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"tracker.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the command that a misspelt one is near to."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

            near = get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tracker")
def tracker() -> None:
    """What netstat and ss would have shown on each host, rebuilt from a packet capture.

    CAPTURE is a file of tcpdump or Wireshark (pcap, pcapng), or - for standard input; several are read as one, in the
    order of time. Data goes to standard output, everything else to standard error.

    \b
    Exit codes: 0 done; 2 wrong command line; 3 a capture could not be read; 4 a capture ends early or is damaged (what
    came before is shown); 74 the output cannot be written; 130 interrupted (what was seen is shown).
    """


def main() -> None:
    """Run the command line and leave with one of exit_codes."""
    if sys.stdout is None:  # closed by the shell's >&-
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - until the end
    if sys.stderr is None:  # 2>&-
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - the same
    gc.disable()  # a command makes many objects, hardly a cycle, and then ends: looking for cycles costs a third of its time
    try:
        code = tracker.main(prog_name="tracker", standalone_mode=False)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = exit_codes.INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            raise
        # A write: click's own --help or --version; the commands see to theirs.
        from tracker.cli.session import no_more_output  # noqa: PLC0415 - only a full disk pays for it

        no_more_output(error)
    sys.exit(code if isinstance(code, int) else exit_codes.DONE)


if __name__ == "__main__":
    main()
