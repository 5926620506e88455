"""As many bytes as were sent come back, and stand in wrong places: rules of the group "sending"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb, factorial, prod

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_FUZZ, Evidence
from harness.diagnosis.facts_pieces import pieces
from harness.diagnosis.facts_process import talks
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import SURE_READ
from harness.diagnosis.rule import MOST, NEARLY_ALL, PLAIN, Rule, Sign, explained
from harness.diagnosis.rules.slow_readers import STALLED
from harness.values.plan import StartReading, StopReading
from harness.values.trace import SURPLUS_KEPT, Ending
from harness.values.verdict import Kind

WINDOW = 32
"""Bytes of a payload that stand in it only once."""
SAMPLES = 16
"""Places of what came at which it is looked whether a piece comes again."""
PIECE = 8
"""Bytes by which a piece is known."""
MUCH = 2048
"""Bytes of which some were read before others were sent."""
FEW = 8
"""One check in so many may see bytes of another client: a buffer that goes from hand to hand."""


def _as_many(case: Case) -> list[Session]:
    """The sessions that got as many bytes as they sent, if nearly all are such and small messages
    go well; else none."""
    bad = [s for s in bad_sessions(case) if s.seen.sent]
    found = [s for s in bad if s.seen.received == s.seen.sent and s.seen.surplus]
    foreign = [e for e in case.failures if any(f.kind is Kind.FOREIGN for f in e.findings)]
    if FEW * len(foreign) > len(of_check(found)) or not talks(case):
        return []
    return found if len(found) >= NEARLY_ALL * len(bad) else []


def nothing_waited(case: Case) -> bool:
    """Whether an answer is wrong for which nothing else was under way: a message that any server
    reads at once, which came alone, and all before it had been answered."""
    return any(
        s.at is not None and s.at.size <= SURE_READ and s.alone(s.at) and kind_of(s) in MIXED
        for s in bad_sessions(case)
        if s.check_id != OF_FUZZ and not stops(s)
    )


def repeats(s: Session) -> bool:
    """Whether what came from the first wrong byte on holds the same piece several times.  Zeros
    are no piece of anything."""
    came = s.seen.surplus
    if s.check_id == OF_FUZZ or len(came) < MUCH:
        return False
    places = range(0, len(came) - WINDOW, max(1, len(came) // SAMPLES))
    looks = [(at, came[at : at + WINDOW]) for at in places]
    return any(any(piece) and came.find(piece, at + 1) > 0 for at, piece in looks)


def repeated(case: Case) -> frozenset[str]:
    """The checks in which some bytes stand several times, and nothing has come too much: so it is
    no matter of their order alone."""
    return _repeating(case) | _replaced(case)


def _repeating(case: Case) -> frozenset[str]:
    """Those of them in which it is seen in the bytes."""
    return of_check(s for s in _as_many(case) if repeats(s))


def _replaced(case: Case) -> frozenset[str]:
    """The checks in which as many bytes came as were sent, and other ones: what is missing did not
    come late, as something came twice in its place.  What another client sent says nothing."""
    return of_check(
        s
        for s in bad_sessions(case)
        if kind_of(s) in (Kind.LOST, Kind.DUPLICATED) and s.seen.ending is not Ending.OPEN
        if s.seen.received == s.seen.sent and _is_other(s)
    )


def _is_other(s: Session) -> bool:
    """Whether all that came is known, and is not what was sent in another order."""
    sent, came = s.sent_up_to(SURPLUS_KEPT)[s.good :], s.seen.surplus
    return bool(sent) and len(came) == len(sent) and Counter(came) != Counter(sent)


def overwritten(case: Case) -> Sign | None:
    """Later bytes stand in the places of earlier ones, and in their own as well."""
    checks = _repeating(case) or _doubled(case)
    if len(checks) < 2 or nothing_waited(case):
        return None
    said = (
        f"In {len(checks)} checks as many bytes came back as were sent, but some of them several "
        "times, in the places of others."
    )
    return Sign(of_check(_as_many(case)), (said,), LIKELY)


def _doubled(case: Case) -> frozenset[str]:
    """The checks in which earlier bytes came again in the place of later ones, if it is several."""
    found = _as_many(case)
    twice = of_check(s for s in found if kind_of(s) is Kind.DUPLICATED)
    return twice if len(twice) >= DOUBLED and twice == of_check(found) else frozenset()


DOUBLED = 3
"""Checks: of that the same number of bytes came, fewer may be chance."""


def in_their_place(case: Case) -> Sign | None:
    """What was sent later comes first, in streams that are as long as what was sent, and small
    ones show that it has not only changed places."""
    ended = [s for s in bad_sessions(case) if s.seen.sent and s.seen.ending is not Ending.OPEN]
    late = [s for s in ended if kind_of(s) is Kind.LOST and s.seen.received == s.seen.sent]
    small = [s for s in ended if s.whole and s.seen.received == s.seen.sent]
    other = [s for s in small if Counter(s.received) != Counter(s.sent)]
    alien = any(set(s.received) - set(s.sent) for s in other)
    checks = of_check(late)
    if len(checks) < 3 or not other or alien or nothing_waited(case):
        return None
    if sum(s.seen.received == s.seen.sent for s in ended) < MOST * len(ended):
        return None
    said = (
        f"In {len(checks)} checks bytes that were sent later came in the place of earlier ones, "
        "and in all as many as were sent."
    )
    return Sign(explained(case, MIXED), (said,), LIKELY)


def moved(case: Case) -> Sign | None:
    """Exactly the bytes that were sent come back, in another order."""
    if repeated(case) or "chunking/many-writes-one-read" in case.failed or nothing_waited(case):
        return None
    found = _as_many(case)
    same = [s for s in found if s.whole and Counter(s.received) == Counter(s.sent)]
    checks = of_check(same) - {OF_FUZZ}
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
    moved = [s for s in bad_sessions(case) if not stops(s) and changed_places(s)]
    checks = of_check(moved)
    if len(checks) < 2 or not talks(case) or from_stack(case) or nothing_waited(case):
        return None
    said = (
        f"In {len(checks)} checks exactly the pieces that were sent came back, and later ones came "
        "before earlier ones, though the client read all the time."
    )
    return Sign(explained(case, MIXED), (said,), LIKELY)


MIXED = (Kind.REORDERED, Kind.EXTRA, Kind.CHANGED, Kind.LOST, Kind.DUPLICATED, Kind.RESOURCE)
"""What is seen first where pieces have changed places."""


def stops(s: Session) -> bool:
    """Whether its client left something unread for a while."""
    return any(isinstance(step, StopReading | StartReading) for step in s.script.steps)


def changed_places(s: Session) -> bool:
    """Whether exactly the bytes that were sent came back, in another order."""
    if not s.seen.surplus or s.seen.received != s.seen.sent:
        return False  # all came in order, and something else is wrong; or not all came
    if len(s.seen.surplus) == SURPLUS_KEPT:
        return False
    sent = s.sent_up_to(SURPLUS_KEPT)
    if not sent or s.seen.surplus[:PIECE] not in sent:
        return False  # bytes that are turned round are all there, too
    return Counter(sent[s.good :]) == Counter(s.seen.surplus)


def newest_first(case: Case) -> Sign | None:
    """Pieces come as a stack gives them back: of those that wait the newest first."""
    checks = from_stack(case)
    if not checks or not talks(case):
        return None
    said = (
        f"In {len(checks)} checks exactly the pieces that were sent came back, and of those that "
        "had to wait always the newest first."
    )
    return Sign(explained(case, MIXED, _all_came), (said,), LIKELY)


def dropped_too(case: Case) -> Sign | None:
    """Beside their order: where a reader was slow some of the pieces never came at all."""
    if not from_stack(case) or not talks(case):
        return None
    short = [e for e in case.failures if e.first.kind in MIXED and not _all_came(e)]
    if STALLED not in {e.check_id for e in short}:
        return None
    least = min((e.first.sent or 0) - (e.first.received or 0) for e in short)
    said = (
        f"In {len(short)} checks in which much had to wait {least:,} bytes or more never came, "
        "though the connection went on to its end."
    )
    return Sign(frozenset(e.check_id for e in short), (said,), LIKELY)


def _all_came(e: Evidence) -> bool:
    return (e.first.received or 0) >= (e.first.sent or 0)


def from_stack(case: Case) -> frozenset[str]:
    """The checks in which pieces changed places, if each such connection got them as a stack gives
    them, and so many did that it is no accident."""
    moved = [s for s in bad_sessions(case) if s.seen.sent <= SURPLUS_KEPT and changed_places(s)]
    orders = [order for s in moved if (order := _order(s))]
    if not all(map(is_of_stack, orders)):
        return frozenset()
    odds = prod(map(_odds, orders))
    return of_check(moved) if odds < BY_ACCIDENT else frozenset()


BY_ACCIDENT = 0.001
"""The chance that such an order would have if any were as likely: hardly one run in a thousand."""


def _order(s: Session) -> tuple[int, ...]:
    """Where the pieces begin, in the order in which they came."""
    return tuple(start for start, _ in pieces(s.sent, s.received) or ())


def is_of_stack(order: Sequence[int]) -> bool:
    """Whether what came later than one, and had been sent before it, came from the last to the
    first: a stack can give nothing else."""
    for place, start in enumerate(order):
        before = [other for other in order[place + 1 :] if other < start]
        if before != sorted(before, reverse=True):
            return False
    return True


def _odds(order: Sequence[int]) -> float:
    """The part of all orders of so many pieces that a stack can give."""
    size = len(order)
    return comb(2 * size, size) // (size + 1) / factorial(size)


def only_last_kept(case: Case) -> Sign | None:
    """Of what comes while an answer waits only the last piece is left, also of small ones."""
    if "chunking/many-writes-one-read" not in case.failed or case.failed.intersection(PLAIN):
        return None
    lost = [s for s in bad_sessions(case) if kind_of(s) is Kind.LOST and s.whole and not stops(s)]
    tails = [s for s in lost if _in_order(s) and s.received.endswith(s.sent[-WINDOW:])]
    checks = of_check(tails)
    if len(checks) < 3 or "chunking/many-writes-one-read" not in checks:
        return None
    if len(tails) < NEARLY_ALL * len(lost) or nothing_waited(case):
        return None
    said = (
        f"In {len(checks)} checks pieces that came close behind one another were lost, and the "
        "last of them came: each took the place of the one before."
    )
    kinds = (*MIXED, Kind.TRUNCATED)
    return Sign(explained(case, kinds), (said,), LIKELY)


def _in_order(s: Session) -> bool:
    found = pieces(s.sent, s.received) or ()
    return bool(found) and found != ((0, s.seen.sent),) and sorted(found) == list(found)


RULES: tuple[Rule, ...] = (
    Rule("buffer-overwritten", overwritten, strength=2),
    Rule("buffer-overwritten", in_their_place, must=(STALLED,), strength=1),
    Rule("buffer-overwritten", only_last_kept, strength=1),
    Rule("answers-overtake", overtaking, strength=2),
    Rule("queue-order", newest_first, strength=2),
    Rule("stalled-output-dropped", dropped_too, strength=2),
    Rule("queue-order", moved, strength=1),
)
