"""Which messages ended a connection, and which came back: what speaks for a byte or a word, and
what against it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.diagnosis.case import Case
from harness.diagnosis.facts_stream import END_KINDS, Session, bad_sessions, kind_of, sessions
from harness.diagnosis.foretold import is_small
from harness.values.verdict import Kind

COMMANDS = "identity/looks-like-a-command"
OF_BYTES = ("identity/", "fuzz/")
DECODE_ERRORS = re.compile(
    r"UnicodeDecodeError|codec can't decode|MalformedInput|invalid utf-8|Utf8Error|"
    r"stream did not contain valid UTF-8|incomplete utf-8|invalid byte sequence",
    re.IGNORECASE,
)
"""What languages say of bytes that are no text."""


def is_text(data: bytes) -> bool:
    """Whether it is valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def ended(case: Case) -> list[tuple[Session, bytes]]:
    """The sessions that the server ended at a message, and the message; where others followed it
    at once, with those, as one read may have held them all."""
    found = []
    for s in bad_sessions(case):
        if not is_small(s) or s.finding is None or s.finding.kind not in END_KINDS:
            continue
        where = s.at
        if where is not None and not s.seen.surplus:
            found.append((s, s.sent[where.start : where.end if s.alone(where) else None]))
    return found


def of_bytes(case: Case) -> list[tuple[Session, bytes]]:
    """Those of the checks that are about bytes."""
    return [(s, m) for s, m in ended(case) if s.check_id.startswith(OF_BYTES)]


def answered(case: Case) -> list[bytes]:
    """All messages of failed checks of identity that came back whole."""
    return [
        s.sent[m.start : m.end]
        for s in sessions(case)
        if s.check_id.startswith("identity/") and is_small(s)
        for m in s.answered
    ]


def comes_back(case: Case, value: int) -> bool:
    """Whether this byte came back in a message of several."""
    if "identity/every-byte-value" in case.passed:
        return True
    return any(value in m and len(m) > 1 for m in answered(case))


def is_fatal(value: bytes, case: Case) -> bool:
    """Whether this byte, sent alone, ends a connection, and comes back in no other message."""
    if "identity/every-byte-value" in case.passed or any(value in m for m in answered(case)):
        return False
    return any(was_ended(pair) for pair in of_bytes(case) if pair[1] == value)


def was_ended(pair: tuple[Session, bytes]) -> bool:
    """Whether it was the server that ended the connection: a client that has ended its side sees
    its end as well where an answer is only missing."""
    return pair[0].closed_early or kind_of(pair[0]) is not Kind.TRUNCATED


def others_lost(case: Case, words: Iterable[bytes]) -> bool:
    """Whether a whole message of another check of bytes went wrong in the way of the words, and
    held none of them."""
    kinds = {kind_of(s) for s in bad_sessions(case) if s.check_id == COMMANDS}
    return any(
        s.at is not None
        and s.good == s.at.start
        and kind_of(s) in kinds
        and s.wrong_bytes >= s.at.size
        and not any(w.strip() and w.strip() in s.sent for w in words)
        for s in bad_sessions(case)
        if s.check_id.startswith("identity/") and s.check_id != COMMANDS and is_small(s)
    )
