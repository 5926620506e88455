"""What is kept or thrown away between reads: rules of the group "reading"."""

from __future__ import annotations

from math import gcd

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE
from harness.diagnosis.facts_gaps import SLIDE, Gap, checks_of, gaps, usual
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    byte,
    listed,
    of_check,
    sessions,
    sizes_of_reads,
)
from harness.diagnosis.foretold import is_small
from harness.diagnosis.read_sizes import LEAST_BUFFER
from harness.diagnosis.rule import NEARLY_ALL, PLAIN, Rule, Sign
from harness.values.trace import Ending
from harness.values.verdict import Kind


def before_end(case: Case) -> Sign | None:
    """A full read is forgotten when the end is right behind it."""
    found = gaps(case, (Kind.TRUNCATED,))
    if not found or len(found) < len([s for s in bad_sessions(case) if s.messages]):
        return None
    if not all(g.message.last for g in found):
        return None
    unit = gcd(*(g.message.size for g in found))
    if not usual(unit) or any(g.within % unit or g.length % unit for g in found):
        return None
    others = [
        m.size
        for s in sessions(case)
        if s.finding is None and s.good == s.seen.sent
        for m in s.messages
        if m.last and m.size % unit
    ]
    if not others and len(found) < 3:
        return None
    return Sign(
        checks_of(found),
        (
            (
                f"What is lost is the last {listed(sorted({g.length for g in found}))} bytes, "
                "where the client's end comes right behind them."
            ),
            *((f"Other sizes come back, such as {listed(others[:3])} bytes.",) if others else ()),
        ),
        LIKELY,
    )


def held_back(case: Case) -> Sign | None:
    """The end of a message that may be half of something does not come."""
    found = gaps(case, (Kind.NO_ECHO, Kind.TRUNCATED))
    small = [g for g in found if is_small(g.session) and g.length <= 3]
    if not small or len(small) < len(case.failures):
        return None
    rests = [g.session.sent[g.session.good : g.message.end] for g in small]
    if set(rests) == {b"\n"} and "identity/newlines" in case.passed:
        return None  # lines that end a message come back there
    if all(rest in (b"\r", b"\n", b"\xff", b"\x1b") for rest in rests):
        what = f"a byte {byte(rests[0][0])} at the end of a message"
    elif all(_half(rest) for rest in rests):
        what = "the beginning of a character of several bytes at the end of a message"
    else:
        return None
    return Sign(
        checks_of(small),
        (f"All that does not come back is {what}.",),
        LIKELY,
        f"{what} is kept back until more comes",
    )


def _half(rest: bytes) -> bool:
    """Whether a decoder that has read ``rest`` waits for more."""
    try:
        rest.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start == 0
    return False


def pause(case: Case) -> Sign | None:
    """The first read after a pause is lost, whatever its size."""
    found = gaps(case, (Kind.LOST, Kind.NO_ECHO, Kind.TRUNCATED, Kind.CHANGED))
    starts = [g for g in found if not g.within and g.message.start and g.kind is not Kind.CHANGED]
    if len(checks_of(starts)) < 5 or 3 * len(starts) < 2 * len(found):
        return None
    if any(not g.message.start for g in found) or _small_ones_fail_once(case):
        return None
    if not any(g.length == min(g.message.size, 1024) for g in starts):
        return None
    said = (
        f"On {len(starts)} connections a whole message is lost that is not the first; what "
        "came before and after it is right."
    )
    return Sign(
        checks_of(found),
        (said,),
        POSSIBLE,
    )


def first_read(case: Case) -> Sign | None:
    """As many bytes are missing as the first read of the connection had."""
    found = [s for s in bad_sessions(case) if s.messages and s.seen.ending is not Ending.OPEN]
    unit = max((_missing(s) for s in found), default=0)
    fitting = [s for s in found if 0 < _missing(s) == min(s.messages[0].size, unit)]
    longer = [s for s in fitting if s.seen.surplus and not s.closed_early]
    several = [s for s in longer if sum(m.end <= s.seen.sent for m in s.messages) > 2]
    if len(fitting) < NEARLY_ALL * len(found) or len(of_check(several)) < 3:
        return None
    said = (
        f"On {len(fitting)} connections, of messages of all sizes, as many bytes are "
        "missing as the first read had; all that came later came back."
    )
    return Sign(
        of_check(s for s in bad_sessions(case) if s.messages),
        (said,),
        CERTAIN,
    )


def incomplete(case: Case) -> Sign | None:
    """What is left of a read when it was divided into pieces of one size is lost."""
    found = [g for g in gaps(case) if g.clear]
    least = min((g.within for g in found), default=0)
    unit = next((n for n in range(least, least - SLIDE - 1, -1) if _divides(n, found)), 0)
    if not unit or not any(g.within >= 2 * unit for g in found):
        return None
    smaller = [size for size in sizes_of_reads(case) if size < unit]
    if len(checks_of(found)) < 3 or not smaller:
        return None
    said = (
        f"Of {len(found)} messages of more than {unit:,} bytes multiples of {unit:,} come "
        "back, and what is left of them does not; smaller messages come back whole."
    )
    return Sign(
        checks_of(gaps(case)),
        (said,),
        LIKELY,
        f"of a read of more than {unit:,} bytes only whole pieces of {unit:,} are sent back",
    )


def _divides(unit: int, found: list[Gap]) -> bool:
    """Whether gaps begin behind a multiple of ``unit`` and are shorter, all but a few."""
    if unit < LEAST_BUFFER:
        return False
    fit = [g for g in found if g.within % unit <= SLIDE and 0 < g.length < unit < g.message.size]
    return len(fit) >= NEARLY_ALL * len(found) and any(g.length > SLIDE for g in fit)


def _missing(s: Session) -> int:
    return s.seen.sent - s.seen.received


def _small_ones_fail_once(case: Case) -> bool:
    """Whether a client that sends once fails as well."""
    return bool(case.failed.intersection(PLAIN))


RULES = (
    Rule(
        "full-read-before-end-lost",
        before_end,
        ("chunking/exact-read-then-end",),
        strength=2,
        asks=("end",),
    ),
    Rule(
        "rest-of-read-discarded",
        incomplete,
        ("chunking/exact-read-then-end",),
        strength=2,
        asks=("sizes",),
    ),
    Rule("first-read-lost", first_read, ("chunking/prompt", "identity/one-byte"), strength=3),
    Rule("partial-held-back", held_back, strength=2, asks=("words",)),
    Rule("pause-is-end-of-message", pause, ("chunking/prompt",), strength=1),
)
