"""What is lost when a client ends its side: rules of the group "ending"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Evidence
from harness.diagnosis.facts_process import fact, talks
from harness.diagnosis.read_sizes import LARGEST_READ, SURE_READ, USUAL_READ
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.ends_tried import late_reader_loses, reset_while_pending
from harness.values.verdict import Kind

AFTER_END = (
    "shutdown/*",
    "chunking/*",
    "identity/counter",
    "identity/long-stream",
    "partial-send/*",
    "resilience/pause-resume",
    "sessions/*",
    "fuzz/plans",
)
"""Checks in which a client ends its side and waits for what has not come yet."""


def _cut_at_end(case: Case) -> frozenset[str]:
    """The checks in which the last part is missing after the client has ended its side."""
    return frozenset(
        e.check_id
        for e in case.failures
        if e.first.kind is Kind.TRUNCATED and e.seen is not None
        if e.seen.half_closed and not e.was_urged and not _broke_down(e)
    )


def _broke_down(e: Evidence) -> bool:
    """Whether an instance ended in another way than a program for one client does at its end."""
    return any(not death.asked and not death.clean for death in e.trace.deaths)


def _longest(case: Case, *ids: str) -> int:
    """The most bytes that one of the clients of these checks lost at its end."""
    found = [f for i in ids if (e := case.of(i)) for f in e.findings]
    return max((f.length or 0 for f in found if f.kind is Kind.TRUNCATED), default=0)


def _fails_small(case: Case) -> bool:
    """A few bytes that come with the end are lost, on the smallest of the connections."""
    e = case.of("shutdown/data-with-fin")
    if e is not None and e.first.kind is Kind.TRUNCATED:
        return (e.first.length or 0) < USUAL_READ and (e.first.sent or 0) < USUAL_READ
    fuzz = case.of("fuzz/plans")
    small = "fuzz/plans" in _cut_at_end(case) and "shutdown/data-with-fin" not in case.passed
    return fact(case, "end", "together_missing") not in (None, 0) or (
        small and (fuzz.first.length or 0) < SURE_READ if fuzz else False
    )


def _ends_by_reset(case: Case) -> bool:
    cut = [e for e in case.failures if e.check_id in _cut_at_end(case)]
    return bool(cut) and sum(e.first.ending == "rst" for e in cut) * 2 > len(cut)


def pending_dropped(case: Case) -> Sign | None:
    """What waits to be sent is lost when the client ends its side; small answers come."""
    cut = _cut_at_end(case)
    large = {"shutdown/lagging-reader", "shutdown/flushes-everything"} & cut
    if not large or _loses_midway(case):
        return None
    if (_ends_by_reset(case) and len(cut) > 1) or late_reader_loses(case):
        return None
    most = _longest(case, *large)
    if not _fails_small(case):
        said = "What waited to be sent was lost when the client ended its side; small answers came."
        return Sign(cut, (said,), LIKELY)
    if most <= LARGEST_READ:  # no more than the last read: that it was ever kept is not seen
        return None
    said = (
        f"When the client ended its side up to {most:,} bytes were lost, more than one read takes; "
        "the connection ended in good order, so they had been read, and waited to be sent."
    )
    return Sign(cut, (said,), LIKELY)


def half_close_ends(case: Case) -> Sign | None:
    """The connection ends at the client's end, before what came with it is answered."""
    cut = _cut_at_end(case)
    if not cut or _loses_midway(case) or cut == {"shutdown/lagging-reader"}:
        return None
    if not _ends_by_reset(case) or reset_while_pending(case):
        return None
    said = (
        "What the client sent directly before its end was lost; the connection ended with a reset, "
        "so it had not even been read."
    )
    return Sign(cut, (said,), LIKELY)


def end_with_data_lost(case: Case) -> Sign | None:
    """Only what came together with the end is lost."""
    cut = _cut_at_end(case)
    if not cut or not _fails_small(case) or _ends_by_reset(case) or _loses_midway(case):
        return None
    if _longest(case, "shutdown/flushes-everything", "shutdown/lagging-reader") > LARGEST_READ:
        return None
    said = "Bytes that came together with the client's end were not sent back; all others were."
    return Sign(cut, (said,), LIKELY)


def _loses_midway(case: Case) -> bool:
    """Bytes are missing while the client has not ended yet: no matter of the end."""
    if not talks(case):
        return True
    other = (Kind.LOST, Kind.CHANGED, Kind.EXTRA, Kind.DUPLICATED, Kind.REORDERED, Kind.EARLY_CLOSE)
    return any(e.first.kind in other for e in case.failures)


RULES: tuple[Rule, ...] = (
    Rule("pending-dropped-at-end", pending_dropped, may=AFTER_END, strength=1, asks=("end",)),
    Rule("half-close-ends-at-once", half_close_ends, may=AFTER_END, strength=1, asks=("end",)),
    Rule("end-with-data-lost", end_with_data_lost, may=AFTER_END, strength=1, asks=("end",)),
)
