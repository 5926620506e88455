"""Running the engine with reporters listening, from Ctrl-C to exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.engine import run
from harness.events import Event, RunFinished
from harness.report import parse_spec
from harness.report.files import FileReporter
from harness.report.sink import Dispatcher, Reporter
from harness.report.terminal import TerminalReporter

if TYPE_CHECKING:
    from types import FrameType

    from harness.settings import Settings


def run_and_report(
    settings: Settings,
    *,
    reports: tuple[str, ...],
    quiet: bool,
    verbose: int,
    color: bool | None,
) -> int:
    """Run, report, and return the exit code.  Raises UsageProblem before anything is launched."""
    specs = [parse_spec(text) for text in reports]
    events = run(settings)
    to_stdout = any(spec.path == "-" for spec in specs)
    terminal = TerminalReporter(
        sys.stderr if to_stdout else sys.stdout, quiet=quiet, verbose=verbose, color=color
    )
    reporters: list[Reporter] = [terminal, *(FileReporter(spec) for spec in specs)]
    return consume(events, Dispatcher(reporters))


def consume(events: Iterator[Event], dispatcher: Dispatcher) -> int:
    """Hand all events to the reporters; the exit code of the report at their end."""
    code = 70
    with terminating_as_interrupt():
        try:
            for event in events:
                dispatcher.handle(event)
                if isinstance(event, RunFinished):
                    code = event.report.exit_code
        finally:
            dispatcher.close()
    return code


@contextmanager
def terminating_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: with a whole report and nothing left behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
