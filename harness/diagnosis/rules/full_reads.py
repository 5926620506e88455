"""What happens where a read fills the buffer, and what is forgotten between reads: rules of the
group "reading"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import gcd

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, POSSIBLE, Answers
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    byte,
    listed,
    of_check,
    sessions,
)
from harness.diagnosis.foretold import is_small
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.reads import stopped
from harness.diagnosis.rules.waiting import when
from harness.values.trace import Ending
from harness.values.verdict import Kind

MISSING = (Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO)
SLIDE = 2
"""Bytes that a gap may seem to lie later than it does: what is missing equals what follows."""
MOST = 0.8
"""Share of the messages that have to be as a bug foretells; some are read together with others."""
UNIT = 16
"""Bytes that any buffer for reading holds at least."""


class Gap:
    """Where bytes of a message are missing first."""

    def __init__(self, s: Session) -> None:
        where = s.at
        assert where is not None and s.finding is not None
        self.session = s
        self.message = where
        self.within = s.good - where.start
        self.length = s.finding.length or 0
        self.kind = s.finding.kind
        self.clear = s.alone(where)
        """One read, as far as the buffer holds it, begins where the message does."""


def most_common(values: Iterable[int]) -> int:
    """The value that is there most often; the smaller of two."""
    counted = Counter(values)
    return max(counted, key=lambda value: (counted[value], -value), default=0)


def gaps(case: Case, kinds: Sequence[Kind] = MISSING) -> list[Gap]:
    """The first gap of each session that has one."""
    return [
        Gap(s)
        for s in bad_sessions(case)
        if s.finding is not None and s.finding.kind in kinds and s.at is not None
    ]


def usual(size: int) -> int:
    """The largest usual size of a buffer of which ``size`` is a multiple; 0 if there is none."""
    if size < UNIT:
        return 0
    power = size & -size
    if power >= 64:
        return min(power, 65536)
    return next((n for n in (10_000, 5000, 4000, 2000, 1500, 1000, 100) if size % n == 0), 0)


def off_by_one(case: Case) -> Sign | None:
    """One byte is lost or changed at the end of each full read."""
    found = gaps(case, (*MISSING, Kind.CHANGED))
    single = [g for g in found if g.length == 1]
    clear = [g for g in single if g.clear]
    if len(single) < 3 or 2 * len(single) < len(found) or not clear:
        return None
    unit = most_common(g.within + 1 for g in clear)
    if unit < UNIT or sum((g.within + 1) % unit <= SLIDE for g in clear) < 0.9 * len(clear):
        return None
    if any(g.message.size < unit for g in clear) or (not usual(unit) and len(clear) < 3):
        return None
    changed = {g.session.seen.surplus[:1] for g in single if g.kind is Kind.CHANGED}
    what = "changed" if changed else "lost"
    into = f" (it comes back as {byte(min(changed)[0])})" if len(changed) == 1 else ""
    return Sign(
        of_check(g.session for g in single),
        (
            f"Each of the {len(single)} connections that go wrong has one byte {what}{into}, the "
            f"last of a multiple of {unit:,} in a message.",
        ),
        CERTAIN if len(clear) > 2 else LIKELY,
        f"the last byte of each read that fills the buffer of {unit:,} bytes is {what}: its place "
        "is used for an end mark",
    )


def lost(case: Case) -> Sign | None:
    """What follows a full read, or the full read itself, does not come back."""
    found = gaps(case)
    clear = [g for g in found if g.clear and g.length > 1 or (g.clear and g.within)]
    if not clear or _small_ones_fail(case):
        return None
    after = _after_full(clear)
    if after:
        whole = [g for g in found if g.session.good]
        return Sign(
            of_check(g.session for g in whole),
            (
                f"Of a message of more than {after:,} bytes the first {after:,} come back, and the "
                "rest does not, whatever comes later.",
            ),
            LIKELY,
            f"when a read has filled the buffer of {after:,} bytes the rest of what has come is "
            "thrown away",
        )
    full = _full_lost(clear, case)
    if not full:
        return None
    return Sign(
        of_check(g.session for g in found),
        (f"A message that fills a read of {full:,} bytes does not come back.",),
        LIKELY,
        f"a read that fills the buffer of {full:,} bytes is not sent back",
    )


def _after_full(clear: Sequence[Gap]) -> int:
    """Bytes of the first read, if each gap begins behind one and lasts to the message's end."""
    unit = most_common(g.within for g in clear if g.within)
    behind = [g for g in clear if unit <= g.within <= unit + SLIDE]
    if len({g.session.check_id for g in behind}) < 2 or len(behind) < MOST * len(clear):
        return 0
    if usual(unit) != unit:
        return 0
    if any(g.session.seen.ending is Ending.OPEN and not g.session.seen.surplus for g in behind):
        return 0
    to_end = [g for g in behind if g.within + g.length >= g.message.size]
    return unit if 2 * len(to_end) > len(behind) else 0


def _full_lost(clear: Sequence[Gap], case: Case) -> int:
    """The size of the reads that are lost whole, where smaller messages come back."""
    whole = [g for g in clear if not g.within and g.message.exact]
    if len(whole) < 2 or all(g.message.last for g in clear):
        return 0
    unit = gcd(*(g.message.size for g in whole if g.length >= g.message.size))
    smaller = any(m.size == unit - 1 for s in sessions(case) for m in s.answered)
    return unit if unit >= 64 and usual(unit) and smaller else 0


def _small_ones_fail(case: Case) -> bool:
    return any(i in case.failed for i in ("identity/one-byte", "identity/hello", "identity/nul-bytes"))


def full_is_end(case: Case) -> Sign | None:
    """The connection ends at a message that fills a read, and at no smaller one."""
    found = [s for s in stopped(case) if s.at is not None and s.finding is not None]
    early = [s for s in found if s.closed_early or s.finding.kind is Kind.TRUNCATED]
    clear = [s for s in early if s.alone(s.at)]
    if len(clear) < 3 or _small_ones_fail(case):
        return None
    sizes = [s.at.size for s in clear]
    unit = min(sizes)
    largest = max(
        (m.size for s in sessions(case) for m in s.answered if m.size < unit and m.awaited), default=0
    )
    if not usual(unit) or unit < 64 or largest * 10 < unit * 9:
        return None
    within = {s.good - s.at.start for s in clear}
    if not all(w % unit == 0 for w in within) or max(within) > unit:
        return None
    if any(m.exact and m.size % unit == 0 for s in sessions(case) for m in s.answered):
        if 0 in within:
            return None
    return Sign(
        of_check(early),
        (
            f"Messages up to {largest:,} bytes come back; at one of {unit:,} bytes, or of more, "
            "the connection ends.",
        ),
        LIKELY,
        f"a read that fills the buffer of {unit:,} bytes ends the connection",
    )


def not_drained(case: Case) -> Sign | None:
    """The rest of a message comes only with the next event: more data, or the end."""
    found = gaps(case, (Kind.NO_ECHO,))
    clear = [g for g in found if g.clear and g.session.seen.ending is Ending.OPEN]
    if len(found) < 3 or not clear or when(case) not in (Answers.AT_ONCE, Answers.UNKNOWN):
        return None
    unit = most_common(g.within for g in clear if g.within)
    if unit < UNIT or usual(unit) != unit:
        return None
    if sum(not g.within % unit and g.within > 0 for g in clear) < MOST * len(clear):
        return None
    checks = of_check(g.session for g in found) | {
        e.check_id for e in case.failures if e.first.kind in (Kind.NO_ECHO, Kind.NO_END)
    }
    return Sign(
        checks,
        (
            f"Of a message of more than {unit:,} bytes {unit:,} come back; the rest stays away, "
            "though the connection is open.",
        ),
        LIKELY,
        f"after an event only one read of {unit:,} bytes is done, and what is left waits for the "
        "next event",
    )


def waits_after_full(case: Case) -> Sign | None:
    """A message that fills a read exactly is answered only when more comes."""
    found = gaps(case, (Kind.NO_ECHO,))
    clear = [g for g in found if g.clear and g.message.awaited and g.session.seen.ending is Ending.OPEN]
    if not clear or len(clear) < len(found) or when(case) not in (Answers.AT_ONCE, Answers.UNKNOWN):
        return None
    sizes = {g.message.size for g in clear}
    unit = gcd(*sizes)
    if unit < 64 or not usual(unit) or any(g.within % unit for g in clear):
        return None
    smaller = [m.size for s in sessions(case) for m in s.answered if m.size >= unit // 2]
    if not any(size % unit for size in smaller) and not any(size == unit - 1 for size in smaller):
        return None
    return Sign(
        of_check(g.session for g in clear),
        (f"A message of {listed(sorted(sizes))} bytes is not answered; others are at once.",),
        LIKELY,
        f"after a read that fills the buffer of {unit:,} bytes the server waits for more before it "
        "answers",
    )


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
        of_check(g.session for g in found),
        (
            f"What is lost is the last {listed(sorted({g.length for g in found}))} bytes, and only "
            "where the client's end comes right behind them.",
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
    if all(rest in (b"\r", b"\n", b"\xff", b"\x1b") for rest in rests):
        what = f"a byte {byte(rests[0][0])} at the end of a message"
    elif all(_half(rest) for rest in rests):
        what = "the beginning of a character of several bytes at the end of a message"
    else:
        return None
    return Sign(
        of_check(g.session for g in small),
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
    if len({g.session.check_id for g in starts}) < 5 or 3 * len(starts) < 2 * len(found):
        return None
    if any(not g.message.start for g in found) or _small_ones_fail_once(case):
        return None
    if not any(g.length == min(g.message.size, 1024) for g in starts):
        return None
    return Sign(
        of_check(g.session for g in found),
        (
            f"On {len(starts)} connections a whole message is lost that is not the first; what "
            "came before and after it is right.",
        ),
        POSSIBLE,
    )


def _small_ones_fail_once(case: Case) -> bool:
    """Whether a client that sends once fails as well."""
    return any(i in case.failed for i in ("identity/one-byte", "identity/hello"))


def busy(case: Case) -> Sign | None:
    """Of messages sent at once one after the first is lost; sent one by one all come back."""
    if "chunking/prompt" not in case.passed:
        return None
    found = gaps(case, (Kind.LOST, Kind.TRUNCATED, Kind.NO_ECHO))
    crowded = [g for g in found if not g.message.awaited and g.session.good]
    if len({g.session.check_id for g in crowded}) < 2 or 2 * len(crowded) < len(found):
        return None
    if "identity/long-stream" in case.passed or "chunking/uneven" in case.passed:
        return None
    return None


BOUNDARY = ("chunking/read-boundary",)
EXACT = ("chunking/exact-read-then-end",)
ASKS = ("sizes", "messages")
RULES = (
    Rule("off-by-one-at-full-read", off_by_one, EXACT, strength=3, asks=ASKS),
    Rule("full-read-lost", lost, EXACT, strength=2, asks=ASKS),
    Rule("full-read-is-end", full_is_end, (*EXACT, *BOUNDARY), strength=2, asks=ASKS),
    Rule("edge-not-drained", not_drained, ("chunking/one-write-many-reads", *EXACT), strength=2,
         asks=("sizes",)),
    Rule("waits-after-full-read", waits_after_full, ("chunking/prompt", *BOUNDARY), strength=2,
         asks=ASKS),
    Rule("full-read-before-end-lost", before_end, EXACT, strength=2, asks=("end",)),
    Rule("partial-held-back", held_back, strength=2, asks=("words",)),
    Rule("pause-is-end-of-message", pause, ("chunking/prompt",), strength=1),
)
