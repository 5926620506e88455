"""A lane: one worker of a run, which judges checks one after another on an instance of its own.

A *fleet* gives it the instance: it launches the target, and launches it again after a breach.
Long because a plan, its repetition and its verdict share what the lane knows of its instance.

A safety breach fails a check at once.  A liveness breach is tried once more, on a fresh instance
with twice the patience; if it does not show again, the check is flaky.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.contract.check import Check, Context, NotApplicable
from harness.diagnosis import Evidence, diagnose
from harness.driver import Manner, perform
from harness.errors import MachineProblem, TargetProblem
from harness.judging.blame import output_behind
from harness.judging.oracle import judge
from harness.launcher.ends import Undying
from harness.launcher.fleet import Fleet, LaunchedFleet
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.probing import limits
from harness.probing.limits import GENTLE_RATE
from harness.running.capturing import captured
from harness.running.casebook import Casebook
from harness.running.hearing import Ear
from harness.running.more import what_more_shows
from harness.running.outcome import Outcome
from harness.running.parting import end_input, part_from_earlier
from harness.running.patience import LEAST_PATIENCE, Patience
from harness.running.results import OUT_OF_TIME, Shown, result_of, skipped, timed, undecided
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind, Level, Profile, Result, Status


class Kept(NamedTuple):
    """Where the lanes of a run keep what they find out about its failures."""

    casebook: Casebook
    captures: Path | None = None
    """A folder for what is exchanged when a failed check is repeated; None: it is not kept."""


class Lane:
    """A fleet and what is needed to judge checks on its instances."""

    def __init__(
        self,
        fleet: Fleet,
        patience: Patience,
        repeat: Callable[[str], str],
        *,
        rate: float | None = None,
        spares: bool = False,
        kept: Kept | None = None,
    ) -> None:
        self.fleet = fleet
        self.casebook, self.captures = kept or Kept(Casebook())
        self.ear = Ear(fleet, self.casebook)
        self.spares = spares
        """Whether a second instance may run beside the one in use."""
        self.patience = patience
        self.repeat = repeat
        self.rate = rate
        self._shared: tuple[str, Plan, Trace, list[Finding]] | None = None
        self._longer = 0.0
        """Seconds that a plan may take beyond the usual, since its clients come slowly."""
        self._most = math.inf
        """Seconds for a plan, if that is less than usual."""
        self._before = 0
        """The connections that the instance had had before the last plan."""
        self.more: Callable[[], bool] = lambda: True
        """Whether another check is likely to follow on this lane."""

    def run(self, check: Check, context: Context) -> Result:
        """The verdict on ``check``.  Whatever the target does, this returns.

        Raises WrongTarget when it was somebody else.
        """
        began = time.monotonic()
        if self.patience.is_over:
            return undecided(check, OUT_OF_TIME)
        if self.patience.brings_less and context.speed is not None:
            context = msgspec.structs.replace(context, speed=context.speed / 2)
        try:
            with self.ear.during(check.id):
                result = self._judge(check, context)
        except NotApplicable as reason:
            result = skipped(check, str(reason))
        except Undying:
            raise
        except (TargetProblem, MachineProblem) as problem:
            result = undecided(check, str(problem))
        return timed(result, time.monotonic() - began)

    def _judge(self, check: Check, context: Context) -> Result:
        first = self._perform(check, context, self.patience.of(check), ask=self.patience.asks)
        late = first.trace.spoilt
        if late:  # one long wait decides whether the echo comes before the client ends its side
            self.patience.asks = False
            self.freshen()
            self._shared = None
            first = self._perform(check, context, 2 * self.patience.of(check))
        if result := self.undecided(check, first):
            return result
        if not first.findings:
            return what_more_shows(self, check, context, first)
        if check.level is Level.MAY:
            return result_of(check, Status.PASSED, first.findings[0].message)
        self.freshen()
        if late and first.silent:
            self.patience.confirmed()
            self.patience.shorten()
            return self.failed(check, context, first)
        again = self._again(check, context, first)
        if again is None:
            if first.silent:
                self.patience.shorten()
            return self.failed(check, context, first)
        if result := self.undecided(check, again):
            return result
        if not again.findings:
            return self._crowd_after(check, context, first, again)
        if not again.measured and not again.safety:
            self.patience.confirmed()
        self.freshen()
        return self.failed(check, context, again)

    def undecided(self, check: Check, outcome: Outcome) -> Result | None:
        """The result when nothing can be concluded; None when something can."""
        if outcome.trace.unable:
            return undecided(check, outcome.trace.unable)
        if outcome.findings or outcome.trace.slow is None:
            return None
        self.patience.too_slow()
        summary = OUT_OF_TIME if self.patience.is_over else outcome.slowness
        return undecided(check, summary)

    def _perform(
        self, check: Check, context: Context, patience: float, *, ask: bool = False
    ) -> Outcome:
        plan = check.plan(context)
        trace, judged = self._judged(check, plan, context.profile, patience, ask)
        if trace.spoilt:
            return Outcome(plan, trace, ())
        findings = [f for f in judged if f.kind not in check.ignores and not check.excuses(plan, f)]
        if check.judge is not None and not trace.unable:
            findings += check.judge(plan, trace, context)
        return self._outcome(plan, trace, findings)

    def _outcome(self, plan: Plan, trace: Trace, findings: list[Finding]) -> Outcome:
        if any(f.kind is Kind.NO_ECHO for f in findings):
            end_input(self.fleet)
        output = output_behind(trace, findings, self.fleet) if findings else ""
        return Outcome(plan, trace, tuple(findings), output, self.fleet.connections, self._before)

    def performed(
        self,
        check: Check,
        plan: Plan,
        profile: Profile,
        rate: float | None = None,
        most: float = math.inf,
    ) -> Outcome:
        """What ``plan``, which is more of ``check``, shows on the instance as it is, within
        ``most`` seconds, and with ``rate`` new connections a second."""
        usual, self._most = (self.rate, self._longer), most
        if rate is not None:
            self.rate = min(rate, self.rate or rate)
            self._longer = len(plan.scripts) / self.rate
        try:
            trace, judged = self._judged(check, plan, profile, self.patience.seconds, ask=False)
        finally:
            (self.rate, self._longer), self._most = usual, math.inf
        return self._outcome(plan, trace, [f for f in judged if f.kind not in check.ignores])

    def _judged(
        self, check: Check, plan: Plan, profile: Profile, patience: float, ask: bool
    ) -> tuple[Trace, list[Finding]]:
        """Perform ``plan`` and ask the oracle, unless a check that shares it did so just before."""
        if self._shared is not None and self._shared[:2] == (check.shares, plan):
            return self._shared[2:]
        if profile is Profile.SEQUENTIAL:
            part_from_earlier(self.fleet, self.patience.brief)
        self.fleet.refresh()
        self._before = self.fleet.connections
        connections, idle = limits.connects(plan), plan.idle
        self._expect(connections + self.more())
        trace = perform(
            plan,
            self.fleet,
            Manner(
                patience=patience,
                rate=self.rate,
                limit=lambda: min(
                    self._most, self._longer + self.patience.limit(patience, connections, idle)
                ),
                ask=ask,
                end_patience=self.patience.for_ends if Kind.NO_END in check.ignores else None,
                brief=self.patience.brief,
            ),
        )
        self._expect(None)
        if any(s.stuck is not None and s.stuck.kind == "await-end" for s in trace.scripts):
            self.patience.for_ends = LEAST_PATIENCE
        findings = [] if trace.spoilt else judge(plan, trace, profile)
        self._shared = (check.shares, plan, trace, findings) if check.shares else None
        return trace, findings

    def _expect(self, sessions: int | None) -> None:
        """So many are to come, as far as is known: for more nothing is launched ahead."""
        if isinstance(self.fleet, OneShotFleet):
            self.fleet.wanted = sessions

    def _again(self, check: Check, context: Context, first: Outcome) -> Outcome | None:
        """Try once more what one try does not prove; None when there is nothing to try."""
        second = msgspec.structs.replace(context, attempt=2)
        self._shared = None
        if first.turned_away and self.fleet.keeper is not None and limits.is_few(first.plan):
            again = self._perform(check, second, self.patience.of(check))
            if again.findings or again.trace.unable:
                return again
            self.freshen()  # a race may need another chance
            return self._perform(check, second, self.patience.of(check))
        if first.turned_away:
            if self.fleet.keeper is None:
                limits.await_recovery(self.fleet)
            usual = self.rate, self._longer
            self.rate = min(self.rate or GENTLE_RATE, GENTLE_RATE)
            self._longer = limits.connects(first.plan) / self.rate
            try:
                return self._perform(check, second, self.patience.of(check))
            finally:
                self.rate, self._longer = usual
        if first.safety or not (self.patience.retries_of(check) or first.measured):
            return None
        return self._decided(
            check, second, self._perform(check, second, 2 * self.patience.of(check))
        )

    def _decided(self, check: Check, context: Context, second: Outcome) -> Outcome:
        """What a third attempt shows where the ``second`` leaves a doubt; else that itself."""
        if not second.findings or second.trace.unable or not check.doubts(second.trace):
            return second
        third = msgspec.structs.replace(context, attempt=3)
        return self._perform(check, third, 2 * self.patience.of(check))

    def _crowd_after(
        self, check: Check, context: Context, first: Outcome, again: Outcome
    ) -> Result:
        """The result of a breach that did not show again; a crowd may show it surely."""
        if check.crowd and not first.measured:
            more = what_more_shows(self, check, context, again)
            if more.status is Status.FAILED:
                return more
        return self._only_once(check, first, again)

    def _only_once(self, check: Check, first: Outcome, again: Outcome) -> Result:
        """The result of a breach that did not show again."""
        if first.measured:
            return result_of(check, Status.PASSED, again.volume)
        if first.turned_away or first.refused:
            return result_of(
                check,
                Status.INCONCLUSIVE,
                f"the target turned a client away after {first.connections:,} connections "
                "and serves again: it seems to limit them; set --rate",
                Shown(first.findings),
            )
        return self._with_evidence(check, Status.FLAKY, first)

    def failed(self, check: Check, context: Context, outcome: Outcome) -> Result:
        result = self._with_evidence(check, Status.FAILED, outcome)
        evidence = Evidence(
            check_id=check.id,
            hint=check.hint,
            profile=context.profile,
            plan=outcome.plan,
            trace=outcome.trace,
            findings=outcome.findings,
            output=outcome.output,
            experiments=self.patience.experiments.answers(
                self.fleet, outcome.findings, min(self.patience.seconds, 1.0), self.rate
            ),
        )
        self.casebook.keep(evidence)
        capture = self.captured(check.id, lambda: self._repeat(check, context))
        return msgspec.structs.replace(_with_diagnosis(result, evidence), capture=capture)

    def _repeat(self, check: Check, context: Context) -> None:
        self._shared = None
        self._perform(check, msgspec.structs.replace(context, attempt=2), self.patience.seconds)

    def captured(self, check_id: str, perform: Callable[[], object]) -> str | None:
        """The file with what went over the network while ``perform`` was done on a fresh target.

        None when nothing is to be captured, or nothing can be, since the target is not isolated.
        """
        if self.captures is None or not isinstance(self.fleet, LaunchedFleet):
            return None
        self.freshen()
        return captured(self.fleet.launcher.keeper, self.captures, check_id, perform)

    def _with_evidence(self, check: Check, status: Status, outcome: Outcome) -> Result:
        shown = Shown(
            findings=outcome.findings,
            trace=outcome.trace,
            output=outcome.output,
            repeat=self.repeat(check.id),
        )
        return result_of(check, status, outcome.findings[0].message, shown)

    def freshen(self) -> None:
        """After a breach the target may be stuck or damaged: go on with a fresh one."""
        if isinstance(self.fleet, SharedFleet):
            self.fleet.spares = self.spares
        if isinstance(self.fleet, SharedFleet | OneShotFleet):
            self.fleet.discard()


def _with_diagnosis(result: Result, evidence: Evidence) -> Result:
    return msgspec.structs.replace(result, diagnosis=diagnose(evidence))
