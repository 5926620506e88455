"""``echo-harness report``: other outputs from a saved run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from harness.host.streams import OutputError, silence

if TYPE_CHECKING:
    from harness.report import ReportSpec
    from harness.report.comparison import Comparison
    from harness.values.report import Report


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
    from harness.report.json import load_any

    specs = parse_specs(outputs)
    saved = load_any(run)
    written = [_write(spec, saved) for spec in specs]
    if not specs:
        written = [_done("the terminal output", lambda: _show(saved, verbose, color))]
    if not all(written):
        sys.exit(1)


def _write(spec: ReportSpec, saved: Report | Comparison) -> bool:
    """Write one report.  Returns whether that worked; a failure is reported."""
    from harness.report.files import write

    return _done(f"the report {spec}", lambda: write(spec, saved))


def _show(saved: Report | Comparison, verbose: int, color: bool | None) -> None:
    """Show a run as it was on the terminal.  Of many targets show the grid, and with ``verbose``
    each target's report before it."""
    from harness.report.comparison import Comparison
    from harness.report.grid import show
    from harness.report.terminal import TerminalReporter
    from harness.text.clean import one_line, shown

    many = saved.named() if isinstance(saved, Comparison) else {}
    for name, report in many.items() if verbose else ():
        click.echo(shown(f"\n== {one_line(name)}"))
        _show(report, verbose - 1, color)
    if isinstance(saved, Comparison):
        show(many, sys.stdout, color=color)
    else:
        TerminalReporter(sys.stdout, verbose=verbose, color=color).show(saved)


def _done(what: str, act: Callable[[], None]) -> bool:
    from harness.report.sink import reason, tell

    try:
        act()
    except OutputError as error:
        silence(sys.stdout)
        if error.gone:  # the reader has enough
            return True
        tell(f"echo-harness: {what} is given up: {reason(error)}")
        return False
    except OSError as error:
        tell(f"echo-harness: {what} is given up: {reason(error)}")
        return False
    return True
