"""Shrinking: the smallest plan that still fails, found by a reducer that knows plans.

Hypothesis's shrinker was measured beside it (docs/performance.md): it works on the choices that
led to the plan, and needs several times the attempts, each of which costs a launch when it fails.
The reducer works on the plan itself, so that a case from a file shrinks as well.

It never loses the best plan so far, and stops when its budget is used up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Protocol

from harness.fuzzer import simplify
from harness.fuzzer.passes import FIRST, PASSES, Pass
from harness.fuzzer.sound import sound
from harness.values.plan import Plan, encode

Fails = Callable[[Plan, bool], bool]

LOOKS_BACK_AFTER = 4
"""Accepted plans after which the last is tried more often, where luck may be at work."""


class Hold(Protocol):
    """Says whether pausing the target (holding it still) has made a failure certain."""

    def steadied(self, plan: Plan) -> bool:
        """Whether ``plan``, which holds it still, fails each time: then all that follow shall."""

    def is_steady(self, plan: Plan) -> bool:
        """Whether ``plan``, one of those that follow, does."""


class Shrinker:
    """Greedy descent: whatever is simpler and still fails becomes the plan to go on with.

    ``fails``: performs a plan and says whether the bug shows; its second argument asks for more
    than one attempt, since leaving a step out may make a failure a matter of luck.
    ``may_go_on``: False ends it.  ``accused``: the script that showed the bug, if one did.
    ``hold``: the target may be held still to make a failure less a matter of luck.
    """

    def __init__(
        self,
        plan: Plan,
        fails: Fails,
        may_go_on: Callable[[], bool],
        accused: int | None = None,
        *,
        hold: Hold | None = None,
    ) -> None:
        self.best = plan
        self.hold = hold
        self.accused = accused
        self.path = [plan]
        """Every plan that failed, each simpler than the one before."""
        self.attempts = 0
        self.complete = False
        """Whether nothing simpler is left to try."""
        self._fails = fails
        self._may_go_on = may_go_on
        self._tried = {_digest(plan)}
        self._steady: int | None = None
        """How many plans of the path were seen to be steady, once that matters."""
        self._may_let_go = False
        """Nothing smaller is left that holds the target still."""

    @property
    def may_hold(self) -> bool:
        return self.hold is not None

    def run(self) -> Plan:
        """The simplest plan found."""
        try:
            for reduce in FIRST:
                self._reduce(reduce)
            while True:
                changed = [self._reduce(reduce) for reduce in PASSES]
                if not any(changed):
                    if self._steady is None or self._may_let_go:
                        self.complete = True
                        return self.best
                    self._may_let_go = True
        except _BudgetEnds:
            return self.best

    def _reduce(self, reduce: Pass) -> bool:
        """Whether ``reduce`` made a difference."""
        before = self.best
        try:
            reduce(self)
            self._look_back()
        except _WentBack:
            return True
        return self.best != before

    def take(self, candidate: Plan, *, careful: bool = True) -> bool:
        """Whether ``candidate`` fails too; then it is the best."""
        key = _digest(candidate)
        if key in self._tried or not sound(candidate) or self._lets_go_too_soon(candidate):
            return False
        if not self._may_go_on():
            raise _BudgetEnds
        self._tried.add(key)
        self.attempts += 1
        if not self._fails(candidate, careful):
            return False
        self.best = candidate
        self.path.append(candidate)
        if self._steady is not None and len(self.path) - self._steady > LOOKS_BACK_AFTER:
            self._look_back()
        return True

    def _lets_go_too_soon(self, candidate: Plan) -> bool:
        """A large plan may well fail each time without being held still, and no smaller one."""
        if self._steady is None or self._may_let_go:
            return False
        return simplify.pauses(candidate) < simplify.pauses(self.best)

    def is_held(self) -> None:
        """The best holds the target still: what comes after it shall fail each time, too."""
        if self.hold is not None and self.hold.steadied(self.best):
            self._steady = len(self.path)

    def _look_back(self) -> None:
        """Whether the best is still steady; if not, back to the last one that was."""
        if self._steady is None or self.hold is None or len(self.path) == self._steady:
            return
        if not self.hold.is_steady(self.best):
            del self.path[self._steady :]
            self.best = self.path[-1]
            raise _WentBack
        self._steady = len(self.path)

    def go_back(self, plan: Plan) -> None:
        """Prefer ``plan``, which failed before."""
        self.best = plan
        self.path.append(plan)

    def first_of(self, candidates: Iterator[Plan]) -> bool:
        """Take the first candidate that fails."""
        return any(self.take(candidate) for candidate in candidates)


def _digest(plan: Plan) -> bytes:
    return hashlib.sha1(encode(plan), usedforsecurity=False).digest()


class _BudgetEnds(Exception):
    pass


class _WentBack(Exception):
    """The plan that a pass works on is not the best any more."""
