"""``echo-harness check``: the whole contract and a short fuzz run."""

from __future__ import annotations

import sys
from typing import Any

import click

from harness.cli.choosing import TargetCommand, reference_option, run_of
from harness.cli.complete import targets
from harness.cli.options import (
    choice_options,
    given,
    output_options,
    refuse_spread,
    spread_options,
    target_options,
)


@click.command(cls=TargetCommand)
@target_options
@reference_option
@choice_options
@spread_options
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
    from harness.launcher import nurseries

    with nurseries.prepared():  # while the rest is imported
        from harness.cli.running import Output, run_and_report

        output = Output(**{name: options[name] for name in Output._fields})
        if everyone:
            from harness.cli.compare import configured, repeated, runs_of
            from harness.cli.many import Many, judge_all
            from harness.cli.spread import chosen

            said = given(context)
            again = repeated("check", "--all", options=said)
            many = Many(again, spread=chosen(options), overview=False)
            code = judge_all(runs_of(configured(command), said), output, many)
        else:
            refuse_spread(context)
            code = run_and_report(run_of(context, command), output)
    sys.exit(code)
