"""``echo-harness compare`` and ``check --all``: many targets, one grid."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.choosing import RunCommand
from harness.cli.options import choice_options, given, output_options, spread_options
from harness.errors import UsageProblem

if TYPE_CHECKING:
    from harness.settings.config import Config
    from harness.settings.run import Settings


@click.command(cls=RunCommand)
@choice_options
@spread_options
@output_options
@click.argument("files", type=click.Path(), nargs=-1, required=True, metavar="FILE.toml | FILE...")
@click.pass_context
def compare(context: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Judge each target of FILE.toml, or each server FILE, and show them side by side.

    FILE.toml is like echo-harness.toml: a table [targets.NAME] with a command for each. Server
    files need none: how each is run follows from its kind. A pattern in quotes is expanded here.
    The exit code is the worst of all. A report covers all targets; with {target} in its file name
    there is one for each target, and html=FOLDER/ has a page for each.

    \b
    echo-harness compare servers.toml
    echo-harness compare 'submissions/*/server.py' --report csv=grades.csv --report html=pages/
    """
    from harness.cli.many import Many, judge_all
    from harness.cli.running import Output
    from harness.cli.spread import chosen, submissions
    from harness.settings.config import load
    from harness.spreading.course import found, is_course

    output = Output(**{name: options[name] for name in Output._fields})
    said = given(context)
    again = repeated("compare", *files, options=said)
    spread = chosen(options)
    if is_course(files):
        many = Many(again, spread=spread.on_cores(), course=True)
        sys.exit(judge_all(submissions(files, said), output, many))
    path = Path(files[0])
    if os.path.isdir(path):  # unlike Path.is_dir, it takes any name
        found(files)  # raises, and says what to write
    config = load(path)
    if config is None or not config.targets:
        raise UsageProblem(f"{path} names no targets.", "Write a table [targets.NAME] for each.")
    sys.exit(judge_all(runs_of(config, said), output, Many(again, spread=spread)))


def configured(words: tuple[str, ...]) -> Config:
    """The configuration with targets.  Raises UsageProblem if there is none."""
    from harness.settings.config import OWN, PYPROJECT, find

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


def repeated(*words: str, options: Mapping[str, Any]) -> str:
    """The command line of ``words`` and the ``options`` that were given."""
    found = ["echo-harness", *words]
    for name, value in options.items():
        if isinstance(value, Mapping):
            value = [f"{key}={text}" for key, text in value.items()]
        if value is True:
            found.append("-x" if name == "fail-fast" else f"--{name}")
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            found += [f"--{name}", str(each)]
    return shlex.join(found)


def runs_of(config: Config, options: Mapping[str, Any]) -> dict[str, Settings]:
    """A run for each target.  The commands that repeat a check name the target only where
    ``check`` would find it."""
    import msgspec

    from harness.settings.config import find
    from harness.settings.making import arguments

    runs = {name: config.run(name, options) for name in config.targets}
    usual = find()
    if usual is not None and usual.path.resolve() == config.path.resolve():
        return runs
    return {
        name: msgspec.structs.replace(run, repeat_with=arguments(run)) for name, run in runs.items()
    }
