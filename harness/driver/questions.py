"""The datagrams of one client: how often each was sent, and answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from harness.values.datagrams import Asked

LEAST_TIMES = 3
"""How often a datagram must have been asked before its silence says something."""
A_ROUND = 8
"""Datagrams that are asked again at a time: more may be what was too much for a buffer."""
ROUND_BYTES = 65_536


class _One:
    """A datagram that was sent."""

    __slots__ = ("answers", "data", "settled", "times", "waited")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.times = 0
        self.answers = 0
        self.waited: float | None = None
        self.settled = False
        """Its answer is no longer waited for."""

    @property
    def missing(self) -> bool:
        return bool(self.times) and not self.answers and not self.settled


class Questions:
    """Those of a script, each by its number, in the order in which they are sent first."""

    def __init__(self, datagrams: Sequence[bytes]) -> None:
        self._all = [_One(data) for data in datagrams]
        self.sent = 0
        """How many were sent."""
        self._by_data: dict[bytes, list[int]] = defaultdict(list)

    def data(self, index: int) -> bytes:
        return self._all[index].data

    @property
    def outstanding(self) -> bool:
        """Whether an answer may still be on its way."""
        return any(one.times > one.answers for one in self._all)

    @property
    def unanswered(self) -> bool:
        """Whether something that was asked has no answer at all."""
        return any(one.times and not one.answers for one in self._all)

    def missing(self) -> list[int]:
        """Those that are waited for."""
        return [index for index, one in enumerate(self._all) if one.missing]

    def often_enough(self, indexes: Sequence[int]) -> bool:
        """Whether each of these was asked so often that its silence says something."""
        return all(self._all[index].times >= LEAST_TIMES for index in indexes)

    def batch(self, missing: list[int]) -> list[int]:
        """The first of ``missing``, as many as no buffer drops; those that were asked least."""
        order = sorted(missing, key=lambda i: (self._all[i].times, i))
        chosen: list[int] = []
        size = 0
        for index in order[:A_ROUND]:
            size += len(self._all[index].data)
            if chosen and size > ROUND_BYTES:
                break
            chosen.append(index)
        return chosen

    def was_sent(self, index: int) -> bool:
        """Datagram ``index`` was sent; returns whether for the first time."""
        one = self._all[index]
        one.times += 1
        if one.times == 1:
            self._by_data[one.data].append(index)
            self.sent += 1
        return one.times == 1

    def answered(self, data: bytes) -> int | None:
        """Which one ``data`` is the answer to: of equal ones the first that has none, else the
        last.  None: it is equal to none."""
        equal = self._by_data.get(data)
        if not equal:
            return None
        index = next((i for i in equal if not self._all[i].answers), equal[-1])
        self._all[index].answers += 1
        self._all[index].waited = None
        return index

    def settle(self, indexes: Sequence[int], waited: float | None = None) -> None:
        """Wait no longer for these.  ``waited``: in vain for so many seconds."""
        for index in indexes:
            one = self._all[index]
            one.settled = True
            if waited is not None and one.times >= LEAST_TIMES:
                one.waited = round(waited, 3)

    def trace(self) -> tuple[Asked, ...]:
        """What became of each."""
        return tuple(Asked(one.times, one.answers, one.waited) for one in self._all)
