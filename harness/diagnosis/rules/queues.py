"""Queues that are full: what has no place in them is lost, of small messages too."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, OF_FUZZ
from harness.diagnosis.facts_process import PRESSURE, calm, talks
from harness.diagnosis.facts_stream import Session, bad_sessions, kind_of, of_check
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


MORE = ("chunking/*", "sessions/*", "shutdown/*")
"""Checks in which so much is under way as well."""
RULES = (Rule("stalled-output-dropped", full_queue, may=(*PRESSURE, *MORE), strength=1),)
