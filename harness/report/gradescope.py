"""The report as ``results.json`` of a Gradescope autograder.

The format is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/: a score, and
a test for each check with ``score``, ``max_score``, ``output`` and ``visibility``.  Gradescope
grades one submission at a time; the file of several targets has the tests of all.
"""

from __future__ import annotations

from typing import Any

from harness.report import gaps, plain, words
from harness.report.comparison import Comparison, title
from harness.report.grades import Mark, grade, marks, remarks
from harness.report.json import document
from harness.report.words import Standing
from harness.values.report import Report

PASSED, FAILED = "passed", "failed"
STATUS = {Standing.PASSED: PASSED, Standing.FAILED: FAILED, Standing.WARNING: FAILED}


def render(report: Report) -> str:
    """One submission."""
    return document(
        {
            **_head(grade(report).score, report.duration_s, report.grading.visibility),
            "output": "\n".join(map(words.shown, remarks(report))),
            "tests": _tests(report),
            "extra_data": {"verdict": report.verdict.value, "exit_code": report.exit_code},
        }
    )


def render_all(comparison: Comparison) -> str:
    """The tests of all targets, under their names."""
    reports = comparison.named()
    lines = [title(comparison)]
    lines += [f"{name}: {words.verdict(report)}" for name, report in reports.items()]
    lines += [f"{name}: not judged, interrupted" for name in comparison.not_run]
    visibility = next(iter(reports.values())).grading.visibility
    score = round(sum(grade(report).score for report in reports.values()), 4)
    return document(
        {
            **_head(score, comparison.duration_s, visibility),
            "output": "\n".join(words.shown(words.one_line(line)) for line in lines),
            "tests": [t for name, report in reports.items() for t in _tests(report, name)],
        }
    )


def _head(score: float, seconds: float, visibility: str) -> dict[str, Any]:
    return {
        "score": score,
        "execution_time": round(seconds),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
    }


def _tests(report: Report, name: str = "") -> list[dict[str, Any]]:
    return [_test(mark, report, name) for mark in marks(report)]


def _test(mark: Mark, report: Report, name: str) -> dict[str, Any]:
    check = words.one_line(mark.id)
    test = {
        "name": f"{words.one_line(name)}: {check}" if name else check,
        "score": mark.score,
        "max_score": mark.most,
        "output": _output(mark, report),
        "tags": [mark.level.value, *([words.one_line(name)] if name else [])],
        "visibility": report.grading.visibility,
    }
    if (status := _status(mark, report)) is not None:
        test["status"] = status
    return test


def _status(mark: Mark, report: Report) -> str | None:
    """Said where the points do not: a check worth nothing passes and fails too."""
    if mark.result is None:
        return FAILED if mark.most else None
    return STATUS.get(words.standing(mark.result, strict=report.strict))


def _output(mark: Mark, report: Report) -> str:
    if (result := mark.result) is None:
        return f"did not run: {gaps.cut_short(report) or words.verdict(report)}"
    standing = words.standing(result, strict=report.strict)
    if standing is Standing.PASSED:
        return words.shown(result.requirement)
    if standing in (Standing.SKIPPED, Standing.INCONCLUSIVE, Standing.FLAKY):
        return words.shown(f"{standing}, so it does not count: {words.one_line(result.summary)}")
    return f"{standing}\n\n{plain.details(result)}"
