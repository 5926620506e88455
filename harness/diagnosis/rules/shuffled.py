"""As many bytes as were sent come back, and stand in wrong places: rules of the group "sending"."""

from __future__ import annotations

from collections import Counter

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.facts_pieces import pieces
from harness.diagnosis.facts_process import talks
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.rule import Rule, Sign, explained
from harness.values.plan import StartReading, StopReading
from harness.values.trace import SURPLUS_KEPT
from harness.values.verdict import Kind

WINDOW = 32
"""Bytes of a payload that stand in it only once."""
SAMPLES = 16
MUCH = 2048
"""Bytes of which some were read before others were sent."""
MOST = 0.9
FEW = 8
"""One check in so many may see bytes of another client: a buffer that goes from hand to hand."""
DRAWN = "fuzz/plans"
"""Its payloads may repeat themselves."""


def _as_many(case: Case) -> list[Session]:
    """The sessions that got as many bytes as they sent, if nearly all are such and small messages
    go well; else none."""
    bad = [s for s in bad_sessions(case) if s.seen.sent]
    found = [s for s in bad if s.seen.received == s.seen.sent and s.seen.surplus]
    foreign = [e for e in case.failures if any(f.kind is Kind.FOREIGN for f in e.findings)]
    if FEW * len(foreign) > len(of_check(found)) or not talks(case) or len(found) < MOST * len(bad):
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


def overtaking(case: Case) -> Sign | None:
    """Pieces change places although their client reads all the time: nothing had to wait."""
    moved = [s for s in bad_sessions(case) if not _stops(s) and changed_places(s)]
    checks = of_check(moved)
    if len(checks) < 2 or not talks(case):
        return None
    said = (
        f"In {len(checks)} checks exactly the pieces that were sent came back, and later ones came "
        "before earlier ones, though the client read all the time."
    )
    return Sign(explained(case, MIXED), (said,), LIKELY)


MIXED = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED, Kind.LOST, Kind.DUPLICATED, Kind.RESOURCE)
"""What is seen first where pieces have changed places."""


def _stops(s: Session) -> bool:
    """Whether its client left something unread for a while."""
    return any(isinstance(step, StopReading | StartReading) for step in s.script.steps)


def changed_places(s: Session) -> bool:
    """Whether exactly the bytes that were sent came back, in another order."""
    if not s.seen.surplus or s.seen.received != s.seen.sent:
        return False  # all came in order, and something else is wrong; or not all came
    if len(s.seen.surplus) == SURPLUS_KEPT:
        return False
    sent = s.sent_up_to(SURPLUS_KEPT)
    return bool(sent) and Counter(sent[s.good :]) == Counter(s.seen.surplus)


def only_last_kept(case: Case) -> Sign | None:
    """Of what comes while an answer waits only the last piece is left, also of small ones."""
    if "chunking/many-writes-one-read" not in case.failed or case.failed & SMALL_ONES:
        return None
    lost = [s for s in bad_sessions(case) if kind_of(s) is Kind.LOST and s.whole and not _stops(s)]
    tails = [s for s in lost if _in_order(s) and s.received.endswith(s.sent[-WINDOW:])]
    checks = of_check(tails)
    if len(checks) < 3 or "chunking/many-writes-one-read" not in checks:
        return None
    if len(tails) < MOST * len(lost):
        return None
    said = (
        f"In {len(checks)} checks pieces that came close behind one another were lost, and the "
        "last of them came: each took the place of the one before."
    )
    kinds = (*MIXED, Kind.TRUNCATED)
    return Sign(explained(case, kinds), (said,), LIKELY)


SMALL_ONES = {"identity/one-byte", "identity/hello"}


def _in_order(s: Session) -> bool:
    found = pieces(s.sent, s.received) or ()
    return bool(found) and found != ((0, s.seen.sent),) and sorted(found) == list(found)


RULES: tuple[Rule, ...] = (
    Rule("buffer-overwritten", overwritten, must=("partial-send/stalled-reader",), strength=2),
    Rule("buffer-overwritten", only_last_kept, strength=1),
    Rule("answers-overtake", overtaking, strength=2),
    Rule("queue-order", moved, strength=1),
)
