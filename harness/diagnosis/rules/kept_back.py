"""Answers that stay in a buffer while the connection is open: a rule of the group "sending"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Answers
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.waiting import before_end, when
from harness.values.trace import Ending
from harness.values.verdict import Kind

AT_END = ("identity/long-stream", "chunking/uneven", "shutdown/flushes-everything")
"""Checks whose clients end their side, and then wait for all that has not come yet."""
A_BUFFER = 4 * LARGEST_READ
"""Bytes that stay in a buffer at most."""
LATE = (Kind.NO_ECHO, Kind.NOT_TAKEN)


def kept_back(case: Case) -> Sign | None:
    """What was sent last stays away while the connection is open; with more, or the end, it
    comes."""
    if not case.passed.issuperset(AT_END) or when(case) is Answers.AFTER_NEWLINE:
        return None
    if when(case) is Answers.AT_ONCE and number(fact(case, "messages", "first_bad")) != SECOND:
        return None  # whoever answers each message sends it at once
    found = [s for s in bad_sessions(case) if s.check_id not in case.warnings]
    waits = [s for s in found if kind_of(s) is Kind.NO_ECHO and s.seen.ending is Ending.OPEN]
    much = [s.seen.sent - s.good for s in before_end(case) if s.good >= LARGEST_READ]
    if not much or len(waits) < len(found) or max(much) > A_BUFFER or len(of_check(waits)) < LEAST:
        return None
    said = (
        f"Of long streams up to {max(much):,} bytes, those that were sent last, did not come while "
        "the connection was open; when clients end their side everything comes."
    )
    return Sign(explained(case, LATE), (said,), LIKELY)


SECOND = 2
"""The number of the message that stays in the buffer, where the first is sent at once."""
LEAST = 4
"""Checks."""
RULES = (Rule("not-flushed", kept_back, must=("chunking/prompt",), strength=1, asks=("answers",)),)
