"""The command line.  Each command lives in a module of its own; what is heavy is imported late."""

from __future__ import annotations

import io
import sys
import textwrap

import click

from harness import streams
from harness.cli.check import check
from harness.cli.compare import compare
from harness.cli.config import config
from harness.cli.contract import explain, list_checks
from harness.cli.fuzz import fuzz, replay
from harness.cli.reports import report
from harness.cli.topics import EXIT_CODES, completion, help_topic, versions
from harness.errors import EchoHarnessError
from harness.streams import OutputError

EPILOG = "\b\nExit codes:\n" + textwrap.indent(EXIT_CODES, "  ")


def _print_versions(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(versions())
        context.exit()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.option(
    "-V",
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_versions,
    help="Show the versions that matter in a bug report.",
)
def cli() -> None:
    """Judge whether a TCP echo server keeps the echo contract, and if not, say why.

    \b
    echo-harness check -- python server.py     your server: launched, found, judged
    echo-harness check                         the reference server
    echo-harness explain chunking/prompt       what a check wants
    """


COMMANDS = (
    check,
    fuzz,
    replay,
    compare,
    list_checks,
    explain,
    report,
    config,
    help_topic,
    completion,
)
for command in COMMANDS:
    cli.add_command(command)


UNWRITTEN = 2
"""Exit status of a command that prints, and cannot: a full disk, a closed descriptor."""


def main() -> None:
    """Run the command line; errors are one clear line and the documented exit code."""
    try:
        cli.main(prog_name="echo-harness", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        _tell(text.getvalue().rstrip("\n"))
        sys.exit(2)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except EchoHarnessError as error:
        _tell(f"echo-harness: {error}")
        sys.exit(error.exit_code)
    except OutputError as error:
        streams.silence(sys.stdout)
        if error.gone:  # it has read what it wanted, as in "| head -1"
            sys.exit(0)
        _tell(f"echo-harness: standard output cannot be written to: {error.strerror}.")
        sys.exit(UNWRITTEN)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(text: str) -> None:
    from harness.report.sink import tell

    tell(text)
