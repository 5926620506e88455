"""``echo-harness compare`` and ``check --all``: many targets, one grid."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from harness.cli.choosing import RunCommand
from harness.cli.options import choice_options, given, output_options
from harness.errors import UsageProblem
from harness.host.streams import silence

if TYPE_CHECKING:
    from harness.cli.running import Output
    from harness.report import ReportSpec
    from harness.settings.config import Config
    from harness.settings.run import Settings
    from harness.values.report import Report


@click.command(cls=RunCommand)
@choice_options
@output_options
@click.argument("file", type=click.Path(dir_okay=False), metavar="FILE.toml")
@click.pass_context
def compare(context: click.Context, /, file: str, **options: Any) -> None:
    """Judge each target of FILE.toml, and show them side by side: checks by targets.

    The file is like echo-harness.toml: a table [targets.NAME] with a command for each. The exit
    code is the worst of all. A report covers all targets; with {target} in its file name there is
    one for each target.
    """
    from harness.cli.running import Output
    from harness.settings.config import load

    path = Path(file)
    config = load(path)
    if config is None or not config.targets:
        raise UsageProblem(f"{path} names no targets.", "Write a table [targets.NAME] for each.")
    output = Output(**{name: options[name] for name in Output._fields})
    said = given(context)
    again = repeated("compare", file, options=said)
    sys.exit(judge_all(config, said, output, again=again, overview=True))


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


def judge_all(
    config: Config, options: Mapping[str, Any], output: Output, *, again: str, overview: bool
) -> int:
    """Judge one target after another, then show the grid; the worst exit code.

    A report with ``{target}`` in its file name is written for each target, any other one for all.
    ``again``: the command line.  ``overview``: the grid of all checks instead of each target's own
    report.
    """
    from harness.cli.running import judge
    from harness.report import parse_specs
    from harness.report.comparison import compared
    from harness.report.files import prepare, write

    runs = _runs(config, options)
    own = [text for text in output.reports if "{target}" in text]
    of_all = parse_specs(text for text in output.reports if text not in own)
    parse_specs(own)
    stream = sys.stderr if any(spec.to_stdout for spec in of_all) else sys.stdout
    of_all = _those_that_work(of_all, prepare)
    found: dict[str, Report] = {}
    for name, run in runs.items():
        mine = output._replace(reports=tuple(text.replace("{target}", name) for text in own))
        if not output.quiet:
            _announce(name, stream, overview=overview)
        found[name] = judge(run, mine, silent=overview, stream=stream)
        if found[name].interrupted:
            break
    _show(found, stream, output, overview=overview)
    comparison = compared(found, command=again, not_run=tuple(n for n in runs if n not in found))
    _those_that_work(of_all, lambda spec: write(spec, comparison))
    return comparison.exit_code


def _announce(name: str, stream: TextIO, *, overview: bool) -> None:
    """Print the name of the next target: on ``stream`` if its own report follows there."""
    from harness.report.sink import tell
    from harness.text.clean import one_line, shown

    if overview:
        tell(f"{one_line(name)} ...")
        return
    with contextlib.suppress(OSError):  # the report will fail in the same way
        click.echo(shown(f"\n== {one_line(name)}"), stream)


def _show(found: Mapping[str, Report], stream: TextIO, output: Output, *, overview: bool) -> None:
    """Print the grid.  A failure to print is reported, and does not change the exit code."""
    from harness.report.grid import show
    from harness.report.sink import reason, tell

    try:
        show(found, stream, color=output.color, overview=overview)
    except OSError as error:
        silence(stream)
        tell(f"echo-harness: the terminal output is given up: {reason(error)}")


def _runs(config: Config, options: Mapping[str, Any]) -> dict[str, Settings]:
    """A run for each target.  The commands that repeat a check name the target only where
    ``check`` would find it."""
    import msgspec

    from harness.settings.choices import arguments
    from harness.settings.config import find

    runs = {name: config.run(name, options) for name in config.targets}
    usual = find()
    if usual is not None and usual.path.resolve() == config.path.resolve():
        return runs
    return {
        name: msgspec.structs.replace(run, repeat_with=arguments(run)) for name, run in runs.items()
    }


def _those_that_work(
    specs: Iterable[ReportSpec], action: Callable[[ReportSpec], None]
) -> tuple[ReportSpec, ...]:
    """The reports for which ``action`` works.  A failure is reported, and the run goes on."""
    from harness.report.sink import reason, tell

    working = []
    for spec in specs:
        try:
            action(spec)
        except Exception as error:
            tell(f"echo-harness: the report {spec} is given up: {reason(error)}")
        else:
            working.append(spec)
    return tuple(working)
