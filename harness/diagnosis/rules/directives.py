"""Formats, escapes and templates in the data: rules of the group "text"."""

from __future__ import annotations

from collections.abc import Iterable

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY
from harness.diagnosis.facts_bytes import answered
from harness.diagnosis.facts_stream import Session, bad_sessions
from harness.diagnosis.foretold import is_small
from harness.diagnosis.rule import Rule, Sign
from harness.values.verdict import Kind

FORMATS = "identity/format-directives"


def _special(case: Case, signs: bytes) -> tuple[set[str], list[bytes]]:
    """The checks in which a message that holds one of ``signs`` goes wrong, and those messages of
    the check that is about them."""
    checks: set[str] = set()
    messages = []
    came = answered(case)
    for s in bad_sessions(case):
        where = s.at
        if not is_small(s):
            continue
        message = s.sent if where is None else s.sent[where.start : where.end]
        if set(message) & set(signs) and not _elsewhere(s, signs, came):
            checks.add(s.check_id)
            if s.check_id == FORMATS:
                messages.append(message)
    return checks, messages


def _elsewhere(s: Session, signs: bytes, came: Iterable[bytes]) -> bool:
    """Whether such a sign of it came back in another message, and the first wrong byte is none and
    stands beside none: it is not the signs that go wrong."""
    start = s.at.start if s.at is not None else 0
    beside = s.sent[max(start, s.good - 2) : s.good + 2]
    return not set(beside) & set(signs) and any(set(m) & set(signs) & set(s.sent) for m in came)


def formats(case: Case) -> Sign | None:
    """A message with % or {} goes wrong."""
    checks, messages = _special(case, b"%{}")
    e = case.of(FORMATS)
    if e is None or not _only_content(case, checks):
        return None
    if not messages and e.first.kind is not Kind.DIED:
        return None
    first = messages[0] if messages else b"%s %d %n %x %%"
    if b"$" in first or b"\\" in first:
        return None
    return Sign(
        frozenset(checks | {FORMATS}),
        (f"The message {first!r} is the first that goes wrong.".replace("b'", "'", 1),),
        LIKELY,
    )


def escapes(case: Case) -> Sign | None:
    """A message with a backslash, a quote or a $ goes wrong."""
    checks, messages = _special(case, b"\\$`'\"&<>")
    if not messages or not _only_content(case, checks):
        return None
    first = messages[0]
    if b"$" not in first and b"\\" not in first:
        return None
    return Sign(
        frozenset(checks | {FORMATS}),
        (f"The message {first!r} is the first that goes wrong.".replace("b'", "'", 1),),
        LIKELY,
    )


def _only_content(case: Case, checks: set[str]) -> bool:
    """Whether no other check of bytes is wrong than those that hold the signs."""
    others = {i for i in case.failed if i.startswith("identity/")} - checks
    return others <= {FORMATS}


RULES = (
    Rule("format-string", formats, (FORMATS,), strength=2, asks=("words",)),
    Rule("escapes-interpreted", escapes, (FORMATS,), strength=2, asks=("words",)),
)
