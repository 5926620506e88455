"""Senders whose patience ends: bytes that are lost only where a reader keeps them waiting long."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, Evidence
from harness.diagnosis.facts_process import PRESSURE, calm, stall_costs_nothing
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.slow_readers import (
    INTERRUPTED,
    STALLED,
    ids_of,
    of_kinds,
)
from harness.values.plan import Wait
from harness.values.verdict import Kind

LONG = 4.0
"""Seconds without a read that only thorough runs wait."""
SHORT_STALLS = (INTERRUPTED, "partial-send/both-ways")


def after_seconds(case: Case) -> Sign | None:
    """Bytes are lost only where a reader stalls for seconds, and not where it stalls at all."""
    if not case.passed.intersection(SHORT_STALLS) or case.failed.intersection(SHORT_STALLS):
        return None
    lost = of_kinds(case, Kind.LOST, Kind.TRUNCATED)
    seconds = max(map(_stalls_for, lost), default=0.0)
    if STALLED not in ids_of(lost) or seconds < LONG:
        return None
    said = (
        f"A client that read nothing for {seconds:g} s lost bytes, and clients that stalled for a "
        "moment lost none."
    )
    return Sign(
        ids_of(lost),
        (said,),
        CERTAIN,
        "sending gives up after some seconds in which a client reads nothing, and throws the data "
        "away",
    )


def _stalls_for(e: Evidence) -> float:
    return max((step.seconds for step in e.steps if isinstance(step, Wait)), default=0.0)


def after_a_while(case: Case) -> Sign | None:
    """The same of a shorter patience: whoever reads as soon as the target stalls loses nothing."""
    lost = of_kinds(case, Kind.LOST, Kind.TRUNCATED)
    if STALLED not in ids_of(lost) or not stall_costs_nothing(case) or not calm(case):
        return None
    said = (
        "Bytes are missing where a client did not read for a while, and none where it read again "
        "as soon as the server could not send any more: it is a matter of time."
    )
    return Sign(ids_of(of_kinds(case, *MISSING)), (said,), LIKELY)


RULES: tuple[Rule, ...] = (
    Rule("stalled-output-dropped", after_seconds, may=PRESSURE, strength=3),
    Rule(
        "stalled-output-dropped",
        after_a_while,
        must=(STALLED,),
        may=PRESSURE,
        strength=2,
        asks=("slow-reader",),
    ),
)
