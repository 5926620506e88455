"""Luck: how often a smaller plan must fail before it is believed.

A bug that depends on who is faster fails now and then.  Whoever takes each plan that fails once
comes, step by step, to one that hardly ever does.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.fuzzer import simplify
from harness.fuzzer.attempts import Seen
from harness.values.plan import Plan

TRIES = 3
"""Attempts for a plan that does not fail every time."""
ALWAYS = (2, 2)
"""Failures asked for, and attempts, where the plan before failed each time."""
STEADILY = (3, 3)
"""The same, where it did so because the target was held still: it may lose that step by step."""
SURELY = 5
"""Attempts, all of which must fail, for a plan that leaves more to luck than the one before."""
FORGIVEN = 1
"""Of those, how many a plan may miss that was taken before."""

Shows = Callable[[Plan, bool], Seen | None]


class Luck:
    """What is asked of the plans of one descent.

    ``shows``: performs a plan and gives what it showed of the bug, if it did; its second argument
    asks for a target that nobody has used.  ``thorough``: there is time for more than one attempt.
    """

    def __init__(self, shows: Shows, *, thorough: bool) -> None:
        self._shows = shows
        self._thorough = thorough
        self._demand = (1, 1)

    def measure(self, plan: Plan) -> None:
        """From here on plans must fail as often as ``plan`` does."""
        if not self._thorough:
            return
        shown = sum(self._shows(plan, True) is not None for _ in range(4))
        self._demand = ALWAYS if shown == 4 else (2, TRIES) if shown >= 2 else (1, TRIES)

    def fails(self, before: Plan, plan: Plan, *, careful: bool) -> Seen | None:
        """What ``plan`` showed when it fails about as often as ``before`` did.

        ``careful``: it may fail less often, since more has changed than a few bytes.
        """
        needed, tries = self._demand
        if self._thorough and simplify.lets_go(before, plan):
            needed = tries = SURELY
        elif self._demand == ALWAYS and not careful:
            needed = 1
        failed = 0
        for left in reversed(range(tries)):
            seen = self._shows(plan, failed > 0)
            failed += seen is not None
            if seen is not None and failed >= needed:
                return seen
            if failed + left < needed:
                return None
        return None

    def steadied(self, plan: Plan) -> bool:
        """``plan`` holds the target still where the plan before did not: whether it fails each time
        now.  If so, that is what the next must do."""
        self.measure(plan)
        if self._demand == ALWAYS:
            self._demand = STEADILY
        return self._demand == STEADILY

    def is_steady(self, plan: Plan) -> bool:
        """Whether ``plan``, which failed as often as was asked, fails nearly always."""
        missed = 0
        for _ in range(SURELY):
            missed += self._shows(plan, True) is None
            if missed > FORGIVEN:
                return False
        return True
