"""What a client saw, entry by entry: the beginning and the end of it, whatever its length."""

from __future__ import annotations

from collections import deque

from harness.values.trace import Moment

TRANSFERS = frozenset({"sent", "received"})
KEPT = 60
"""Entries kept from the beginning, and from the end."""
ALL_KEPT = 20_000
"""The same where each exchange of a plan is looked at."""


class Timeline:
    __slots__ = ("_beginning", "_end", "_kept")

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._beginning: list[Moment] = []
        self._end: deque[Moment] = deque(maxlen=kept)

    def note(self, at: float, what: str, size: int = 0) -> None:
        """Add an entry; transfers of the same kind in a row become one."""
        last = self._end or self._beginning
        if last and what in TRANSFERS and last[-1].what == what:
            last[-1] = Moment(last[-1].at, what, last[-1].size + size, at)
        elif len(self._beginning) < self._kept:
            self._beginning.append(Moment(at, what, size))
        else:
            self._end.append(Moment(at, what, size))

    def moments(self) -> tuple[Moment, ...]:
        return (*self._beginning, *self._end)
