"""Later clients that are treated as if they had ended already: a rule of the group "state"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import fact
from harness.diagnosis.rule import MOST, Rule, Sign, explained

ENOUGH = 5
"""Clients after the first that is served otherwise."""


def after_the_first(case: Case) -> Sign | None:
    """Only the first client of a fresh server keeps its connection: each later one is answered
    once, and closed."""
    other, again, more = (number(fact(case, "later", name)) for name in ("other", "again", "more"))
    if other != 2 or again != more or more < ENOUGH:
        return None
    cut = [e for e in case.failures if e.first.kind in CUT]
    served = [e for e in cut if e.first.received]
    if any(e.died for e in case.failures) or len(served) < MOST * len(case.failures):
        return None
    said = (
        f"The first client of a fresh server is served as it should be, and each of the {more + 1} "
        "after it gets an answer and is closed, though it has not ended."
    )
    return Sign(
        explained(case, CUT),
        (said,),
        LIKELY,
        "what is noted when a client ends (a mark, a flag, an entry in a table) is not taken back, "
        "and later clients are treated as if they had ended already",
    )


RULES: tuple[Rule, ...] = (
    Rule("state-by-descriptor", after_the_first, strength=2, asks=("later",)),
)
