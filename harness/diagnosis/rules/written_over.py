"""Clients that do not read for a while: what waits for them is written over, or sent again."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, MISSING, Evidence
from harness.diagnosis.facts_process import PRESSURE, calm, first_kind
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.slow_readers import (
    INTERRUPTED,
    STALLED,
    ids_of,
    kept_tail,
    of_kinds,
)
from harness.values.trace import Ending
from harness.values.verdict import Kind


def refilled(case: Case) -> Sign | None:
    """Later bytes stand where earlier ones should, as long as those were."""
    found = [e for e in of_kinds(case, Kind.CHANGED) if len(e.got) >= 8 and _from_later(e)]
    if STALLED not in ids_of(found) or not calm(case):
        return None
    said = (
        f"After the client had not read for a while {found[0].first.length:,} bytes were not its "
        "own at that place, but such as it had sent later."
    )
    return Sign(ids_of(found) | ids_of(of_kinds(case, *MISSING)), (said,), LIKELY)


def _from_later(e: Evidence) -> bool:
    return e.sent.find(e.got[:8], (e.first.offset or 0) + 1) > 0


def _from_earlier(e: Evidence) -> bool:
    at = e.sent.find(e.got[:16])
    return 0 <= at < (e.first.offset or 0)


def overwritten(case: Case) -> Sign | None:
    """All but the last read is gone of what waited."""
    gaps, tails = kept_tail(case)
    if not tails or sum(t <= LARGEST_READ for t in tails) * 2 <= len(tails):
        return None
    if first_kind(case, "partial-send/bounded-memory") is Kind.RESOURCE:
        return None  # all that waits has a place of its own: its memory grows with it
    said = (
        f"While the client did not read {gaps[0].first.length:,} bytes that waited were lost, and "
        f"only the last {min(tails):,} of them came."
    )
    return Sign(ids_of(of_kinds(case, *MISSING)), (said,), LIKELY)


def sent_again(case: Case) -> Sign | None:
    """What was sent already comes again after a call that took only a part."""
    twice = of_kinds(case, Kind.DUPLICATED)
    twice += [e for e in of_kinds(case, Kind.CHANGED) if len(e.got) >= 16 and _from_earlier(e)]
    short = [e for i in (STALLED, INTERRUPTED) for e in twice if e.check_id == i]
    if not short or not calm(case) or "identity/nothing-extra" in case.failed:
        return None
    e = short[0]
    if e.first.offset == e.first.sent or not any(map(_too_much, twice)):
        return None
    after = "the client had not read for a while"
    if e.check_id == INTERRUPTED:
        after = "a stop and continue had interrupted send() in the middle"
    said = f"{e.first.length:,} bytes came twice after {after}; none do when it reads at once."
    return Sign(ids_of(twice), (said,), LIKELY)


def _too_much(e: Evidence) -> bool:
    """Whether more came than was sent, or may have: else what came twice took another's place."""
    s = e.seen
    return s is None or s.ending is Ending.OPEN or s.received != s.sent


RULES: tuple[Rule, ...] = (
    Rule("buffer-overwritten", refilled, must=(STALLED,), may=PRESSURE, strength=1),
    Rule("buffer-overwritten", overwritten, must=(STALLED,), may=PRESSURE, strength=1),
    Rule(
        "send-retried-from-start",
        sent_again,
        may=PRESSURE,
        strength=1,
        asks=("slow-reader",),
    ),
)
