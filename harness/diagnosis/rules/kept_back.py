"""Answers that stay in a buffer while the connection is open: rules of the group "sending"."""

from __future__ import annotations

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Answers
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import fact
from harness.diagnosis.facts_stream import bad_sessions, kind_of, of_check
from harness.diagnosis.read_sizes import LARGEST_READ, LEAST_BUFFER
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


def a_part_of_each(case: Case) -> Sign | None:
    """Of each message at most so many bytes are sent at once, and the end brings the others."""
    if not case.passed.issuperset(AT_END):
        return None
    stuck = [(s, s.at) for s in bad_sessions(case) if kind_of(s) is Kind.NO_ECHO]
    waits = [(s, m, s.good - m.start) for s, m in stuck if m is not None and m.awaited]
    parts = {came for s, m, came in waits if s.alone(m)}
    if len(parts) != 1 or (part := parts.pop()) == 0:
        return None
    alike = of_check(s for s, _, came in waits if came and came % part == 0)
    whole = max((m.size for s, _, _ in waits for m in s.answered if s.alone(m)), default=0)
    if len(alike) < SEVERAL or not whole <= part < min(m.size for s, m, _ in waits if s.alone(m)):
        return None
    said = (
        f"Of messages above {part:,} bytes the first {part:,} came at once, and the others only "
        "with more, or when the client ended its side; smaller ones came whole."
    )
    bug = f"of what waits to be sent at most {part:,} bytes go out after each read"
    mend = "Send until nothing is left, and not only once after each read."
    return Sign(explained(case, LATE), (said,), LIKELY, bug, mend=mend)


def large_ones_wait(case: Case) -> Sign | None:
    """A message from some size on does not come back before more comes, or the end."""
    if not case.passed.issuperset(AT_END) or when(case) is Answers.AFTER_NEWLINE:
        return None
    stuck = [(s, s.at) for s in bad_sessions(case) if kind_of(s) is Kind.NO_ECHO]
    waits = [(s, m) for s, m in stuck if m is not None and m.awaited]
    sizes = {m.size for _, m in waits}
    least = min(sizes, default=0)
    if len(of_check(s for s, _ in waits)) < LEAST or any(s.good != m.start for s, m in waits):
        return None
    if least < LEAST_BUFFER or all(size % least == 0 for size in sizes):
        return None  # whoever waits after a full read does so at each multiple of it
    if any(m.size >= least for s, _ in waits for m in s.answered if s.alone(m)):
        return None
    said = (
        f"Of messages of {least:,} bytes and more nothing comes back while the connection is open; "
        "smaller ones come at once, and when clients send more or end their side everything comes."
    )
    bug = f"what was read is collected, and a message of {least:,} bytes or more stays in a buffer"
    mend = "Send after each read what has been read, whatever its size."
    return Sign(explained(case, LATE), (said,), LIKELY, bug, mend=mend)


SEVERAL = 2
"""Checks in which the part is the same, or a part of each of several reads."""
SECOND = 2
"""The number of the message that stays in the buffer, where the first is sent at once."""
LEAST = 4
"""Checks."""
RULES = (
    Rule("not-flushed", kept_back, must=("chunking/prompt",), strength=1, asks=("answers",)),
    Rule("not-flushed", large_ones_wait, must=("chunking/read-boundary",), strength=2),
    Rule("partial-held-back", a_part_of_each, must=("chunking/read-boundary",), strength=2),
)
