"""Failures that look alike: one bug shows in many ways, and no rule foresees all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.diagnosis.candidates import Candidate
from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, OTHER_BYTES, POSSIBLE, AnyEvidence, Evidence
from harness.diagnosis.rule import matches
from harness.values.verdict import Kind


def likes(case: Case, owners: Mapping[str, Candidate | None]) -> dict[str, Candidate]:
    """What no rule explains, and looks like what a cause explains that is likely at least.

    One bug shows in many ways, and no rule foresees all of them: a loss beside thirty losses that
    are explained is hardly a bug of its own.  Only causes of a failed ``must`` can have more.
    """
    owned: dict[tuple[Kind, bool], list[Candidate]] = {}
    for e in _musts(case):
        owner = owners[e.check_id]
        if owner is not None:
            owned.setdefault(_look(e), []).append(owner)
    found = {}
    for e in case.failures:
        able = [
            one
            for one in owned.get(_look(e), ())
            if one.sign.confidence != POSSIBLE and matches(e.check_id, one.rule.may)
        ]
        if owners[e.check_id] is None and able:
            found[e.check_id] = max(able, key=able.count)
    return found


def _look(evidence: Evidence) -> tuple[Kind, bool]:
    """A connection that ends looks otherwise where the target has died."""
    return symptom(evidence), evidence.died


def symptom(evidence: AnyEvidence) -> Kind:
    """Which of the other bytes they are called is a matter of how they fall; but those of another
    client are a matter of their own."""
    kind = evidence.first.kind
    return Kind.CHANGED if kind in OTHER_BYTES and kind is not Kind.FOREIGN else kind


FAR_MORE = 2
"""Times as many failures that stay open speak against a cause, however they look."""


def doubtful(case: Case, owners: Mapping[str, Candidate | None]) -> list[Candidate]:
    """What is not to be said of this case.

    A cause that leaves open far more failures than it explains is hardly the bug, unless it is
    certain.  Of a guess that is true of failures of the same look, if they are more; and where all
    that it explains looks like what a cause explains that is certain, they come of that, most
    likely.
    """
    sure = [(symptom(e), owner) for e in _musts(case) if _is_certain(owner := owners[e.check_id])]
    left = [symptom(e) for e in _musts(case) if owners[e.check_id] is None]
    found = []
    for one in dict.fromkeys(filter(None, owners.values())):
        own = [e for e in _musts(case) if owners[e.check_id] is one]
        if not own or _is_certain(one):
            continue
        looks = {symptom(e) for e in own}
        alike = sum(look in looks for look in left)
        weak = alike > len(own) or all(_proved(e, sure) for e in own)
        guess = one.sign.confidence == POSSIBLE
        if len(left) > FAR_MORE * len(own) or (guess and weak):
            found.append(one)
    return found


def _proved(evidence: Evidence, sure: Sequence[tuple[Kind, Candidate | None]]) -> bool:
    """Whether one of the certain causes can do what was seen here, and has done it elsewhere."""
    return any(
        look is symptom(evidence) and one is not None and matches(evidence.check_id, one.rule.may)
        for look, one in sure
    )


def _is_certain(owner: Candidate | None) -> bool:
    return owner is not None and owner.sign.confidence == CERTAIN


def _musts(case: Case) -> list[Evidence]:
    return [e for e in case.failures if e.check_id not in case.warnings]
