"""Words of the server's own that come last, on some connections only."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.facts_stream import bad_sessions, of_check
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.added import EXTRA, common, shown

SOME, LEAST_TEXT = 3, 4
"""Checks in which words of its own come last, and how many characters they have at least."""


def farewell_to_some(case: Case) -> Sign | None:
    """The same words come last, on some connections only."""
    last = [
        s
        for s in bad_sessions(case)
        if s.seen.half_closed and s.seen.sent and s.good == s.seen.sent and s.seen.surplus
    ]
    text = common(s.seen.surplus for s in last)
    if len(of_check(last)) < SOME or len(text) < LEAST_TEXT or not text.isascii():
        return None
    others = [s for s in bad_sessions(case) if s.finding is not None and s not in last]
    if len(others) > len(last) or any(text[:LEAST_TEXT] in s.sent for s in last):
        return None
    checks = of_check(last)
    said = f"In {len(checks)} checks {shown(text)} came last, behind all that the client had sent."
    return Sign(checks, (said,), LIKELY, f"some clients get {shown(text)} when they have ended")


RULES = (Rule("farewell", farewell_to_some, may=EXTRA, strength=2),)
