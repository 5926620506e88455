"""Bytes that are decoded as text: rules of the group "text" that nothing foretells."""

from __future__ import annotations

import codecs

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, OF_FUZZ
from harness.diagnosis.experiments.values import numbers
from harness.diagnosis.facts_bytes import (
    COMMANDS,
    DECODE_ERRORS,
    answered,
    ended,
    is_text,
    of_bytes,
)
from harness.diagnosis.facts_stream import (
    END_KINDS,
    Session,
    bad_sessions,
    kind_of,
    line_of,
    of_check,
    sessions,
)
from harness.diagnosis.foretold import is_small
from harness.diagnosis.rule import Rule, Sign
from harness.values.verdict import Kind


def decodes(case: Case) -> Sign | None:
    """What is no UTF-8 ends the connection or the server."""
    found = [(s, m) for s, m in ended(case) if not is_text(m)]
    named = [e for e in case.failures if DECODE_ERRORS.search(e.output)]
    if not any(s.check_id == "identity/invalid-utf8" for s, _ in found):
        return None
    if any(not is_text(m) for m in answered(case)):
        return None
    split = any(s.check_id == "identity/split-utf8" for s, _ in found)
    if not (named or split) or any(
        s.check_id.startswith("identity/") and s.check_id != COMMANDS and is_text(m)
        for s, m in of_bytes(case)
    ):
        return None
    evidence = ["Each message that ends a connection is no valid UTF-8; all others come back."]
    if named:
        evidence.append(f"The server says {line_of(named[0].output, DECODE_ERRORS)!r}.")
    return Sign(
        frozenset(s.check_id for s, _ in found) | frozenset(e.check_id for e in named),
        tuple(evidence),
        CERTAIN if named else LIKELY,
    )


def decodes_afterwards(case: Case) -> Sign | None:
    """What is no UTF-8 comes back, and then the connection ends: it is decoded for something
    else."""
    found = [(s, m) for s, m in _before_ends(case) if s.check_id != OF_FUZZ]
    checks = of_check(s for s, _ in found)
    if not checks.issuperset(OF_TEXT) or any(is_text(m) for _, m in found):
        return None
    if any(map(_survives, sessions(case))) or case.language_by("") == "c":
        return None
    if (said := case.saw("bytes")) is not None:
        ends = numbers(said.facts.get("ends"))
        if not ends or min(ends) < 0x80 or ends == [0xFF]:
            return None
    drawn = {s.check_id for s, m in _before_ends(case) if not is_text(m)}
    return Sign(
        checks | drawn,
        (AFTER_NO_TEXT,),
        LIKELY,
        "what was sent back is decoded as text (UTF-8) afterwards, and bytes that are no text make "
        "that fail, which ends the connection",
        mend="Decode in a way that cannot fail where text is wanted for a log or a list, such as "
        'data.decode(errors="replace") or repr(data) in Python; to send back the bytes nothing '
        "need be decoded.",
    )


AFTER_NO_TEXT = (
    "The last message before each end is no valid UTF-8, and came back whole; no connection ends "
    "after text."
)
OF_TEXT = frozenset({"identity/invalid-utf8", "identity/split-utf8"})
"""Bytes that are no text, without and with letters that are not ASCII."""


def _before_ends(case: Case) -> list[tuple[Session, bytes]]:
    """The sessions that the server ended after a message had come back whole and before anything
    of the next had, and that message; what came on one that ended at once is empty."""
    found = []
    for s in bad_sessions(case):
        if not is_small(s) or kind_of(s) not in END_KINDS or s.seen.surplus:
            continue
        last = s.answered[-1] if s.answered else None
        if last is None or last.end == s.good:
            found.append((s, s.sent[last.start : last.end] if last else b""))
    return found


def _survives(s: Session) -> bool:
    """Whether the connection went on after a message that is no text."""
    if not s.check_id.startswith("identity/") or not is_small(s):
        return False
    return any(not is_text(s.sent[m.start : m.end]) for m in s.answered[:-1])


def decodes_split(case: Case) -> Sign | None:
    """Only characters that reads share go wrong."""
    e = case.of("identity/split-utf8")
    if e is None or {i for i in case.failed if i.startswith("identity/")} != {e.check_id}:
        return None
    if e.first.kind not in (Kind.CHANGED, Kind.EXTRA, Kind.EARLY_CLOSE, Kind.RESET):
        return None
    return Sign(
        frozenset({e.check_id} | ({OF_FUZZ} & case.failed)),
        ("A character that comes in two pieces goes wrong; whole ones and other bytes do not.",),
    )


def mark(case: Case) -> Sign | None:
    """The three bytes of a byte order mark are missing, and nothing else is."""
    found = [
        s
        for s in bad_sessions(case)
        if is_small(s)
        and s.sent[s.good :].startswith(codecs.BOM_UTF8)
        and s.seen.surplus == s.sent[s.good + len(codecs.BOM_UTF8) :]
    ]
    if not found:
        return None
    return Sign(of_check(found), ("EF BB BF is missing where it was sent; all else comes back.",))


ASKS = ("bytes", "words")
RULES = (
    Rule(
        "decodes-text",
        decodes,
        ("identity/invalid-utf8", "identity/every-byte-value"),
        strength=3,
        asks=ASKS,
    ),
    Rule(
        "decodes-text",
        decodes_afterwards,
        ("identity/invalid-utf8", "identity/every-byte-value"),
        strength=2,
        asks=ASKS,
    ),
    Rule("decodes-each-read", decodes_split, ("identity/split-utf8",), strength=2),
    Rule("bom-dropped", mark, strength=3, asks=("words",)),
)
