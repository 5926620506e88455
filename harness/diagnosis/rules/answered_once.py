"""One answer for each connection, which is then left alone."""

from __future__ import annotations

from collections import Counter

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CLOSED, LIKELY, Evidence
from harness.diagnosis.experiments.values import number
from harness.diagnosis.facts_crowds import DEAF, of_several
from harness.diagnosis.facts_process import fact
from harness.diagnosis.rule import PLAIN, Rule, Sign, explained
from harness.values.plan import Send, size_of
from harness.values.verdict import Kind


def accept_inside_loop(case: Case) -> Sign | None:
    """The second message of a client is never answered, and its connection is left alone."""
    if fact(case, "messages", "first_bad") != 2 or fact(case, "messages", "bad") != "nothing":
        return _without_messages(case)
    if number(fact(case, "messages", "second_bad")) not in (0, 2):
        return None
    said = (
        "The first message of a connection was answered, the second never, and the connection "
        "stayed open."
    )
    return Sign(_answered_once(case), (said,), LIKELY)


_UNANSWERED = (Kind.NO_ECHO, Kind.NO_END, Kind.TRUNCATED, Kind.NOT_TAKEN, Kind.NOT_RELEASED)
"""What is seen of a connection that was answered once, and is left alone."""


def _without_messages(case: Case) -> Sign | None:
    """The same, where only the failed checks tell it: each stops after the first read."""
    if not case.passed.issuperset(PLAIN) or any(e.first.kind is Kind.LOST for e in case.failures):
        return None  # of a client that was forgotten nothing comes any more
    silent = [
        e
        for e in case.failures
        if e.first.kind is Kind.NO_ECHO and not e.plan.needs_concurrency and e.first.session == 0
    ]
    if len(silent) < 5 or "chunking/prompt" not in case.failed:
        return None
    if not _stop_after_first(silent):
        return None
    said = "The first message of a connection was answered, the second never."
    return Sign(_answered_once(case), (said,), LIKELY)


def _answered_once(case: Case) -> frozenset[str]:
    """What comes of it: also that a client is disconnected when the next one comes, as the variable
    that held its connection then holds another."""
    beside = explained(case, CLOSED, of_several)
    return explained(case, (*DEAF, *_UNANSWERED)) | beside


def _stop_after_first(silent: list[Evidence]) -> bool:
    """Whether what came is the first write each time, though a read would have held more; or as
    much of it as one read takes, which is mostly the same number of bytes: all that it can."""
    part, whole = Counter[int](), []
    for e in silent:
        first = next((s for s in e.steps if isinstance(s, Send)), None)
        got = e.first.received
        if first is None or not got:
            return False
        size = first.cuts[0] if first.cuts else size_of(first.payload)
        if got == size:
            whole.append(got)
        else:
            part[got] += 1
    most = max(part, default=max(whole, default=0))
    return bool(whole) and max(whole) <= most and 2 * part[most] >= part.total()


RULES: tuple[Rule, ...] = (
    Rule(
        "accept-inside-loop",
        accept_inside_loop,
        must=("chunking/prompt",),
        strength=1,
        asks=("messages",),
    ),
)
