"""What comes when nobody takes it is lost: a queue is full, or the first answer is on its way."""

from __future__ import annotations

from collections import Counter

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_FUZZ
from harness.diagnosis.facts_process import PRESSURE, calm, talks
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LARGEST_READ, LEAST_USUAL
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.slow_readers import STALLED, UNHURRIED
from harness.values.verdict import Kind

MUCH = 100_000
"""Bytes of a connection on which more is under way than a queue holds."""
A_QUEUE = 2**15
"""Bytes that a queue holds at least: less is a matter of reads that come while one is answered."""
ONE_READ = ("chunking/prompt", "chunking/read-boundary")
"""Each message waits for its answer, so that no queue is ever full."""
LEAST = 4
"""Checks."""


def full_queue(case: Case) -> Sign | None:
    """Pieces are missing wherever much is under way, of small messages too, and nowhere else."""
    if calm(case) or not talks(case) or not case.passed.issuperset(ONE_READ):
        return None  # where only slow readers lose something others know better
    much = [s for s in bad_sessions(case) if s.seen.sent > MUCH and s.check_id != OF_FUZZ]
    lost = [s for s in much if kind_of(s) is Kind.LOST]
    checks = of_check(lost)
    if STALLED not in checks or not checks.intersection(UNHURRIED) or len(checks) < LEAST:
        return None
    if 2 * len(lost) < sum(s.wrong_bytes > 0 for s in much) or not _later(lost):
        return None
    first = min(s.good for s in lost)
    said = (
        f"Where much is under way pieces are missing, and what follows comes: on {len(lost)} "
        f"connections, on each behind the first {first:,} bytes at least. Whoever waits for each "
        "answer loses nothing."
    )
    return Sign(
        of_check(bad_sessions(case)),
        (said,),
        LIKELY,
        "what has no more room among the answers that wait is thrown away",
    )


def _later(lost: list[Session]) -> bool:
    """Whether as much as a queue holds came right on each of them."""
    return all(s.good >= A_QUEUE for s in lost)


def behind_the_first(case: Case) -> Sign | None:
    """What comes directly behind the first read is lost, though no buffer can be full yet; what
    comes later is not."""
    lost = [s for s in bad_sessions(case) if kind_of(s) in (Kind.LOST, Kind.TRUNCATED)]
    first = Counter(s.good for s in lost).most_common(1)
    if not talks(case) or not first or STALLED not in of_check(lost):
        return None
    (read, times), gaps = first[0], {s.wrong_bytes for s in lost}
    if not LEAST_USUAL <= read <= LARGEST_READ or times < SAME or max(s.good for s in lost) > read:
        return None
    later = [s for s in lost if s.seen.surplus]
    if len(of_check(later)) < SAME or any(not gap % LEAST_USUAL for gap in gaps):
        return None  # whole reads or rings are lost, or all that follows
    if any(s.at and s.at.size > read for s in bad_sessions(case) if s not in lost):
        return None
    said = (
        f"On {len(lost)} connections the first {read:,} bytes came, and of what was sent directly "
        f"behind them {min(gaps):,} to {max(gaps):,} were lost; what followed came again."
    )
    bug = "what comes while the first read of a connection is being answered is thrown away"
    return Sign(of_check(lost), (said,), LIKELY, bug)


SAME = 2
"""Connections, and checks, that lose something behind the very same number of bytes."""
MORE = ("chunking/*", "sessions/*", "shutdown/*")
"""Checks in which so much is under way as well."""
RULES = (
    Rule("stalled-output-dropped", full_queue, may=(*PRESSURE, *MORE), strength=1),
    Rule("drops-while-busy", behind_the_first, may=(*PRESSURE, *MORE), strength=2),
)
