"""The group: version, help, completion, unknown words."""

import subprocess
import sys
from pathlib import Path

import pytest

from tracker.cli.main import COMMANDS
from tracker.version import __version__

from .run import ENVIRONMENT, PCAPS, ROOT, program, run


def test_version() -> None:
    assert run("--version").out == f"tracker, version {__version__}\n"
    assert program("--version").out == f"tracker, version {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(flag: str) -> None:
    result = run(flag)
    assert result.code == 0
    for name, text in COMMANDS.items():
        assert f"  {name} " in result.out
        assert text in result.out
    assert "Exit codes: 0 done; 2 wrong command line; 3 a capture could not be read;" in result.out


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_of_a_command(command: str) -> None:
    result = run(command, "--help")
    assert result.code == 0
    assert result.out.startswith(f"Usage: tracker {command} [OPTIONS] CAPTURE...")
    for option in (
        "--at MOMENT",
        "--as HOST|NET|all",
        "--profile [linux|rfc9293|windows|bsd]",
        "--json",
        "--csv",
        "--iso",
    ):
        assert option in result.out
    assert f"tracker {command} " in result.out, "an example"
    assert run(command, "-h").out == result.out


def test_nothing_asked() -> None:
    result = run()
    assert result.code == 2
    assert "Usage: tracker [OPTIONS] COMMAND" in result.err
    for command in COMMANDS:
        result = run(command)
        assert result.code == 2
        assert "Missing argument" in result.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nestat", "x.pcap"], "No such command 'nestat'. Did you mean 'netstat'?\n"),
        (["flow", "x.pcap"], "No such command 'flow'. Did you mean 'flows'?\n"),
        (["x.pcap"], "No such command 'x.pcap'.\n"),
        (["netstat", "--wdie", "x.pcap"], "No such option"),
        (["flows", "-a", "x.pcap"], "No such option"),
        (["netstat", "--at"], "requires an argument"),
        (["netstat", "--profile", "vms", "x.pcap"], "'vms' is not one of"),
    ],
)
def test_wrong_command_lines(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert sentence in result.err
    assert result.out == ""


def test_python_m_tracker_is_the_command() -> None:
    script = Path(sys.executable).parent / "tracker"
    if not script.exists():
        pytest.skip("tracker is not installed as a command beside this interpreter")
    arguments = ["netstat", "-tan", str(PCAPS / "reset.pcap")]
    ran = subprocess.run([script, *arguments], capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, check=True)
    assert ran.stdout == program(*arguments).out


@pytest.mark.parametrize(("shell", "text"), [("bash", "complete -o nosort"), ("zsh", "compdef"), ("fish", "complete ")])
def test_completion_scripts(shell: str, text: str) -> None:
    script = Path(sys.executable).parent / "tracker"
    if not script.exists():
        pytest.skip("tracker is not installed as a command beside this interpreter")
    ran = subprocess.run(
        [script],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"_TRACKER_COMPLETE": f"{shell}_source"},
        check=False,
    )
    if "not supported" in ran.stderr or "Couldn't detect" in ran.stderr:
        pytest.skip(ran.stderr)
    assert ran.returncode == 0
    assert text in ran.stdout


def test_completion_of_commands_and_options() -> None:
    script = Path(sys.executable).parent / "tracker"
    if not script.exists():
        pytest.skip("tracker is not installed as a command beside this interpreter")

    def completed(words: str, position: int) -> str:
        asked = {"_TRACKER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position)}
        ran = subprocess.run([script], capture_output=True, text=True, env=ENVIRONMENT | asked, check=True)
        return ran.stdout

    assert completed("tracker ", 1).split() == [f"plain,{command}" for command in COMMANDS]
    assert "plain,--profile" in completed("tracker netstat --p", 2)
    assert completed("tracker ss --profile w", 3) == "plain,windows\n"
