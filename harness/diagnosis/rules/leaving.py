"""When one client has left nobody new is served while another stays: of the group "connections"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Evidence
from harness.diagnosis.facts_crowds import (
    ASIDE_STALLED,
    SIDE_BY_SIDE,
    fails_in_turn,
    of_several,
    only_later_wait,
)
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.verdict import Kind

A_CROWD = 20
"""Clients that are more than a few."""


def leaver_blocks(case: Case) -> Sign | None:
    """Nobody new is served when some have left and another is still there."""
    asides = filter(None, map(case.of, ("sessions/slow-client-aside", ASIDE_STALLED)))
    found = [e for e in asides if _only_the_later(e)]
    if not found or fails_in_turn(case) or _few_wait(case):
        return None
    said = (
        "While one client stayed three others were served, and left; who came then got no "
        "answer. Clients that come together are served, and so are those who come alone."
    )
    more = explained(case, (Kind.NO_ECHO,), of_several)
    return Sign(more | {e.check_id for e in found}, (said,), LIKELY)


def _few_wait(case: Case) -> bool:
    """Whether some of a few clients are not served: what holds up crowds is no matter of a few."""
    e = case.of("sessions/simultaneous")
    return e is not None and len(e.plan.scripts) < A_CROWD


def _only_the_later(e: Evidence) -> bool:
    mute = [n for n, s in enumerate(e.trace.scripts) if s.first_byte is None and s.sent]
    return bool(mute) and only_later_wait(e, mute)


RULES = (Rule("leaver-blocks-accept", leaver_blocks, may=SIDE_BY_SIDE, strength=2),)
