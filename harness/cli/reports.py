"""``echo-harness report``: other outputs from a saved run."""

from __future__ import annotations

import sys

import click


@click.command()
@click.option("-v", "--verbose", count=True, help="Every check on a line; details.")
@click.option("--color/--no-color", default=None, help="Colours, or none.")
@click.argument("run", metavar="RUN.json", type=click.Path(dir_okay=False))
@click.argument("outputs", nargs=-1, metavar="[FORMAT=FILE...]")
def report(run: str, outputs: tuple[str, ...], verbose: int, color: bool | None) -> None:
    """Write other reports from RUN.json, which 'check --report json=RUN.json' saved.

    Without FORMAT=FILE the run is shown as it was on the terminal. The exit code is 0 whatever
    the verdict was, and 1 when a report could not be written.

    \b
    echo-harness report run.json junit=results.xml html=run.html
    """
    from harness.report import parse_specs
    from harness.report.files import write
    from harness.report.json import load
    from harness.report.terminal import TerminalReporter

    specs = parse_specs(outputs)
    saved = load(run)
    failed = False
    for spec in specs:
        try:
            write(spec, saved)
        except OSError as error:
            failed = True
            click.echo(f"echo-harness: the report {spec} is given up: {error.strerror}", err=True)
    if not specs:
        TerminalReporter(sys.stdout, verbose=verbose, color=color).show(saved)
    if failed:
        sys.exit(1)
