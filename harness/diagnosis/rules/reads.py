"""Connections that end, or are read no more, at a read: rules of the group "reading"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, POSSIBLE
from harness.diagnosis.experiments.values import numbers
from harness.diagnosis.facts_process import fact, tried
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    kind_of,
    line_with,
    listed,
    of_check,
    sessions,
)
from harness.diagnosis.pauses import silence_at_end
from harness.diagnosis.read_sizes import LARGEST_READ, SURE_READ
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.where import mentioned
from harness.values import plan as p
from harness.values.trace import Ending
from harness.values.verdict import Kind

STOPS = (Kind.EARLY_CLOSE, Kind.RESET, Kind.TRUNCATED, Kind.NO_ECHO, Kind.NOT_TAKEN)
CLOSED_TWICE = re.compile(
    r"Bad file descriptor|EBADF|[Ss]ocket (is )?closed|use of closed|write after end|"
    r"ERR_STREAM_WRITE_AFTER_END|ERR_STREAM_DESTROYED|not a socket"
)
"""Messages of who goes on with a connection that it has closed itself: another cause."""


def stopped(case: Case) -> list[Session]:
    """Sessions after whose first difference nothing came: ended, or silent."""
    return [
        s
        for s in bad_sessions(case)
        if s.finding is not None and s.finding.kind in STOPS and not s.seen.surplus
    ]


def _first(s: Session) -> int:
    """Bytes of the first message."""
    return s.messages[0].size if s.messages else 0


def _after_first(found: Sequence[Session]) -> list[Session]:
    """Those that waited for their first answer, and on which nothing came behind it."""
    return [s for s in _talking(found) if s.good == _first(s)]


def _talking(found: Sequence[Session]) -> list[Session]:
    """Those that waited for their first answer before they sent more."""
    return [s for s in found if len(s.messages) > 1 and s.messages[0].awaited]


def once(case: Case) -> Sign | None:
    """Each connection is answered as far as its first read, and no further."""
    return None if _closes_in_loop(case) or _said_closed(case) else _once(case)


def closed_by_itself(case: Case) -> Sign | None:
    """The same, and the program says that it went on with a connection that was closed, or its
    source reads in a loop and closes there."""
    said = _said_closed(case)
    sign = _once(case) if said or _closes_in_loop(case) else None
    if sign is None or not any(s.closed_early for s in stopped(case)):
        return None
    told = f"The server says {said!r}: it goes on with a connection that it has closed itself."
    return Sign(sign.explains, (*sign.evidence, *((told,) if said else ())), LIKELY)


def _once(case: Case) -> Sign | None:
    found = [s for s in stopped(case) if s.messages and s.seen.sent]
    after_first = _after_first(found)
    if len(after_first) < (1 if _never_a_second(case) else 3):
        return None
    unanswered = [s for s in found if not s.good and s.messages[0].size <= SURE_READ]
    if 4 * len(unanswered) > len(found):
        return None  # a few may have come to a server that one client before had ended
    if 2 * sum(s.seen.ending is Ending.OPEN for s in after_first) > len(after_first):
        return None  # it is not the reading that has stopped: nobody sees the end either
    most = max((s.good for s in found if s.good < _first(s)), default=0)
    if most > LARGEST_READ or _goes_on(found, case):
        return None
    many = f"{len(after_first)} connections" if len(after_first) > 1 else "a connection"
    evidence = [f"On {many} the first message is answered, and nothing after it."]
    if most:
        evidence.append(f"Of a long message at most {most:,} bytes come back: one read.")
    ends = any(s.closed_early for s in after_first)
    detail = None if ends else "the server reads once for each connection, and never again"
    return Sign(of_check(found), tuple(evidence), LIKELY, detail)


def _closes_in_loop(case: Case) -> bool:
    """Whether the source reads in a loop, and ends the connection there: another cause."""
    return mentioned("close-inside-loop", case.sources, case.command) and not mentioned(
        "single-read", case.sources, case.command
    )


def _goes_on(found: Sequence[Session], case: Case) -> bool:
    """Whether some connection was answered beyond its first message, and beyond a read."""
    if any(s.good > max(_first(s), LARGEST_READ) for s in found):
        return True
    if any(s.good > _first(s) for s in _talking(found)) or _lives(case):
        return True
    return any(len(s.answered) > 1 and s.messages[0].awaited for s in sessions(case))


def _said_closed(case: Case) -> str:
    """The line in which it says so; empty if there is none."""
    return line_with(case, CLOSED_TWICE)[0]


def _never_a_second(case: Case) -> bool:
    """Whether no message but the first of a connection was answered, of whatever size they were."""
    seen = tried(case, "messages")
    if seen is None or seen.facts.get("lives"):
        return False
    return seen.facts.get("first_bad") == seen.facts.get("second_bad") == 2


def _lives(case: Case) -> list[int]:
    """Sizes of a first read after which the connection goes on."""
    return numbers(fact(case, "messages", "lives"))


def short_read(case: Case) -> Sign | None:
    """It goes on as long as reads fill the buffer, and ends after the first that does not."""
    found = [s for s in stopped(case) if s.messages and s.seen.sent]
    after_first = _after_first(found)
    if len(after_first) < 3 or _said_closed(case):
        return None
    if sum(s.closed_early and not s.good for s in found) > len(after_first):
        return None  # it ends before it has answered anything
    lives = _lives(case)
    long = [s.good for s in found if s.good > LARGEST_READ]
    full = _full_sizes(found, case)
    if not (lives or long or full):
        return None
    evidence = [
        f"On {len(after_first)} connections nothing is answered after the first short message."
    ]
    if full:
        evidence.append(f"After a first message of {listed(full)} bytes the connection goes on.")
    elif long:
        evidence.append(f"Where much is sent at once up to {max(long):,} bytes come back.")
    elif lives:
        evidence.append(f"After a first read of {listed(lives)} bytes the connection goes on.")
    return Sign(of_check(found), tuple(evidence), LIKELY if lives or full else POSSIBLE)


def _full_sizes(found: Sequence[Session], case: Case) -> list[int]:
    """Sizes of single messages after which the connection went on, among others after which it
    did not."""
    check = "chunking/exact-read-then-end"
    fine = [
        s.messages[0].size
        for s in sessions(case)
        if s.check_id == check and s.finding is None and s.messages and s.good == s.seen.sent
    ]
    wrong = [
        s.messages[0].size
        for s in found
        if s.check_id == check and s.messages and s.good == s.messages[0].size
    ]
    sizes = sorted({n for n in fine if n >= 256 and n % 256 == 0})
    return sizes if sizes and any(n % 256 for n in wrong) else []


def no_more_data(case: Case) -> Sign | None:
    """It ends as soon as there is nothing to read, full reads or not."""
    found = [s for s in stopped(case) if s.closed_early]
    before = [s for s in found if not s.seen.sent]
    after = [s for s in found if s.messages and s.good == _first(s) and len(s.messages) > 1]
    long = [s for s in found if s.good > 2 * LARGEST_READ]
    if not before or not long or len(after) < 3 or _said_closed(case):
        return None
    if 2 * sum(silence_at_end(s.seen) > SOON for s in (*before, *after)) > len(before) + len(after):
        return None  # a time of silence ends it
    return Sign(
        of_check(found),
        (
            (
                f"{len(before)} connections end before anything was sent, {len(after)} after the "
                "first message."
            ),
            "Where much is sent at once, much comes back.",
        ),
        LIKELY,
    )


SOON = 0.1
"""Seconds: who waits for something to come waits longer."""


INTERRUPTIONS = (p.PauseTarget, p.InterruptTarget)


def interrupted(case: Case) -> Sign | None:
    """Connections end when the server is stopped and continued, and only then."""
    found = [s for s in stopped(case) if s.closed_early or kind_of(s) is Kind.TRUNCATED]
    if not found or (case.command and "python" in case.command[0]):
        return None  # Python makes an interrupted call again by itself
    if not any(s.check_id == "resilience/pause-resume" for s in found):
        return None
    disturbed = {
        e.check_id
        for e in case.failures
        if any(isinstance(step, INTERRUPTIONS) for s in e.plan.scripts for step in s.steps)
    }
    own = {s.check_id for s in found}
    if not own <= disturbed or any(e.trace.deaths for e in case.failures):
        return None
    if any(_whole_before(s) for s in found):
        return None
    said = (
        "Each connection that ends too early was open while the server was stopped and "
        "continued, which interrupts its call."
    )
    return Sign(
        frozenset(own),
        (said,),
        LIKELY,
    )


def _whole_before(s: Session) -> bool:
    """Whether it ended in the middle of a message, which no silence interrupts."""
    where = s.at
    return where is not None and s.good != where.start


PROMPT = ("chunking/prompt", "identity/newlines", "identity/nul-bytes")
RULES = (
    Rule("single-read", once, PROMPT, strength=1, asks=("messages",)),
    Rule("close-inside-loop", closed_by_itself, PROMPT, strength=1, asks=("messages",)),
    Rule("short-read-is-end", short_read, PROMPT, strength=2, asks=("messages", "sizes")),
    Rule(
        "eagain-is-error",
        no_more_data,
        ("shutdown/not-early", *PROMPT),
        strength=1,
        asks=("messages",),
    ),
    Rule(
        "eintr-is-error", interrupted, ("resilience/pause-resume",), strength=1, asks=("signals",)
    ),
)
