"""Events that come once for all that is there: a rule of the group "reading"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Answers
from harness.diagnosis.facts_gaps import Gap, checks_of, gaps, most_common, usual
from harness.diagnosis.read_sizes import LEAST_BUFFER
from harness.diagnosis.rule import MOST, Rule, Sign
from harness.diagnosis.rules.waiting import when
from harness.values.trace import Ending
from harness.values.verdict import Kind

ASKED = re.compile(r"EPOLLET|EV_CLEAR|EV_ET|edge.?trigger", re.IGNORECASE)
"""What only a program says that wants each event once."""
HALF = 0.5
"""Of its messages: where some of them come as two events, as many bytes come with each."""
LEVEL_ONLY = ("go", "java", "node")
"""Languages whose own sockets tell of what is left again and again, or wait for it in a thread."""
BY_SOURCE = ("python", "ruby", "perl")
"""Languages in which a program has to say itself that it wants each event once."""
ONCE = re.compile(r"epoll|kqueue|EV_CLEAR|EV_ET|edge.?trigger", re.IGNORECASE)


def not_drained(case: Case) -> Sign | None:
    """The rest of a message comes only with the next event: more data, or the end."""
    found = gaps(case, (Kind.NO_ECHO,))
    clear = [g for g in found if g.clear and g.session.seen.ending is Ending.OPEN]
    if len(found) < 3 or not clear or when(case) not in (Answers.AT_ONCE, Answers.UNKNOWN):
        return None
    unit = most_common(g.within for g in clear if g.within)
    asked = any(ASKED.search(text) for _, text in case.sources)
    odd = usual(unit) != unit and not asked
    if unit < LEAST_BUFFER or odd or cannot(case) or _nothing_helps(found):
        return None
    alike = sum(not g.within % unit and g.within > 0 for g in clear)
    if alike < (HALF if asked else MOST) * len(clear):
        return None
    checks = checks_of(found) | {
        e.check_id for e in case.failures if e.first.kind in (Kind.NO_ECHO, Kind.NO_END)
    }
    said = (
        f"Of a message of more than {unit:,} bytes {unit:,} come back; the rest stays "
        "away, though the connection is open."
    )
    return Sign(
        checks,
        (said,),
        LIKELY,
        f"after an event no more than {unit:,} bytes are read, and what is left waits for the next "
        "event",
    )


def cannot(case: Case) -> bool:
    """Whether no program in its language has such a bug, unless it asks the system for it."""
    language = case.language_by("\n".join(e.output for e in case.failures))
    if any(ONCE.search(text) for _, text in case.sources):
        return False
    return language in LEVEL_ONLY or (language in BY_SOURCE and bool(case.sources))


def _nothing_helps(found: Sequence[Gap]) -> bool:
    """Whether more data, or the client's end, is an event after which nothing comes, either."""
    stirred = [helped for g in found if (helped := _helped(g)) is not None]
    return len(stirred) >= ENOUGH and stirred.count(False) >= MOST * len(stirred)


def _helped(g: Gap) -> bool | None:
    """Whether anything came after the last thing that the client did; None where it did nothing
    when the first bytes had come."""
    timeline = g.session.seen.timeline
    came = [m.until or m.at for m in timeline if m.what == "received"]
    last = max((m.at for m in timeline if m.what in ("sent", "half-closed")), default=0.0)
    if not any(at < last - SOON for at in came):
        return None
    return max(came) >= last


ENOUGH = 4
"""Connections."""
SOON = 0.02
"""Seconds: what is done within them may belong to the same event."""
RULES = (
    Rule(
        "edge-not-drained",
        not_drained,
        ("chunking/one-write-many-reads", "chunking/exact-read-then-end"),
        strength=2,
        asks=("sizes",),
    ),
)
