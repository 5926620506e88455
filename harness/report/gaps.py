"""What a run has left open: checks that did not run, were not judged or were flaky, and why."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report import words
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Level, Result, Verdict

STOPPED = {
    "first failure": "stopped at the first failure",
    "interrupted": "interrupted",
    "time limit": "ended since it took too long (--time-limit)",
}
REASONS = 3
"""Reasons named beside the verdict; the others follow with the checks."""
LONGEST_REASON = 160
"""Characters of a reason shown there."""


def cut_short(report: Report) -> str:
    """Why the run ended before all had run, and how many did not; empty if all did."""
    if not (left := words.not_run(report)):
        return ""
    why = STOPPED.get(report.stopped or "", "ended early")
    return f"{why}; {words.plural(len(left), 'check')} did not run"


def left_open(report: Report) -> list[str]:
    """What did not run, was not judged or was flaky: a line for each reason.

    It stands beside the verdict, for readers who read nothing else.
    """
    lines = [cut_short(report), *_not_judged(report)]
    if flaky := words.of_standing(report, Standing.FLAKY):
        names = ", ".join(words.one_line(r.id) for r in flaky[:REASONS])
        more = f" and {len(flaky) - REASONS} more" if len(flaky) > REASONS else ""
        lines.append(f"failed once and passed when tried again: {names}{more}")
    found = [line for line in lines if line]
    if report.verdict is Verdict.UNDECIDED and not found and report.problem is None:
        found.append("nothing passed, so nothing was verified")
    return found


def _not_judged(report: Report) -> list[str]:
    results = words.of_standing(report, Standing.INCONCLUSIVE)
    reasons = sorted(by_reason(results).items(), key=lambda pair: -len(pair[1]))
    musts = {r.id for r in results if r.level is Level.MUST}
    lines = []
    for reason, ids in reasons[:REASONS]:
        must = len(musts.intersection(ids))
        weight = "" if must == len(ids) else f" ({_how_many(must, len(ids))} must)"
        short = reason if len(reason) <= LONGEST_REASON else reason[:LONGEST_REASON] + " ..."
        lines.append(f"{words.plural(len(ids), 'check')} not judged{weight}: {short}")
    if others := sum(len(ids) for _, ids in reasons[REASONS:]):
        lines.append(f"{words.plural(others, 'check')} not judged for other reasons")
    return lines


def _how_many(must: int, of: int) -> str:
    """The words before ``must``, of ``of`` checks that are not all of that level."""
    return "it is no" if of == 1 else f"{must or 'none'} of them"


def by_reason(results: Iterable[Result]) -> dict[str, list[str]]:
    """Each reason with the ids that share it.  Only the first is kept of reasons in which only
    numbers differ."""
    found: dict[str, list[tuple[str, str]]] = {}
    for result in results:
        reason = words.one_line(result.expected or result.summary) or "no reason given"
        found.setdefault(words.without_numbers(reason), []).append((reason, result.id))
    return {_for_all([r for r, _ in same]): [i for _, i in same] for same in found.values()}


def _for_all(reasons: list[str]) -> str:
    first = reasons[0]
    return first if set(reasons) == {first} else f"{first} (the numbers differ)"
