"""Attempts: a plan of datagrams performed and judged, on a target in a known state."""

from __future__ import annotations

from harness.driver import Manner
from harness.driver.datagrams import perform
from harness.errors import TargetProblem
from harness.fuzzer import trying
from harness.fuzzer.trying import BaseAttempts
from harness.judging.blame import output_behind
from harness.judging.datagrams import judge
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.verdict import Kind, Profile

OTHERS_JUDGE = frozenset({Kind.ELSEWHERE})
"""What only a ``should`` asks for."""
BYTES = frozenset(
    {Kind.CHANGED, Kind.LOST, Kind.EXTRA, Kind.TRUNCATED, Kind.MERGED, Kind.SPLIT, Kind.DUPLICATED}
)
"""While a plan is shrunk one bug may show as any of these."""


def alike(kind: Kind) -> frozenset[Kind]:
    """The kinds that a smaller plan may show instead of ``kind``, for the same bug."""
    return BYTES if kind in BYTES else frozenset({kind})


class Seen(trying.Seen[DatagramPlan, DatagramTrace], frozen=True):
    """What one attempt showed."""


class Attempts(BaseAttempts[DatagramPlan, Seen]):
    """Performs plans on one fleet."""

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
        self.unable = trace.unable
        found = [] if trace.unable else judge(plan, trace, self.profile)
        findings = tuple(f for f in found if f.kind not in OTHERS_JUDGE)
        self.healthy = not (findings or trace.deaths or trace.unable)
        self.fresh = False
        output = output_behind(trace, findings, self.fleet) if findings else ""
        return Seen(plan, trace, findings, self.fleet.connections, output)

    def shown(self, plan: DatagramPlan, kinds: frozenset[Kind], patience: float) -> Seen | None:
        """What ``plan`` shows when it shows one of ``kinds`` on a fresh target; None if not.

        A plan that passes costs no launch: it is tried on the target in use first.
        """
        try:
            used = not self.fresh
            seen = self.once(plan, patience=patience)
            if seen.of(kinds) and used and self.profile is not Profile.ONE_SHOT:
                seen = self.freshly(plan, patience=patience)
            if seen.findings:
                self.freshen()
        except TargetProblem:
            return None
        return seen if seen.of(kinds) else None
