"""Running the engine with reporters listening, from the first event to the exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from harness.engine import run
from harness.errors import HarnessFault
from harness.events import Event, RunFinished
from harness.interruption import interruption
from harness.report import parse_specs
from harness.report.files import FileReporter
from harness.report.sink import Dispatcher, Reporter
from harness.report.terminal import TerminalReporter

if TYPE_CHECKING:
    from harness.report.model import Report
    from harness.settings import Settings


class Output(NamedTuple):
    """What is to be printed and written."""

    reports: tuple[str, ...] = ()
    quiet: bool = False
    verbose: int = 0
    color: bool | None = None


def run_and_report(settings: Settings, output: Output) -> int:
    """Run, report, and return the exit code.  Raises UsageProblem before anything is launched."""
    return judge(settings, output).exit_code


def judge(settings: Settings, output: Output, *, silent: bool = False) -> Report:
    """Run with reporters listening.  Raises UsageProblem before anything is launched."""
    parse_specs(output.reports)
    return report_events(run(settings, interruption.asked), output, silent=silent)


def report_events(events: Iterator[Event], output: Output, *, silent: bool = False) -> Report:
    """Hand ``events`` to the reporters; ``silent``: none of them is the terminal."""
    specs = parse_specs(output.reports)
    _collect_less_garbage()
    reporters: list[Reporter] = [FileReporter(spec) for spec in specs]
    if not silent:
        to_stdout = any(spec.to_stdout for spec in specs)
        stream = sys.stderr if to_stdout else sys.stdout
        reporters.insert(0, _terminal(stream, output))
    return consume(events, Dispatcher(reporters))


def _collect_less_garbage() -> None:
    """What was imported stays, and a run makes few cycles: do not look through it all again."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _terminal(stream: TextIO, output: Output) -> TerminalReporter:
    return TerminalReporter(stream, quiet=output.quiet, verbose=output.verbose, color=output.color)


def consume(events: Iterator[Event], dispatcher: Dispatcher) -> Report:
    """Hand all events to the reporters; the report at their end."""
    report: Report | None = None
    try:
        for event in events:
            dispatcher.handle(event)
            if isinstance(event, RunFinished):
                report = event.report
    finally:
        dispatcher.close()
    if report is None:
        raise HarnessFault("the run ended without a report")
    return report
