"""The rules that recognise their bug in a case, with what each would explain of it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE
from harness.diagnosis.rule import PLAIN, Rule, Sign, excluded, matches
from harness.diagnosis.where import mentioned

PER_STRENGTH = 0.5
"""What it is worth for each failure that it is explained by a rule that says more."""
PLACED = 0.3
"""What it is worth that the source has a line like the bug: less than what was seen."""
SURE = (POSSIBLE, LIKELY, CERTAIN)


class Candidate(Struct, frozen=True):
    """A rule that has recognised its bug."""

    rule: Rule
    sign: Sign
    placed: bool = False
    """A line of the source could be the one that it is about."""

    @property
    def worth(self) -> float:
        """How much it says about each failure that it explains."""
        said = PER_STRENGTH * self.rule.strength + 0.1 * SURE.index(self.sign.confidence)
        return 1 + said + PLACED * self.placed


def candidates(case: Case, rules: Iterable[Rule]) -> list[Candidate]:
    """The rules that recognise their bug in ``case``, with what they explain of it."""
    found: dict[str, Candidate] = {}
    for rule in rules:
        if excluded(rule, case) or (sign := rule.look(case)) is None:
            continue
        explains = frozenset(i for i in sign.explains & case.failed if matches(i, rule.may))
        if not explains or (rule.strength < PROOF and _untried(sign, explains, case)):
            continue
        one = Candidate(
            rule,
            replace(sign, explains=explains),
            mentioned(rule.cause, case.sources, case.command),
        )
        other = found.get(rule.cause)
        found[rule.cause] = one if other is None else _stronger(one, other)
    return list(found.values())


PROOF = 3
"""The strength of a rule that says all that came back, byte by byte."""


def _untried(sign: Sign, explains: frozenset[str], case: Case) -> bool:
    """Whether it says that some bytes go wrong, and nobody has tried whether others go well: only a
    part of the contract was checked."""
    if (case.passed | case.failed).intersection(PLAIN):
        return False
    if sign.confidence == CERTAIN or len(explains) > FEW:
        return False
    return all(i.startswith("identity/") for i in explains)


FEW = 2
"""Checks that many bugs explain."""


def _stronger(one: Candidate, other: Candidate) -> Candidate:
    """The one of two that says more of the same bug; what both are sure of it explains, too."""
    first, second = sorted(
        (other, one), key=lambda c: (c.worth, len(c.sign.explains)), reverse=True
    )
    if {first.sign.confidence, second.sign.confidence} == {CERTAIN}:
        return limited(first, first.sign.explains | second.sign.explains)
    return first


def limited(one: Candidate, explains: frozenset[str]) -> Candidate:
    """``one``, explaining just these failures."""
    return replace(one, sign=replace(one.sign, explains=explains))
