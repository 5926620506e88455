"""Where in a message bytes are missing first, and what sizes of buffers that speaks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import MISSING
from harness.diagnosis.facts_stream import Session, bad_sessions
from harness.diagnosis.read_sizes import LARGEST_READ, LEAST_BUFFER, LEAST_USUAL
from harness.values.verdict import Kind

SLIDE = 2
"""Bytes that a gap may seem to lie later than it does: what is missing equals what follows."""


class Gap:
    """Where bytes of a message are missing first."""

    def __init__(self, s: Session) -> None:
        where = s.at
        assert where is not None and s.finding is not None
        self.session = s
        self.message = where
        self.within = s.good - where.start
        self.length = s.wrong_bytes
        self.kind = s.finding.kind
        self.clear = s.alone(where)
        """One read, as far as the buffer holds it, begins where the message does."""


def cut_short(g: Gap) -> bool:
    """Whether a message goes on after a gap, as it does when each of its reads is cut."""
    return g.message.exact and g.within + g.length < g.message.size and bool(g.session.seen.surplus)


def checks_of(found: Iterable[Gap]) -> frozenset[str]:
    """The checks in which these gaps are."""
    return frozenset(g.session.check_id for g in found)


def most_common(values: Iterable[int]) -> int:
    """The value that is there most often; the smaller of two."""
    counted = Counter(values)
    return max(counted, key=lambda value: (counted[value], -value), default=0)


def gaps(case: Case, kinds: Collection[Kind] = MISSING) -> list[Gap]:
    """The first gap of each session that has one; what a server leaves that dies is none."""
    died = {e.check_id for e in case.failures if Kind.DIED in e.kinds}
    return [
        Gap(s)
        for s in bad_sessions(case)
        if s.finding is not None and s.finding.kind in kinds and s.at is not None
        if s.check_id not in died
    ]


def usual(size: int) -> int:
    """The largest usual size of a buffer of which ``size`` is a multiple; 0 if there is none."""
    if size < LEAST_BUFFER:
        return 0
    power = size & -size
    if power >= LEAST_USUAL:
        return min(power, LARGEST_READ)
    return next((n for n in (10_000, 5000, 4000, 2000, 1500, 1000, 100) if size % n == 0), 0)
