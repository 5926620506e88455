"""What attempts of both sorts of servers share: those of streams and those of datagrams.

A used target may be damaged, whether or not it has shown a bug (a reset may leave a buffer full).
So a failure counts only when the target was fresh, and a failure on a used one is tried again on a
fresh one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from harness.launcher.fleet import Fleet
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.values.verdict import Breach, Finding, Kind, Profile

PlanT = TypeVar("PlanT")
TraceT = TypeVar("TraceT")


class Seen(Struct, Generic[PlanT, TraceT], frozen=True):
    """What one attempt showed."""

    plan: PlanT
    trace: TraceT
    findings: tuple[Finding, ...]
    connections: int = 0
    """How many the instance had had by then."""
    output: str = ""
    """The last lines of the instance that failed; it may be gone by now."""

    @property
    def waits(self) -> bool:
        """Whether it failed, and only with patience: silence proves little the first time."""
        return bool(self.findings) and liveness(self.findings)

    def of(self, kinds: frozenset[Kind]) -> list[Finding]:
        """The findings of ``kinds``, the gravest first."""
        return [f for f in self.findings if f.kind in kinds]


SeenT = TypeVar("SeenT", bound=Seen)  # type: ignore[type-arg]  # of whatever plan and trace


class BaseAttempts(Generic[PlanT, SeenT]):
    """Performs plans on one fleet."""

    def __init__(
        self, fleet: Fleet, profile: Profile, *, patience: float, rate: float | None
    ) -> None:
        self.fleet = fleet
        self.profile = profile
        self.patience = patience
        self.rate = rate
        self.unable: str | None = None
        """Why the last attempt says nothing."""
        self.fresh = True
        """Nobody has used the target yet."""
        self.healthy = False
        """The last attempt had no finding, so the target need not be looked at."""
        self.repeats = False
        """Many fresh targets will be needed: launch the next while one is in use."""
        self.more: int | None = None
        """Sessions that follow the next plan; None: nobody knows."""

    def once(self, plan: PlanT, *, patience: float | None = None, record: bool = False) -> SeenT:
        """Perform ``plan`` on the target as it is.  Raises TargetProblem."""
        raise NotImplementedError

    def freshly(self, plan: PlanT, *, patience: float | None = None, record: bool = False) -> SeenT:
        """Perform ``plan`` on a target that nobody has used.  Raises TargetProblem."""
        self.freshen()
        return self.once(plan, patience=patience, record=record)

    def freshen(self) -> None:
        """Let the next attempt have a target that nobody has used."""
        if self.fresh:
            return
        self.healthy = False
        if isinstance(self.fleet, SharedFleet):
            self.fleet.spares = self.repeats
        if isinstance(self.fleet, SharedFleet | OneShotFleet):
            self.fleet.discard()
        self.fresh = True

    def proved(self, plan: PlanT) -> SeenT:
        """What ``plan`` shows on a fresh target, to be recorded.

        Silence is tried once more with twice the patience, and counts when it shows again.
        """
        seen = self.freshly(plan, record=True)
        if seen.waits:
            seen = self.freshly(plan, patience=2 * self.patience, record=True)
        return seen


def liveness(findings: Sequence[Finding]) -> bool:
    """Whether all of ``findings`` need patience to be proved."""
    return all(f.breach is Breach.LIVENESS for f in findings)
