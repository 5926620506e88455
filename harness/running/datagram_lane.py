"""A lane that judges checks on a server of datagrams."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from harness.contract.check import Check, Context
from harness.diagnosis import DatagramEvidence, diagnose
from harness.driver import Manner
from harness.driver.datagrams import perform
from harness.judging.blame import output_behind
from harness.judging.datagrams import judge
from harness.running.lane import Lane
from harness.running.outcome import is_measured, is_proved
from harness.running.results import Shown, result_of, undecided
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.verdict import Finding, Kind, Level, Result, Status

SILENT = frozenset({Kind.NO_ECHO, Kind.REFUSED})


class DatagramOutcome(Struct, frozen=True):
    """What one performance of a check's plan showed."""

    plan: DatagramPlan
    trace: DatagramTrace
    findings: tuple[Finding, ...]
    output: str = ""
    """What the target wrote last, if there is a finding."""

    @property
    def silent(self) -> bool:
        """Whether the harness waited in vain for an answer."""
        return any(f.kind in SILENT for f in self.findings)

    @property
    def volume(self) -> str:
        """``120 datagrams of 9 clients``; empty for a plan without a client."""
        clients = [seen for seen in self.trace.scripts if seen.sent]
        if not clients:
            return ""
        sent = sum(seen.sent for seen in clients)
        return (
            f"{sent:,} datagram{'s' if sent != 1 else ''} "
            f"of {len(clients):,} client{'s' if len(clients) != 1 else ''}"
        )


class DatagramLane(Lane):
    """As `Lane`, with plans of datagrams.

    A safety breach fails a check at once.  Silence was asked again and again by then; it is tried
    once more, on a fresh instance with twice the patience.
    """

    _last: tuple[str, DatagramPlan, DatagramTrace] | None = None
    """What several checks share."""

    def _judge(self, check: Check, context: Context) -> Result:
        first = self._asked(check, context, self.patience.of(check))
        if result := self._open(check, first):
            return result
        if not first.findings:
            return result_of(check, Status.PASSED, first.volume)
        if check.level is Level.MAY:
            return result_of(check, Status.PASSED, first.findings[0].message)
        self.freshen()
        measured = is_measured(first.findings)
        if is_proved(first.findings) or not (self.patience.retries_of(check) or measured):
            if first.silent:
                self.patience.shorten()
            return self._accused(check, context, first)
        again = self._once_more(check, context)
        if result := self._open(check, again):
            return result
        if not again.findings:
            if measured:
                return result_of(check, Status.PASSED, again.volume)
            return result_of(
                check, Status.FLAKY, first.findings[0].message, self._shown(check, first)
            )
        if not is_measured(again.findings) and not is_proved(again.findings):
            self.patience.confirmed()
        self.freshen()
        return self._accused(check, context, again)

    def _once_more(self, check: Check, context: Context) -> DatagramOutcome:
        self._last = None
        second = msgspec.structs.replace(context, attempt=2)
        return self._asked(check, second, 2 * self.patience.of(check))

    def _asked(self, check: Check, context: Context, patience: float) -> DatagramOutcome:
        assert check.exchange is not None
        plan = check.exchange(context)
        trace = self._traced(check, plan, patience)
        if trace.unable:
            return DatagramOutcome(plan, trace, ())
        ignored = check.ignores
        if context.elsewhere:  # a network may bring a datagram twice
            ignored |= {Kind.DUPLICATED}
        findings = [f for f in judge(plan, trace, context.profile) if f.kind not in ignored]
        if check.weigh is not None:
            findings += check.weigh(plan, trace, context)
        output = output_behind(trace, findings, self.fleet) if findings else ""
        return DatagramOutcome(plan, trace, tuple(findings), output)

    def _traced(self, check: Check, plan: DatagramPlan, patience: float) -> DatagramTrace:
        """Perform ``plan``, unless a check that shares it did so just before."""
        if self._last is not None and self._last[:2] == (check.shares, plan):
            return self._last[2]
        self.fleet.refresh()
        manner = Manner(
            patience=patience,
            rate=self.rate,
            limit=lambda: self.patience.limit(patience),
            brief=self.patience.brief,
        )
        trace = perform(plan, self.fleet, manner)
        self._last = (check.shares, plan, trace) if check.shares else None
        return trace

    def _open(self, check: Check, outcome: DatagramOutcome) -> Result | None:
        """The result when nothing can be concluded; None when something can."""
        if outcome.trace.unable:
            return undecided(check, outcome.trace.unable)
        if outcome.findings or outcome.trace.slow is None:
            return None
        self.patience.too_slow()
        return undecided(
            check,
            f"the target is slow: its answers had not all come after {outcome.trace.slow:.0f} s, "
            "and the rest was not waited for; see --patience",
        )

    def _shown(self, check: Check, outcome: DatagramOutcome) -> Shown:
        return Shown(
            findings=outcome.findings,
            trace=outcome.trace,
            output=outcome.output,
            repeat=self.repeat(check.id),
        )

    def _accused(self, check: Check, context: Context, outcome: DatagramOutcome) -> Result:
        evidence = DatagramEvidence(
            check_id=check.id,
            hint=check.hint,
            profile=context.profile,
            plan=outcome.plan,
            trace=outcome.trace,
            findings=outcome.findings,
            output=outcome.output,
        )
        self.casebook.keep(evidence)
        capture = self.captured(check.id, lambda: self._once_more(check, context))
        shown = msgspec.structs.replace(
            self._shown(check, outcome), diagnosis=diagnose(evidence), capture=capture
        )
        return result_of(check, Status.FAILED, outcome.findings[0].message, shown)
