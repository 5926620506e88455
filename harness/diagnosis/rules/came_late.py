"""A piece of a long stream that comes behind what was sent after it: nothing is missing at the end.

``shuffled`` counts the bytes of short streams.  Of a long one only the beginning of what went wrong
is kept, so here it is enough that the missing piece stands in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_FUZZ
from harness.diagnosis.facts_process import PRESSURE, talks
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.shuffled import MIXED, nothing_waited, repeated, stops
from harness.values.plan import sent_by
from harness.values.trace import Ending
from harness.values.verdict import Kind

LEAST = 16
"""Bytes of a piece that is known again where it stands: fewer stand somewhere by chance."""
BUG = "what waits in a buffer to be sent is overtaken by what comes later and goes out at once"
LONGEST = 2**24
"""Bytes of a stream that is looked into."""


def late_piece(case: Case) -> Sign | None:
    """Long streams come to their ends with all their bytes, and what was missing had come later."""
    skipped = _skipped(case)
    found = next((s for s in skipped if _behind(s) is not None), None)
    if found is None or len(of_check(skipped)) < 2 or _whole_reads(skipped):
        return None
    said = (
        f"A piece of {found.wrong_bytes:,} bytes at offset {found.good:,} came {_behind(found):,} "
        "bytes too late, behind what was sent after it; in the end as many bytes had come back as "
        "were sent."
    )
    return Sign(explained(case, MIXED), (said,), LIKELY, BUG)


def late_reads(case: Case) -> Sign | None:
    """What comes too late is nearly always one whole read, also where nobody had to wait: the rest
    of a send that found no room would be of any size."""
    skipped = _skipped(case)
    size = _whole_reads(skipped)
    if not size or all(_behind(s) is None for s in skipped):
        return None
    said = (
        f"What came too late was most often a piece of exactly {size:,} bytes, a whole read, also "
        "where the client read all the time; in the end as many bytes had come back as were sent."
    )
    return Sign(explained(case, MIXED), (said,), LIKELY)


def _skipped(case: Case) -> list[Session]:
    """The sessions with such a piece; none where something else may have moved it."""
    if not talks(case) or nothing_waited(case) or repeated(case):
        return []
    return [s for s in bad_sessions(case) if s.check_id != OF_FUZZ and _skips(s)]


def _whole_reads(skipped: Sequence[Session]) -> int:
    """The length that most of the late pieces have; 0 if they have no such, or if all are of
    clients that stop reading."""
    if not skipped:
        return 0
    (size, often), *_ = Counter(s.wrong_bytes for s in skipped).most_common(1)
    prompt = [s for s in skipped if s.wrong_bytes == size and not stops(s)]
    return size if often >= SEVERAL and 2 * often > len(skipped) and prompt else 0


SEVERAL = 3
"""Pieces of one length: fewer may be so by accident."""


def _skips(s: Session) -> bool:
    """Whether one piece is not in its place, what follows comes, and in the end nothing lacks."""
    complete = s.seen.received == s.seen.sent and s.seen.ending is not Ending.OPEN
    skipped = kind_of(s) in (Kind.LOST, Kind.REORDERED) and LEAST <= s.wrong_bytes <= LARGEST_READ
    return complete and skipped and bool(s.seen.surplus)


def _behind(s: Session) -> int | None:
    """Bytes that came before the missing piece and should have come behind it; None where it is not
    in what was kept."""
    if s.seen.sent > LONGEST:
        return None
    piece = sent_by(s.script)[s.good : s.good + s.wrong_bytes]
    at = s.seen.surplus.find(piece)
    return at if at > 0 else None


ANYWHERE = (*PRESSURE, "chunking/*", "shutdown/*")
RULES = (
    Rule("answers-overtake", late_reads, may=ANYWHERE, strength=2),
    Rule("queue-order", late_piece, may=ANYWHERE, strength=1),
)
