"""Messages that end a connection as a whole, or are not answered: rules of the group "text".

A byte or a word that stands alone, and blanks alone, as the experiments have shown.  In longer
messages the same bytes come back, so that hardly a check meets them, and what these show may be
very little.
"""

from __future__ import annotations

import re

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CERTAIN, LIKELY
from harness.diagnosis.experiments.content import shown
from harness.diagnosis.experiments.values import listed, numbers
from harness.diagnosis.facts_bytes import COMMANDS, answered, comes_back, ended, of_bytes
from harness.diagnosis.facts_stream import Session, bad_sessions, byte, kind_of, literal
from harness.diagnosis.rule import Rule, Sign
from harness.diagnosis.rules.words import ASKS
from harness.values.plan import sent_by
from harness.values.verdict import Kind


def lone_byte_ends(case: Case) -> Sign | None:
    """One byte value ends a connection where it is a whole message, and only there."""
    message = _at_its_end(case)
    if len(message) != 1 or message == b"\xff" or not comes_back(case, message[0]):
        return None  # what ends it anywhere, and 0xFF, are told by others
    printable = 0x20 < message[0] < 0x7F
    name = f"{byte(message[0])} ({literal(message)})" if printable else byte(message[0])
    said = f"Where a connection ends early the message is just {byte(message[0])}; in longer "
    said += "messages that byte comes back."
    false = message == b"0" and _zero_is_false(case)
    bug = f"a message that is just {name} ends the connection"
    if false:
        bug += ': in this language the text "0" is false, so it is taken for nothing'
    return _sign(case, message, said, bug, mend=OF_LENGTH if false else None)


def lone_word_ends(case: Case) -> Sign | None:
    """One word ends a connection, and no check but of fuzzing has met it."""
    message = _at_its_end(case)
    if len(message) < 2 or COMMANDS in case.failed or not message.strip():
        return None
    said = f"Where a connection ends early the message is {literal(message)}; others come back."
    return _sign(case, message, said, f"the word {literal(message)} ends the connection")


def _sign(case: Case, message: bytes, said: str, bug: str, mend: str | None = None) -> Sign:
    found = (s.check_id for s, m in ended(case) if message in m)
    return Sign(frozenset(found), (said,), CERTAIN, bug, mend=mend)


def _at_its_end(case: Case) -> bytes:
    """The whole message at which connections end, if it is the one that ends them in the trials of
    bytes, or of words where no byte does; without a newline behind it."""
    named = _that_ends(case)
    found = {m for _, m in ended(case) if named in (shown(m), shown(m.removesuffix(b"\n")))}
    bare = {m.removesuffix(b"\n") for m in found}
    return bare.pop() if named and len(bare) == 1 else b""


def _that_ends(case: Case) -> str:
    """What alone ends a connection, as it stands in a literal; empty where it is not one thing."""
    tried, said = case.saw("bytes"), case.saw("words")
    values = numbers(tried.facts.get("ends")) if tried else []
    words = {str(w).removesuffix(r"\n") for w in listed(said.facts.get("ends"))} if said else set()
    names = {shown(bytes([v])) for v in values} or words
    return names.pop() if len(names) == 1 else ""


def lone_word_lost(case: Case) -> Sign | None:
    """One byte or word is not answered where it is a whole message, and nothing else is lost."""
    said = case.saw("words")
    words = {str(w).removesuffix(r"\n") for w in listed(said.facts.get("lost"))} if said else set()
    bad = bad_sessions(case)
    lost = {_lost_message(s) for s in bad}
    if len(words) != 1 or len(lost) != 1 or shown(message := lost.pop()) not in words:
        return None
    if not message or message == b"\xff":
        return None
    false = message == b"0" and _zero_is_false(case)
    bug = f"a message that is just {literal(message)} is not answered"
    if false:
        bug += ': in this language the text "0" is false, so it is taken for nothing'
    evidence = f"Each time what is missing is a whole message, {literal(message)}."
    return Sign(
        frozenset(s.check_id for s in bad),
        (evidence,),
        CERTAIN,
        bug,
        mend=OF_LENGTH if false else None,
    )


def _lost_message(s: Session) -> bytes:
    """The whole message that did not come back, where those behind it did; else empty."""
    if s.at is None or kind_of(s) is not Kind.LOST or not s.seen.surplus or s.good != s.at.start:
        return b""
    if s.finding is None or s.finding.length != s.at.size:
        return b""
    return sent_by(s.script)[s.at.start : s.at.end] if s.seen.sent <= LONGEST else b""


LONGEST = 2**22
"""Bytes of a stream that is looked into."""


OF_LENGTH = (
    'Compare what was read with false and with "" by ===, or in Perl look at defined() and '
    'length(): the end is a read that fails or that has no bytes, and "0" is one byte.'
)


def _zero_is_false(case: Case) -> bool:
    """Whether it is written in a language in which the text "0" is false."""
    php = any(re.search(r"(^|/)php[\d.]*$|\.php$", word) for word in case.command)
    return php or case.language_by("") == "perl"


BLANK = bytes(range(0x21))
"""What functions that strip white space take away: all of it, and in Java all control bytes."""


def blank_ends(case: Case) -> Sign | None:
    """Messages of nothing but white space end a connection; at the edges of others it comes
    back."""
    found = [(s, m) for s, m in ended(case) if not m.strip(BLANK)]
    whole = answered(case)
    if not found or any(m.strip(BLANK) for _, m in of_bytes(case)):
        return None
    if any(not m.strip() for m in whole) or not any(m.strip() != m for m in whole):
        return None
    tried, said = case.saw("bytes"), case.saw("words")
    values = numbers(tried.facts.get("ends")) if tried else []
    words = list(map(str, listed(said.facts.get("ends")))) if said else []
    if not set(values) <= set(BLANK) or not all(map(_is_blank, words)):
        return None
    kinds = {v for _, m in found for v in m} | set(values)
    white = {v for v in kinds if bytes([v]).isspace()}
    if len(white) < 2 or white <= {0x0A, 0x0D}:
        return None
    name = "white space" if white == kinds else "white space and control bytes"
    evidence = f"Each message at which a connection ends is only {name}; at the edges of other "
    evidence += "messages white space comes back."
    return Sign(
        frozenset(s.check_id for s, _ in found),
        (evidence,),
        CERTAIN if len(values) > 1 or len(words) > 1 else LIKELY,
        f"a message of nothing but {name} is taken for the end of the connection",
        mend=EMPTY,
    )


def _is_blank(word: str) -> bool:
    """Whether what stands in a literal is white space, or control bytes."""
    return re.fullmatch(r"( |\\t|\\n|\\r|\\x[01][0-9a-f])+", word) is not None


EMPTY = (
    "Ask whether nothing was read before you strip it: only a read without any byte is the end. "
    "In Python write 'if not data', and not 'if not data.strip()'."
)
RULES: tuple[Rule, ...] = (
    Rule("magic-byte", lone_byte_ends, strength=2, asks=ASKS),
    Rule("magic-word", lone_word_ends, strength=2, asks=("words",)),
    Rule("magic-word", lone_word_lost, strength=2, asks=("words",)),
    Rule(
        "strips-whitespace",
        blank_ends,
        ("identity/edge-whitespace",),
        strength=2,
        asks=ASKS,
    ),
)
