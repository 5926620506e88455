"""How old connections were when the target ended them, and how long they had paused by then.

Pure.  What is seen is later than what was done: of an end that nobody looked out for the age is too
high, and of a timeline that was shortened the pause is too long; neither is ever too small.
"""

from __future__ import annotations

from msgspec import Struct

from harness.diagnosis.case import Case
from harness.diagnosis.experiments.values import when
from harness.diagnosis.pauses import longest_pause
from harness.values.trace import Ending, ScriptTrace


class Life(Struct, frozen=True):
    """A connection that the target ended before its client had."""

    check_id: str
    number: int
    age: float
    """Seconds from its begin to its end."""
    pause: float
    """The longest time within it, in seconds, in which no byte went either way."""


def lives(case: Case) -> tuple[Life, ...]:
    """Those of the failed checks in which no instance died; of each check's clients all."""
    return tuple(
        Life(e.check_id, number, age, longest_pause(seen))
        for e in case.failures
        if not e.died
        for number, seen in enumerate(e.trace.scripts)
        if (age := _age(seen)) is not None
    )


def life_of(case: Case, check_id: str) -> Life | None:
    """That of the session which the first finding of this check is about."""
    e = case.of(check_id)
    found = [] if e is None else [x for x in lives(case) if x.check_id == check_id]
    return next((x for x in found if e is not None and x.number == e.first.session), None)


def _age(seen: ScriptTrace) -> float | None:
    """None where it is not the target who ended it, or nobody knows when it began."""
    began = when(seen, "connected")
    if seen.half_closed or seen.ending not in (Ending.FIN, Ending.RST):
        return None
    return None if began is None or seen.ended is None else seen.ended - began
