"""Luck: how often a smaller plan must fail before it is believed.

A plan whose bug depends on timing fails only now and then.  If one failure were enough to accept a
smaller plan, the descent would end at a plan that hardly ever fails.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.fuzzer import simplify
from harness.fuzzer.attempts import Seen
from harness.values.plan import Plan

TRIES = 3
"""Attempts for a plan that does not fail every time."""
ALWAYS = (2, 2)
"""Failures that a smaller plan needs, and its attempts, where the plan before failed each time."""
STEADILY = (3, 3)
"""The same, where it failed each time because the target was paused: smaller plans may lose
that."""
SURELY = 5
"""Attempts, all of which must fail, for a plan that leaves more to luck than the one before."""
FORGIVEN = 1
"""How many of those a plan may miss that was accepted before."""

Shows = Callable[[Plan, bool], Seen | None]


class Luck:
    """How often the plans of one descent must fail.

    ``shows``: performs a plan and returns what it showed of the bug, or None; its second argument
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
        """Whether ``plan``, the first that pauses the target, fails each time.

        If so, the plans after it must fail each time as well.
        """
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
