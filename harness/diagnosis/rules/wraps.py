"""Counts that are kept in too few bits: rules of the group "limits"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CLOSED, LIKELY, MISSING, POSSIBLE
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_gaps import checks_of, gaps
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    kind_of,
    line_with,
    listed,
    of_check,
    sessions,
)
from harness.diagnosis.read_sizes import LARGEST_READ, MORE_THAN_ONE_READ, USUAL_READ
from harness.diagnosis.rule import MOST, Rule, Sign
from harness.diagnosis.rules.reads import stopped
from harness.values.verdict import Kind

WRAPS = {2**8: 8, 2**15: 15, 2**16: 16, 2**24: 24, 2**31: 31, 2**32: 32}
"""Numbers that so many bits count to."""
TWO_BYTES = 2**16
"""Numbers that two bytes count, such as an unsigned short in C."""
OVERFLOW = re.compile(
    r"OverflowError|struct\.error|greater than maximum|out of range|ERR_OUT_OF_RANGE|"
    r"attempt to add with overflow|TryFromIntError|ArithmeticException|BufferOverflowException"
)


def most_of(found: Sequence[Session]) -> int:
    """Bytes that came back at most on one of them before anything was wrong."""
    return max((s.good for s in found), default=0)


LEAST = min(WRAPS) * 3 // 4
"""Bytes that have to come back, so that a count of 8 bits is nearly full."""
EXACT = 3
"""Connections that end after the very same number of bytes: a number that somebody chose."""
NEAR = 2 * USUAL_READ
"""Bytes: a count that is full ends each connection within a read of where it is, or the one
after."""


def wrap_of(most: int, found: Sequence[Session]) -> int:
    """The number of bits that count as far as the connections came; 0 if none do."""
    exact = sum(s.good == most for s in found)
    for wrap, bits in WRAPS.items():
        if exact >= EXACT and wrap - most > NEAR:
            continue
        if most <= wrap and wrap - most < min(LARGEST_READ, wrap // 4):
            return bits if all(s.seen.sent >= wrap or s.good < wrap for s in found) else 0
    return 0


def wraps(case: Case) -> Sign | None:
    """Something goes wrong where 16 or 24 bits are full."""
    return _read_wraps(case) or _length_wraps(case) or _total_wraps(case) or _zero(case)


def _read_wraps(case: Case) -> Sign | None:
    """Of a read of more than 65,536 bytes (or 256) just so many are lost, behind what is left."""
    for bits in (16, 8):
        lost = 2**bits
        found = [g for g in gaps(case) if g.length == lost and g.session.seen.surplus]
        first = Counter(g.session.good for g in found if 0 < g.session.good < lost)
        if len(found) >= 3 and first and first.most_common(1)[0][1] >= 2:
            break
    else:
        return None
    if any(g.length >= MORE_THAN_ONE_READ for g in gaps(case)):
        return None  # it is rather what waits to be sent that counts as nothing
    left = first.most_common(1)[0][0]
    said = (
        f"On {len(found)} connections exactly {lost:,} bytes are missing, often behind the "
        f"first {left:,}: a read of {lost + left:,} bytes counted as one of {left:,}."
    )
    ends = {e.check_id for e in case.failures if e.first.kind in (*MISSING, *CLOSED)}
    detail = f"a length is kept in {bits} bits, so a read of {lost:,} bytes more counts as less"
    return Sign(frozenset(ends), (said,), CERTAIN, detail)


def _length_wraps(case: Case) -> Sign | None:
    """A read of exactly 65,536 bytes is taken for one of 0."""
    clear = [g for g in gaps(case) if g.message.exact and not g.within]
    whole = [g for g in clear if not g.message.size % TWO_BYTES and g.length >= TWO_BYTES]
    own = [g for g in clear if g.message.size == TWO_BYTES]
    if len(own) < 2 or len(own) < len([g for g in clear if g.message.size < 100_000]):
        return None
    lengths = Counter(g.length for g in gaps(case))
    passed = [g for g in gaps(case) if g.session.seen.surplus]
    if 2 * sum(g.length % TWO_BYTES > 0 for g in passed) >= len(passed) > 0:
        return None  # a length that is kept in 16 bits loses 65,536 bytes, and not fewer
    said = (
        f"A message of exactly {TWO_BYTES:,} bytes does not come back on {len(whole)} "
        f"connections; gaps of {listed([n for n, _ in lengths.most_common(3)])} bytes."
    )
    return Sign(
        checks_of(gaps(case)),
        (said,),
        LIKELY,
        f"a length is kept in 16 bits, so a read of {TWO_BYTES:,} bytes counts as 0",
    )


def _total_wraps(case: Case) -> Sign | None:
    """The first difference of each connection lies where a counter of all bytes is full."""
    found = [s for s in bad_sessions(case) if s.good >= LEAST and kind_of(s) in (*MISSING, *CLOSED)]
    others = [s for s in bad_sessions(case) if s not in found and s.messages]
    if not found or 4 * len(others) > len(found):
        return None
    most = most_of(found)
    bits = wrap_of(most, found)
    if not bits or _goes_on(found):
        return None
    wrap = 2**bits
    second = number(fact(case, "messages", "first_bad")) == 2  # a few bytes were enough in a trial
    if second or any(s.good > wrap for s in sessions(case)):
        return None
    said, _ = line_with(case, OVERFLOW)
    near = [s for s in found if wrap - s.good < min(LARGEST_READ, wrap // 4)]
    if len(near) * 2 < len(found) and not said:
        return None
    return Sign(
        of_check(found),
        (
            f"All goes well up to {most:,} bytes on a connection, and on none beyond {wrap:,}.",
            *((f"The server says {said!r}.",) if said else ()),
        ),
        CERTAIN if said else LIKELY if len(near) > 2 else POSSIBLE,
        f"a count of the bytes of a connection has {bits} bits, and is full at {wrap:,}",
    )


READS = tuple(2**k for k in range(9, 15))
"""Usual sizes of a read that are small beside what 16 bits count."""


def _one_read_short(found: Sequence[Session]) -> list[Session]:
    """Those that end one read before ``TWO_BYTES``, if only such end as have sent as much: what the
    others had not read yet is lost with the reset."""
    last = [s for s in found if TWO_BYTES - s.good in READS]
    sizes = {s.good for s in last}
    enough = len(of_check(last)) > 1 and len(sizes) == 1 and 2 * len(last) >= len(found)
    return last if enough and all(s.seen.sent >= TWO_BYTES for s in found) else []


def _goes_on(found: Sequence[Session]) -> bool:
    """Whether most of the stream comes back behind the gap."""
    small = [s for s in found if kind_of(s) is Kind.LOST and s.wrong_bytes <= USUAL_READ]
    return bool(small) and 2 * len(small) >= len(found)


def _zero(case: Case) -> Sign | None:
    """It stops at a read that brings the total to a multiple of 65,536."""
    found = [s for s in stopped(case) if s.seen.sent >= TWO_BYTES]
    near = [s for s in found if not s.seen.sent % TWO_BYTES and s.seen.sent - s.good <= NEAR]
    if len(near) < 3 or len(near) < MOST * len(stopped(case)):
        near = _one_read_short(stopped(case))
    if not near:
        return None
    said = (
        f"On {len(near)} connections the last read is lost that brings the total to a "
        f"multiple of {TWO_BYTES:,}."
    )
    return Sign(
        of_check(stopped(case)),
        (said,),
        LIKELY,
        "a count of the bytes of a connection has 16 bits, and 0 is taken for the end",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "counter-wraps",
        wraps,
        ("identity/long-stream",),
        strength=2,
        asks=("cumulative", "messages"),
    ),
)
