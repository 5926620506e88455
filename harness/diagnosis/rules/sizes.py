"""Sizes of messages that go wrong: rules of the group "limits"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import gcd

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, CLOSED, LIKELY, MISSING, OF_FUZZ
from harness.diagnosis.facts_gaps import Gap, checks_of, cut_short, gaps, usual
from harness.diagnosis.facts_stream import (
    bad_sessions,
    came_elsewhere,
    kind_of,
    line_with,
    listed,
    of_check,
    sessions,
    sizes_of_reads,
    surely_whole,
)
from harness.diagnosis.read_sizes import LEAST_BUFFER, LEAST_USUAL, SURE_READ
from harness.diagnosis.rule import MOST, NEARLY_ALL, Rule, Sign, explained
from harness.diagnosis.rules.reads import stopped
from harness.values.verdict import Kind

TOO_LONG = re.compile(
    r"LimitOverrunError|Separator is (not )?found|chunk exceed the limit|token too long|"
    r"line too long|message too (long|large|big)|too large|exceeds (the )?(max|limit)",
    re.IGNORECASE,
)


def too_large(case: Case) -> Sign | None:
    """Messages above a size are cut or refused."""
    said, checks = line_with(case, TOO_LONG)
    if said:
        return Sign(checks | of_check(stopped(case)), (f"The server says {said!r}.",), CERTAIN)
    every = gaps(case, (*MISSING, Kind.EARLY_CLOSE))
    found = [g for g in every if g.clear]
    if len(checks_of(found)) < 2 or _deaths(case):
        return None
    largest = max(sizes_of_reads(case), default=0)
    least = min(g.message.size for g in found)
    if not 0 < largest < least or least < LEAST_USUAL or least <= came_elsewhere(case):
        return None  # the size is no reason where as many bytes came back in a check that passed
    within, times = Counter(g.within for g in found).most_common(1)[0]
    if times < MOST * len(found) or _of_reads(found, within, least - largest):
        return None
    told = (
        f"Messages of up to {largest:,} bytes come back; of one of {least:,} bytes {within:,} do."
    )
    bug = f"messages of more than some {within or largest:,} bytes are cut or refused"
    return Sign(checks_of(every), (told,), LIKELY, bug)


def _of_reads(found: Sequence[Gap], within: int, between: int) -> bool:
    """Whether it is rather the buffer of a read that decides than the size of the message.

    ``within``: where most gaps begin; ``between``: bytes from the largest message that came back
    to the smallest that did not.
    """
    if within and within & (within - 1) == 0 and not any(map(cut_short, found)):
        return True  # it has the size of a buffer
    if not within and usual(min(g.message.size for g in found)) and between <= LEAST_BUFFER:
        return True
    if not within and 2 * sum(map(_goes_on, found)) > len(found):
        return True  # a part is lost, and the rest of the same message comes
    return any(g.within and g.message.size <= SURE_READ and _goes_on(g) for g in found)


def _goes_on(g: Gap) -> bool:
    """Whether what follows the gap in the same message came back."""
    return bool(g.length) and g.within + g.length < g.message.size and bool(g.session.seen.surplus)


def _deaths(case: Case) -> bool:
    return any(e.trace.deaths for e in case.failures)


def exactly(case: Case) -> Sign | None:
    """One size, or its multiples, goes wrong, and no other does."""
    found = [g for g in gaps(case, (*MISSING, *CLOSED)) if g.clear]
    if len(checks_of(found)) < 2 or _deaths(case):
        return None
    return _one_size(case, found) or _multiples(case, found)


OF_COMPANY = ("sessions/", "resilience/", OF_FUZZ)
"""Checks in which several clients are there, or may be: their small messages have few sizes."""


def _one_size(case: Case, found: Sequence[Gap]) -> Sign | None:
    if all(g.session.check_id.startswith(OF_COMPANY) for g in found):
        return None  # nobody knows that it is the size
    sizes = Counter(_read_size(g) for g in found)
    size, times = sizes.most_common(1)[0]
    fine = set(sizes_of_reads(case))
    if times < NEARLY_ALL * len(found) or size in fine or not any(n > size for n in fine):
        return None
    if size in map(len, surely_whole(case)):
        return None
    if len({g.session.sent[g.message.start : g.message.end] for g in found}) == 1:
        return None  # it may be what the message says
    said = (
        f"Each of the {len(found)} connections goes wrong at a read of {size:,} "
        f"byte{'s' * (size != 1)}; other sizes come back."
    )
    return Sign(
        checks_of(gaps(case, (*MISSING, *CLOSED))),
        (said,),
        LIKELY,
        f"a read of exactly {size:,} byte{'s' * (size != 1)} goes wrong",
    )


def _read_size(g: Gap) -> int:
    """Bytes of the read in which it goes wrong: the rest, where the beginning came back."""
    return g.message.size - g.within


def _multiples(case: Case, found: Sequence[Gap]) -> Sign | None:
    sizes = {g.message.size for g in found}
    unit = gcd(*sizes)
    fine = {m.size for s in sessions(case) for m in s.answered if s.alone(m) or m.last}
    right = sorted(n for n in fine if not n % unit)
    if unit < LEAST_USUAL or len(sizes) < 2 or not right or any(g.within for g in found):
        return None
    if sizes.intersection(fine):
        return None
    if all(g.message.last for g in found):
        return None
    said = (
        f"Messages of {listed(sorted(sizes))} bytes do not come back; those of "
        f"{listed(right[:3])} bytes, and all that are no multiple of {unit:,}, do."
    )
    return Sign(
        checks_of(gaps(case, (*MISSING, *CLOSED))),
        (said,),
        LIKELY,
        f"messages of {listed(sorted(sizes))} bytes, multiples of {unit:,}, go wrong",
    )


def too_short(case: Case) -> Sign | None:
    """The connection ends at each message below a size, and no larger one ends it."""
    found = [s for s in bad_sessions(case) if kind_of(s) in CLOSED and s.at and s.alone(s.at)]
    short = sorted({s.at.size for s in found if s.at and s.good == s.at.start})
    fine = set(sizes_of_reads(case))
    least = min(fine, default=0)
    if len(short) < MANY_SIZES or len(of_check(found)) < MANY_SIZES or _deaths(case):
        return None
    if not short[-1] < least or sum(n < SURE_READ for n in fine) < MANY_SIZES:
        return None
    said = (
        f"Each of {len(found)} messages that ended the connection had {short[-1]:,} bytes or "
        f"fewer; those of {least:,} bytes and more came back."
    )
    return Sign(
        explained(case, (*CLOSED, *MISSING)),
        (said,),
        LIKELY,
        f"a message of {short[-1]:,} bytes or fewer ends the connection",
    )


MANY_SIZES = 3
"""Sizes on either side, at least, that a limit between them explains."""


def header(case: Case) -> Sign | None:
    """The same few bytes at the begin of connections are taken for something else."""
    found = [g for g in gaps(case, (Kind.LOST,)) if not g.session.good]
    widths = Counter(g.length for g in found)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if width not in (2, 4, 8) or times < 5 or times < MOST * len(found):
        return None
    said = (
        f"In {times:,} connections the first {width:,} bytes are missing, and what follows comes."
    )
    detail = f"the first {width:,} bytes of a connection are taken for its length"
    if sum(_without(g, width) for g in found) < MOST * len(found):
        return None
    return Sign(explained(case, (*MISSING, *CLOSED)), (said,), LIKELY, detail)


def _without(g: Gap, width: int) -> bool:
    """Whether what came is what was sent, but for its first bytes."""
    s = g.session
    return not s.whole or s.sent[width:].startswith(s.received)


RULES = (
    Rule("length-prefix", header, ("identity/hello",), strength=2),
    Rule("short-message-refused", too_short, strength=2),
    Rule("message-size-limit", too_large, strength=1, asks=("sizes",)),
    Rule("exact-size", exactly, strength=2, asks=("sizes",)),
)
