"""The report for a log of GitHub Actions: annotations, and a folded group for each failure.

A runner obeys a line that begins with ``::``, and the older form ``##[...]`` anywhere in a line.
What a target wrote must never be obeyed: ``harness.report.clean`` has the rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.report import plain, words
from harness.report.model import Report
from harness.report.words import Standing
from harness.verdict import Result, Verdict

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


def command(name: str, message: str, *, title: str = "") -> str:
    """A workflow command, escaped as the runner undoes it."""
    properties = f" title={_escape_property(title)}" if title else ""
    return f"::{name}{properties}::{_escape(message)}"


def harmless(text: str) -> str:
    """``text``, with nothing in any line that a runner would obey."""
    safe = words.defused(words.printable(text))
    return "\n".join(f"| {line}".rstrip() for line in safe.splitlines())


def _lines(report: Report) -> Iterator[str]:
    for standing in _ORDER:
        for result in words.of_standing(report, standing):
            yield from _result(result, standing)
    if report.problem is not None:
        title = words.problem_title(report.problem.whose)
        yield command("error", f"{report.problem.message}\n{report.problem.advice}", title=title)
    for text in report.notices:
        yield command("notice", text, title="echo-harness")
    yield command("group", f"echo-harness: {len(report.checks)} checks")
    for name, results in words.groups(report.checks).items():
        yield harmless(f"{name}: {words.tally_text(results, strict=report.strict)}")
        for result in results:
            status = words.standing(result, strict=report.strict)
            yield harmless(f"  {status:<12}  {result.id}  {words.one_line(result.summary)}")
    yield "::endgroup::"
    facts = f"{words.verdict(report)}: {', '.join(words.headline(report))}"
    if report.verdict is Verdict.UNDECIDED:
        yield command("error", facts, title="echo-harness: nothing was verified")
    yield harmless(facts)


def _result(result: Result, standing: Standing) -> Iterator[str]:
    title = f"{result.id} ({result.level})"
    message = result.summary
    if standing not in _COMMAND:
        message = f"{standing}: {message}"
    if result.diagnosis is not None:
        message += "\n".join(["", *filter(None, [words.likely_bug(result), result.diagnosis.hint])])
    yield command(_COMMAND.get(standing, "notice"), message, title=title)
    yield command("group", f"{standing}: {result.id}")
    yield harmless(plain.details(result))
    yield "::endgroup::"


def _escape(text: str) -> str:
    escaped = words.defused(words.printable(text)).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
