"""What waits to be sent is read from a wrong place: only while output has to wait, and whoever
reads at once gets everything."""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, MISSING, OTHER_BYTES, Evidence
from harness.diagnosis.facts_process import calm
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.sending import zeros_within
from harness.values.verdict import Finding, Kind

EARLIER = re.compile(r"came twice: they were sent at offset ([\d,]+)")


def zeros_of_a_ring(case: Case) -> Sign | None:
    """Zeros stand in the place of bytes, as many in all as were sent."""
    holes = zeros_within(case)
    if not holes or not calm(case) or not all(map(_as_many, holes)):
        return None
    said = (
        f"In {len(holes)} checks zeros (NUL bytes) came in the place of bytes of the client, and "
        "in all as many bytes as were sent; only where output had to wait."
    )
    return Sign(
        explained(case, (*OTHER_BYTES, *MISSING)),
        (said,),
        LIKELY,
        "a ring or a buffer that grows is read from where nothing was put: bytes that go round its "
        "end are not moved to where they are looked for",
    )


def _as_many(e: Evidence) -> bool:
    return e.first.received == e.first.sent


def earlier_in_their_place(case: Case) -> Sign | None:
    """Bytes that had come already stand in the place of others, as many in all as were sent."""
    twice = [e for e in case.failures if e.first.kind is Kind.DUPLICATED]
    if len(twice) < SOME or not calm(case) or not all(map(_as_many, twice)):
        return None
    said = (
        f"In {len(twice)} checks bytes that had come before stood in the place of others, and in "
        "all as many came as were sent; only where output had to wait."
    )
    detail = "the place of bytes that wait to be sent is taken by others before they are sent"
    return Sign(explained(case, OTHER_BYTES), (said,), LIKELY, detail)


def a_part_again(case: Case) -> Sign | None:
    """Each block that comes twice comes twice at once, so it was sent again from where it began."""
    twice = [e for e in case.failures if e.first.kind is Kind.DUPLICATED]
    if len(twice) < 2 or not calm(case) or not all(map(_at_once_again, twice)):
        return None
    least = min(e.first.length or 0 for e in twice)
    said = (
        f"In {len(twice)} checks a block of bytes ({least:,} and more) came twice, one directly "
        "behind the other; only where output had to wait."
    )
    return Sign(frozenset(e.check_id for e in twice), (said,), LIKELY)


def _at_once_again(e: Evidence) -> bool:
    found = EARLIER.search(e.first.message)
    if found is None or (e.first.received or 0) <= (e.first.sent or 0):
        return False
    return (e.first.offset or 0) - int(found[1].replace(",", "")) == e.first.length


def begun_again(case: Case) -> Sign | None:
    """The rest of a block is taken from its beginning, and as many bytes of it as were left."""
    placed = [
        (f, (f.offset or 0) - int(m[1].replace(",", "")))
        for e in case.failures
        for f in e.findings
        if f.received == f.sent and (m := STANDS.search(f.message))
    ]
    changed = [(f, back) for f, back in placed if f.kind is Kind.CHANGED and back > 0]
    if len(changed) < SOME or not calm(case) or not all(_within_a_block(*one) for one in placed):
        return None
    said = (
        f"{len(changed)} times bytes of a block stood again where its rest should be, and what "
        "came behind the block was right; in all as many bytes came as were sent. Only where "
        "output had to wait."
    )
    return Sign(
        explained(case, OTHER_BYTES),
        (said,),
        LIKELY,
        "after a short send the rest is taken from the beginning of the block again, and as many "
        "bytes of it as were left",
    )


def _within_a_block(found: Finding, back: int) -> bool:
    """Whether it begins with the block of which it should be the rest; what comes twice may be the
    first part of a rest that is longer."""
    if found.kind is Kind.CHANGED:
        return back > 0 and back + (found.length or 0) <= LARGEST_READ
    return back == found.length


STANDS = re.compile(r"they (?:were sent at|stand at) offset ([\d,]+)")
SOME = 3
"""Checks: one alone may be of another bug."""
RULES: tuple[Rule, ...] = (
    Rule("ring-wrap", zeros_of_a_ring, strength=2),
    Rule("buffer-overwritten", earlier_in_their_place, strength=0),
    Rule("send-retried-from-start", a_part_again, strength=0),
    Rule("send-retried-from-start", begun_again, strength=2),
)
