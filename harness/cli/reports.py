"""``echo-harness report``: other outputs from a saved run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harness.report.comparison import Comparison
    from harness.report.model import Report


@click.command()
@click.option("-v", "--verbose", count=True, help="Every check on a line; details.")
@click.option("--color/--no-color", default=None, help="Colours, or none.")
@click.argument("run", metavar="RUN.json", type=click.Path(dir_okay=False))
@click.argument("outputs", nargs=-1, metavar="[FORMAT=FILE...]")
def report(run: str, outputs: tuple[str, ...], verbose: int, color: bool | None) -> None:
    """Write other reports from RUN.json, which 'check --report json=RUN.json' saved, or 'compare'.

    Without FORMAT=FILE the run is shown as it was on the terminal. The exit code is 0 whatever
    the verdict was, and 1 when a report could not be written.

    \b
    echo-harness report run.json junit=results.xml html=run.html
    """
    from harness.report import parse_specs
    from harness.report.files import write
    from harness.report.json import load_any

    specs = parse_specs(outputs)
    saved = load_any(run)
    failed = False
    for spec in specs:
        try:
            write(spec, saved)
        except OSError as error:
            failed = True
            click.echo(f"echo-harness: the report {spec} is given up: {error.strerror}", err=True)
    if not specs:
        _show(saved, verbose, color)
    if failed:
        sys.exit(1)


def _show(saved: Report | Comparison, verbose: int, color: bool | None) -> None:
    """As it was on the terminal; of many targets the grid, with ``verbose`` each before it."""
    from harness.report.clean import one_line
    from harness.report.comparison import Comparison
    from harness.report.grid import show
    from harness.report.terminal import TerminalReporter

    many = saved.named() if isinstance(saved, Comparison) else {}
    for name, report in many.items() if verbose else ():
        click.echo(f"\n== {one_line(name)}")
        _show(report, verbose - 1, color)
    if isinstance(saved, Comparison):
        show(many, sys.stdout, color=color)
    else:
        TerminalReporter(sys.stdout, verbose=verbose, color=color).show(saved)
