"""A whole report on the terminal, from top to bottom: failures, groups, reasons, headline."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.report import gaps, words
from harness.report.failure import INDENT, Layout, cause, clues, failure, title, unwrapped
from harness.report.folding import Fold, folds
from harness.report.words import Standing
from harness.values.report import Environment, Problem, Report
from harness.values.verdict import Level, Result

BROKEN = (Standing.FAILED, Standing.WARNING, Standing.NOTE)
IN_FULL = 6
"""Failures shown with all evidence; more of them hide the first one, which matters most."""


def overview(report: Report, layout: Layout) -> Iterator[RenderableType]:
    """Each group with its counts; below it what did not pass (with ``-v`` each check)."""
    found = words.groups(report.checks)
    width = max(map(len, found), default=0)
    names = max((len(_name(r)) for r in report.checks if _is_shown(r, layout)), default=0)
    for group, results in found.items():
        yield _group(group.ljust(width), results, layout)
        yield from _lines([r for r in results if _is_shown(r, layout)], names, layout)


def failures(report: Report, layout: Layout) -> Iterator[RenderableType]:
    """What is broken, bug by bug: the likely bug, what it is concluded from, and the failure that
    tells most of it.  The others that it explains are named (with ``-v`` shown in full)."""
    found = [fold for fold in folds(report) if fold.standing in BROKEN]
    results = [result for fold in found for result in fold.results]
    if found:
        counts = words.tally_text(results, strict=report.strict)
        yield _rule(": ".join(filter(None, [counts, words.explained(report)])), layout)
    limit = len(found) if layout.verbose else IN_FULL
    for fold in found[:limit]:
        yield from _bug(fold, layout)
    for fold in found[limit:]:
        yield title(fold.results[0], layout)
        yield Padding(Text(words.one_line(fold.results[0].summary)), (0, 0, 0, INDENT))
    if found[limit:]:
        yield Padding(Text("-v shows these in full as well", style="faint"), (0, 0, 1, INDENT))


def _bug(fold: Fold, layout: Layout) -> Iterator[RenderableType]:
    """One likely bug, or failures that look the same and have no explanation."""
    if fold.cause:
        yield from cause(fold)
    first, *others = fold.results
    yield from failure(first, layout, fold.cause, clues(fold))
    if layout.verbose:
        for other in others:
            yield from failure(other, layout, fold.cause)
    elif others:
        yield Padding(Text(_the_same(fold, others), style="faint"), (0, 0, 1, INDENT))


def reasons(report: Report, layout: Layout) -> Iterator[RenderableType]:
    """Why a failure is expected, or a check is flaky, inconclusive or skipped.

    What was skipped is counted; with ``-v`` it is named.
    """
    for standing in (
        Standing.EXPECTED,
        Standing.FLAKY,
        Standing.INCONCLUSIVE,
        Standing.SKIPPED,
    ):
        results = words.of_standing(report, standing)
        for reason, ids in gaps.by_reason(results).items():
            grid = Table.grid(padding=(0, 1, 0, 0))
            folded = standing is Standing.SKIPPED and not layout.verbose
            what = f"{len(ids)} {standing}" if folded else standing
            grid.add_row(layout.symbol(standing), Text(f"{what}: {reason}"))
            if not folded:
                grid.add_row("", Text(", ".join(map(words.one_line, ids)), style="faint"))
            yield grid
        if standing is Standing.FLAKY:
            for result in results:
                if result.repeat:
                    command = (words.command_line(result.repeat), "command")
                    yield unwrapped(Text.assemble(("  repeat  ", "label"), command))
        if results:
            yield Text()
    if not layout.verbose and (told := [*_for_information(report)]):
        yield from (Text(f"{layout.symbols.dot} {line}") for line in told)
        yield Text()
    if layout.verbose and (left := words.not_run(report)):
        yield Text(gaps.cut_short(report))
        names = Text(", ".join(map(words.one_line, left)), "faint")
        yield Padding(names, (0, 0, 1, INDENT))


def _for_information(report: Report) -> Iterator[str]:
    """What checks that ask for nothing (``may``) have found out; ``-v`` shows it with the rest."""
    for result in words.of_standing(report, Standing.PASSED):
        if result.level is Level.MAY and result.summary:
            yield words.one_line(result.summary)


def notice(text: str) -> Iterator[RenderableType]:
    """What the user should know and what is no verdict."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text("note", "notice"), Text(words.printable(text)))
    yield grid


def problem(found: Problem) -> Iterator[RenderableType]:
    """Why nothing could be tested: one paragraph."""
    where = f" (at: {words.one_line(found.step)})" if found.step else ""
    yield Text(f"{words.problem_title(found.whose)}{where}", style="verdict.untestable")
    for text, style in ((found.message, ""), (found.advice, "strong")):
        if text:
            yield Padding(Text(words.printable(text), style), (0, 0, 0, INDENT))
    yield Text()


def place(environment: Environment, layout: Layout) -> Text:
    """When and where the run took place."""
    facts = words.environment(environment)
    told = [facts[key] for key in ("started", "host", "system", "python") if key in facts]
    return Text(f" {layout.symbols.dot} ".join(told), "faint")


def headline(report: Report, layout: Layout) -> Text:
    """The verdict and the facts, broken between facts where the line is too short."""
    verdict = words.verdict(report)
    text = Text.assemble((verdict, f"verdict.{report.verdict}"))
    room = layout.width - len(verdict)
    separator = "  "
    for part in words.headline(report):
        if len(separator + part) > room:
            separator, room = "\n" + " " * INDENT, layout.width
        text.append(separator, style="faint").append(part)
        room -= len(separator + part)
        separator = f" {layout.symbols.dot} "
    return text


def in_short(report: Report) -> Iterator[RenderableType]:
    """The likely bugs once more, for a user who sees only the last lines, and what to do first."""
    lines = words.in_short(report)
    hint = next((cause.hint for cause in report.causes[:1]), "")
    if hint:
        lines.insert(1, f"what to do: {words.one_line(hint)}")
    for line in lines:
        yield Padding(Text(line), (0, 0, 0, INDENT))


def left_open(report: Report) -> Iterator[RenderableType]:
    """What the run has left open, right below the verdict."""
    for line in gaps.left_open(report):
        yield Padding(Text(line), (0, 0, 0, INDENT))


# --- pieces -------------------------------------------------------------------------------------


def _group(name: str, results: list[Result], layout: Layout) -> Text:
    counts = words.tally(results, strict=layout.strict)
    worst = min(counts, key=_GRAVITY.index)
    text = Text.assemble(layout.symbol(worst), " ", (name, "strong"), "  ")
    for i, (standing, n) in enumerate(counts.items()):
        text.append(", " if i else "", style="faint")
        text.append(words.counted(standing, n), style=f"standing.{standing}")
    return text


_GRAVITY = [
    Standing.FAILED,
    Standing.FLAKY,
    Standing.WARNING,
    Standing.INCONCLUSIVE,
    Standing.NOTE,
    Standing.EXPECTED,
    Standing.PASSED,
    Standing.SKIPPED,
]
"""The symbol of a group is that of its gravest result."""


def _lines(results: list[Result], names: int, layout: Layout) -> Iterator[Text]:
    """A line a check; what does not fit is cut, as failures follow in full."""
    for result in results:
        standing = words.standing(result, strict=layout.strict)
        line = Text(" " * INDENT, no_wrap=True, overflow="ellipsis")
        line.append_text(layout.symbol(standing)).append(f" {_name(result):<{names}}  ")
        line.append(f"{result.level.value:<6}  ", style="faint")
        yield line.append(words.one_line(result.summary or result.requirement))


def _name(result: Result) -> str:
    return words.one_line(result.id.partition("/")[2] or result.id)


def _is_shown(result: Result, layout: Layout) -> bool:
    silent = (Standing.PASSED, Standing.SKIPPED, Standing.INCONCLUSIVE)  # these go by reason
    return layout.verbose > 0 or words.standing(result, strict=layout.strict) not in silent


def _rule(title: str, layout: Layout) -> Text:
    line = layout.symbols.rule
    text = f"{line * 2} {title} "
    return Text(text + line * (layout.width - len(text)) + "\n", style="faint")


def _the_same(fold: Fold, others: list[Result]) -> str:
    first = fold.results[0]
    what = "The same was seen in"
    if fold.cause:
        what = "The same bug explains"
    elif words.likely_bug(first):
        what = "The same likely bug shows in"
    names = ", ".join(words.one_line(r.id) for r in others)
    return f"{what} {words.plural(len(others), 'other check')}: {names}"
