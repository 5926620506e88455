"""What did not pass, folded: what is put down to the same bug, or looks the same, is told once."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from harness.report import words
from harness.report.words import Standing
from harness.values.report import UNEXPLAINED, Cause, Report
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
    """Empty where the title is no likely bug."""
    hint: str
    """What to do; empty without a diagnosis."""
    results: tuple[Result, ...]
    """The first tells most."""
    cause: str = ""
    """The id of the cause in the catalogue; empty where none is known."""
    evidence: tuple[str, ...] = ()
    """What the cause is concluded from, a sentence each; of what is unexplained, what may have to
    do with it, told with the first of these folds only."""
    experiments: tuple[str, ...] = ()
    """What was tried to tell it from others, a sentence each."""


def folds(report: Report) -> list[Fold]:
    """Everything that did not pass and was not skipped, the gravest first.

    Of those that are as grave, causes come in the order of the report, and then what is
    unexplained.
    """
    known = {cause.id: cause for cause in report.causes}
    found = [
        _fold(same, report.strict, known)
        for standings in TOGETHER
        for same in words.by_bug(words.of_standing(report, *standings))
    ]
    order = [standing for standings in TOGETHER for standing in standings]
    ranks = {id: rank for rank, id in enumerate(known)}
    found.sort(key=lambda fold: (order.index(fold.standing), ranks.get(fold.cause, len(ranks))))
    return _with_clues(found, known.get(UNEXPLAINED))


def _with_clues(found: list[Fold], open_ones: Cause | None) -> list[Fold]:
    """``found``; the first that is unexplained has what may have to do with all of these."""
    names = set(open_ones.explains) if open_ones is not None else set()
    first = next((f for f in found if names.intersection(r.id for r in f.results)), None)
    if open_ones is None or first is None:
        return found
    told = replace(
        first,
        evidence=tuple(map(words.one_line, open_ones.evidence)),
        experiments=tuple(map(words.one_line, open_ones.experiments)),
    )
    return [told if fold is first else fold for fold in found]


def _fold(same: list[Result], strict: bool, known: Mapping[str, Cause]) -> Fold:
    standings = {words.standing(result, strict=strict) for result in same}
    diagnosis = same[0].diagnosis
    is_bug = diagnosis is not None and not words.is_unexplained(same[0])
    cause = known.get(diagnosis.cause or "") if diagnosis is not None else None
    title = diagnosis.bug if diagnosis is not None else same[0].summary or same[0].requirement
    return Fold(
        standing=next(s for s in Standing if s in standings and s is not Standing.PASSED),
        title=words.one_line(title),
        confidence=words.one_line(diagnosis.confidence) if diagnosis is not None and is_bug else "",
        hint=words.one_line(diagnosis.hint) if diagnosis is not None else "",
        results=tuple(same),
        cause=cause.id if cause is not None else "",
        evidence=tuple(map(words.one_line, cause.evidence)) if cause is not None else (),
        experiments=tuple(map(words.one_line, cause.experiments)) if cause is not None else (),
    )
