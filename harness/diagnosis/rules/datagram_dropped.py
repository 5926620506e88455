"""Bugs of servers of datagrams that answer some, and throw others away."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, DatagramEvidence
from harness.diagnosis.facts_datagrams import SHORT, facts_of
from harness.diagnosis.rule import Rule, Sign
from harness.values.datagrams import asked_by
from harness.values.verdict import Kind

TOGETHER, REPEATS = "datagram/to-the-sender", "datagram/boundaries"
"""Where many wait at once; where a client sends the same twice."""
MANY = 10
"""Datagrams that wait at once: of so many a server that loses some now and then answers more."""


def one_of_many(case: Case) -> Sign | None:
    """Of all that wait at once one is answered, and what is asked again alone comes back."""
    found = next((e for e in case.datagrams if e.check_id == TOGETHER), None)
    if found is None or not {*SHORT, "datagram/interleaved"} <= case.passed:
        return None
    if found.kinds != {Kind.NO_ECHO}:
        return None
    asked = [one for seen in found.trace.scripts for one in seen.asked if one.times]
    at_once = [one for one in asked if one.answers and one.times == 1]
    if len(at_once) != 1 or len(asked) < MANY:
        return None
    said = (
        f"Of {len(asked)} datagrams that waited together one was answered at once; clients that "
        "take turns are all answered."
    )
    return Sign(
        facts_of(case).of(Kind.NO_ECHO),
        (said,),
        LIKELY,
        "of several datagrams that wait together one is answered, and the others are thrown away",
        mend="Answer each datagram as soon as it is read: the call that sends belongs into the "
        "loop that reads.",
    )


def repetitions(case: Case) -> Sign | None:
    """What equals one that was answered has no answer, however often it is sent."""
    found = frozenset(e.check_id for e in case.datagrams if _only_repeats_fail(e))
    if REPEATS not in found or facts_of(case).pairs or not set(SHORT) <= case.passed:
        return None
    return Sign(
        found,
        ("A datagram that equals an earlier one has no answer; all others have.",),
        CERTAIN if len(found) > 1 else LIKELY,
        mend="Answer each datagram, also one that has come before: the client may have lost the "
        "first answer, and asks again.",
    )


def _only_repeats_fail(e: DatagramEvidence) -> bool:
    equal = list(_silent_is_repeated(e))
    return e.kinds == {Kind.NO_ECHO} and bool(equal) and all(equal)


def _silent_is_repeated(e: DatagramEvidence) -> Iterator[bool]:
    """For each datagram that stayed without an answer, whether another like it was answered."""
    asked = [
        (data, one)
        for script, seen in zip(e.plan.scripts, e.trace.scripts, strict=True)
        for data, one in zip(asked_by(script), seen.asked, strict=True)
    ]
    answered = {data for data, one in asked if one.answers}
    for data, one in asked:
        if one.waited is not None and not one.answers:
            yield data in answered


RULES: tuple[Rule, ...] = (
    Rule("drops-while-busy", one_of_many, (TOGETHER,), strength=1),
    Rule("repetitions-dropped", repetitions, (REPEATS,), strength=2),
)
