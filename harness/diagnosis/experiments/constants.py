"""What the target's own constants add to an experiment: they are tried first, and where one stands
that turned out to matter is told."""

from __future__ import annotations

from collections.abc import Collection

from harness.diagnosis.experiments.values import Setting

MOST_WORDS, MOST_SIZES = 20, 10
"""Constants that are tried in one experiment: each takes a millisecond, or more where it hangs."""
MOST_TOLD = 2
LEAST = 17
"""Smaller numbers stand in every source, and smaller sizes are always tried."""
LINE_ENDS = b"\r\n"


def own_words(setting: Setting) -> list[bytes]:
    """Texts of two bytes and more, without the end of a line; what decides something first."""
    texts = [c.value for c in setting.dictionary.constants if isinstance(c.value, bytes)]
    stripped = (text.rstrip(LINE_ENDS) for text in texts)
    return list(dict.fromkeys(text for text in stripped if len(text) > 1))[:MOST_WORDS]


MOST_SPECIAL = 8
"""Words or numbers of which one may matter: each word is tried with a newline, too."""


def own_numbers(setting: Setting, largest: int) -> list[int]:
    """Numbers from ``LEAST`` to ``largest``; what decides something first."""
    numbers = [c.value for c in setting.dictionary.constants if isinstance(c.value, int)]
    return [number for number in numbers if LEAST <= number <= largest][:MOST_SIZES]


def around(numbers: Collection[int]) -> set[int]:
    """``numbers``, and those next to them."""
    return {number + beside for number in numbers for beside in (-1, 0, 1)}


def standing(setting: Setting, values: Collection[int | bytes]) -> str:
    """Sentences on the constants among ``values``, or next to a number of them; or nothing.

    ``4,242 stands in server.py, line 12.``  Where many values do it, it is none of a constant.
    """
    if len(values) > MOST_SPECIAL:
        return ""
    words = {value.rstrip(LINE_ENDS) for value in values if isinstance(value, bytes)}
    numbers = {value for value in values if isinstance(value, int)}
    told: dict[str, None] = {}
    for near in (False, True):
        for constant in setting.dictionary.constants:
            value = constant.value
            if not constant.where:
                continue
            if isinstance(value, bytes):
                matters = not near and value.rstrip(LINE_ENDS) in words
            else:
                matters = value >= LEAST and bool(
                    ({value} if not near else around([value])) & numbers
                )
            if matters:
                told[constant.told] = None
    return "".join(f" {sentence}." for sentence in list(told)[:MOST_TOLD])
