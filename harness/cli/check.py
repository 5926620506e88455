"""``echo-harness check``: the whole contract and a short fuzz run."""

from __future__ import annotations

import sys
from typing import Any

import click

from harness.cli.choosing import TargetCommand, reference_option, run_of
from harness.cli.complete import checks, targets
from harness.cli.options import LEVELS, given, output_options, run_options, target_options


def choice_options(command: Any) -> Any:
    """The options that say which checks are performed and when a run ends."""
    for option in reversed(
        (
            click.option(
                "--only",
                multiple=True,
                metavar="PATTERN",
                shell_complete=checks,
                help="Only these checks (repeatable).",
            ),
            click.option(
                "--skip",
                multiple=True,
                metavar="PATTERN",
                shell_complete=checks,
                help="Not these checks (repeatable).",
            ),
            click.option(
                "--level", type=click.Choice(LEVELS), help="Checks of this level and above."
            ),
            run_options,
            click.option(
                "--jobs",
                type=click.IntRange(1, 16),
                default=8,
                show_default=True,
                metavar="N",
                help="Instances of the server to use side by side.",
            ),
            click.option(
                "-x", "--exitfirst", is_flag=True, help="Stop at the first failure that counts."
            ),
            click.option(
                "--fuzz",
                type=click.IntRange(min=0),
                metavar="N",
                help="Sessions of the short fuzz at the end (0: none).",
            ),
            click.option(
                "--corpus",
                metavar="DIR",
                help="Where failing plans are kept, for each target apart.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command(cls=TargetCommand)
@target_options
@reference_option
@choice_options
@output_options
@click.option("--all", "everyone", is_flag=True, help="Each target of the configuration file.")
@click.argument(
    "command",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=targets,
    metavar="[NAME | COMMAND...]",
)
@click.pass_context
def check(
    context: click.Context, /, command: tuple[str, ...], everyone: bool, **options: Any
) -> None:
    """Judge the server that COMMAND starts (write it after --).

    Without COMMAND the reference server is checked. {host} and {port} in COMMAND are replaced;
    otherwise the port is found by watching where the server listens. NAME is a target of
    pyproject.toml or echo-harness.toml.

    \b
    echo-harness check -- python server.py
    echo-harness check -- socat TCP-LISTEN:{port},fork,reuseaddr EXEC:cat
    echo-harness check --connect 127.0.0.1:7007
    echo-harness check mine
    """
    from harness.target import nurseries

    with nurseries.prepared():  # while the rest is imported
        from harness.cli.running import Output, run_and_report

        output = Output(**{name: options[name] for name in Output._fields})
        if everyone:
            from harness.cli.compare import configured, judge_all, repeated

            said = given(context)
            again = repeated("check", "--all", options=said)
            code = judge_all(configured(command), said, output, again=again, overview=False)
        else:
            code = run_and_report(run_of(context, command), output)
    sys.exit(code)
