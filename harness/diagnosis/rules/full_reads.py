"""What happens where a read fills the buffer, and what is forgotten between reads: rules of the
group "reading"."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, Answers, Evidence
from harness.diagnosis.experiments.values import numbers
from harness.diagnosis.facts_gaps import (
    SLIDE,
    Gap,
    checks_of,
    cut_short,
    gaps,
    most_common,
    usual,
)
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import (
    Message,
    Session,
    bad_sessions,
    byte,
    kind_of,
    listed,
    of_check,
    sessions,
)
from harness.diagnosis.read_sizes import LEAST_BUFFER, LEAST_USUAL
from harness.diagnosis.rule import MOST, NEARLY_ALL, PLAIN, Rule, Sign, explained
from harness.diagnosis.rules.waiting import when
from harness.values.trace import Ending
from harness.values.verdict import Kind


def off_by_one(case: Case) -> Sign | None:
    """One byte is lost or changed at the end of each full read."""
    found = gaps(case, (*MISSING, Kind.CHANGED))
    single = [g for g in found if g.length == 1]
    clear = [g for g in single if g.clear]
    if len(single) < 3 or 2 * len(single) < len(found) or not clear:
        return None
    unit = most_common(g.within + 1 for g in clear)
    at_end = sum((g.within + 1) % unit <= SLIDE for g in clear) if unit >= LEAST_BUFFER else 0
    if at_end < NEARLY_ALL * len(clear):
        return None
    if any(g.message.size < unit for g in clear) or (not usual(unit) and len(clear) < 3):
        return None
    changed = {g.session.seen.surplus[:1] for g in single if g.kind is Kind.CHANGED}
    what = "changed" if changed else "lost"
    into = f" (it comes back as {byte(min(changed)[0])})" if len(changed) == 1 else ""
    said = (
        f"Each of the {len(single)} connections that go wrong has one byte {what}{into}: "
        f"the last of a multiple of {unit:,} in a message."
    )
    return Sign(
        checks_of(single),
        (said,),
        CERTAIN if len(clear) > 2 else LIKELY,
        f"the last byte of each read that fills the buffer of {unit:,} bytes is {what}: its place "
        "is used for an end mark",
    )


def lost(case: Case) -> Sign | None:
    """What follows a full read, or the full read itself, does not come back."""
    found = gaps(case)
    clear = [g for g in found if g.clear and (g.length > 1 or g.within)]
    if not clear or _small_ones_fail(case) or all(g.message.last for g in clear):
        return None
    after = _after_full(clear)
    if after and "identity/long-stream" not in case.passed:  # it fills each read
        whole = [g for g in found if g.session.good]
        said = (
            f"Of a message of more than {after:,} bytes the first {after:,} come back; the "
            "rest does not, whatever comes later."
        )
        return Sign(
            checks_of(whole),
            (said,),
            LIKELY,
            f"when a read has filled the buffer of {after:,} bytes the rest of what has come is "
            "thrown away",
        )
    full = _full_lost(clear, case)
    if not full:
        return None
    return Sign(
        checks_of(found),
        (f"A message that fills a read of {full:,} bytes does not come back.",),
        LIKELY,
        f"a read that fills the buffer of {full:,} bytes is not sent back",
    )


def _after_full(clear: Sequence[Gap]) -> int:
    """Bytes of the first read, if each gap begins behind one and lasts to the message's end."""
    unit = most_common(g.within for g in clear if g.within)
    behind = [g for g in clear if unit <= g.within <= unit + SLIDE]
    if len(checks_of(behind)) < 2 or len(behind) < MOST * len(clear):
        return 0
    if usual(unit) != unit:
        return 0
    if any(g.session.seen.ending is Ending.OPEN and not g.session.seen.surplus for g in behind):
        return 0
    if any(cut_short(g) or _larger_came(g, unit) for g in behind):
        return 0
    return unit


def _larger_came(g: Gap, unit: int) -> bool:
    """Whether the gap is the only one, though a later message alone has more than a full read."""
    s = g.session
    later = (m for m in s.messages if g.message.end <= m.start and m.end <= s.seen.sent)
    only = bool(g.length) and g.length == s.seen.sent - s.seen.received
    return only and any(m.size > unit + SLIDE and s.alone(m) for m in later)


def _full_lost(clear: Sequence[Gap], case: Case) -> int:
    """The size of the reads that are lost whole, where smaller messages come back."""
    whole = [g for g in clear if not g.within and g.message.exact]
    if len(whole) < 2 or all(g.message.last for g in clear):
        return 0
    unit = min(g.message.size for g in clear)
    answered = [m for s in sessions(case) for m in s.answered]
    if unit < LEAST_USUAL or not usual(unit) or not any(m.size == unit - 1 for m in answered):
        return 0
    return 0 if any(m.exact and m.size >= unit for m in answered) else unit


def _small_ones_fail(case: Case) -> bool:
    """Whether messages go wrong that no buffer is too small for."""
    return bool(case.failed.intersection((*PLAIN, "identity/nul-bytes")))


def full_is_end(case: Case) -> Sign | None:
    """The connection ends at a message that fills a read, and at no smaller one."""
    found = [s for s in bad_sessions(case) if s.finding is not None and not s.seen.surplus]
    early = [s for s in found if s.closed_early or kind_of(s) in SEEN_AT_END]
    last = [(s, m, s.good - m.start) for s in early if (m := _last(s)) and s.alone(m)]
    if len(last) < 3 or _small_ones_fail(case) or not _closed(last):
        return None
    unit, echoed = _ending_read(last)
    answered = [m for s in sessions(case) for m in s.answered]
    largest = max((m.size for m in answered if m.size < unit and m.awaited), default=0)
    if not usual(unit) or unit < LEAST_USUAL or largest < NEARLY_ALL * unit:
        return None
    if not echoed and any(m.exact and not m.size % unit for m in answered):
        return None
    return Sign(
        of_check(early),
        (f"Messages of {largest:,} bytes come back; at one of {unit:,} the connection ends.",),
        LIKELY,
        f"a read that fills the buffer of {unit:,} bytes ends the connection",
    )


def _ending_read(last: Sequence[tuple[Session, Message, int]]) -> tuple[int, bool]:
    """Bytes of the read with which each connection ends, and whether it is still answered; 0 if
    there is no such size."""
    came = [within for _, _, within in last if within]
    if not came:
        return min(m.size for _, m, _ in last), False
    unit = most_common(came)
    for s, _, within in last:
        before = s.answered[-1].size if s.answered else 0
        if within != unit and (within or before < unit):
            return 0, True
    return unit, True


SEEN_AT_END = (Kind.TRUNCATED, Kind.RESET)
"""What is seen of such an end by a client that has ended its side."""


def _last(s: Session) -> Message | None:
    """The message at which the connection ended, or after which it did."""
    return s.at or (s.answered[-1] if s.answered else None)


def _closed(last: Sequence[tuple[Session, Message, int]]) -> bool:
    """Whether the server ended those connections whose clients had not ended them."""
    going_on = [s for s, m, _ in last if not m.last]
    return 2 * sum(s.closed_early for s in going_on) > len(going_on)


def waits_after_full(case: Case) -> Sign | None:
    """A message that fills a read exactly is answered only when more comes."""
    found = gaps(case, (Kind.NO_ECHO,))
    clear = [
        g for g in found if g.clear and g.message.awaited and g.session.seen.ending is Ending.OPEN
    ]
    if not clear or len(clear) < len(found) or when(case) not in (Answers.AT_ONCE, Answers.UNKNOWN):
        return None
    sizes = {g.message.size for g in clear}
    unit = gcd(*sizes)
    if unit < LEAST_USUAL or not usual(unit) or any(g.within % unit for g in clear):
        return None
    e = case.of(*BOUNDARY)
    if e is not None and e.first.kind is not Kind.NO_ECHO:
        return None  # full reads go wrong in another way
    smaller = [m.size for s in sessions(case) for m in s.answered if m.size >= unit // 2]
    if not any(size % unit for size in smaller) and not any(size == unit - 1 for size in smaller):
        return None
    return Sign(
        checks_of(clear),
        (f"A message of {listed(sorted(sizes))} bytes is not answered; others are at once.",),
        LIKELY,
        f"after a read that fills the buffer of {unit:,} bytes the server waits for more before it "
        "answers",
    )


def tried_alone(case: Case) -> Sign | None:
    """The same, as it was tried: those of some sizes come back whole only with the message after
    them, and those of a byte more or less at once."""
    late = numbers(fact(case, "sizes", "late"))
    unit, right = gcd(*late), numbers(fact(case, "sizes", "right"))
    if not late or late != numbers(fact(case, "sizes", "alone")) or not usual(unit):
        return None
    if unit < LEAST_USUAL or not {late[0] - 1, late[0] + 1}.issubset(right):
        return None
    found = explained(case, (Kind.NO_ECHO,), lambda e: _misses(e, unit))
    if len(found) < len(explained(case, (Kind.NO_ECHO,))):
        return None
    said = (
        f"Messages of {listed(late)} bytes come back whole when another has come, and not before; "
        f"those of {late[0] - 1:,} and {late[0] + 1:,} bytes come at once."
    )
    return Sign(
        found,
        (said,),
        CERTAIN,
        f"the answer to a read that fills the buffer of {unit:,} bytes waits until more has come: "
        "the server reads on, or does not flush what it has written, before it sends",
        mend="Answer each read at once, and flush what was written after each answer: a stream has "
        "no messages, and a full read is not half of one.",
    )


def _misses(e: Evidence, unit: int) -> bool:
    """Whether whole reads are missing at the end of what was sent, which then is open."""
    missing = (e.first.sent or 0) - (e.first.received or 0)
    return missing > 0 and not missing % unit


BOUNDARY = ("chunking/read-boundary",)
EXACT = ("chunking/exact-read-then-end",)
ASKS = ("sizes", "messages")
RULES = (
    Rule("off-by-one-at-full-read", off_by_one, EXACT, strength=3, asks=ASKS),
    Rule("full-read-lost", lost, EXACT, strength=2, asks=ASKS),
    Rule("full-read-is-end", full_is_end, (*EXACT, *BOUNDARY), strength=2, asks=ASKS),
    Rule(
        "waits-after-full-read",
        waits_after_full,
        ("chunking/prompt", *BOUNDARY),
        strength=2,
        asks=ASKS,
    ),
    Rule("waits-after-full-read", tried_alone, BOUNDARY, strength=2, asks=ASKS),
)
