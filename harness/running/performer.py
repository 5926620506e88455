"""What goes on with a check that has passed needs of a lane."""

from __future__ import annotations

import math
from typing import Protocol

from harness.contract.check import Check, Context
from harness.launcher.fleet import Fleet
from harness.running.outcome import Outcome
from harness.running.patience import Patience
from harness.values.plan import Plan
from harness.values.verdict import Profile, Result


class Performer(Protocol):
    """Performs plans on the instances of one fleet, and says what they amount to."""

    fleet: Fleet
    patience: Patience

    def performed(
        self,
        check: Check,
        plan: Plan,
        profile: Profile,
        rate: float | None = None,
        most: float = math.inf,
    ) -> Outcome:
        """What ``plan``, which is more of ``check``, shows on the instance as it is."""

    def undecided(self, check: Check, outcome: Outcome) -> Result | None:
        """The result when nothing can be concluded; None when something can."""

    def failed(self, check: Check, context: Context, outcome: Outcome) -> Result:
        """The result of a breach that is proved."""

    def freshen(self) -> None:
        """Go on with a fresh instance."""
