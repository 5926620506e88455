"""What the client's end brings about, as the experiment ``end`` has shown: rules of the groups
"reading", "sending" and "ending".

It ends a connection in five ways: without data, together with a little and with 9,000 bytes, after
the answer, and while megabytes wait for a reader who comes back soon.  What goes well there is no
part of the bug.
"""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_process import ends_well, fact, stall_costs_nothing, talks
from harness.diagnosis.facts_stream import bad_sessions, line_of
from harness.diagnosis.read_sizes import LARGEST_READ
from harness.diagnosis.rule import Rule, Sign, explained
from harness.diagnosis.rules.edges import cannot
from harness.values.verdict import Kind

LAGS = "shutdown/lagging-reader"
WITH_DATA = "shutdown/data-with-fin"


def not_seen_with_data(case: Case) -> Sign | None:
    """An end that comes together with a little data is not noticed, though that came back."""
    if fact(case, "end", "together") != "open" or fact(case, "end", "together_missing"):
        return None
    if not ends_well(case, "later", "nothing") or cannot(case):
        return None
    said = (
        "An end that came together with a few bytes was not noticed, though these came back; one "
        "that came later was."
    )
    bug = (
        "after a short read nothing more is read, and the client's end, for which no further event "
        "comes, stays unread (edge-triggered)"
    )
    return Sign(explained(case, (Kind.NO_END,)), (said,), LIKELY, bug)


def reset_while_pending(case: Case) -> Sign | None:
    """All that the client sent was read, and what waits for it is thrown away by a reset."""
    if fact(case, "end", "pending") != "rst" or not ends_well(case, "together", "much", "later"):
        return None
    missing = number(fact(case, "end", "pending_missing"))
    if not missing or not talks(case) or not stall_costs_nothing(case):
        return None
    said = (
        f"An end while megabytes waited to be read was answered with a reset, and {missing:,} "
        "bytes never came; however else the client ended, all came and the end was in good order."
    )
    bug = "what the client has not taken yet when the server closes is thrown away by a reset"
    mend = (
        "Do not set SO_LINGER to 0 seconds, and do not call abort() or destroy(): close the "
        "connection in order, and the system delivers the rest."
    )
    return Sign(_cut(case, "rst"), (said,), LIKELY, bug, mend=mend)


def late_reader_loses(case: Case) -> Sign | None:
    """Who reads soon after the end gets everything, and one that takes longer loses the rest; the
    target says that it has waited for too long."""
    e = case.of(LAGS)
    if e is None or e.first.kind is not Kind.TRUNCATED or not ends_well(case, "pending"):
        return None
    lost = [s.wrong_bytes for s in bad_sessions(case) if s.check_id == LAGS and s.wrong_bytes]
    if not lost or min(lost) <= LARGEST_READ or not talks(case):
        return None  # where it is only the last piece nothing was given up before
    line = line_of(e.output, TOO_LONG)
    if not line:
        return None
    said = (
        f"A reader that took its time lost {e.first.length or 0:,} bytes, and one that read on "
        f"soon none; the target says {line!r}."
    )
    return Sign(_cut(case, "fin", "rst"), (said,), LIKELY)


TOO_LONG = re.compile(
    r"time.?out|timed out|too (slow|long)|not respond|slow (client|reader|consumer|peer)|stalled",
    re.IGNORECASE,
)
"""What is said of a client that has not read for too long."""


def _cut(case: Case, *endings: str) -> frozenset[str]:
    found = (e for e in case.failures if e.first.kind is Kind.TRUNCATED)
    return frozenset(e.check_id for e in found if e.first.ending in endings)


RULES: tuple[Rule, ...] = (
    Rule("edge-not-drained", not_seen_with_data, must=(WITH_DATA,), strength=1, asks=("end",)),
    Rule("reset-instead-of-fin", reset_while_pending, must=(LAGS,), strength=2, asks=("end",)),
    Rule("gives-up-on-slow-reader", late_reader_loses, must=(LAGS,), strength=1, asks=("end",)),
)
