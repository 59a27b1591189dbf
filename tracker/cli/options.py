"""Options that every view has, and what they become."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from tracker.engine.choose import ENGINES
from tracker.output.when import AfterPacket, Moment, parse_duration, parse_moment
from tracker.tcp.timers import PROFILES, Profile

F = TypeVar("F", bound=Callable[..., Any])

numeric_option = click.option(
    "-n", "--numeric", is_flag=True, help="Port numbers instead of service names. Addresses are never looked up."
)
ip_versions = (
    click.option("-4", "--inet", "--ipv4", "four", is_flag=True, help="IPv4."),
    click.option("-6", "--inet6", "--ipv6", "six", is_flag=True, help="IPv6."),
)


@dataclass(frozen=True, slots=True)
class Common:
    """What the options common to all views say."""

    at: str | None
    believed: bool
    host: tuple[str, ...]
    profile: Profile
    form: str  # text, json or csv
    color: str
    quiet: bool
    iso: bool
    engine: str = "auto"
    verbose: bool = False
    max_flows: int | None = None
    log_memory: int = 0


def size_of(_: click.Context, __: click.Parameter, text: str | None) -> int:
    """Bytes of `512M` or `2G`; 0: not given. Raises click.BadParameter."""
    if text is None:
        return 0
    number = text.upper().removesuffix("B").removesuffix("I")
    unit = UNITS.get(number[-1:], 0)
    digits = number[:-1] if unit else number
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 12 or int(digits) == 0:
        raise click.BadParameter(f"{text!r} is no size such as 512M or 2G")
    return int(digits) * (unit or 1)


UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def engine_option(command: F) -> F:
    """Add --engine and --verbose, of views that show a whole replay; they arrive in `common`."""
    decorators = [
        click.option(
            "--engine",
            type=click.Choice(ENGINES),
            default="auto",
            show_default=True,
            help="What replays: the compiled engine is a hundred times faster and starts in half a second; auto goes by size.",
        ),
        click.option(
            "--max-flows",
            type=click.IntRange(min=1),
            metavar="N",
            help="Hold no more connections than N: closed ones go first, then embryonic ones, then those idle for longest;"
            " they are counted on standard error. Not with --at or -c. Default: any number of a file, a million of a pipe.",
        ),
        click.option(
            "--log-memory",
            callback=size_of,
            metavar="SIZE",
            help="Memory for the compiled engine's transitions (512M, 2G); more go to a file in TMPDIR or /var/tmp."
            " Default: a quarter of this machine's.",
        ),
        click.option("--verbose", "-v", is_flag=True, help="Say which engine serves, and why."),
    ]
    return stacked(decorators, command)


def common(command: F) -> F:
    """Add the common options; they arrive as one argument, `common`."""

    def gather(
        at: str | None,
        believed: bool,
        host: tuple[str, ...],
        profile: str,
        as_json: bool,
        as_csv: bool,
        color: str,
        quiet: bool,
        iso: bool,
        engine: str = "auto",
        verbose: bool = False,
        max_flows: int | None = None,
        log_memory: int = 0,
        **others: Any,
    ) -> Any:
        if as_json and as_csv:
            raise click.UsageError("--json and --csv exclude each other")
        if iso and not (as_json or as_csv):
            raise click.UsageError("--iso goes with --json or --csv")
        form = "json" if as_json else "csv" if as_csv else "text"
        if max_flows and at is not None:
            raise click.UsageError("--max-flows and --at exclude each other: what was there may be gone")
        seat = (at, believed, host, PROFILES[profile], form, color, quiet, iso)
        told = Common(*seat, engine, verbose, max_flows, log_memory)
        return command(common=told, **others)

    gather.__name__, gather.__doc__ = command.__name__, command.__doc__
    gather.__dict__.update(command.__dict__)
    decorators = [
        click.option(
            "--at",
            metavar="MOMENT",
            help="The moment to show: RFC 3339, HH:MM:SS, epoch seconds, +SECONDS after"
            " the first packet, or #PACKET. Default: the end of the capture.",
        ),
        click.option(
            "--believed",
            is_flag=True,
            help="What was known at that moment, instead of the best account of it, which later packets have corrected.",
        ),
        click.option(
            "--as",
            "host",
            metavar="HOST|NET|all",
            multiple=True,
            help="Whose sockets (repeatable). Default: the host that captured, if the capture tells, else all.",
        ),
        click.option(
            "--profile",
            type=click.Choice(list(PROFILES)),
            default="linux",
            show_default=True,
            help="Whose timers (TIME_WAIT and others).",
        ),
        click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
        click.option("--csv", "as_csv", is_flag=True, help="CSV with a heading."),
        click.option("--iso", is_flag=True, help="With --json or --csv: RFC 3339 text beside the ns."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
        click.option("--quiet", "-q", is_flag=True, help="Nothing on standard error but errors."),
    ]
    return stacked(decorators, cast("F", gather))


def which_rows(command: F) -> F:
    """Add the flags that netstat and ss share: -a -l -n -t -4 -6."""
    decorators = [
        click.option("-a", "--all", "everything", is_flag=True, help="Listening sockets and all states, too."),
        click.option("-l", "--listening", is_flag=True, help="Only listening sockets: those seen accepting."),
        numeric_option,
        click.option("-t", "--tcp", is_flag=True, expose_value=False, help="TCP; there is nothing else."),
        click.option(
            "-u", "--udp", is_flag=True, expose_value=False, help="Accepted (-tulpn); there is nothing but TCP."
        ),
        *ip_versions,
    ]
    return stacked(decorators, command)


def stacked(decorators: Sequence[Callable[[F], F]], command: F) -> F:
    """Apply click's decorators so that --help lists them in this order."""
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def moment_of(at: str | None, every: int | None) -> Moment | None:
    """What --at asks for, None: nothing. every: the step of -c, None without it. Raises click.UsageError."""
    try:
        moment = parse_moment(at, None) if at is not None else None
    except ValueError as error:
        raise click.UsageError(f"--at: {error}") from error
    if every is not None and isinstance(moment, AfterPacket):
        raise click.UsageError("-c steps through time: give --at a time")
    return moment


def interval_of(text: str | None) -> int:
    """The step of -c in ns, one second by default."""
    try:
        every = parse_duration(text) if text is not None else 1_000_000_000
    except ValueError as error:
        raise click.UsageError(f"--interval: {error}") from error
    if every <= 0:
        raise click.UsageError("--interval must be longer than nothing")
    return every


def families(four: bool, six: bool) -> tuple[int, ...]:
    """The IP versions that -4 and -6 ask for; both when neither does."""
    return tuple(version for version, asked in ((4, four), (6, six)) if asked) or (4, 6)


def terminal_width() -> int | None:
    """Characters of the terminal on standard output; None in a pipe or a file."""
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415 - only a terminal pays for it

    return shutil.get_terminal_size().columns
