"""Connections that have a number, or a place in a table, which is used again too soon."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, Evidence
from harness.diagnosis.experiments.values import when
from harness.diagnosis.facts_crowds import SIDE_BY_SIDE
from harness.diagnosis.rule import Rule, Sign
from harness.values.verdict import Profile

BITS = 256
"""Numbers that a byte has."""
LEAST = 16
"""Clients of a crowd that got bytes of others, at least: fewer are no table."""


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
    seen = e.trace.scripts
    crowd = [n for n, script in enumerate(e.plan.scripts[: len(seen)]) if not script.after]
    came = [(at, n) for n in crowd if (at := when(seen[n], "connected")) is not None]
    order = [n for _, n in sorted(came)]
    mixed = {n for n in order if seen[n].surplus}
    if len(mixed) < LEAST or not _is_round(len(mixed)) or set(order[-len(mixed) :]) != mixed:
        return 0
    lost = any(seen[n].echoed < seen[n].sent for n in order[: -len(mixed)])
    return len(mixed) if lost else 0


def _is_round(number: int) -> bool:
    """Whether it is a power of two, or one or a few of the largest unit in it: 256, 100, 500."""
    digits = str(number)
    return not number & (number - 1) or not digits[1:].strip("0")


RULES: tuple[Rule, ...] = (Rule("counter-wraps", used_again, may=SIDE_BY_SIDE, strength=3),)
