"""The report as a badge: the JSON that https://shields.io/badges/endpoint-badge asks for."""

from __future__ import annotations

import msgspec

from harness.report import words
from harness.report.comparison import Comparison, title
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Verdict

COLORS = {
    Verdict.CONFORMING: "brightgreen",
    Verdict.NONCONFORMING: "red",
    Verdict.UNTESTABLE: "lightgrey",
    Verdict.UNDECIDED: "yellow",
}


def render(report: Report) -> str:
    """Label, message and color."""
    color = "yellow" if report.interrupted else COLORS[report.verdict]
    return _badge(_message(report), color, error=report.verdict is Verdict.UNTESTABLE)


def render_all(comparison: Comparison) -> str:
    """How many of the targets conform."""
    verdicts = set(comparison.verdicts.values())
    color = "yellow" if comparison.not_run else COLORS[Verdict.CONFORMING]
    for verdict in (Verdict.UNDECIDED, Verdict.UNTESTABLE, Verdict.NONCONFORMING):  # the worst last
        color = COLORS[verdict] if verdict in verdicts else color
    return _badge(title(comparison), color, error=verdicts == {Verdict.UNTESTABLE})


def _badge(message: str, color: str, *, error: bool) -> str:
    data = {
        "schemaVersion": 1,
        "label": "echo contract",
        "message": message,
        "color": color,
        "isError": error,
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def _message(report: Report) -> str:
    if report.interrupted:
        return "interrupted"
    counts = words.tally(report.checks, strict=report.strict)
    passed, failed = counts.get(Standing.PASSED, 0), counts.get(Standing.FAILED, 0)
    match report.verdict:
        case Verdict.CONFORMING:
            return f"{passed} passed"
        case Verdict.NONCONFORMING:
            return f"{failed} of {failed + passed} failed"
    return report.verdict.value
