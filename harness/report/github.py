"""The report for a log of GitHub Actions: annotations, and a folded group for each failure.

A runner obeys a line that begins with ``::``, and the older form ``##[...]`` anywhere in a line.
What a target wrote must never be obeyed: ``harness.text.clean`` has the rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.report import gaps, plain, words
from harness.report.comparison import Comparison, title
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Result, Verdict

_COMMAND = {Standing.FAILED: "error", Standing.WARNING: "warning"}
_ORDER = (
    Standing.FAILED,
    Standing.WARNING,
    Standing.FLAKY,
    Standing.INCONCLUSIVE,
    Standing.NOTE,
)
"""The gravest first: a runner keeps ten annotations of each kind in a step."""


def render(report: Report) -> str:
    """Lines for standard output."""
    return "\n".join(_lines(report)) + "\n"


def render_all(comparison: Comparison) -> str:
    """The same for many targets; each line about a target begins with its name."""
    lines = [
        line
        for name, report in comparison.named().items()
        for line in _lines(report, f"{words.one_line(name)}: ")
    ]
    if comparison.not_run:
        names = ", ".join(comparison.not_run)
        lines.append(command("error", f"not judged: {names}", title="echo-harness: interrupted"))
    return "\n".join([*lines, harmless(title(comparison))]) + "\n"


def command(name: str, message: str, *, title: str = "") -> str:
    """A workflow command, escaped as the runner undoes it."""
    properties = f" title={_escape_property(title)}" if title else ""
    return f"::{name}{properties}::{_escape(message)}"


def harmless(text: str) -> str:
    """``text``, with nothing in any line that a runner would obey."""
    safe = words.defused(words.printable(text))
    return "\n".join(f"| {line}".rstrip() for line in safe.splitlines())


def _lines(report: Report, name: str = "") -> Iterator[str]:
    """``name``: what lines and titles begin with where there are several targets."""
    for standing in _ORDER:
        for result in words.of_standing(report, standing):
            yield from _result(result, standing, name)
    if report.problem is not None:
        heading = name + words.problem_title(report.problem.whose)
        yield command("error", f"{report.problem.message}\n{report.problem.advice}", title=heading)
    for text in report.notices:
        yield command("notice", name + text, title="echo-harness")
    yield command("group", f"echo-harness: {name}{len(report.checks)} checks")
    for name, results in words.groups(report.checks).items():
        yield harmless(f"{name}: {words.tally_text(results, strict=report.strict)}")
        for result in results:
            status = words.standing(result, strict=report.strict)
            yield harmless(f"  {status:<12}  {result.id}  {words.one_line(result.summary)}")
    yield "::endgroup::"
    facts = f"{name}{words.verdict(report)}: {', '.join(words.headline(report))}"
    if report.verdict is Verdict.UNDECIDED:
        message = "\n".join([facts, *gaps.left_open(report)])
        yield command("error", message, title="echo-harness: undecided")
    yield harmless("\n".join([facts, *gaps.left_open(report)]))


def _result(result: Result, standing: Standing, name: str) -> Iterator[str]:
    heading = f"{name}{result.id} ({result.level})"
    message = result.summary
    if standing not in _COMMAND:
        message = f"{standing}: {message}"
    if result.diagnosis is not None:
        message += "\n".join(["", *filter(None, [words.likely_bug(result), result.diagnosis.hint])])
    yield command(_COMMAND.get(standing, "notice"), message, title=heading)
    yield command("group", f"{standing}: {name}{result.id}")
    yield harmless(plain.details(result))
    yield "::endgroup::"


def _escape(text: str) -> str:
    escaped = words.defused(words.printable(text)).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
