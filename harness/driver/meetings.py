"""Places where scripts wait for one another: who comes there, who has been there, and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from harness.values.plan import Meet, Script


class Meetings:
    """``ended`` says whether a script has ended: then nobody waits for it."""

    def __init__(self, scripts: Sequence[Script], ended: Callable[[int], bool]) -> None:
        self._ended = ended
        self._members: dict[str, set[int]] = defaultdict(set)
        """Place to the scripts that come there."""
        for index, script in enumerate(scripts):
            for step in script.steps:
                if type(step) is Meet:
                    self._members[step.place].add(index)
        self._visits: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def __bool__(self) -> bool:
        """Whether there is any place at all."""
        return bool(self._members)

    def arrive(self, index: int, place: str) -> int:
        """Script ``index`` has come to ``place``; returns which visit of its this is."""
        self._visits[place][index] += 1
        return self._visits[place][index]

    def all_there(self, place: str, visit: int) -> bool:
        """Whether every script that comes to ``place`` has been there ``visit`` times, or ended."""
        visits = self._visits[place]
        return all(visits[i] >= visit or self._ended(i) for i in self._members[place])

    def of(self, place: str) -> set[int]:
        """The scripts that come to ``place``."""
        return self._members[place]

    def places_of(self, index: int) -> Iterator[str]:
        """Where script ``index`` comes to."""
        return (place for place, members in self._members.items() if index in members)
