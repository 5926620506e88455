"""More goes out than is left, where send() takes only a part: a rule of the group "sending"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Evidence
from harness.diagnosis.facts_process import PRESSURE, calm, fact, stall_costs_nothing
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.slow_readers import STALLED, of_kinds
from harness.values.verdict import Kind

MUCH = 2**16
"""Bytes that come back right before: of so many the system has taken a part of some only where it
had no more room."""
LEAST = 4
"""Checks; and lengths that differ, as nobody chooses how much the system takes."""


def past_the_end(case: Case) -> Sign | None:
    """Bytes that nobody has sent come between those of the client, and not in their place: only
    behind a send() that took a part, and fewer than one read has."""
    found = [e for e in of_kinds(case, Kind.EXTRA) if _has_all(e)]
    lengths = {e.first.length or 0 for e in found}
    if STALLED not in {e.check_id for e in found} or not calm(case) or stall_costs_nothing(case):
        return None
    if len(found) < LEAST or len(lengths) < LEAST or max(lengths) > LARGEST_READ:
        return None
    if len(found) < len(case.failed) or fact(case, "slow-reader", "kind") not in (None, *SEEN):
        return None
    said = (
        f"More came back than was sent: {min(lengths):,} to {max(lengths):,} bytes at a time that "
        f"are none of the client's, in {len(found)} checks in which the system cannot take all at "
        "once, and in no other."
    )
    return Sign(frozenset(e.check_id for e in found), (said,), LIKELY, BUG, mend=MEND)


def _has_all(e: Evidence) -> bool:
    """Whether more came than was sent, after much that was right."""
    return (e.first.received or 0) > (e.first.sent or 0) and (e.first.offset or 0) >= MUCH


SEEN = ("extra",)
BUG = (
    "after send() took only a part, as many bytes are sent as before, and not only those that are "
    "left: what stands behind them in memory is sent, too"
)
MEND = (
    "After each send() that took n bytes both have to change: the place moves on by n, and the "
    "count of what is left becomes less by n."
)
RULES = (
    Rule(
        "stale-buffer",
        past_the_end,
        must=(STALLED,),
        may=PRESSURE,
        strength=2,
        asks=("slow-reader",),
    ),
)
"""They come before those of ``sending``: what lies behind the data in memory is often zeros, which
a place that was never filled gives as well."""
