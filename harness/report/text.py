"""A report as plain text, for where it is part of something else: a test's failure."""

from __future__ import annotations

import io

from harness.report.terminal import TerminalReporter
from harness.values.report import Report

WIDTH = 100


def render(report: Report, *, width: int = WIDTH, verbose: int = 0) -> str:
    """The failures and the headline of ``report``, without colours."""
    stream = io.StringIO()
    TerminalReporter(stream, quiet=True, verbose=verbose, color=False, width=width).show(report)
    return stream.getvalue()
