"""As many bytes as were sent come back, and stand in wrong places: rules of the group "sending"."""

from __future__ import annotations

from collections import Counter

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.facts_process import talks
from harness.diagnosis.facts_stream import Session, bad_sessions, of_check
from harness.diagnosis.rule import Rule, Sign
from harness.values.verdict import Kind

WINDOW = 32
"""Bytes of a payload that stand in it only once."""
SAMPLES = 16
MUCH = 2048
"""Bytes of which some were read before others were sent."""
MOST = 0.9
DRAWN = "fuzz/plans"
"""Its payloads may repeat themselves."""


def _as_many(case: Case) -> list[Session]:
    """The sessions that got as many bytes as they sent, if nearly all are such and small messages
    go well; else none."""
    bad = [s for s in bad_sessions(case) if s.seen.sent]
    found = [s for s in bad if s.seen.received == s.seen.sent and s.seen.surplus]
    foreign = any(f.kind is Kind.FOREIGN for e in case.failures for f in e.findings)
    if foreign or not talks(case) or len(found) < MOST * len(bad):
        return []
    return found


def repeats(s: Session) -> bool:
    """Whether what came from the first wrong byte on holds the same piece several times."""
    came = s.seen.surplus
    if s.check_id == DRAWN or len(came) < MUCH:
        return False
    places = range(0, len(came) - WINDOW, max(1, len(came) // SAMPLES))
    return any(came.find(came[at : at + WINDOW], at + 1) > 0 for at in places)


def repeated(case: Case) -> frozenset[str]:
    """The checks in which some bytes stand several times, and nothing has come too much."""
    return of_check(s for s in _as_many(case) if repeats(s))


def overwritten(case: Case) -> Sign | None:
    """Later bytes stand in the places of earlier ones, and in their own as well."""
    checks = repeated(case)
    if len(checks) < 2:
        return None
    said = (
        f"In {len(checks)} checks as many bytes came back as were sent, but some of them several "
        "times, in the places of others."
    )
    return Sign(of_check(_as_many(case)), (said,), LIKELY)


def moved(case: Case) -> Sign | None:
    """Exactly the bytes that were sent come back, in another order."""
    if repeated(case) or "chunking/many-writes-one-read" in case.failed:
        return None
    found = _as_many(case)
    same = [s for s in found if s.whole and Counter(s.received) == Counter(s.sent)]
    checks = of_check(same) - {DRAWN}
    others = [s for s in found if s.whole and s not in same]
    if len(checks) < 2 or others:
        return None
    said = (
        f"In {len(checks)} checks exactly the bytes that were sent came back, in another order; "
        "small messages that wait for their answers are right."
    )
    return Sign(of_check(found), (said,), LIKELY)


RULES: tuple[Rule, ...] = (
    Rule("buffer-overwritten", overwritten, must=("partial-send/stalled-reader",), strength=2),
    Rule("queue-order", moved, strength=1),
)
