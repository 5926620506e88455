"""The report as TAP, the Test Anything Protocol, version 14 (https://testanything.org).

TAP knows passes and failures, and two directives that take a failure its weight: SKIP for what was
not judged, TODO for what is known or only advised (an expected failure, a ``should``).  Details
follow as YAML.  Each of several targets is a subtest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from msgspec import Struct

from harness.report import gaps, plain, words
from harness.report.comparison import Comparison
from harness.report.words import Standing
from harness.text.clean import defused
from harness.values.report import Report
from harness.values.verdict import Result, Verdict

VERSION = "TAP version 14"
TODO = {
    Standing.WARNING: "a should that does not count",
    Standing.NOTE: "for information",
    Standing.EXPECTED: "expected",
}
SKIP = (Standing.SKIPPED, Standing.FLAKY, Standing.INCONCLUSIVE)


class Point(Struct, frozen=True):
    """One line of TAP, and what is told beneath it."""

    ok: bool
    name: str
    directive: str = ""
    """``SKIP reason`` or ``TODO reason``."""
    details: tuple[tuple[str, str], ...] = ()


def render(report: Report) -> str:
    """One run."""
    return _whole([VERSION, *_lines(list(_points(report)))])


def render_all(comparison: Comparison) -> str:
    """Each target as a subtest."""
    reports = comparison.named()
    lines = [VERSION, f"1..{len(reports) + len(comparison.not_run)}"]
    for number, (name, report) in enumerate(reports.items(), 1):
        shown = _escaped(name)
        lines.append(f"# Subtest: {shown}")
        lines += [f"    {line}" for line in _lines(list(_points(report)))]
        lines.append(f"{'ok' if report.ok else 'not ok'} {number} - {shown}")
    for number, name in enumerate(comparison.not_run, len(reports) + 1):
        lines.append(f"not ok {number} - {_escaped(name)} # SKIP interrupted")
    return _whole(lines)


def _whole(lines: Iterable[str]) -> str:
    return defused("\n".join(lines) + "\n")


def _lines(points: list[Point]) -> Iterator[str]:
    yield f"1..{len(points)}"
    for number, point in enumerate(points, 1):
        directive = f" # {point.directive}" if point.directive else ""
        yield f"{'ok' if point.ok else 'not ok'} {number} - {_escaped(point.name)}{directive}"
        if point.details:
            yield "  ---"
            for key, text in point.details:
                yield from _yaml(key, text)
            yield "  ..."


def _yaml(key: str, text: str) -> Iterator[str]:
    """A key of a mapping.  JSON's strings are YAML's, and a block holds any lines."""
    text = words.printable(text).replace("\t", "    ").rstrip()
    if "\n" not in text:
        yield f"  {key}: {json.dumps(text, ensure_ascii=False)}"
        return
    yield f"  {key}: |2"  # 2: the text may begin with spaces
    yield from (f"    {line}".rstrip() for line in text.split("\n"))


def _escaped(text: str) -> str:
    """``text`` in a description or a reason, where # begins a directive."""
    return words.one_line(text).replace("\\", "\\\\").replace("#", "\\#")


def _points(report: Report) -> Iterator[Point]:
    for result in report.checks:
        yield _point(result, words.standing(result, strict=report.strict))
    for check_id in words.not_run(report):
        yield Point(False, check_id, f"SKIP did not run: {_escaped(gaps.cut_short(report))}")
    yield from _about_the_run(report)


def _point(result: Result, standing: Standing) -> Point:
    if standing is Standing.PASSED:
        return Point(True, result.id)
    if standing in SKIP:
        word = "" if standing is Standing.SKIPPED else f"{standing}: "
        return Point(True, result.id, f"SKIP {word}{_escaped(result.summary)}")
    directive = ""
    if standing in TODO:
        directive = f"TODO {_escaped(result.expected or TODO[standing])}"
    details = (
        ("message", words.one_line(result.summary)),
        ("level", result.level.value),
        ("severity", "fail" if standing is Standing.FAILED else "todo"),
        ("details", plain.details(result)),
    )
    return Point(False, result.id, directive, details)


def _about_the_run(report: Report) -> Iterator[Point]:
    """What would otherwise look like a run in which all went well."""
    if (problem := report.problem) is not None:
        told = f"{words.problem_title(problem.whose)}: {problem.message}"
        yield Point(False, "run can be tested", "", (("message", told), ("advice", problem.advice)))
    elif report.interrupted:
        yield Point(False, "run is complete", "", (("message", "interrupted"),))
    elif report.verdict is Verdict.UNDECIDED:
        text = "; ".join(gaps.left_open(report))
        yield Point(False, "run decides", "", (("message", text),))
