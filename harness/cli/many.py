"""Judging many targets, one after another or by workers, and their reports and exit code."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from harness.cli.running import Output, judge
from harness.cli.running import require as require_places
from harness.cli.spread import Run, Runs, Spread
from harness.errors import EchoHarnessError
from harness.host.interruption import interruption
from harness.host.streams import silence
from harness.report import ReportSpec, parse_specs
from harness.report.comparison import Comparison, compared, cut_short
from harness.report.files import require, write
from harness.report.grid import MOST_SIDE_BY_SIDE, show
from harness.report.sink import reason, tell
from harness.running.engine import require as require_settings
from harness.running.record import INTERRUPTED
from harness.settings.run import Settings
from harness.text.clean import one_line, shown

if TYPE_CHECKING:
    from harness.values.report import Report


class Many(NamedTuple):
    """How several targets are judged and shown."""

    again: str
    """The command line that does it again."""
    spread: Spread = Spread()
    overview: bool = True
    """Show the grid of all checks instead of each target's own report."""
    course: bool = False
    """They are submissions: a line for each, with its likely bugs."""


class Sheet:
    """What has been found out so far, and where it is to be written."""

    def __init__(self, names: Iterable[str], output: Output, many: Many) -> None:
        self.names = tuple(names)
        self.output = output
        self.many = many
        self.found: dict[str, Report] = {}
        self._own = [text for text in output.reports if "{target}" in text]
        parse_specs(self._own)
        of_all = parse_specs(text for text in output.reports if text not in self._own)
        self.stream = sys.stderr if any(spec.to_stdout for spec in of_all) else sys.stdout
        self._of_all = of_all
        require((*of_all, *self._each()))

    def _each(self) -> Iterator[ReportSpec]:
        """The reports of one target alone, of all targets."""
        for name in self.names:
            yield from parse_specs(self.own_reports(name).reports)

    def own_reports(self, name: str) -> Output:
        """What is to be written of one target alone."""
        own = tuple(text.replace("{target}", name) for text in self._own)
        return self.output._replace(reports=own)

    def announce(self, name: str) -> None:
        """Print the name of the next target: where its own report follows, if that does."""
        if self.output.quiet:
            return
        if self.many.overview:
            tell(f"{one_line(name)} ...")
            return
        with contextlib.suppress(OSError):  # the report will fail in the same way
            click.echo(shown(f"\n== {one_line(name)}"), self.stream)

    def came(self, name: str, report: Report) -> None:
        """A report that a worker has made: write what is about this target alone."""
        self.found[name] = report
        specs = parse_specs(self.own_reports(name).reports)
        _write(specs, report)
        if not self.many.overview:
            self.announce(name)
            self._print(report)
        elif not self.output.quiet:
            done = f"{len(self.found)}/{len(self.names)}"
            tell(f"{done}  {one_line(name)}: {report.verdict.value}, {report.duration_s:.1f} s")

    def _print(self, report: Report) -> None:
        from harness.report.terminal import TerminalReporter

        output = self.output
        with contextlib.suppress(OSError):  # what is printed last will fail too
            TerminalReporter(
                self.stream, quiet=output.quiet, verbose=output.verbose, color=output.color
            ).show(report)

    def close(self, *, interrupted: bool, problem: EchoHarnessError | None = None) -> int:
        """Show all, write the reports of all; the exit code."""
        found = {name: self.found[name] for name in self.names if name in self.found}
        if problem is not None:
            tell(f"echo-harness: {problem}")
        if not found:
            tell("interrupted before any target was judged" if problem is None else "nothing ran")
            return problem.exit_code if problem is not None else INTERRUPTED
        self._show(found)
        left = tuple(name for name in self.names if name not in found)
        if left:
            tell(unjudged(left, len(self.names)))
        comparison = compared(found, command=self.many.again, not_run=left)
        if problem is not None:
            comparison = cut_short(comparison, problem.exit_code)
        elif interrupted:
            comparison = cut_short(comparison, INTERRUPTED)
        _write(self._of_all, comparison)
        return comparison.exit_code

    def _show(self, found: Mapping[str, Report]) -> None:
        """Print the grid.  A failure to print is reported, and does not change the exit code."""
        many = self.many
        fits = not many.course or len(found) <= MOST_SIDE_BY_SIDE
        try:
            show(
                found,
                self.stream,
                color=self.output.color,
                overview=many.overview and fits,
                causes=many.course,
            )
        except OSError as error:
            silence(self.stream)
            tell(f"echo-harness: the terminal output is given up: {reason(error)}")


FEW_NAMES = 12
"""Names in a line that somebody reads to its end; all are in the reports."""


def unjudged(left: Sequence[str], count: int) -> str:
    """That ``left`` of ``count`` targets have no verdict: the table has no line for them."""
    shown_names = [one_line(name) for name in left[:FEW_NAMES]]
    more = [f"and {len(left) - FEW_NAMES} more"] if len(left) > FEW_NAMES else []
    return f"not judged: {len(left)} of {count:,} targets ({', '.join(shown_names + more)})"


def judge_all(runs: Runs | Mapping[str, Settings], output: Output, many: Many) -> int:
    """Judge the targets, then show the grid; the worst exit code.

    A report with ``{target}`` in its file name is written for each target, any other one for all.
    """
    whole = {n: Run(run) if isinstance(run, Settings) else run for n, run in runs.items()}
    for each in whole.values():
        require_settings(each.settings)
    require_places(Output(), *(each.settings for each in whole.values()))
    sheet = Sheet(whole, output, many)
    if many.spread.wanted:
        return _by_workers(whole, sheet)
    for name, run in whole.items():
        sheet.announce(name)
        own = sheet.own_reports(name)
        report = judge(run.settings, own, silent=many.overview, stream=sheet.stream)
        sheet.found[name] = report
        if report.interrupted:
            break
    return sheet.close(interrupted=any(report.interrupted for report in sheet.found.values()))


def _by_workers(runs: Runs, sheet: Sheet) -> int:
    """The same with the targets side by side, each in a process or on a machine of its own."""
    from harness.spreading import judging

    sheet.many.spread.must_fit({name: run.settings for name, run in runs.items()})
    tasks, problem = {}, None
    place = judging.place()
    for name, run in runs.items():
        if run.unknown:
            sheet.came(name, judging.unknown(run.settings, run.shown, run.unknown))
        else:
            tasks[name] = judging.task(run.settings, place, run.build, run.shown)
    with contextlib.closing(sheet.many.spread.crew(fresh=True)) as crew:
        work = judging.Many(crew, sheet.came, interruption.asked)
        try:
            work.judge(tasks)
        except KeyboardInterrupt:
            work.interrupted = True
        except EchoHarnessError as error:
            problem = error
    return sheet.close(interrupted=work.interrupted, problem=problem)


def _write(specs: Iterable[ReportSpec], report: Report | Comparison) -> None:
    """Write the reports.  A failure is told, and takes nothing else with it."""
    for spec in specs:
        try:
            write(spec, report)
        except Exception as error:
            tell(f"echo-harness: the report {spec} is given up: {reason(error)}")
