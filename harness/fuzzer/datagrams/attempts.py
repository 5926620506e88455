"""Attempts: a plan of datagrams performed and judged, on a target in a known state."""

from __future__ import annotations

from msgspec import Struct

from harness.driver import Manner
from harness.driver.datagrams import perform
from harness.errors import TargetProblem
from harness.judging.blame import output_behind
from harness.judging.datagrams import judge
from harness.launcher.fleet import Fleet
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.verdict import Breach, Finding, Kind, Profile

OTHERS_JUDGE = frozenset({Kind.ELSEWHERE})
"""What only a ``should`` asks for."""
BYTES = frozenset(
    {Kind.CHANGED, Kind.LOST, Kind.EXTRA, Kind.TRUNCATED, Kind.MERGED, Kind.SPLIT, Kind.DUPLICATED}
)
"""While a plan is shrunk one bug may show as any of these."""


def alike(kind: Kind) -> frozenset[Kind]:
    """The kinds that a smaller plan may show instead of ``kind``, for the same bug."""
    return BYTES if kind in BYTES else frozenset({kind})


def liveness(findings: tuple[Finding, ...]) -> bool:
    """Whether all of ``findings`` need patience to be proved."""
    return all(f.breach is Breach.LIVENESS for f in findings)


class Seen(Struct, frozen=True):
    """What one attempt showed."""

    plan: DatagramPlan
    trace: DatagramTrace
    findings: tuple[Finding, ...]
    output: str = ""
    """The last lines of the instance that failed."""

    def shows(self, kinds: frozenset[Kind]) -> bool:
        """Whether a finding is of ``kinds``."""
        return any(f.kind in kinds for f in self.findings)


class Attempts:
    """Performs plans on one fleet."""

    def __init__(
        self, fleet: Fleet, profile: Profile, *, patience: float, rate: float | None
    ) -> None:
        self.fleet = fleet
        self.profile = profile
        self.patience = patience
        self.rate = rate
        self.fresh = False
        """Nobody has used the target yet."""
        self.healthy = False
        """The last attempt had no finding, so the target need not be looked at."""

    def once(
        self, plan: DatagramPlan, *, patience: float | None = None, record: bool = False
    ) -> Seen:
        """Perform ``plan`` on the target as it is.  Raises TargetProblem."""
        if not self.healthy:
            self.fleet.refresh()
        manner = Manner(
            patience=patience or self.patience, rate=self.rate, record=record, hurry=not record
        )
        trace = perform(plan, self.fleet, manner)
        found = [] if trace.unable else judge(plan, trace, self.profile)
        findings = tuple(f for f in found if f.kind not in OTHERS_JUDGE)
        self.healthy = not (findings or trace.deaths or trace.unable)
        self.fresh = False
        output = output_behind(trace, findings, self.fleet) if findings else ""
        return Seen(plan, trace, findings, output)

    def freshly(
        self, plan: DatagramPlan, *, patience: float | None = None, record: bool = False
    ) -> Seen:
        """Perform ``plan`` on a target that nobody has used.  Raises TargetProblem."""
        self.freshen()
        return self.once(plan, patience=patience, record=record)

    def freshen(self) -> None:
        """Let the next attempt have a target that nobody has used."""
        if not self.fresh and isinstance(self.fleet, SharedFleet | OneShotFleet):
            self.fleet.discard()
        self.fresh, self.healthy = True, False

    def shown(self, plan: DatagramPlan, kinds: frozenset[Kind], patience: float) -> Seen | None:
        """What ``plan`` shows when it shows one of ``kinds`` on a fresh target; None if not.

        A plan that passes costs no launch: it is tried on the target in use first.
        """
        try:
            used = not self.fresh
            seen = self.once(plan, patience=patience)
            if seen.shows(kinds) and used and self.profile is not Profile.ONE_SHOT:
                seen = self.freshly(plan, patience=patience)
            if seen.findings:
                self.freshen()
        except TargetProblem:
            return None
        return seen if seen.shows(kinds) else None
