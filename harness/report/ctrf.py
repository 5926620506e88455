"""The report in the Common Test Report Format, https://ctrf.io, which knows five outcomes.

A breach is ``failed``; a pass at the second try is ``passed`` and ``flaky``, the format's own word
for it; a check that did not run is ``pending``.  What is neither pass nor accusation is ``other``,
with our word as ``rawStatus``.  Times are milliseconds.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from harness._version import __version__
from harness.report import gaps, plain, words
from harness.report.comparison import Comparison, title
from harness.report.json import document
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Result, Verdict

SPEC_VERSION = "0.0.0"
"""Of the specification that this keeps to, which has no stable version yet."""
STATUS = {
    Standing.PASSED: "passed",
    Standing.FAILED: "failed",
    Standing.FLAKY: "passed",
    Standing.SKIPPED: "skipped",
}
STATUSES = ("passed", "failed", "skipped", "pending", "other")
Test = dict[str, Any]


def render(report: Report) -> str:
    """One run."""
    return _document(_tests(report), report, report.duration_s, words.verdict(report))


def render_all(comparison: Comparison) -> str:
    """The tests of all targets; each target is a suite."""
    reports = comparison.named()
    tests = [test for name, report in reports.items() for test in _tests(report, name)]
    tests += [
        _about_the_run("is judged", "other", "interrupted", words.one_line(name))
        for name in comparison.not_run
    ]
    first = next(iter(reports.values()))
    return _document(tests, first, comparison.duration_s, title(comparison))


def _after(start: datetime, seconds: float) -> datetime:
    """``seconds`` after ``start``; ``start`` where a damaged file has a number beyond all dates."""
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return start


def _document(tests: list[Test], first: Report, seconds: float, verdict: str) -> str:
    """``first``: whose environment counts."""
    start = first.environment.started if first.environment else None
    stop = _after(start, seconds) if start else None
    counts = Counter(test["status"] for test in tests)
    summary: dict[str, Any] = {
        "tests": len(tests),
        **{status: counts[status] for status in STATUSES},
        "flaky": sum("flaky" in test for test in tests),
        "suites": len({tuple(test["suite"]) for test in tests}),
        "start": round(start.timestamp() * 1000) if start else 0,
        "stop": round(stop.timestamp() * 1000) if stop else 0,
        "duration": round(seconds * 1000),
    }
    results: dict[str, Any] = {
        "tool": {"name": "echo-harness", "version": first.tool.version},
        "summary": summary,
        "tests": tests,
        **_environment(first),
        "extra": {"verdict": words.one_line(verdict), "seed": first.tool.seed},
    }
    head: dict[str, Any] = {"reportFormat": "CTRF", "specVersion": SPEC_VERSION}
    if stop is not None:
        head["timestamp"] = stop.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return document({**head, "generatedBy": f"echo-harness {__version__}", "results": results})


def _environment(report: Report) -> dict[str, Any]:
    if (place := report.environment) is None:
        return {}
    found = {
        "osPlatform": place.system.lower(),
        "osRelease": words.one_line(place.kernel),
        "testEnvironment": words.one_line(place.host),
        "extra": {k: words.one_line(v) for k, v in words.environment(place).items()},
    }
    return {"environment": found}


def _tests(report: Report, target: str = "") -> list[Test]:
    suite = [words.one_line(target)] if target else []
    tests = [_test(result, report, suite) for result in report.checks]
    for check_id in words.not_run(report):
        why = gaps.cut_short(report)
        tests.append(_plain(words.one_line(check_id), "pending", "not run", why, suite))
    return [*tests, *_whole(report, suite)]


def _test(result: Result, report: Report, suite: list[str]) -> Test:
    standing = words.standing(result, strict=report.strict)
    name = words.one_line(result.id)
    test = _plain(name, STATUS.get(standing, "other"), standing.value, "", suite)
    test["duration"] = round(result.duration_s * 1000)
    test["tags"] = [result.level.value]
    if standing is Standing.FLAKY:
        test |= {"flaky": True, "retries": 1}
    if standing is Standing.PASSED:
        return test
    test["message"] = words.shown(words.one_line(result.summary))
    if standing is not Standing.SKIPPED:
        test["trace"] = plain.details(result)
        if result.output.strip():
            test["stdout"] = words.shown(result.output).rstrip().splitlines()
    if result.diagnosis and result.diagnosis.cause:
        test["labels"] = {"cause": words.one_line(result.diagnosis.cause)}
    return test


def _plain(name: str, status: str, raw: str, message: str, suite: list[str]) -> Test:
    group = name.partition("/")[0]
    test: Test = {"name": name, "status": status, "duration": 0, "suite": [*suite, group]}
    test["rawStatus"] = raw
    if message:
        test["message"] = message
    return test


def _about_the_run(what: str, status: str, message: str, target: str = "") -> Test:
    suite = [target] if target else []
    return _plain(f"run/{what}", status, status, words.shown(words.one_line(message)), suite)


def _whole(report: Report, suite: list[str]) -> list[Test]:
    """What would otherwise look like a run in which all went well."""
    target = suite[0] if suite else ""
    if (problem := report.problem) is not None:
        accused = report.verdict is Verdict.UNTESTABLE and problem.whose == "target"
        text = f"{words.problem_title(problem.whose)}: {problem.message} {problem.advice}"
        return [_about_the_run("can be tested", "failed" if accused else "other", text, target)]
    if report.interrupted:
        return [_about_the_run("is complete", "other", "interrupted", target)]
    if report.verdict is Verdict.UNDECIDED:
        return [_about_the_run("decides", "other", "; ".join(gaps.left_open(report)), target)]
    return []
