"""``echo-harness compare`` and ``check --all``: many targets, one grid."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.check import choice_options
from harness.cli.choosing import RunCommand
from harness.cli.options import given, output_options
from harness.errors import UsageProblem

if TYPE_CHECKING:
    from harness.cli.running import Output
    from harness.config import Config

WORST_LAST = (0, 4, 1, 3, 2, 70, 130)
"""Exit codes from good to bad: undecided accuses nobody, and what was not tested may be worse
than what was found."""


@click.command(cls=RunCommand)
@choice_options
@output_options
@click.argument("file", type=click.Path(dir_okay=False), metavar="FILE.toml")
@click.pass_context
def compare(context: click.Context, /, file: str, **options: Any) -> None:
    """Judge each target of FILE.toml, and show them side by side: checks by targets.

    The file is like echo-harness.toml: a table [targets.NAME] with a command for each. The exit
    code is the worst of all.
    """
    from harness.cli.running import Output
    from harness.config import load

    path = Path(file)
    config = load(path)
    if config is None or not config.targets:
        raise UsageProblem(f"{path} names no targets.", "Write a table [targets.NAME] for each.")
    output = Output(**{name: options[name] for name in Output._fields})
    sys.exit(judge_all(config, given(context), output, overview=True))


def configured(words: tuple[str, ...]) -> Config:
    """The configuration with targets.  Raises UsageProblem if there is none."""
    from harness.config import OWN, PYPROJECT, find

    if words:
        raise UsageProblem("both --all and a command were given.", "Leave one of them out.")
    config = find()
    if config is None or not config.targets:
        where = f"{config.path} names no targets." if config else f"there is no {OWN} here or above"
        raise UsageProblem(
            f"--all: {where}.".replace("..", "."),
            f"Write [targets.NAME] there, or [tool.echo-harness.targets.NAME] in {PYPROJECT}.",
        )
    return config


def judge_all(config: Config, options: Mapping[str, Any], output: Output, *, overview: bool) -> int:
    """Judge one target after another, then show the grid; the worst exit code.

    ``overview``: the grid of all checks instead of each target's own report.
    """
    from harness.cli.running import judge
    from harness.report.grid import show

    runs = {name: config.run(name, options) for name in config.targets}
    for text in output.reports:
        if "{target}" not in text and len(runs) > 1:
            raise UsageProblem(
                f"--report {text}: {len(runs)} targets would write the same file.",
                "Put {target} into its name.",
            )
    found = {}
    for name, run in runs.items():
        mine = output._replace(reports=tuple(t.replace("{target}", name) for t in output.reports))
        if not output.quiet:
            click.echo(f"{name} ..." if overview else f"\n== {name}", err=overview)
        found[name] = judge(run, mine, silent=overview)
        if found[name].interrupted:
            break
    show(found, sys.stdout, color=output.color, overview=overview)
    return max((report.exit_code for report in found.values()), key=WORST_LAST.index)
