"""Attempts: a plan performed and judged, on a target in a known state (see `trying`)."""

from __future__ import annotations

from harness.driver import Manner, perform
from harness.errors import TargetProblem
from harness.fuzzer import trying
from harness.fuzzer.crowds import excused
from harness.fuzzer.spread import instances_of, spread
from harness.fuzzer.trying import BaseAttempts
from harness.judging.blame import output_behind
from harness.judging.oracle import judge
from harness.launcher.oneshot import OneShotFleet
from harness.probing import limits
from harness.probing.limits import GENTLEST_RATE
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Kind, Profile

BYTES = frozenset(
    {
        Kind.CHANGED,
        Kind.LOST,
        Kind.DUPLICATED,
        Kind.REORDERED,
        Kind.EXTRA,
        Kind.FOREIGN,
        Kind.TRUNCATED,
    }
)
"""While a plan is shrunk one bug may show as any of these: when the last bytes are lost, that is
truncation."""
GENTLE_WITHIN = 10.0
"""Seconds for a plan whose clients come one by one, so that no limit on connections is met."""
STANDS_FOR = {Kind.NO_ECHO: BYTES | {Kind.NO_ECHO}, Kind.NOT_TAKEN: {Kind.NOT_TAKEN, Kind.NO_ECHO}}
"""Bytes that never come are better seen as missing at the end, which is a safety breach."""


def alike(kind: Kind) -> frozenset[Kind]:
    """The kinds that a smaller plan may show instead of ``kind``, for the same bug."""
    return frozenset(BYTES if kind in BYTES else STANDS_FOR.get(kind, {kind}))


class Seen(trying.Seen[Plan, Trace], frozen=True):
    """What one attempt showed."""

    @property
    def turned_away(self) -> bool:
        """It looks as if there were a limit on connections."""
        return bool(self.findings) and limits.turned_away(self.findings, self.connections)


class Attempts(BaseAttempts[Plan, Seen]):
    """Performs plans on one fleet."""

    def once(self, plan: Plan, *, patience: float | None = None, record: bool = False) -> Seen:
        """Perform ``plan`` on the target as it is.  Raises TargetProblem."""
        if not self.healthy:
            self.fleet.refresh()
        instances = instances_of(self.fleet, self.rate)
        if isinstance(self.fleet, OneShotFleet):
            self.fleet.ahead = min(instances, len(plan.scripts))
            self.fleet.wanted = None if self.more is None else len(plan.scripts) + self.more
        trace = perform(
            spread(plan, instances),
            self.fleet,
            Manner(patience=patience or self.patience, rate=self.rate, record=record, hurry=True),
        )
        self.unable = trace.unable
        findings = [] if trace.unable else judge(plan, trace, self.profile)
        findings = excused(plan, trace, findings)
        self.healthy = not (findings or trace.deaths or trace.unable)
        self.fresh = self.fresh and self.profile is Profile.ONE_SHOT
        output = output_behind(trace, findings, self.fleet) if findings else ""
        return Seen(plan, trace, tuple(findings), self.fleet.connections, output)

    def gently(
        self,
        seen: Seen,
        *,
        patience: float | None = None,
        record: bool = False,
        within: float = GENTLE_WITHIN,
    ) -> Seen:
        """``seen``, or what its plan shows when no limit on connections can be the reason.

        The clients come one by one then, which may take ``within`` seconds.  If they need longer,
        there are no findings.
        """
        if not seen.turned_away:
            return seen
        if self.fleet.keeper is None:
            limits.await_recovery(self.fleet)
        elif limits.is_few(seen.plan):
            return self.freshly(seen.plan, patience=patience, record=record)
        if limits.connects(seen.plan) > within * GENTLEST_RATE:
            return Seen(seen.plan, seen.trace, (), seen.connections)
        rate, self.rate = self.rate, min(self.rate or GENTLEST_RATE, GENTLEST_RATE)
        try:
            return self.freshly(seen.plan, patience=patience, record=record)
        finally:
            self.rate = rate

    def shows(
        self,
        plan: Plan,
        kinds: frozenset[Kind],
        patience: float,
        *,
        fresh: bool = False,
        within: float = GENTLE_WITHIN,
    ) -> Seen | None:
        """What ``plan`` shows when it shows one of ``kinds`` on a fresh target; None if not.

        ``fresh``: do not even try it on one that was used.  ``within``: see ``gently``.
        """
        try:
            if fresh:
                self.freshen()
            used = not self.fresh
            seen = self.once(plan, patience=patience)
            if seen.of(kinds) and used and self.profile is not Profile.ONE_SHOT:
                seen = self.freshly(plan, patience=patience)
            seen = self.gently(seen, patience=patience, within=within)
        except TargetProblem:
            return None
        return seen if seen.of(kinds) else None
