"""The report as Markdown (GitHub's): for a step summary or a comment on a pull request.

Text from outside goes into code or is escaped, so that it can neither format nor break the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.report import gaps, plain, words
from harness.report.comparison import Comparison, rows, title
from harness.report.words import Standing
from harness.values.report import UNEXPLAINED, Report
from harness.values.verdict import Result, Verdict

SYMBOL = {
    Verdict.CONFORMING: "✅",
    Verdict.NONCONFORMING: "❌",
    Verdict.UNTESTABLE: "🚫",
    Verdict.UNDECIDED: "❔",
}
MARK = {
    Standing.PASSED: "✓",
    Standing.FAILED: "❌",
    Standing.WARNING: "⚠️",
    Standing.NOTE: "i",
    Standing.EXPECTED: "🔕",
    Standing.FLAKY: "🎲",
    Standing.INCONCLUSIVE: "❔",
    Standing.SKIPPED: "-",
}
_EXPLAINED = {
    Standing.EXPECTED: "Expected failures",
    Standing.FLAKY: "Flaky",
    Standing.INCONCLUSIVE: "Inconclusive",
    Standing.SKIPPED: "Skipped",
}
"""Shown by reason, without evidence."""
_PUNCTUATION = re.compile(r"[\\`*_\[\]#!|~$]|^[-+=]|(?<=^\d)[.)]")
_BACKTICKS = re.compile(r"`+")


def render(report: Report) -> str:
    """Headline, counts, table of groups, then what did not pass."""
    blocks = [*_head(report), *_problem(report), *_table(report)]
    blocks += _causes(report)
    blocks += _results(report, "Failures", Standing.FAILED)
    blocks += _results(report, "Warnings", Standing.WARNING)
    blocks += _results(report, "Notes", Standing.NOTE)
    blocks += _reasons(report)
    blocks += _not_run(report)
    blocks += [f"Repeat this run:\n\n{fence(words.command_line(report.tool.command), 'sh')}"]
    return words.defused("\n\n".join(blocks) + "\n")


def render_all(comparison: Comparison) -> str:
    """The targets, the checks by targets, then each target's own report, folded."""
    reports = comparison.named()
    blocks = [f"## {escape(title(comparison))}", _overview(reports), *_matrix(reports)]
    if comparison.not_run:
        blocks.append(f"Not judged: {', '.join(map(code, comparison.not_run))}")
    for name, report in reports.items():
        head = f"{SYMBOL[report.verdict]} {escape(name)}: {escape(words.verdict(report))}"
        blocks += [f"<details><summary>{head}</summary>", render(report).rstrip(), "</details>"]
    blocks.append(
        f"Repeat the comparison:\n\n{fence(words.command_line(comparison.tool.command), 'sh')}"
    )
    return words.defused("\n\n".join(blocks) + "\n")


def _overview(reports: dict[str, Report]) -> str:
    lines = [
        "| target | verdict | checks | profile | time |",
        "| :--- | :--- | :--- | :--- | ---: |",
    ]
    for name, report in reports.items():
        cells = (
            escape(name),
            f"{SYMBOL[report.verdict]} {escape(words.verdict(report))}",
            escape(words.outcome(report)),
            escape(str(report.target.profile or "")),
            words.seconds(report.duration_s),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _matrix(reports: dict[str, Report]) -> Iterator[str]:
    """The checks that did not pass everywhere, by targets."""
    well = {None, Standing.PASSED, Standing.SKIPPED}
    shown = {check: row for check, row in rows(reports).items() if not well.issuperset(row)}
    if not shown:
        return
    lines = [
        f"| check | {' | '.join(map(escape, reports))} |",
        f"| :--- |{' :---: |' * len(reports)}",
    ]
    for check, row in shown.items():
        cells = " | ".join(MARK[standing] if standing else "" for standing in row)
        lines.append(f"| {escape(check)} | {cells} |")
    yield "\n".join(lines)
    used = {standing for row in shown.values() for standing in row}
    yield " · ".join(f"{mark} {standing}" for standing, mark in MARK.items() if standing in used)
    if alike := len(rows(reports)) - len(shown):
        yield f"{words.plural(alike, 'more check')} passed wherever performed."


def escape(text: str) -> str:
    """``text`` on one line, shown as it is: no formatting, no HTML, nobody mentioned."""
    plain_text = words.one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    escaped = _PUNCTUATION.sub(r"\\\g<0>", plain_text.replace(">", "&gt;"))
    # GitHub looks for @name within one text node; an empty comment parts it.
    return escaped.replace("@", "@<!-- -->")


def code(text: str) -> str:
    """``text`` as inline code, in a table too."""
    line = words.one_line(text).replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    padding = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{ticks}{padding}{line}{padding}{ticks}"


def fence(text: str, language: str = "text") -> str:
    """``text`` as a block of code that nothing in it can end."""
    ticks = "`" * max(3, _longest_run(text) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _head(report: Report) -> Iterator[str]:
    yield f"## {SYMBOL[report.verdict]} {escape(words.verdict(report))}: echo contract"
    yield f"{code(words.tested(report))}, {words.VERDICT_MEANING[report.verdict]}"
    yield " · ".join(escape(part) for part in words.headline(report))
    if lines := gaps.left_open(report):
        yield "\n".join(f"- **{escape(line)}**" for line in lines)
    for text in report.notices:
        yield f"> {escape(text)}"


def _problem(report: Report) -> Iterator[str]:
    if (problem := report.problem) is not None:
        yield f"### {escape(words.problem_title(problem.whose))}"
        yield fence(words.printable(problem.message))
        yield escape(problem.advice)


def _table(report: Report) -> Iterator[str]:
    columns = list(words.tally(report.checks, strict=report.strict))
    if not columns:
        return
    lines = [
        f"| group | {' | '.join(columns)} |",
        f"| :--- |{' ---: |' * len(columns)}",
    ]
    for name, results in words.groups(report.checks).items():
        counts = words.tally(results, strict=report.strict)
        cells = " | ".join(str(counts.get(column, "")) for column in columns)
        lines.append(f"| {escape(name)} | {cells} |")
    yield "\n".join(lines)


def _causes(report: Report) -> Iterator[str]:
    """The likely bugs, before the failures that they explain."""
    if not report.causes:
        return
    yield "### Likely bugs"
    for number, cause in enumerate(report.causes, 1):
        names = ", ".join(map(code, cause.explains))
        if cause.id == UNEXPLAINED:
            known = (*cause.evidence, *cause.experiments)
            lines = [*map(escape, known), f"It shows in {names}."]
            yield "\n".join([f"{number}. **{escape(cause.bug)}**", *(f"   - {x}" for x in lines)])
            continue
        more = code(f"echo-harness explain {cause.id}")
        lines = [
            f"**What to do**: {escape(cause.hint)}",
            *map(escape, (*cause.evidence, *cause.experiments)),
            f"It explains {names}. More: {more}",
        ]
        head = f"{number}. **{escape(cause.bug)}** ({escape(cause.confidence)})"
        yield "\n".join([head, *(f"   - {line}" for line in lines)])


def _results(report: Report, title: str, standing: Standing) -> Iterator[str]:
    """Of those that share a likely bug the first is unfolded."""
    results = words.of_standing(report, standing)
    first = {same[0].id for same in words.by_bug(results)}
    if results:
        yield f"### {title}"
    for result in results:
        yield "\n\n".join(_result(result, result.id in first))


def _result(result: Result, unfolded: bool) -> Iterator[str]:
    yield f"#### {code(result.id)} ({result.level}, {escape(words.basis(result.basis))})"
    yield f"{escape(result.requirement)}"
    yield "\n".join(f"- {escape(line)}" for line in words.happened_shown(result))
    if result.diagnosis is not None:
        if likely := words.likely_bug(result) or words.no_bug(result):
            yield f"**Likely bug**: {escape(likely)}"
        yield f"**What to do**: {escape(result.diagnosis.hint)}"
    if evidence := plain.evidence(result):
        start = "<details open>" if unfolded else "<details>"
        yield f"{start}<summary>What was seen</summary>\n\n{fence(evidence)}\n\n</details>"
    if result.repeat:
        yield fence(words.command_line(result.repeat), "sh")


def _reasons(report: Report) -> Iterator[str]:
    for standing in _EXPLAINED:
        reasons = gaps.by_reason(words.of_standing(report, standing))
        if reasons:
            yield f"### {_EXPLAINED[standing]}"
            yield "\n".join(
                f"- {escape(reason)}: {', '.join(map(code, ids))}"
                for reason, ids in reasons.items()
            )


def _not_run(report: Report) -> Iterator[str]:
    if left := words.not_run(report):
        yield "### Did not run"
        yield ", ".join(map(code, left))
