"""Bugs of servers of datagrams that answer some, and throw others away."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, DatagramEvidence
from harness.diagnosis.facts_datagrams import SHORT, facts_of
from harness.diagnosis.rule import Rule, Sign
from harness.values.datagrams import Asked, asked_by
from harness.values.verdict import Kind

TOGETHER, REPEATS = "datagram/to-the-sender", "datagram/boundaries"
"""Where many wait at once; where a few do, again and again, and a client sends the same twice."""
MANY = 10
"""Datagrams that wait at once: of so many a server that loses some now and then answers more."""
AT_A_TIME = 3
"""Those of the few that wait together in ``REPEATS``."""
FEW = 3
"""Clients that fare alike, so that it is no accident."""
AT_ONCE = 0.005
"""Seconds: which of those that begin within them is read first is not known."""


def one_of_many(case: Case) -> Sign | None:
    """Of all that wait at once one is answered, and what is asked again alone comes back."""
    if not {*SHORT, "datagram/interleaved"} <= case.passed:
        return None
    found = [e for e in case.datagrams if e.kinds == {Kind.NO_ECHO}]
    said = [words for e in found if (words := _one_at_once(e))]
    if not said:
        return None
    return Sign(
        facts_of(case).of(Kind.NO_ECHO),
        (f"{said[0]}; clients that take turns are all answered.",),
        LIKELY,
        "of several datagrams that wait together one is answered, and the others are thrown away",
        mend="Answer each datagram as soon as it is read: the call that sends belongs into the "
        "loop that reads.",
    )


def _one_at_once(e: DatagramEvidence) -> str | None:
    """What of those that waited together was answered at once, in words, if that was one."""
    if e.check_id == TOGETHER:
        asked = [one for seen in e.trace.scripts for one in seen.asked if one.times]
        if len(asked) >= MANY and sum(map(_is_answered_at_once, asked)) == 1:
            return f"Of {len(asked)} datagrams that waited together one was answered at once"
    if e.check_id == REPEATS and len(e.trace.scripts) > 1:
        asked = list(e.trace.scripts[-1].asked)
        turns = [asked[first : first + AT_A_TIME] for first in range(0, len(asked), AT_A_TIME)]
        if turns and all(sum(map(_is_answered_at_once, turn)) == 1 for turn in turns):
            return f"Of {AT_A_TIME:,} datagrams that wait together just one is answered, each time"
    return None


def _is_answered_at_once(one: Asked) -> bool:
    return one.times == 1 and one.answers > 0


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


def places(case: Case) -> Sign | None:
    """Each client is answered always or never: those that came first, and nobody who came later,
    while the first still are."""
    found = [e for e in case.datagrams if _first_served(e)]
    if not found or not set(SHORT) <= case.passed or facts_of(case).pairs:
        return None
    said = (
        "From one client on nobody who is new has an answer, while those that came before are "
        "still answered."
    )
    return Sign(
        frozenset(e.check_id for e in found),
        (said,),
        LIKELY,
        "each client takes a place that is never given back, and without one nobody is answered",
        mend="Keep nothing of a client when it has its answer, or forget whoever has been silent "
        "the longest when the table is full.",
    )


def _first_served(e: DatagramEvidence) -> bool:
    if e.kinds != {Kind.NO_ECHO}:
        return False
    clients = [seen for seen in e.trace.scripts if seen.timeline and any(map(_is_told, seen.asked))]
    served = [seen for seen in clients if all(one.answers for one in seen.asked if _is_told(one))]
    silent = [seen for seen in clients if not any(one.answers for one in seen.asked)]
    if len(served) < FEW or len(silent) < FEW or len(served) + len(silent) < len(clients):
        return False
    since = min(seen.timeline[0].at for seen in silent)
    late = [seen for seen in served if seen.timeline[0].at > since + AT_ONCE]
    return not late and any(came.at > since + AT_ONCE for seen in served for came in seen.came)


def _is_told(one: Asked) -> bool:
    """Whether it is known what became of it."""
    return bool(one.answers) or one.waited is not None


RULES: tuple[Rule, ...] = (
    Rule("drops-while-busy", one_of_many, strength=1),
    Rule("repetitions-dropped", repetitions, (REPEATS,), strength=2),
    Rule("connections-used-up", places, strength=1),
)
