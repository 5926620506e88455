"""The command line.  Each command lives in a module of its own; what is heavy is imported late."""

from __future__ import annotations

import io
import sys
import textwrap

import click

from harness.cli.check import check
from harness.cli.choosing import RunCommand
from harness.cli.compare import compare
from harness.cli.config import config
from harness.cli.contract import explain, list_checks
from harness.cli.fuzz import fuzz, replay
from harness.cli.reports import report
from harness.cli.topics import EXIT_CODES, completion, help_topic, versions
from harness.errors import EchoHarnessError
from harness.host import streams
from harness.host.interruption import interruption
from harness.host.streams import OutputError

EPILOG = "\b\nExit codes:\n" + textwrap.indent(EXIT_CODES, "  ")


def _print_versions(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(versions())
        context.exit()


class Commands(click.Group):
    """The group of commands.  For a command that looks like a server it suggests ``check --``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if as_server := _as_server(args):
                text = f"{error.message} To judge a server: echo-harness check -- {as_server}"
                raise click.UsageError(text, ctx) from error
            raise


def _as_server(words: list[str]) -> str:
    """``words`` as a command that may start a server; empty when they are something else."""
    import shlex
    import shutil
    from pathlib import Path

    if words[0].startswith("-"):
        return ""
    if Path(words[0]).is_file():
        from harness.launcher.shell import runnable

        return " ".join([runnable(words[0]), *map(shlex.quote, words[1:])])
    return shlex.join(words) if shutil.which(words[0]) else ""


@click.group(
    cls=Commands,
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
@click.pass_context
def cli(context: click.Context) -> None:
    """Judge whether a TCP echo server keeps the echo contract, and if not, say why.

    \b
    echo-harness check -- python server.py     your server: launched, found, judged
    echo-harness check                         the reference server
    echo-harness explain chunking/prompt       what a check wants
    """
    command = cli.get_command(context, context.invoked_subcommand or "")
    if not isinstance(command, RunCommand):
        interruption.obey_at_once()  # a run asks for signals itself, and reports what it has


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
"""Exit status of a command that cannot print: the disk is full, the descriptor is closed."""


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
        if error.gone:  # the reader has enough, as in "| head -1"
            sys.exit(0)
        _tell(f"echo-harness: standard output cannot be written to: {error.strerror}.")
        sys.exit(UNWRITTEN)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(text: str) -> None:
    from harness.report.sink import tell

    tell(text)
