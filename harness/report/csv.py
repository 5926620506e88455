"""The report as a table of comma-separated values: a line for each target, for spreadsheets.

A spreadsheet takes a cell that begins with =, +, - or @ for a formula, and obeys it.  Such a text
from outside gets an apostrophe in front, the spreadsheets' own mark for "this is text".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from harness.report import words
from harness.report.comparison import Comparison, rows
from harness.report.grades import grade
from harness.report.words import Standing
from harness.text.clean import defused
from harness.values.report import UNEXPLAINED, Report

COUNTED = (
    Standing.PASSED,
    Standing.FAILED,
    Standing.WARNING,
    Standing.FLAKY,
    Standing.INCONCLUSIVE,
    Standing.SKIPPED,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """A heading and one line."""
    return _table({report.target.name or words.tested(report): report})


def render_all(comparison: Comparison) -> str:
    """A heading and a line for each target; those that were not judged have only a name."""
    return _table(comparison.named(), comparison.not_run)


def _table(reports: Mapping[str, Report], not_run: tuple[str, ...] = ()) -> str:
    found = rows(reports)
    heads = ["target", "verdict", "exit_code", "score", "max_score", *map(str, COUNTED)]
    heads += ["profile", "seconds", "causes", "problem", "command", *found]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for number, (name, report) in enumerate(reports.items()):
        standings = (row[number] for row in found.values())
        writer.writerow([*_row(name, report), *(str(standing or "") for standing in standings)])
    for name in not_run:
        writer.writerow([_text(name), "not judged", *[""] * (len(heads) - 2)])
    return defused(text.getvalue())


def _row(name: str, report: Report) -> list[object]:
    counts = words.tally(report.checks, strict=report.strict)
    points = grade(report)
    causes = "; ".join(cause.id for cause in report.causes if cause.id != UNEXPLAINED)
    problem = report.problem.message if report.problem is not None else ""
    return [
        _text(name),
        report.verdict.value,
        report.exit_code,
        f"{points.score:g}",
        f"{points.most:g}",
        *(counts.get(standing, 0) for standing in COUNTED),
        report.target.profile or "",
        f"{report.duration_s:.1f}",
        _text(causes),
        _text(problem),
        _text(words.tested(report)),
    ]


def _text(text: str) -> str:
    line = words.one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
