"""Running the engine with reporters listening, from the first event to the exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from harness.errors import HarnessFault
from harness.host.interruption import interruption
from harness.report import ReportSpec, parse_specs
from harness.report.sink import Dispatcher, Reporter
from harness.running.engine import run
from harness.values.events import Event, RunFinished

if TYPE_CHECKING:
    from harness.report.terminal import TerminalReporter
    from harness.settings.run import Settings
    from harness.values.report import Report


class Output(NamedTuple):
    """What is to be printed and written."""

    reports: tuple[str, ...] = ()
    quiet: bool = False
    verbose: int = 0
    color: bool | None = None


def run_and_report(settings: Settings, output: Output) -> int:
    """Run, report, and return the exit code.  Raises UsageProblem before anything is launched."""
    require(output, settings)
    return judge(settings, output).exit_code


def require(output: Output, *runs: Settings) -> None:
    """Raise UsageProblem for a report that makes no sense, and for places that the user has named
    and that could not be written to: the files of reports, and where ``runs`` keep their cases."""
    if specs := parse_specs(output.reports):
        from harness.report.files import require as writable

        writable(specs)
    for settings in runs:
        if settings.corpus is not None:
            from harness.fuzzer.corpus import require as keeps  # else it is imported later

            keeps(settings.target, settings.label, Path(settings.corpus))


def judge(
    settings: Settings, output: Output, *, silent: bool = False, stream: TextIO | None = None
) -> Report:
    """Run with reporters listening.  Raises UsageProblem before anything is launched."""
    parse_specs(output.reports)
    return report_events(run(settings, interruption.asked), output, silent=silent, stream=stream)


def report_events(
    events: Iterator[Event],
    output: Output,
    *,
    silent: bool = False,
    stream: TextIO | None = None,
) -> Report:
    """Hand ``events`` to the reporters; ``silent``: none of them is the terminal.

    ``stream``: where the terminal output goes; None: to stdout, unless a report goes there.
    """
    specs = parse_specs(output.reports)
    first = next(events, None)  # the target starts while what it is shown with is imported
    dispatcher = Dispatcher(_reporters(specs, output, silent=silent, stream=stream))
    _collect_less_garbage()
    return consume(first, events, dispatcher)


def _reporters(
    specs: Sequence[ReportSpec], output: Output, *, silent: bool, stream: TextIO | None
) -> list[Reporter]:
    reporters: list[Reporter] = []
    if specs:
        from harness.report.files import FileReporter

        reporters += [FileReporter(spec) for spec in specs]
    if not silent:
        to_stdout = any(spec.to_stdout for spec in specs)
        usual = sys.stderr if to_stdout else sys.stdout
        # The terminal is last: its reader may stop reading, and nothing else may wait for that.
        reporters.append(_terminal(stream or usual, output))
    return reporters


def _collect_less_garbage() -> None:
    """Let the garbage collector look less often: modules stay, and a run makes few cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _terminal(stream: TextIO, output: Output) -> TerminalReporter:
    from harness.report.terminal import TerminalReporter

    return TerminalReporter(stream, quiet=output.quiet, verbose=output.verbose, color=output.color)


def consume(first: Event | None, events: Iterator[Event], dispatcher: Dispatcher) -> Report:
    """Hand ``first`` and all events after it to the reporters; returns the report at their end."""
    report: Report | None = None
    event = first
    try:
        while event is not None:
            if isinstance(event, RunFinished):
                report = event.report
            event = _after(event, events, dispatcher)
    finally:
        dispatcher.close()
    if report is None:
        raise HarnessFault("the run ended without a report")
    return report


def _after(event: Event, events: Iterator[Event], dispatcher: Dispatcher) -> Event | None:
    """Hand ``event`` to the reporters; the next one, None at the end.

    An interruption inside a reporter (a terminal that nobody reads from) interrupts the run: the
    run stops what it has launched, and its report follows.
    """
    try:
        dispatcher.handle(event)
    except KeyboardInterrupt:
        if isinstance(event, RunFinished):
            return None  # the verdict is known
        if isinstance(events, Generator):
            interrupted: Event = events.throw(KeyboardInterrupt)
            return interrupted
        raise
    return next(events, None)
