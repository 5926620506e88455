"""Places where scripts wait for one another: who comes there, who has been there, and how often.

A thousand scripts may meet, so nothing here looks at all of them for each that comes or goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from harness.values.plan import Meet


class Turn(Protocol):
    """A script, of streams or of datagrams, as far as others wait for it."""

    @property
    def steps(self) -> Sequence[object]: ...

    @property
    def after(self) -> Sequence[int]: ...


class Meetings:
    """Of the scripts of a plan, each called by its index.  Nobody waits for one that has ended."""

    def __init__(self, scripts: Sequence[Turn]) -> None:
        self._members: dict[str, set[int]] = defaultdict(set)
        """Place to the scripts that come there and have not ended."""
        self._visits: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._there: dict[tuple[str, int], int] = defaultdict(int)
        """Place and visit to how many of the members have made that visit."""
        self._places: dict[int, set[str]] = defaultdict(set)
        for index, script in enumerate(scripts):
            for step in script.steps:
                if type(step) is Meet:
                    self._members[step.place].add(index)
                    self._places[index].add(step.place)

    def arrive(self, index: int, place: str) -> int:
        """Script ``index`` has come to ``place``; returns which visit of its this is."""
        self._visits[place][index] += 1
        visit = self._visits[place][index]
        self._there[place, visit] += 1
        return visit

    def all_there(self, place: str, visit: int) -> bool:
        """Whether every script that comes to ``place`` has been there ``visit`` times, or ended."""
        return self._there[place, visit] >= len(self._members[place])

    def of(self, place: str) -> set[int]:
        """The scripts that come to ``place`` and have not ended."""
        return self._members[place]

    def end(self, index: int) -> set[int]:
        """Script ``index`` has ended; returns those for whom that may make a difference."""
        others: set[int] = set()
        for place in self._places.pop(index, ()):
            members, visits = self._members[place], self._visits[place][index]
            members.discard(index)
            for visit in range(1, visits + 1):
                self._there[place, visit] -= 1
            # Nobody has gone on from the next visit without it.
            if self._there[place, visits + 1] and self.all_there(place, visits + 1):
                others |= members
        return others
