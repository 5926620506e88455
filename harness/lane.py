"""A lane: performs one check after another on its own instance of the target, and judges it.

A safety breach fails a check at once.  A liveness breach is tried once more, on a fresh target
with twice the patience; if it is gone then, the check is flaky.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from harness.contract.check import Check, Context, NotApplicable
from harness.diagnosis import Evidence, diagnose
from harness.driver import perform
from harness.errors import MachineProblem, TargetProblem
from harness.oracle import judge
from harness.plan import Plan
from harness.probe import probe
from harness.target.fleet import Fleet, OneShotFleet, SharedFleet
from harness.trace import Trace
from harness.verdict import Breach, Diagnosis, Finding, Kind, Level, Result, Status, TimelineEntry

LEAST_PATIENCE = 0.3
RETRIED = 3
"""Liveness breaches that are tried again; after so many, one more proves nothing new."""
RECOVERS_WITHIN = 12.0
"""Seconds for a target that refuses connections to accept again: xinetd rests for 10."""


class Patience:
    """The patience of a run: it shrinks when a target has shown that it does not answer.

    Shared by the lanes.  The first breach costs three times the patience, all that follow
    together about as much again, so that any target is judged within a minute.
    """

    def __init__(self, seconds: float) -> None:
        self._first = seconds
        self._breaches = 0
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        return max(min(LEAST_PATIENCE, self._first), self._first * 0.5**self._breaches)

    @property
    def retries(self) -> bool:
        """Whether a breach is still tried again."""
        return self._breaches < RETRIED

    def confirmed(self) -> None:
        with self._lock:
            self._breaches += 1


class Outcome:
    """What one performance of a check showed."""

    def __init__(self, plan: Plan, trace: Trace, findings: list[Finding]) -> None:
        self.plan = plan
        self.trace = trace
        self.findings = findings

    @property
    def safety(self) -> bool:
        return any(f.breach is Breach.SAFETY for f in self.findings)

    @property
    def measured(self) -> bool:
        """Only a measurement speaks against it: a suspicion, which a longer one decides."""
        return all(f.kind is Kind.RESOURCE for f in self.findings)


class Lane:
    """One fleet and what is needed to judge checks on it."""

    def __init__(
        self,
        fleet: Fleet,
        patience: Patience,
        repeat: Callable[[str], str],
        *,
        rate: float | None = None,
    ) -> None:
        self.fleet = fleet
        self.patience = patience
        self.repeat = repeat
        self.rate = rate
        self._shared: tuple[str, Plan, Trace] | None = None

    def run(self, check: Check, context: Context) -> Result:
        """The verdict on ``check``.  Whatever the target does, this returns."""
        began = time.monotonic()
        try:
            result = self._judge(check, context)
        except NotApplicable as reason:
            result = skipped(check, str(reason))
        except (TargetProblem, MachineProblem) as problem:
            result = result_of(check, Status.INCONCLUSIVE, summary=str(problem))
        return _timed(result, time.monotonic() - began)

    def _judge(self, check: Check, context: Context) -> Result:
        outcome = self._perform(check, context, self.patience.seconds)
        if outcome.trace.unable:
            return result_of(check, Status.INCONCLUSIVE, summary=outcome.trace.unable)
        if not outcome.findings and outcome.trace.slow is not None:
            return result_of(check, Status.INCONCLUSIVE, summary=_too_slow(outcome))
        if not outcome.findings:
            return result_of(check, Status.PASSED, summary=_all_well(check, outcome))
        if check.level is Level.MAY:
            return result_of(check, Status.PASSED, summary=outcome.findings[0].message)
        first = outcome
        self._freshen()
        self._shared = None if not outcome.safety else self._shared
        if not outcome.safety:
            again = self._again(check, context, first)
            if again is not None:
                if again.trace.unable:
                    return result_of(check, Status.INCONCLUSIVE, summary=again.trace.unable)
                if not again.findings and again.trace.slow is not None:
                    return result_of(check, Status.INCONCLUSIVE, summary=_too_slow(again))
                if not again.findings and first.measured:
                    return result_of(check, Status.PASSED, summary=_all_well(check, again))
                if not again.findings:
                    return self._only_once(check, first)
                if not again.measured:
                    self.patience.confirmed()
                outcome = again
                self._freshen()
        return self._failed(check, context, outcome)

    def _perform(self, check: Check, context: Context, patience: float) -> Outcome:
        plan = check.plan(context)
        trace = self._trace(check, plan, patience)
        findings = [
            f
            for f in judge(plan, trace, context.profile)
            if f.kind not in check.ignores and not check.excuses(plan, f)
        ]
        if check.judge is not None and not trace.unable:
            findings += check.judge(plan, trace, context)
        return Outcome(plan, trace, findings)

    def _trace(self, check: Check, plan: Plan, patience: float) -> Trace:
        """Perform ``plan``, unless a check that shares it has done so just before."""
        if self._shared is not None and self._shared[:2] == (check.shares, plan):
            return self._shared[2]
        self.fleet.refresh()
        trace = perform(plan, self.fleet, patience=patience, rate=self.rate)
        self._shared = (check.shares, plan, trace) if check.shares else None
        return trace

    def _again(self, check: Check, context: Context, first: Outcome) -> Outcome | None:
        """Try a liveness breach once more; None when there were enough already."""
        if not self.patience.retries and not first.measured:
            return None
        return self._perform(check, _second(context), 2 * self.patience.seconds)

    def _only_once(self, check: Check, first: Outcome) -> Result:
        if all(f.kind is Kind.REFUSED for f in first.findings):
            return result_of(
                check,
                Status.INCONCLUSIVE,
                summary="the target refused connections for a while and then recovered; if it "
                "limits their rate, set --rate",
                findings=tuple(first.findings),
            )
        return self._with_evidence(check, Status.FLAKY, first)

    def _failed(self, check: Check, context: Context, outcome: Outcome) -> Result:
        result = self._with_evidence(check, Status.FAILED, outcome)
        evidence = Evidence(
            check_id=check.id,
            hint=check.hint,
            profile=context.profile,
            plan=outcome.plan,
            trace=outcome.trace,
            findings=tuple(outcome.findings),
            experiments=probe(
                self.fleet, outcome.findings, context, min(self.patience.seconds, 1.0), self.rate
            ),
        )
        return _with_diagnosis(result, evidence)

    def _with_evidence(self, check: Check, status: Status, outcome: Outcome) -> Result:
        return result_of(
            check,
            status,
            summary=outcome.findings[0].message,
            findings=tuple(outcome.findings),
            timeline=timeline_of(outcome.trace, tuple(outcome.findings)),
            output=_output(outcome.trace, self.fleet),
            repeat=self.repeat(check.id),
        )

    def _freshen(self) -> None:
        """After a breach the target may be stuck or damaged: go on with a fresh one."""
        if isinstance(self.fleet, SharedFleet):
            self.fleet.replace()
        elif isinstance(self.fleet, OneShotFleet):
            self.fleet.discard()


def _second(context: Context) -> Context:
    return msgspec.structs.replace(context, attempt=2)


def _with_diagnosis(result: Result, evidence: Evidence) -> Result:
    return msgspec.structs.replace(result, diagnosis=diagnose(evidence))


def _timed(result: Result, seconds: float) -> Result:
    return msgspec.structs.replace(result, duration_s=round(seconds, 4))


def result_of(
    check: Check,
    status: Status,
    *,
    summary: str = "",
    findings: tuple[Finding, ...] = (),
    timeline: tuple[TimelineEntry, ...] = (),
    output: str = "",
    diagnosis: Diagnosis | None = None,
    case: str | None = None,
    repeat: str = "",
) -> Result:
    """A result of ``check``, with its constant parts filled in."""
    return Result(
        id=check.id,
        level=check.level,
        status=status,
        duration_s=0.0,
        requirement=check.requirement,
        basis=check.basis,
        summary=summary,
        findings=findings,
        timeline=timeline,
        output=output,
        diagnosis=diagnosis,
        case=case,
        repeat=repeat,
    )


def skipped(check: Check, reason: str) -> Result:
    """The result of a check that has no meaning for the target."""
    return result_of(check, Status.SKIPPED, summary=reason)


def _too_slow(outcome: Outcome) -> str:
    echoed = sum(seen.echoed for seen in outcome.trace.scripts)
    return (
        f"the target is slow: {echoed} bytes had come back as they should after "
        f"{outcome.trace.slow:.0f} s, and the rest was not waited for; see --patience"
    )


def _all_well(check: Check, outcome: Outcome) -> str:
    sent = sum(seen.sent for seen in outcome.trace.scripts)
    sessions = sum(script.connects for script in outcome.plan.scripts)
    if not sessions:
        return ""
    return f"{sent} bytes on {sessions} connection{'s' if sessions != 1 else ''}"


def timeline_of(trace: Trace, findings: tuple[Finding, ...]) -> tuple[TimelineEntry, ...]:
    """The exchange of the session that failed, or of all when none is named."""
    concerned = {f.session for f in findings[:1]}
    entries = [
        TimelineEntry(
            at=round(moment.at, 4),
            session=index,
            what=moment.what if not moment.size else f"{moment.what} ({moment.size})",
        )
        for index, seen in enumerate(trace.scripts)
        if None in concerned or index in concerned
        for moment in seen.timeline
    ]
    return tuple(sorted(entries, key=lambda e: e.at)[:80])


def _output(trace: Trace, fleet: Fleet) -> str:
    """What the target wrote last: the one that died if one did."""
    dead = [death.output for death in trace.deaths if death.output and not death.asked]
    if dead:
        return dead[-1]
    return fleet.last_output()
