"""The report as one page: nothing is loaded, no script runs, and all text is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from harness.report import hexdump, words
from harness.report.clean import defused
from harness.report.model import Report
from harness.report.words import Standing
from harness.verdict import Result

SECTIONS = {
    Standing.FAILED: "Failures",
    Standing.WARNING: "Warnings",
    Standing.NOTE: "Notes",
    Standing.EXPECTED: "Expected failures",
    Standing.FLAKY: "Flaky",
    Standing.INCONCLUSIVE: "Inconclusive",
}
"""What is shown in full, in this order."""

SYMBOLS = {
    Standing.PASSED: "✓",
    Standing.FAILED: "✗",
    Standing.WARNING: "!",
    Standing.NOTE: "i",
    Standing.EXPECTED: "e",
    Standing.FLAKY: "~",
    Standing.INCONCLUSIVE: "?",
    Standing.SKIPPED: "-",
}
TIMELINE = 40
"""Lines of a timeline; a page has room."""


def render(report: Report) -> str:
    """``report`` as an HTML document."""
    source = files("harness.report").joinpath("page.html.j2").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["text"] = words.printable
    environment.filters["line"] = words.one_line
    environment.filters["anchor"] = _anchor
    page = environment.from_string(source).render(
        report=report,
        words=words,
        meaning=words.VERDICT_MEANING[report.verdict],
        tally=words.tally(report.checks, strict=report.strict),
        sections=list(_sections(report)),
        unfolded=_unfolded(report),
        skipped=words.by_reason(words.of_standing(report, Standing.SKIPPED)),
        groups=words.groups(report.checks),
        standing=lambda result: words.standing(result, strict=report.strict),
        symbols=SYMBOLS,
        hexdumps=_hexdumps,
        timeline=lambda result: words.timeline(result, TIMELINE),
    )
    return defused(page.rstrip() + "\n", sharp="&#35;", colon="&#58;")


def _anchor(check_id: str) -> str:
    """``check_id`` as the id of an element, which may hold no white space."""
    return words.one_line(check_id).replace(" ", "_")


def _sections(report: Report) -> Iterator[tuple[Standing, str, list[Result]]]:
    for standing, title in SECTIONS.items():
        if results := words.of_standing(report, standing):
            yield standing, title, results


def _unfolded(report: Report) -> set[str]:
    """The ids of what is open from the start: of those that share a likely bug, the first."""
    broken = words.of_standing(report, Standing.FAILED, Standing.WARNING)
    return {same[0].id for same in words.by_bug(broken)}


def _hexdumps(result: Result) -> list[list[hexdump.Line]]:
    windows = [hexdump.window(finding) for finding in result.findings]
    return [list(hexdump.lines(window)) for window in windows if window is not None]
