"""``echo-harness check``: the whole contract and a short fuzz run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import (
    LEVELS,
    output_options,
    repeat_arguments,
    run_options,
    target_options,
    target_spec,
)

if TYPE_CHECKING:
    from harness.settings import Settings


@click.command(context_settings={"ignore_unknown_options": False})
@target_options
@click.option("--only", multiple=True, metavar="PATTERN", help="Only these checks (repeatable).")
@click.option("--skip", multiple=True, metavar="PATTERN", help="Not these checks (repeatable).")
@click.option("--level", type=click.Choice(LEVELS), help="Checks of this level and above.")
@run_options
@click.option(
    "--jobs",
    type=click.IntRange(1, 16),
    default=5,
    show_default=True,
    metavar="N",
    help="Instances of the server to use side by side.",
)
@click.option("-x", "--exitfirst", is_flag=True, help="Stop at the first failure.")
@click.option(
    "--fuzz",
    type=click.IntRange(min=0),
    default=None,
    metavar="N",
    help="Sessions of the short fuzz at the end (0: none).",
)
@click.option("--corpus", metavar="DIR", help="Where failing plans are kept.")
@output_options
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def check(command: tuple[str, ...], **options: Any) -> None:
    """Judge the server that COMMAND starts (write it after --).

    Without COMMAND the reference server is checked. {host} and {port} in COMMAND are replaced;
    otherwise the port is found by watching where the server listens.

    \b
    echo-harness check -- python server.py
    echo-harness check -- socat TCP-LISTEN:{port},fork,reuseaddr EXEC:cat
    echo-harness check --connect 127.0.0.1:7007
    """
    from harness.cli.running import run_and_report

    settings = settings_of(command, options)
    sys.exit(
        run_and_report(
            settings,
            reports=options["reports"],
            quiet=options["quiet"],
            verbose=options["verbose"],
            color=options["color"],
        )
    )


def settings_of(command: tuple[str, ...], options: dict[str, Any]) -> Settings:
    """The run that the options ask for.  Raises UsageProblem."""
    from harness.settings import FUZZ_SESSIONS, Settings
    from harness.verdict import Level, Profile

    names = ("port", "host", "connect", "start_timeout", "cwd", "env", "allow_remote")
    target = {name: options[name] for name in names}
    profile = options["profile"]
    fuzz = options["fuzz"]
    return Settings(
        target=target_spec(command, **target),
        profile=None if profile == "auto" else Profile(profile),
        only=options["only"],
        skip=options["skip"],
        level=Level(options["level"]) if options["level"] else None,
        patience=options["patience"],
        rate=options["rate"],
        seed=options["seed"],
        jobs=options["jobs"],
        fail_fast=options["exitfirst"],
        strict=options["strict"],
        fuzz=FUZZ_SESSIONS if fuzz is None else fuzz,
        corpus=options["corpus"],
        repeat_with=repeat_arguments(
            command,
            **target,
            profile=profile,
            patience=options["patience"],
            rate=options["rate"],
        ),
    )
