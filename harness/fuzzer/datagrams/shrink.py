"""Shrinking a plan of datagrams: fewer clients, fewer datagrams, smaller ones, plainer bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from harness.fuzzer.datagrams import smaller
from harness.fuzzer.values import likely
from harness.values.datagrams import DatagramPlan, encode
from harness.values.payload import size_of


class Shrinker:
    """Greedy descent: whatever is simpler and still fails becomes the plan to go on with.

    ``fails``: performs a plan and says whether the bug shows.  ``may_go_on``: False ends it.
    ``accused``: the client that showed the bug, if one did.
    """

    def __init__(
        self,
        plan: DatagramPlan,
        fails: Callable[[DatagramPlan], bool],
        may_go_on: Callable[[], bool],
        accused: int | None = None,
    ) -> None:
        self.best = plan
        self.attempts = 0
        self.complete = False
        """Nothing simpler is left to try."""
        self._fails = fails
        self._may_go_on = may_go_on
        self._accused = accused
        self._tried = {_digest(plan)}

    def run(self) -> DatagramPlan:
        """The simplest plan found."""
        try:
            self._alone()
            while True:
                before = self.best
                for reduce in (self._scripts, self._steps, self._sizes, self._calmer, self._bytes):
                    reduce()
                if self.best == before:
                    self.complete = True
                    return self.best
        except _BudgetEnds:
            return self.best

    def take(self, candidate: DatagramPlan) -> bool:
        """Whether ``candidate`` fails too; then it is the best."""
        key = _digest(candidate)
        if key in self._tried or not smaller.sound(candidate):
            return False
        if smaller.hasty(candidate) > smaller.hasty(self.best):
            return False
        if not self._may_go_on():
            raise _BudgetEnds
        self._tried.add(key)
        self.attempts += 1
        if not self._fails(candidate):
            return False
        self.best = candidate
        return True

    def _first_of(self, candidates: Iterator[DatagramPlan]) -> bool:
        return any(self.take(candidate) for candidate in candidates)

    # --- passes ---------------------------------------------------------------------------------

    def _alone(self) -> None:
        """The accused client by itself, or with the one before it."""
        if self._accused is None:
            return
        everybody = set(range(len(self.best.scripts)))
        beside = [{self._accused}, *({i, self._accused} for i in sorted(everybody, reverse=True))]
        whole = self.best
        self._first_of(smaller.without_scripts(whole, everybody - kept) for kept in beside)

    def _scripts(self) -> None:
        chunk = len(self.best.scripts) // 2
        while chunk:
            start = 0
            while start < len(self.best.scripts):
                gone = range(start, min(start + chunk, len(self.best.scripts)))
                if not self.take(smaller.without_scripts(self.best, gone)):
                    start += chunk
            chunk //= 2

    def _steps(self) -> None:
        index = len(self.best.scripts) - 1
        while index >= 0:
            if not self._first_of(smaller.fewer_steps(self.best, index)):
                index -= 1
            index = min(index, len(self.best.scripts) - 1)

    def _sizes(self) -> None:
        """Likely small ones first, then the least by halving."""
        for at in smaller.asks(self.best):
            size, passing = size_of(smaller.payload_at(self.best, at)), 0
            for less in likely(1, size):
                if self.take(smaller.with_size(self.best, at, less)):
                    size = less
                    break
                passing = less
            while size - passing > 1:
                middle = (size + passing) // 2
                if self.take(smaller.with_size(self.best, at, middle)):
                    size = middle
                else:
                    passing = middle

    def _calmer(self) -> None:
        while self._first_of(smaller.calmer(self.best)):
            pass

    def _bytes(self) -> None:
        for at in smaller.asks(self.best):
            if not self._first_of(smaller.plainer(self.best, at)):
                while self._first_of(smaller.fewer_bytes(self.best, at)):
                    pass


def _digest(plan: DatagramPlan) -> bytes:
    return hashlib.sha1(encode(plan), usedforsecurity=False).digest()


class _BudgetEnds(Exception):
    pass
