"""Senders whose patience ends: bytes that are lost only where a reader keeps them waiting long."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, OF_FUZZ, Evidence
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


def on_who_goes_on(case: Case) -> Sign | None:
    """Only one that reads slowly for seconds is cut off: no limit of each connection's age."""
    found = _cut_while_it_reads(case)
    if found is None or _is_round(found[1]):
        return None
    said = (
        f"A client that went on reading, slowly, was cut off after {found[1]:.1f} s; one that "
        "stalled for a moment and then read all was not."
    )
    return Sign(frozenset({SLOWLY}), (said,), LIKELY)


def by_its_age(case: Case) -> Sign | None:
    """The same, after a whole number of seconds since it came."""
    found = _cut_while_it_reads(case)
    if found is None or not _is_round(found[1]):
        return None
    said = (
        f"A client that went on reading, slowly, was cut off {found[1]:.2f} s after it had come; "
        "connections that ended before that were not."
    )
    return Sign(frozenset({SLOWLY}), (said,), LIKELY)


def _cut_while_it_reads(case: Case) -> tuple[Evidence, float] | None:
    """The slow reader, and the age of its connection in seconds, where only that is cut off."""
    e = case.of(SLOWLY)
    if e is None or e.first.kind is not Kind.EARLY_CLOSE or e.died or e.seen is None:
        return None
    others = case.failed - case.warnings - {SLOWLY, OF_FUZZ, *OF_PATIENCE}
    if others or STALLED not in case.passed:
        return None
    came = [m.at for m in e.seen.timeline if m.what == "connected"]
    age = e.seen.ended - came[0] if came and e.seen.ended is not None else 0.0
    return (e, age) if age >= OF_SECONDS else None


def _is_round(seconds: float) -> bool:
    """Whether it is a number of seconds that somebody would choose, and a moment."""
    return seconds % HALF_A_SECOND < A_MOMENT


SLOWLY = "partial-send/slow-reader"
OF_PATIENCE = ("shutdown/lagging-reader", "partial-send/small-window")
"""Checks in which a client may take its time as well."""
OF_SECONDS, HALF_A_SECOND, A_MOMENT = 1.5, 0.5, 0.03
RULES: tuple[Rule, ...] = (
    Rule("gives-up-on-slow-reader", on_who_goes_on, must=(SLOWLY,), may=PRESSURE, strength=1),
    Rule("time-limit", by_its_age, must=(SLOWLY,), may=PRESSURE, strength=1),
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
