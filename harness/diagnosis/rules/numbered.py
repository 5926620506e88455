"""Connections that have a number, or a place in a table, which is used again too soon."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, Evidence
from harness.diagnosis.experiments.values import ENDED, when
from harness.diagnosis.facts_crowds import SIDE_BY_SIDE
from harness.diagnosis.rule import PLAIN, Rule, Sign
from harness.values.verdict import Profile

BITS = 256
"""Numbers that a byte has."""
LEAST = 16
"""Clients of a crowd that got bytes of others, or were closed, at least: fewer are no table."""
FEW = 2
"""Clients that a busy server may have taken in another order."""
LIVES = frozenset({"shutdown/idle-kept", "shutdown/not-early"})
"""Checks that pass where a connection may be silent, or live, for three seconds."""
SURELY = 2.8
"""Seconds that a connection may surely last where these pass."""


def used_again(case: Case) -> Sign | None:
    """Of a crowd just those that came last, a round number of them, got the bytes of others; and
    some who came before them lost theirs."""
    if case.profile is not Profile.CONCURRENT:
        return None
    found = {e.check_id: places for e in case.failures if (places := _places(e))}
    if len(set(found.values())) != 1:
        return None
    (places,) = set(found.values())
    said = (
        f"Of many clients that were there at once exactly the {places:,} that came last got bytes "
        "of others as well, and those had come before them and lost theirs."
    )
    counted = " (a number of 8 bits)" if places == BITS else ""
    return Sign(
        frozenset(found),
        (said,),
        CERTAIN,
        f"a connection has a number, or a place in a table, that begins again after {places:,}"
        f"{counted}: a later client takes the place of an earlier one that is still there",
    )


def _places(e: Evidence) -> int:
    """How many clients came last and got bytes of others, if it was all of those and nobody else;
    0 otherwise."""
    seen, order = e.trace.scripts, _in_order(e)
    mixed = {n for n in order if seen[n].surplus}
    if len(mixed) < LEAST or not _is_round(len(mixed)) or set(order[-len(mixed) :]) != mixed:
        return 0
    lost = any(seen[n].echoed < seen[n].sent for n in order[: -len(mixed)])
    return len(mixed) if lost else 0


def oldest_closed(case: Case) -> Sign | None:
    """Of a crowd those that came first are closed, who have done nothing; the last ones stay."""
    if case.profile is not Profile.CONCURRENT or case.failed.intersection(PLAIN):
        return None
    if not case.passed.issuperset(LIVES):
        return None  # it may be their age that ends them
    kept = {e.check_id: most for e in case.failures if not e.died and (most := _kept(e))}
    if not kept:
        return None
    most = max(kept.values())
    said = (
        "Of many clients that were there at once the first were disconnected, whoever they were, "
        f"and just the last {most:,} stayed."
    )
    return Sign(
        frozenset(kept),
        (said,),
        LIKELY,
        f"only some {most:,} clients can be connected at once: when another comes the one that was "
        "there first, or was silent longest, is disconnected",
    )


def _kept(e: Evidence) -> int:
    """How many of a crowd stayed, if it was just the last ones; 0 otherwise."""
    seen = e.trace.scripts
    order = _in_order(e)
    closed = {n for n in order if seen[n].ending in ENDED and not seen[n].half_closed}
    ages = [(seen[n].ended or 0.0) - (when(seen[n], "connected") or 0.0) for n in closed]
    if max(ages, default=0.0) > SURELY:
        return 0
    stayed = [n for n in order if n not in closed]
    if min(len(closed), len(stayed)) < LEAST or any(seen[n].surplus for n in order):
        return 0
    first = set(order[: len(closed)])
    return len(stayed) if len(closed - first) <= FEW else 0


def _in_order(e: Evidence) -> list[int]:
    """The scripts of the clients that were there together, as they came."""
    seen = e.trace.scripts
    crowd = [n for n, script in enumerate(e.plan.scripts[: len(seen)]) if not script.after]
    came = [(at, n) for n in crowd if (at := when(seen[n], "connected")) is not None]
    return [n for _, n in sorted(came)]


def _is_round(number: int) -> bool:
    """Whether it is a power of two, or one or a few of the largest unit in it: 256, 100, 500."""
    digits = str(number)
    return not number & (number - 1) or not digits[1:].strip("0")


RULES: tuple[Rule, ...] = (
    Rule("counter-wraps", used_again, may=SIDE_BY_SIDE, strength=3),
    Rule("connection-limit", oldest_closed, may=SIDE_BY_SIDE, strength=1),
)
