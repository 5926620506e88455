"""The report as one page: nothing is loaded, all text is escaped, and only our script may run.

The page is whole without its script, which adds filters, keys and buttons that copy.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from itertools import groupby
from textwrap import dedent
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined

from harness.report import gaps, hexdump, words
from harness.report.comparison import Comparison, differs, rows, title
from harness.report.folding import folds
from harness.report.grades import grade
from harness.report.words import Standing
from harness.text.clean import defused
from harness.values.report import Grading, Report
from harness.values.verdict import Result, Verdict

TITLES = {
    Standing.FAILED: "Failures",
    Standing.WARNING: "Warnings",
    Standing.NOTE: "Notes",
    Standing.EXPECTED: "Expected failures",
    Standing.FLAKY: "Flaky",
    Standing.INCONCLUSIVE: "Inconclusive",
}
"""What is shown with its evidence."""
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
VERDICT_SYMBOLS = {
    Verdict.CONFORMING: "✓",
    Verdict.NONCONFORMING: "✗",
    Verdict.UNTESTABLE: "∅",
    Verdict.UNDECIDED: "?",
}
TIMELINE = 40
"""Lines of a timeline; a page has room."""
INDEX = "index.html"
"""The page that leads to those of several targets."""
MOST_OF_NAME = 80
"""Characters of a target's name in that of its page."""
_IN_ANCHOR = re.compile(r"[^\w./-]")
_IN_FILE_NAME = re.compile(r"[^A-Za-z0-9._]+")
_quoted = partial(quote, safe="/")


def render(report: Report) -> str:
    """``report`` as an HTML document."""
    return _page("page.html.j2", report=report, standings=_standings([report]), back="")


def render_all(comparison: Comparison) -> str:
    """``comparison`` as an HTML document: checks by targets, each cell leads to its evidence."""

    def to(number: int, check_id: str = "") -> str:
        return f"#{_quoted(anchor(check_id, f't{number}/'))}" if check_id else f"#t{number}"

    return _overview(comparison, to, whole=True)


def pages(comparison: Comparison) -> dict[str, str]:
    """The same as a page for each target, and ``index.html`` that leads to them: by file name.

    The browser of somebody who looks at one of two hundred then loads no other.
    """
    reports = comparison.named()
    names = _file_names(list(reports))

    def to(number: int, check_id: str = "") -> str:
        page = _quoted(names[number - 1])
        return f"{page}#{_quoted(anchor(check_id))}" if check_id else page

    found = {INDEX: _overview(comparison, to, whole=False)}
    for name, report in zip(names, reports.values(), strict=True):
        found[name] = _page(
            "page.html.j2", report=report, standings=_standings([report]), back=INDEX
        )
    return found


def _file_names(names: list[str]) -> list[str]:
    """A file for each target, by its name as far as a file system allows."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        file = _IN_FILE_NAME.sub("-", name)[:MOST_OF_NAME].strip("-.") or "target"
        alone = f"{file}.html".lower() not in [INDEX, *(other.lower() for other in found)]
        found.append(f"{file}.html" if alone else f"{file}-{number}.html")
    return found


def _overview(comparison: Comparison, to: Callable[..., str], *, whole: bool) -> str:
    """``to``: where a cell leads to.  ``whole``: what it leads to is on this page."""
    reports = comparison.named()
    by_group = groupby(rows(reports).items(), lambda item: item[0].partition("/")[0])
    return _page(
        "comparison.html.j2",
        comparison=comparison,
        reports=reports,
        to=to,
        whole=whole,
        heading=title(comparison),
        verdict=_worst(comparison),
        matrix={group: dict(found) for group, found in by_group},
        differs=differs,
        grade=grade,
        graded=any(report.grading != Grading() for report in reports.values()),
        standings=_standings(list(reports.values())),
    )


def _worst(comparison: Comparison) -> Verdict:
    """What gives the page its colour."""
    found = set(comparison.verdicts.values())
    order = (Verdict.NONCONFORMING, Verdict.UNTESTABLE, Verdict.UNDECIDED)
    if comparison.not_run:
        found.add(Verdict.UNDECIDED)
    return next((verdict for verdict in order if verdict in found), Verdict.CONFORMING)


def anchor(check_id: str, prefix: str = "") -> str:
    """The place of a check in the page, as an ``id``."""
    return prefix + _IN_ANCHOR.sub("-", words.one_line(check_id))


def _page(template: str, **values: object) -> str:
    page = _environment().get_template(template).render(**values).rstrip() + "\n"
    return defused(page, sharp="&#35;", colon="&#58;")


@cache
def _environment() -> Environment:
    """What the templates know.  They take longer to compile than to fill."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_source),
    )
    environment.filters.update(text=words.printable, line=words.one_line)
    environment.filters["fragment"] = _quoted
    style, script = _source("page.css").strip(), _source("page.js").strip()
    environment.globals.update(
        words=words,
        gaps=gaps,
        titles=TITLES,
        symbols=SYMBOLS,
        verdict_symbols=VERDICT_SYMBOLS,
        anchor=anchor,
        folds=folds,
        hexdumps=_hexdumps,
        timeline=lambda result: dedent("\n".join(words.timeline(result, TIMELINE))),
        Standing=Standing,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return environment


def _source(name: str) -> str:
    return files("harness.report").joinpath("templates", name).read_text("utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names what it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _standings(reports: list[Report]) -> list[Standing]:
    """Those that occur, for the filter."""
    found = {words.standing(r, strict=report.strict) for report in reports for r in report.checks}
    return [
        standing for standing in (*TITLES, Standing.PASSED, Standing.SKIPPED) if standing in found
    ]


def _hexdumps(result: Result) -> list[list[hexdump.Line]]:
    windows = [hexdump.window(finding) for finding in result.findings]
    return [list(hexdump.lines(window)) for window in windows if window is not None]
