"""Ring buffers that begin again: a rule of the group "limits"."""

from __future__ import annotations

from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.facts_gaps import SLIDE, checks_of, gaps
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LARGEST_READ, MORE_THAN_ONE_READ, USUAL_READ
from harness.diagnosis.rule import MOST, NEARLY_ALL, Rule, Sign
from harness.diagnosis.rules.slow_readers import STREAM
from harness.diagnosis.rules.wraps import TWO_BYTES
from harness.values.verdict import Kind

LEAST_RING = 256
"""Bytes that a ring buffer holds at least."""
SURE_RING, LARGEST_RING = 4096, 2**20
"""Bytes of a ring where one wrong place alone speaks for it: a smaller one may as well be the
buffer of a read, and a larger one hardly anybody makes."""
SMALL_PARTS = 2
"""Messages so many times smaller than a ring, so that it is no limit of one of them."""
AT_END = (Kind.TRUNCATED, Kind.NO_ECHO)
TURNS = (Kind.LOST, Kind.CHANGED, Kind.DUPLICATED, Kind.EXTRA, Kind.REORDERED)


def ring(case: Case) -> Sign | None:
    """Where so many bytes have passed some are lost or wrong, and then all goes on."""
    return _turned(case) or _each_turn(case) or _same_place(case) or _full_is_empty(case)


def _full_is_empty(case: Case) -> Sign | None:
    """Whole rings are lost, wherever they begin."""
    found = [g for g in gaps(case) if g.length >= SURE_RING]
    sizes = [g.length & -g.length for g in found]
    size = min(sizes, default=0)
    if len(checks_of(found)) < 4 or not SURE_RING <= size <= LARGEST_RING:
        return None
    read = not any(g.length >= MORE_THAN_ONE_READ for g in found) and not _now_and_then(case, size)
    if (read and "chunking/exact-read-then-end" in case.failed) or len(found) < len(gaps(case)):
        return None
    if sum(g.length == size for g in found) < 2:
        return None
    return Sign(
        checks_of(found),
        (f"All of the {len(found)} gaps are of {size:,} bytes, or a multiple of it.",),
        LIKELY,
        f"a ring buffer of {size:,} bytes that is exactly full is taken for an empty one, and all "
        "in it is lost",
    )


def _now_and_then(case: Case, size: int) -> bool:
    """Whether hardly any of a long stream is lost, so that most reads of ``size`` bytes came back;
    and no two bytes that count them are full."""
    stream = [s for s in bad_sessions(case) if s.check_id == STREAM and kind_of(s) is Kind.LOST]
    missing = [(s.seen.sent - s.seen.received, s.seen.sent) for s in stream]
    return size < TWO_BYTES and any(0 < lost < RARELY * sent for lost, sent in missing)


RARELY = 0.1
"""The part of a stream that is lost, where it is not each read that is as large as the others."""


def _turned(case: Case) -> Sign | None:
    found = [s for s in bad_sessions(case) if _here_and_there(s)]
    others = [s for s in bad_sessions(case) if not _here_and_there(s) and s.messages]
    if len(of_check(found)) < 3 or len(others) > len(found) // 4:
        return None
    first = min(s.good for s in found)
    size = _ring_size(found)
    if not size or first < size * 0.75 or not _mostly_right(found):
        return None
    said = (
        f"On {len(found)} connections the first wrong byte is at or just before a multiple "
        f"of {size:,}; before that all is right, and behind it the stream goes on."
    )
    return Sign(
        of_check(found),
        (said,),
        LIKELY,
        f"the ring buffer of {size:,} bytes goes wrong where it begins again",
    )


def _each_turn(case: Case) -> Sign | None:
    """Exactly where a number of bytes of the connection is full, in small messages too; it need
    not be a power of two."""
    found = [s for s in bad_sessions(case) if _here_and_there(s)]
    others = [s for s in bad_sessions(case) if not _here_and_there(s) and s.messages]
    size = _common(found)
    if not size or others or len({s.good for s in found}) < 3 or len(of_check(found)) < 4:
        return None
    if not any(max(m.size for m in s.messages) * SMALL_PARTS <= size for s in found):
        return None  # it may be the size of a read
    said = (
        f"On {len(found):,} connections the first wrong byte comes exactly where a multiple of "
        f"{size:,} bytes has been sent, in small messages too."
    )
    detail = f"the ring buffer of {size:,} bytes goes wrong where it begins again"
    return Sign(of_check(found), (said,), LIKELY, detail)


def _common(found: Sequence[Session]) -> int:
    """The largest size at whose multiples nearly all go wrong first; a byte or two of what is wrong
    there may be right by chance."""
    first = min((s.good for s in found), default=0)
    for parts in range(1, MOST_TURNS + 1):
        size = first // parts
        fit = sum(s.good % size <= SLIDE for s in found) if size >= LEAST_RING else 0
        if first % parts <= SLIDE and fit >= NEARLY_ALL * len(found) and fit:
            return size
    return 0


MOST_TURNS = 4
"""Turns after which the first difference shows at the latest."""


def _same_place(case: Case) -> Sign | None:
    """After just so many bytes of a connection, in small messages too, and never before."""
    found = [s for s in bad_sessions(case) if _here_and_there(s)]
    others = [s for s in bad_sessions(case) if not _here_and_there(s) and s.messages]
    first = min((s.good for s in found), default=0)
    here = [s for s in found if s.good == first]
    small = [s for s in here if max(m.size for m in s.messages) * SMALL_PARTS <= first]
    if first < SURE_RING or len(here) < 4 or len(of_check(here)) < 3 or not small or others:
        return None
    said = (
        f"On {len(here)} connections the first wrong byte comes right behind the first "
        f"{first:,}, however they were sent; on none before, and the stream goes on."
    )
    return Sign(
        of_check(found),
        (said,),
        LIKELY,
        f"a ring buffer of about {first:,} bytes goes wrong where it begins again",
    )


def _here_and_there(s: Session) -> bool:
    """Whether some bytes are wrong, and not all from there on."""
    at_end = kind_of(s) in AT_END and s.wrong_bytes <= USUAL_READ
    return bool(s.messages) and (kind_of(s) in TURNS or at_end)


def _ring_size(found: Sequence[Session]) -> int:
    """The power of two near whose multiples all first differences are."""
    for bits in range(24, 11, -1):
        size = 1 << bits
        if all(-s.good % size <= max(2048, size // 64) or s.good % size <= 16 for s in found):
            return size
    return 0


def _mostly_right(found: Sequence[Session]) -> bool:
    """Whether what is lost or wrong is little, beside what comes."""
    return sum(s.wrong_bytes <= LARGEST_READ for s in found) >= MOST * len(found)


RULES = (
    Rule(
        "ring-wrap",
        ring,
        (STREAM,),
        strength=2,
        asks=("cumulative", "messages"),
    ),
)
