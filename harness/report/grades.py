"""What a run is worth in points, for reports that graders read.

A check that passes earns the points of its level, one that fails earns none.  What was not judged
(skipped, flaky, inconclusive, expected to fail) is not counted at all: nobody loses points for what
the machine lacked.  So a run of which little was judged says that beside its score.
"""

from __future__ import annotations

from msgspec import Struct

from harness.report import gaps, words
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Level, Result, Verdict

LOST = (Standing.FAILED, Standing.WARNING, Standing.NOTE)


class Mark(Struct, frozen=True):
    """The points of one check."""

    id: str
    level: Level
    score: float
    most: float
    """What it could have earned; 0 where it was not judged."""
    result: Result | None
    """None where the check did not run."""


class Grade(Struct, frozen=True):
    """The points of a run."""

    score: float
    most: float


def marks(report: Report) -> list[Mark]:
    """The marks of all chosen checks, in the order of the report."""
    levels = report.not_run_levels or (Level.MUST,) * len(report.not_run)
    return [
        *(_mark(result, report) for result in report.checks),
        *(_left(i, level, report) for i, level in zip(report.not_run, levels, strict=False)),
    ]


def grade(report: Report) -> Grade:
    """The sum of the marks, on the scale that the user wants."""
    earned = sum(mark.score for mark in marks(report))
    most = sum(mark.most for mark in marks(report))
    total = report.grading.total
    if total is None:
        return Grade(_rounded(earned), _rounded(most))
    return Grade(_rounded(total * earned / most) if most else 0.0, total)


def remarks(report: Report) -> list[str]:
    """What a grader must know beside the score."""
    lines = [f"{words.verdict(report)}: {words.VERDICT_MEANING[report.verdict]}"]
    problem = report.problem
    if problem is None or not problem.advice.startswith("Likely bug: "):  # which says the same
        for cause, bug in zip(report.causes, words.in_short(report), strict=True):
            lines += [bug, f"what to do: {cause.hint}" if cause.hint else ""]
    lines += gaps.left_open(report)
    if problem is not None:
        is_said = report.verdict is Verdict.UNTESTABLE and problem.whose == "target"
        lines += ["" if is_said else words.problem_title(problem.whose)]
        lines += [problem.message, problem.advice]
    if not any(mark.most for mark in marks(report)):
        lines.append("Nothing was judged, so the score means nothing: run it again.")
    return [line for line in lines if line]


def _mark(result: Result, report: Report) -> Mark:
    points = report.grading.points(result.level)
    standing = words.standing(result, strict=report.strict)
    most = points if standing is Standing.PASSED or standing in LOST else 0.0
    score = points if standing is Standing.PASSED else 0.0
    return Mark(result.id, result.level, score, most, result)


def _left(check_id: str, level: Level, report: Report) -> Mark:
    """A check that did not run costs its points if that was the server's doing, or the user's wish
    to stop at a failure."""
    problem = report.problem
    untestable = report.verdict is Verdict.UNTESTABLE and problem and problem.whose == "target"
    counts = untestable or report.stopped == "first failure"
    return Mark(check_id, level, 0.0, report.grading.points(level) if counts else 0.0, None)


def _rounded(points: float) -> float:
    return round(points, 4)
