"""What a rule is: what a bug of one kind predicts, and how it is recognised in a case.

A rule says which checks a bug must break, so that one of them that passed excludes it, and which it
may break.  What it recognises is told as evidence, in sentences that stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from harness.diagnosis.beneath import Undo
from harness.diagnosis.case import Case
from harness.diagnosis.evidence import LIKELY, Evidence
from harness.values.verdict import Kind

EVERYTHING = ("*",)
PLAIN = ("identity/hello", "identity/one-byte")
"""One client, one short message: only what is wrong with every message breaks these checks."""


MOST, NEARLY_ALL = 0.8, 0.9
"""Shares of what was seen that have to be as a bug foretells: of messages some are read together
with others, so that nobody knows the reads; where those are left out a few may still go wrong by
another's doing."""


class Sign(Struct, frozen=True):
    """What a rule has seen in a case: that this bug is there, and which failures come of it."""

    explains: frozenset[str]
    """The ids of the failed checks."""
    evidence: tuple[str, ...] = ()
    """What it was seen by: whole sentences."""
    confidence: str = LIKELY
    detail: str | None = None
    """The bug in the words of this case, with its sizes, bytes or words; else the catalogue's."""
    undo: Undo | None = None
    """What takes away from what came all that this bug has done to it, so that others show."""
    mend: str | None = None
    """What to change, where the catalogue's words do not fit this case."""


class Rule(Struct, frozen=True):
    """How the bugs of one kind show."""

    cause: str
    """Its id in the catalogue of causes."""
    look: Callable[[Case], Sign | None]
    must: tuple[str, ...] = ()
    """Patterns of the checks that such a bug always breaks: one that passed excludes it."""
    may: tuple[str, ...] = EVERYTHING
    """Patterns of the checks that it can break; it explains no others."""
    strength: int = 0
    """How much it says: of two that explain a failure the stronger does.  0: a broad rule that
    many bugs fit; 1: one that looks at sizes, counts or order; 2: one that names the byte, the
    word, the exception; 3: a proof."""
    asks: tuple[str, ...] = ()
    """The experiments that would confirm or exclude it."""


def matches(check_id: str, patterns: Iterable[str]) -> bool:
    """Whether ``check_id`` is one of those that ``patterns`` mean."""
    return any(fnmatchcase(check_id, pattern) for pattern in patterns)


def excluded(rule: Rule, case: Case) -> bool:
    """Whether a check passed that such a bug always breaks."""
    return any(matches(check_id, rule.must) for check_id in case.passed)


def explained(
    case: Case, kinds: Iterable[Kind] = (), fits: Callable[[Evidence], bool] = lambda e: True
) -> frozenset[str]:
    """The failures whose first finding is of one of ``kinds`` (any, if there are none given), and
    that ``fits``."""
    wanted = frozenset(kinds)
    return frozenset(
        e.check_id for e in case.failures if (not wanted or e.first.kind in wanted) and fits(e)
    )
