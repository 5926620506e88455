"""Guessing what a misspelt word was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 100
"""Letters of a word that are looked at: more takes time, and finds nothing."""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The one of ``known`` that is most like ``word``, and not ``word`` itself; None if none is.

    ``cutoff``: how alike they must be, from 0 to 1.
    """
    names = [name for name in known if name != word]
    lowered = word[:LONGEST].lower().replace("_", "-")
    by_look = {name.lower().replace("_", "-"): name for name in reversed(names)}
    found = difflib.get_close_matches(lowered, by_look, n=1, cutoff=cutoff)
    return by_look[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """A question for the end of a message; empty when nothing is near enough."""
    found = nearest(word, known, cutoff)
    return "" if found is None else f"Did you mean {found!r}?"
