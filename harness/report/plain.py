"""Results as plain text, for where a report is part of something else: a test's failure."""

from __future__ import annotations

import io

from harness.report.console import make_console, symbols_for
from harness.report.failure import Layout, failure
from harness.report.model import Report
from harness.report.terminal import TerminalReporter
from harness.verdict import Result

WIDTH = 100


def plain(report: Report, *, width: int = WIDTH, verbose: int = 0) -> str:
    """The failures and the headline of ``report``."""
    stream = io.StringIO()
    TerminalReporter(stream, quiet=True, verbose=verbose, color=False, width=width).show(report)
    return stream.getvalue()


def plain_result(
    result: Result, *, width: int = WIDTH, verbose: int = 0, strict: bool = False
) -> str:
    """All the evidence of one result."""
    stream = io.StringIO()
    console = make_console(stream, color=False, width=width)
    layout = Layout(width=width, symbols=symbols_for("utf-8"), strict=strict, verbose=verbose)
    for item in failure(result, layout):
        no_wrap = getattr(item, "no_wrap", None)
        overflow = getattr(item, "overflow", None)
        console.print(item, crop=False, no_wrap=no_wrap, overflow=overflow)
    return stream.getvalue().rstrip() + "\n"
