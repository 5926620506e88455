"""Where the choices of a drawn plan come from.

The plans are described once, in ``payloads``, ``sessions`` and ``scenes``, as functions that ask a
source for each choice.  ``Dice`` answers from ``random.Random`` at some 0.2 µs a choice and is what
the search uses.  ``harness.strategies`` answers from Hypothesis, which costs some 20 to 50 times
that, and shrinks for users' own property tests.  In both the first option is the simplest.
"""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from harness.fuzzer.deck import Deck

T = TypeVar("T")


class Table(Sequence[T]):
    """Options with weights, ``{option: weight}``; the simplest comes first."""

    def __init__(self, weights: Mapping[T, int]) -> None:
        self.options = tuple(weights)
        self.bounds = list(itertools.accumulate(weights.values()))
        self.total = self.bounds[-1]

    def at(self, number: int) -> T:
        """The option that holds ``number``, 0 <= number < total."""
        return self.options[bisect(self.bounds, number)]

    def __len__(self) -> int:
        return len(self.options)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.options[index]


class Source(Protocol):
    """Answers the choices of a description."""

    @property
    def deck(self) -> Deck | None:
        """What the constants of the target suggest, if there are any."""

    def integer(self, low: int, high: int) -> int:
        """A number, both ends included."""

    def choose(self, options: Sequence[T]) -> T:
        """One of ``options``, each as likely."""

    def weighted(self, table: Table[T]) -> T:
        """One of the table's options, as likely as its weight says."""

    def chance(self, percent: float) -> bool:
        """True with this probability; False is the simpler answer."""


class Dice:
    """A source that answers at random, the same for the same seed in every Python version."""

    def __init__(self, seed: str, deck: Deck | None = None) -> None:
        self._random = random.Random(seed).random
        self.deck = deck

    def integer(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low + 1))

    def choose(self, options: Sequence[T]) -> T:
        return options[int(self._random() * len(options))]

    def weighted(self, table: Table[T]) -> T:
        return table.options[bisect(table.bounds, int(self._random() * table.total))]

    def chance(self, percent: float) -> bool:
        return self._random() * 100 < percent
