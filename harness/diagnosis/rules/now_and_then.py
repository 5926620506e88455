"""A read now and then is lost, wherever it falls: what counts reads of all connections together."""

from __future__ import annotations

from statistics import median

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_FUZZ
from harness.diagnosis.facts_gaps import most_common
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LEAST_BUFFER
from harness.diagnosis.rule import MOST, Rule, Sign, explained
from harness.values.trace import Ending
from harness.values.verdict import Kind

LEAST_CHECKS, LEAST_LOST, LEAST_READS = 3, 5, 10
"""Checks in which it is seen; reads that one of them has lost; reads for one that is lost."""
NEAR = 0.2
"""How far the share of one connection may be from that of the others."""


def now_and_then(case: Case) -> Sign | None:
    """Of long streams the same share is lost in reads of one size, and never at the same place."""
    found = [s for s in bad_sessions(case) if s.check_id != OF_FUZZ and _goes_on(s)]
    unit = most_common(s.wrong_bytes for s in found)
    long = [s for s in found if _lost(s) >= LEAST_LOST * unit]
    if unit < LEAST_BUFFER or len(of_check(long)) < LEAST_CHECKS:
        return None
    shares = [s.seen.sent / _lost(s) for s in long]
    usual = median(shares)
    near = [share for share in shares if abs(share - usual) < NEAR * usual]
    if usual < LEAST_READS or len(near) < MOST * len(shares):
        return None
    place = most_common(s.good for s in found)
    if 2 * sum(s.good == place for s in found) >= len(found):
        return None  # who loses at one place of a connection counts what is on that
    said = (
        f"In {len(of_check(long))} checks with long streams {unit:,} bytes are lost again and "
        f"again, of about {usual:,.0f} reads one, and the first of them at another place each time."
    )
    detail = f"about one read in {usual:,.0f}, counted over all clients, is not sent back"
    return Sign(explained(case, (Kind.LOST, Kind.TRUNCATED)), (said,), LIKELY, detail)


def _goes_on(s: Session) -> bool:
    """Whether something is missing in the middle, and all the rest had time to come."""
    return kind_of(s) is Kind.LOST and s.seen.ending is not Ending.OPEN


def _lost(s: Session) -> int:
    return s.seen.sent - s.seen.received


RULES = (Rule("every-nth-read", now_and_then, must=("identity/long-stream",), strength=2),)
