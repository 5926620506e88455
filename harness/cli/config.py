"""``echo-harness config``: the settings in force and where each comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.complete import targets
from harness.cli.grouped import GroupedCommand
from harness.cli.options import choice_options, given, target_options

if TYPE_CHECKING:
    from harness.settings.config import Config, Sourced


@click.command(cls=GroupedCommand)
@target_options
@choice_options
@click.option("--strict", is_flag=True, help="A failed 'should' counts too.")
@click.option("--file", "path", type=click.Path(dir_okay=False), help="Read this file.")
@click.argument("name", required=False, shell_complete=targets)
@click.pass_context
def config(context: click.Context, /, name: str | None, path: str | None, **_: Any) -> None:
    """Show the settings in force for the target NAME, and where each comes from.

    Without NAME: the settings for a command that is no configured target, and the targets' names.
    Options are those of check: they show what the command line would change.
    """
    from harness.settings.config import defaults, find, load

    found = load(Path(path)) if path else find()
    options = given(context)
    if found is None:
        click.echo("no echo-harness.toml, and no [tool.echo-harness], here or above\n")
        merged = {**defaults(), **_said(options)}
    else:
        merged = found.merged(name, options)
        if name is not None:
            found.run(name, options)  # raises what a run would raise
        _say(_heading(found, name))
    _show(merged, with_target=name is not None)


def _said(options: dict[str, Any]) -> dict[str, Sourced]:
    from harness.settings.config import Sourced

    return {key: Sourced(value, "command line") for key, value in options.items()}


def _heading(found: Config, name: str | None) -> str:
    from harness.text.clean import one_line

    names = ", ".join(found.targets) or "none"
    what = f"target {name}" if name else f"targets: {names}"
    return f"{one_line(str(found.path))}\n{one_line(what)}\n"


def _show(merged: dict[str, Sourced], *, with_target: bool) -> None:
    from harness.settings.config import ONE_TARGET
    from harness.text.clean import one_line

    rows = [
        (key, _shown(value), one_line(source))
        for key, (value, source) in merged.items()
        if with_target or key not in ONE_TARGET
    ]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    for key, value, source in rows:
        _say(f"{key:{widths[0]}}  {value:{min(widths[1], 40)}}  {source}")


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "-"
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)  # with escapes for control characters


def _say(text: str) -> None:
    from harness.text.clean import shown

    click.echo(shown(text))
