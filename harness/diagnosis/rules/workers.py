"""A process of the target's own dies and is started again: rules of the group "process".

The target lives on, so no death is seen of it.  Its clients are reset though nobody concerned did
anything, the next may be refused for a moment, and the target often says that it starts another.
"""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, LIKELY
from harness.diagnosis.facts_crowds import of_several
from harness.diagnosis.facts_deaths import FAMINE, falls, of_workers
from harness.diagnosis.facts_process import talks
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.aftermath import UNSERVED
from harness.diagnosis.rules.deaths import LEFT
from harness.values.verdict import Profile

OTHERS = 2
"""Checks in which others are cut off, or nobody is there."""


def _look(case: Case) -> tuple[frozenset[str], str, str]:
    """The checks in which it shows, what is said of the process, and why it ended."""
    ended, why = of_workers(case)
    itself = any(fall.check_id != FAMINE for fall in falls(case))
    if not ended or case.profile is not Profile.CONCURRENT or itself or not talks(case):
        return frozenset(), "", ""
    found = explained(case, (*UNSERVED, *CUT), of_several)
    return (found, ended, why) if len(found) >= OTHERS else (frozenset(), "", "")


def worker_of_reset(case: Case) -> Sign | None:
    """It says why: a client has broken off its connection."""
    found, ended, why = _look(case)
    if not why:
        return None
    return Sign(found, (f"The target says {why!r}, and {ended!r}.",), LIKELY, BUG)


def worker_of_client(case: Case) -> Sign | None:
    """It does not say why."""
    found, ended, why = _look(case)
    if not ended or why:
        return None
    said = f"Clients that others had nothing to do with were cut off; the target says {ended!r}."
    return Sign(found, (said,), LIKELY, BUG)


BUG = "an error of one client ends the process that serves it, with all its other clients"
RULES: tuple[Rule, ...] = (
    Rule("crash-on-reset", worker_of_reset, may=(*LEFT, "fuzz/plans"), strength=3),
    Rule("client-error-ends-server", worker_of_client, may=(*LEFT, "fuzz/plans"), strength=3),
)
