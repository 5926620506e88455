"""Bytes and connections that go wrong only while several clients are served: of "state"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CLOSED, LIKELY, OF_FUZZ, OTHER_BYTES
from harness.diagnosis.experiments.values import when
from harness.diagnosis.facts_crowds import SIDE_BY_SIDE, of_several
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.rule import MOST, Rule, Sign, matches
from harness.diagnosis.rules.state import MORE_ENDS, foreign_bytes
from harness.text.clean import plural
from harness.values.trace import ScriptTrace
from harness.values.verdict import Kind, Profile

ALONE = (
    "identity/every-byte-value",
    "identity/long-stream",
    "chunking/byte-by-byte",
    "chunking/uneven",
    "partial-send/slow-reader",
    "sessions/one-after-another",
)
"""What one client alone, or one after another, shows of whatever changes bytes."""
SURPLUS = frozenset({Kind.EXTRA, Kind.DUPLICATED, Kind.CHANGED})
"""More came than was sent, or something else: a length, or what it belongs to, was another's."""


def shared_variable(case: Case) -> Sign | None:
    """Bytes go wrong in company, in several ways, and never alone."""
    wrong = [s for s in bad_sessions(case) if kind_of(s) in OTHER_BYTES and s.check_id != OF_FUZZ]
    if case.profile is not Profile.CONCURRENT or not case.passed.issuperset(ALONE):
        return None
    if len(of_check(wrong)) < 2 or not all(_in_company(case, s) for s in wrong):
        return None
    if not any(kind_of(s) in SURPLUS for s in wrong):
        return None
    said = (
        f"On {plural(len(wrong), 'connection')} other bytes came than were sent, each time while "
        "other clients were served; whoever was alone got all of its own."
    )
    explains = of_check(wrong) | {
        e.check_id
        for e in case.failures
        if matches(e.check_id, SIDE_BY_SIDE) and e.first.kind in (*OTHER_BYTES, *MORE)
    }
    return Sign(
        explains,
        (said,),
        LIKELY,
        "clients that are served at the same time share a variable or a buffer, such as the one "
        "with the number of bytes that were read",
    )


MORE = (Kind.TRUNCATED, Kind.NO_ECHO, Kind.EARLY_CLOSE, Kind.NO_END)
"""What else is seen where a length is another client's."""


def confused(case: Case) -> Sign | None:
    """Clients get bytes of another, and more of them are closed though they have not ended."""
    foreign = {e.check_id for e, _, _ in foreign_bytes(case) if e.check_id != OF_FUZZ}
    closed = [e for e in case.failures if e.first.kind in CLOSED]
    ends = {e.check_id for e in closed} - foreign
    if case.profile is not Profile.CONCURRENT or len(foreign) < 2:
        return None
    if sum(map(of_several, closed)) < MOST * len(closed):
        return None  # who is alone is closed for a reason of its own
    if len(ends) <= MORE_ENDS * len(foreign) or any(e.died for e in case.failures):
        return None  # the end of the program ends connections, too
    said = (
        f"In {len(foreign)} checks clients got bytes of another, and in {len(ends)} others "
        "connections were closed whose clients had not ended."
    )
    found = {e.check_id for e in case.failures if e.first.kind in (*OTHER_BYTES, *CLOSED, *LEFT)}
    return Sign(frozenset(found), (said,), LIKELY, MIXED_UP, mend=OWN_PLACE)


MIXED_UP = (
    "one client's connection is taken for another's: they share a variable, or a place in a table, "
    "that says which connection is served"
)
OWN_PLACE = (
    "Keep the connection in a local variable of the function (or in an object) that serves it, and "
    "pass it on as an argument. Where a table holds it, use a key that no other connection has."
)
LEFT = (Kind.NO_ECHO, Kind.NO_END, Kind.TRUNCATED)
"""What is seen by clients whose thread serves another."""


def _in_company(case: Case, s: Session) -> bool:
    """Whether another client was connected meanwhile."""
    e = case.of(s.check_id)
    others = e.trace.scripts if e is not None else ()
    return any(other is not s.seen and _overlap(s.seen, other) for other in others)


def _overlap(one: ScriptTrace, other: ScriptTrace) -> bool:
    came, others_came = when(one, "connected"), when(other, "connected")
    if came is None or others_came is None:
        return False
    left, other_left = one.finished, other.finished
    return (other_left is None or came < other_left) and (left is None or others_came < left)


RULES = (
    Rule("shared-buffer", shared_variable, strength=1, asks=("crosstalk",)),
    Rule("shared-loop-variable", confused, strength=2),
)
