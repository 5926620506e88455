"""What did not pass, folded: what is put down to the same bug, or looks the same, is told once."""

from __future__ import annotations

from msgspec import Struct

from harness.report import words
from harness.report.words import Standing
from harness.values.report import Report
from harness.values.verdict import Result

TOGETHER = (
    (Standing.FAILED, Standing.WARNING, Standing.NOTE),
    (Standing.EXPECTED,),
    (Standing.FLAKY,),
    (Standing.INCONCLUSIVE,),
)
"""Standings that may share a fold.  One bug can fail a ``must`` and a ``should``."""


class Fold(Struct, frozen=True):
    """Checks that show the same."""

    standing: Standing
    """The gravest of theirs."""
    title: str
    """The likely bug in words; without a diagnosis what was seen first."""
    confidence: str
    """Empty where the title is no diagnosis."""
    hint: str
    """What to do; empty without a diagnosis."""
    results: tuple[Result, ...]
    """The first tells most."""


def folds(report: Report) -> list[Fold]:
    """Everything that did not pass and was not skipped, the gravest first."""
    found = [
        _fold(same, report.strict)
        for standings in TOGETHER
        for same in words.by_bug(words.of_standing(report, *standings))
    ]
    order = [standing for standings in TOGETHER for standing in standings]
    return sorted(found, key=lambda fold: order.index(fold.standing))


def _fold(same: list[Result], strict: bool) -> Fold:
    standings = {words.standing(result, strict=strict) for result in same}
    diagnosis = same[0].diagnosis
    title = diagnosis.bug if diagnosis is not None else same[0].summary or same[0].requirement
    return Fold(
        standing=next(s for s in Standing if s in standings and s is not Standing.PASSED),
        title=words.one_line(title),
        confidence=words.one_line(diagnosis.confidence) if diagnosis is not None else "",
        hint=words.one_line(diagnosis.hint) if diagnosis is not None else "",
        results=tuple(same),
    )
