"""Bytes and words that end a connection, or are answered otherwise: rules of the group "text"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY, MISSING, OF_FUZZ, POSSIBLE
from harness.diagnosis.experiments.values import numbers
from harness.diagnosis.facts_bytes import (
    COMMANDS,
    answered,
    comes_back,
    ended,
    is_fatal,
    of_bytes,
    others_lost,
    was_ended,
)
from harness.diagnosis.facts_stream import (
    END_KINDS,
    Session,
    bad_sessions,
    byte,
    kind_of,
    sessions,
)
from harness.diagnosis.rule import PLAIN, Rule, Sign
from harness.diagnosis.rules import directives
from harness.diagnosis.rules.directives import FORMATS
from harness.values.verdict import Kind


def _fatal_bytes(case: Case) -> tuple[set[int], list[tuple[Session, bytes]]]:
    """The values that stand in each message that ended a connection and in none that was
    answered."""
    found = of_bytes(case)
    if not found or not any(s.check_id.startswith("identity/") for s, _ in found):
        return set(), []
    common = set(range(256)).intersection(*(set(m) for _, m in found))
    return common.difference(*(set(m) for m in answered(case))), found


def ends_at_byte(case: Case) -> Sign | None:
    """One value ends the connection, wherever it stands or alone."""
    said = case.saw("bytes")
    ends = numbers(said.facts.get("ends")) if said else []
    values, found = _fatal_bytes(case)
    alone = {m for s, m in of_bytes(case) if s.check_id.startswith("identity/")}
    if len(ends) == 1 and all(ends[0] in m for _, m in of_bytes(case)):
        value, how = ends[0], CERTAIN
    elif len(values) == 1 and any(map(was_ended, found)):
        (value,), how = values, LIKELY
    elif len(alone) == 1 and len(min(alone)) == 1 and is_fatal(min(alone), case):
        value, how = min(alone)[0], LIKELY
        found = [(s, m) for s, m in of_bytes(case) if value in m]
    else:
        return None
    if value in (0xFF, 0x0A, 0x0D, 0x00) and how is not CERTAIN and value != 0xFF:
        return None
    if value in b"%{}\\$" and FORMATS in case.failed:
        return None
    found = found or [(s, m) for s, m in ended(case) if value in m]
    if value == 0xFF or all(bytes([0xFF, value]) in m for _, m in found):
        return None  # another cause names it
    if how is CERTAIN and comes_back(case, value) and any(len(m) == 1 for _, m in found):
        return None  # it does so only where it is alone, which is a sentence of its own
    return Sign(
        frozenset(s.check_id for s, _ in found),
        (f"Each message at which the connection ends holds the byte {byte(value)}.",),
        how,
        f"the byte {byte(value)} ends the connection",
    )


SHORT = 4
"""Bytes of a message that has a meaning of its own as a whole."""


def exactly(case: Case) -> Sign | None:
    """Each message at which a connection ends is the same few bytes and nothing else."""
    found = [(s, m) for s, m in ended(case) if len(m) <= SHORT]
    whole = {m for _, m in found}
    checks = frozenset(s.check_id for s, _ in found)
    if len(whole) != 1 or len(checks) < 2 or len(found) < len(ended(case)):
        return None
    message = whole.pop()
    if any(message == s.sent[m.start : m.end] for s in sessions(case) for m in s.answered):
        return None
    if len({len(s.answered) for s, _ in found}) == 1:
        return None  # how many there were before may be what decides
    shown = byte(message[0]) if len(message) == 1 else repr(message)[1:]
    ends = {e.check_id for e in case.failures if e.first.kind in END_KINDS}
    return Sign(
        checks | ends,
        (f"Each message at which the connection ends is exactly {shown}.",),
        LIKELY,
        f"a message that is exactly {shown} ends the connection",
    )


def ends_at_high_byte(case: Case) -> Sign | None:
    """0xFF ends the connection, and no other byte does."""
    said = case.saw("bytes")
    ends = numbers(said.facts.get("ends")) if said else []
    found = [(s, m) for s, m in of_bytes(case)]
    if not found or not all(0xFF in m for _, m in found):
        return None
    if any(0xFF in m for m in answered(case)):
        return None
    if ends and ends != [0xFF]:
        return None
    return Sign(
        frozenset(s.check_id for s, _ in found),
        ("Each message at which the connection ends holds a byte 0xFF.",),
        LIKELY,
        "a byte 0xFF ends the connection: it is taken for the end (EOF is -1)",
    )


def ends_at_first_high_byte(case: Case) -> Sign | None:
    """0xFF ends the connection where a read begins with it, and not elsewhere."""
    found = of_bytes(case)
    begin = {m[0] for _, m in found if m}
    checks = frozenset(s.check_id for s, _ in found)
    whole = answered(case)
    if begin != {0xFF} or len(checks) < 2 or any(m[:1] == b"\xff" for m in whole):
        return None
    if not any(0xFF in m[1:] for m in whole):
        return None  # the simpler rule says as much
    return Sign(
        checks,
        ("Messages that begin with 0xFF end the connection; inside others it comes back.",),
        LIKELY,
        "a read that begins with the byte 0xFF ends the connection: it is taken for the end (-1)",
    )


def telnet_ends(case: Case) -> Sign | None:
    """0xFF alone is answered, and with a command behind it the connection ends."""
    found = [(s, m) for s, m in of_bytes(case) if re.search(rb"\xff[\xec-\xfe]", m) is not None]
    if not any(s.check_id == "identity/telnet-bytes" for s, _ in found):
        return None
    if len(found) < len(of_bytes(case)):
        return None
    if not any(0xFF in m for m in answered(case)):
        return None
    return Sign(
        frozenset(s.check_id for s, _ in found),
        ("0xFF alone comes back; with a command of telnet behind it the connection ends.",),
        LIKELY,
        "0xFF and a byte behind it are taken for a command of telnet, which ends the connection",
    )


def word(case: Case) -> Sign | None:
    """A word ends the connection or the server, or gets another answer."""
    bad = [s for s in bad_sessions(case) if s.check_id == COMMANDS]
    messages = [(s, _at(s)) for s in bad]
    found = [(message, how) for s, message in messages if (how := _treated(s, message))]
    words = list(dict.fromkeys(message for message, _ in found))
    asked = case.saw("words")
    no_word = asked is not None and not any(asked.facts.get(f) for f in ("ends", "changed", "cut"))
    if not words or no_word or _much_else(case, words) or others_lost(case, words):
        return None
    how = found[0][1]
    named = " and ".join(repr(w)[1:] for w in words)
    shortest = min(words, key=len).strip().decode("latin-1")
    return Sign(
        frozenset({COMMANDS} | _with_word(case, words)),
        (f"The message {named} {how}; those before it come back.",),
        LIKELY,
        f"the word {shortest!r} {how}: it is taken for a command",
    )


def _at(s: Session) -> bytes:
    """The message in which the first difference is."""
    return s.sent[s.at.start : s.at.end] if s.at is not None else b""


def _treated(s: Session, message: bytes) -> str:
    """What becomes of ``message``, in which the first difference is, if it is taken for a command;
    else empty."""
    if s.at is None:
        return ""
    rest, nothing = s.seen.surplus, s.good == s.at.start
    if kind_of(s) in END_KINDS and not rest and nothing:
        return "ends the connection"
    if len(rest) > 2 and message not in s.received:
        half = s.good - s.at.start <= len(message) // 2
        return "gets another answer" if half and not _alike(message, rest) else ""
    return "is not answered" if kind_of(s) is Kind.NO_ECHO and nothing and s.good else ""


def _much_else(case: Case, words: Iterable[bytes]) -> bool:
    """Whether messages without words go wrong as well."""
    asked = case.saw("words")
    if asked is not None and any(asked.facts.get(name) for name in ("ends", "changed")):
        return bool(case.failed.intersection(PLAIN)) or len(_without(case, words)) > MOST_WITHOUT
    others = case.failed - case.warnings - {COMMANDS, OF_FUZZ, "launch/restarts"}
    return len(others) > 3 or bool(others.intersection(PLAIN))


MOST_WITHOUT = 2
"""Checks that may fail beside a word that is taken for a command, and do not send it."""


def _without(case: Case, words: Iterable[bytes]) -> frozenset[str]:
    """The checks of small messages that go wrong where none of ``words`` was sent."""
    return frozenset(
        s.check_id
        for s in bad_sessions(case)
        if s.sent and not any(w.strip() and w.strip() in s.sent for w in words)
    )


def _alike(message: bytes, rest: bytes) -> bool:
    """Whether it is only changed here and there."""
    return message.lower()[:4] == rest.lower()[:4] or set(rest) <= set(message)


def _with_word(case: Case, words: Iterable[bytes]) -> set[str]:
    return {
        s.check_id
        for s in bad_sessions(case)
        if s.check_id == OF_FUZZ and any(w.strip() in s.sent for w in words)
    }


def repetitions(case: Case) -> Sign | None:
    """A message that equals the one before is not answered."""
    asked = case.saw("repeat")
    if asked and not asked.facts.get("repetitions"):
        return None
    if case.failed.intersection(PLAIN):
        return None  # a single message already goes wrong
    e = case.of("chunking/byte-by-byte")
    equal = False
    if e is not None and e.first.kind is Kind.LOST and e.first.offset and e.first.length:
        equal = e.first.offset < e.first.length and e.first.offset + e.first.length <= EQUAL
    if not equal and not asked:
        return None
    checks = {
        s.check_id
        for s in bad_sessions(case)
        if s.finding is not None
        and s.finding.kind in (*MISSING, Kind.CHANGED)
        and s.check_id != "shutdown/data-with-fin"
        and len(s.messages) > 1
    }
    told = ("Of five equal messages of one byte the first is answered.",) if equal else ()
    return Sign(
        frozenset(checks),
        (*told, *((asked.said,) if asked else ())),
        CERTAIN if asked else POSSIBLE if not equal else LIKELY,
    )


EQUAL = 5
"""Equal messages of one byte that chunking/byte-by-byte begins with."""
ASKS = ("bytes", "words")
RULES = (
    Rule(
        "magic-byte",
        ends_at_byte,
        may=("identity/*", "fuzz/*", "chunking/*"),
        strength=2,
        asks=ASKS,
    ),
    Rule("magic-byte", exactly, must=("fuzz/*",), strength=2),
    Rule(
        "signed-char-is-end",
        ends_at_high_byte,
        ("identity/telnet-bytes", "identity/invalid-utf8"),
        strength=2,
        asks=ASKS,
    ),
    Rule("signed-char-is-end", ends_at_first_high_byte, strength=2),
    Rule("telnet", telnet_ends, ("identity/telnet-bytes",), strength=2, asks=ASKS),
    Rule("magic-word", word, (COMMANDS,), strength=2, asks=("words",)),
    *directives.RULES,
    Rule("repetitions-dropped", repetitions, strength=2, asks=("repeat",)),
)
