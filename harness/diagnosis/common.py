"""What failures that nothing explains have in common: how much is wrong, where, and which bytes.

Facts, and no cause: whoever knows the program may see at once what it is.  Each sentence is true of
all connections that it speaks of, and is only said of enough of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import MISSING, OF_FUZZ, OTHER_BYTES
from harness.diagnosis.facts_gaps import usual
from harness.diagnosis.facts_stream import (
    Session,
    bad_sessions,
    byte,
    came_elsewhere,
    kind_of,
    listed,
    of_check,
    sizes_of_reads,
)
from harness.text.clean import plural
from harness.values.verdict import Kind

ENOUGH = 3
"""Connections, at least, that have something in common."""
FEW_VALUES = 3
"""Byte values that may be called the ones that go wrong."""


def in_common(case: Case, checks: frozenset[str]) -> tuple[str, ...]:
    """Sentences about what the connections of ``checks`` that go wrong have in common."""
    found = [s for s in bad_sessions(case) if s.check_id in checks and kind_of(s) in WRONG]
    if len(found) < ENOUGH or len(of_check(found)) < 2:
        return ()
    return tuple(_sentences(case, found))


WRONG = frozenset({*MISSING, *OTHER_BYTES})
"""Something is wrong with the bytes."""


def _sentences(case: Case, found: Sequence[Session]) -> Iterator[str]:
    count = len(found)
    if values := _values(found):
        yield f"On each of the {count:,} connections that go wrong {values}."
    if place := _place(found):
        yield f"On each of the {count:,} connections that go wrong it begins {place}."
    if amount := _amount(found):
        yield f"On each of the {count:,} connections that go wrong {amount}."
    yield from _sizes(case, found)


def _values(found: Sequence[Session]) -> str:
    """Which bytes go wrong first, where it is always one of a few."""
    firsts = [s.sent[s.good : s.good + 1] for s in found]
    if not all(firsts) or any(s.finding is None for s in found):
        return ""
    values = sorted({one[0] for one in firsts})
    others = {b for s in found for b in s.sent[: s.good]}
    if (
        len(values) > FEW_VALUES
        or others.intersection(values)
        or len({*map(_text, found)}) < ENOUGH
    ):
        return ""
    which = " or ".join(map(byte, values))
    return f"{which} is the first byte that does not come back as it was sent"


def _text(s: Session) -> bytes:
    """Some bytes around the difference: several connections that send the same are one witness."""
    return s.sent[max(0, s.good - 8) : s.good + 8]


def _place(found: Sequence[Session]) -> str:
    """Where it begins, from the beginning of the connection."""
    places = {s.good for s in found}
    if len({s.seen.sent for s in found}) < 2:
        return ""  # they may all be of one shape
    if len(places) == 1:
        (place,) = places
        return f"at offset {place:,}" if place else "with the first byte"
    unit = usual(gcd(*places))
    return f"at a multiple of {unit:,} bytes" if unit and len(places) >= ENOUGH else ""


def _amount(found: Sequence[Session]) -> str:
    """How many bytes are wrong, where it is always as many."""
    amounts = {s.wrong_bytes for s in found}
    words = {_WORDS.get(kind, "") for s in found if (kind := kind_of(s))}
    if len(amounts) != 1 or len(words) != 1 or len({s.seen.sent for s in found}) < 2:
        return ""
    (amount,), (word,) = amounts, words
    if not amount or not word:
        return ""
    return f"{plural(amount, 'byte')} {'is' if amount == 1 else 'are'} {word}"


_WORDS = {
    **dict.fromkeys(MISSING, "missing"),
    Kind.EXTRA: "too many",
    Kind.CHANGED: "changed",
    Kind.DUPLICATED: "repeated",
}


def _sizes(case: Case, found: Sequence[Session]) -> Iterator[str]:
    """That only messages above a size go wrong."""
    of_checks = [s for s in found if s.check_id != OF_FUZZ]
    alone = [s.at.size for s in of_checks if s.at is not None and s.alone(s.at)]
    fine = max(sizes_of_reads(case), default=0)
    if len(alone) >= ENOUGH and fine and min(alone) > max(fine, came_elsewhere(case)):
        sizes = listed(sorted({*alone}))
        yield f"Single messages of {sizes} bytes go wrong; those of up to {fine:,} come back."
