"""Which seeds of a run were searched: for a run that ended before it was through, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from harness.settings.run import Budget
from harness.spreading.ranges import Range, ranges
from harness.values.verdict import Profile

T = TypeVar("T")


class InOrder(Generic[T]):
    """Answers that come in any order, and are taken in that of their numbers."""

    def __init__(self) -> None:
        self._turn = 0
        self._waiting: dict[int, T] = {}

    def take(self, number: int, answer: T) -> list[T]:
        """``answer`` has come: those whose turn it is now."""
        self._waiting[number] = answer
        found = []
        while self._turn in self._waiting:
            found.append(self._waiting.pop(self._turn))
            self._turn += 1
        return found

    def rest(self) -> list[T]:
        """Those that have come, and wait for others that will not come."""
        waiting, self._waiting = self._waiting, {}
        return [waiting[number] for number in sorted(waiting)]


class Coverage:
    """What has become of the searches of a run with this seed and budget."""

    def __init__(self, seed: int, budget: Budget) -> None:
        self._seed = seed
        self._budget = budget
        self._begun: list[Range] = []
        self._whole: list[Range] = []
        self._in_part: list[Range] = []

    def begins(self, part: Range) -> None:
        """A search is given to somebody."""
        self._begun.append(part)

    def searched(self, part: Range, *, whole: bool) -> None:
        """A search has told what it found; ``whole``: it came to its end."""
        (self._whole if whole else self._in_part).append(part)

    def words(self, profile: Profile) -> str:
        """Which seeds were searched and which were not, as a sentence; empty where none began."""
        if not self._begun:
            return ""
        coming: Iterable[Range] = self._begun
        if self._budget.sessions is not None:  # else there is no last one
            coming = ranges(self._seed, self._budget, profile)
        done = {part.number for part in (*self._whole, *self._in_part)}
        never = [part for part in coming if part.number not in done]
        told = [
            f"{kind}: {_seeds(parts)}"
            for kind, parts in (
                ("searched to the end", self._whole),
                ("in part", self._in_part),
                ("not at all", never),
            )
            if parts
        ]
        return f"Seeds ({self._begun[0].sessions:,} sessions each) {'; '.join(told)}."


def _seeds(parts: Sequence[Range]) -> str:
    """``5 to 12, 14``."""
    runs: list[list[int]] = []
    for seed in (part.seed for part in sorted(parts, key=lambda part: part.number)):
        if runs and seed == runs[-1][1] + 1:
            runs[-1][1] = seed
        else:
            runs.append([seed, seed])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)
