"""An outcome: what one performance of a check's plan showed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from harness.probing import limits
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind


def is_proved(findings: Sequence[Finding]) -> bool:
    """Whether one finding is proved without any waiting."""
    return any(f.breach is Breach.SAFETY for f in findings)


def is_measured(findings: Sequence[Finding]) -> bool:
    """Whether all findings are measurements: a suspicion that a longer measurement decides."""
    return all(f.kind is Kind.RESOURCE and f.breach is Breach.LIVENESS for f in findings)


class Outcome(Struct, frozen=True):
    """The plan, what happened, and what was not allowed in it."""

    plan: Plan
    trace: Trace
    findings: tuple[Finding, ...]
    output: str = ""
    """What the target wrote last, if there is a finding."""
    connections: int = 0
    """How many the instance had had when the plan was over."""
    before: int = 0
    """The same when it began."""

    @property
    def safety(self) -> bool:
        """Whether one finding is proved without any waiting."""
        return is_proved(self.findings)

    @property
    def measured(self) -> bool:
        """Whether all findings are measurements: a suspicion that a longer measurement decides."""
        return is_measured(self.findings)

    @property
    def refused(self) -> bool:
        """Whether all findings are connections that were not accepted."""
        return all(f.kind is Kind.REFUSED for f in self.findings)

    @property
    def turned_away(self) -> bool:
        """After many connections a client was refused, or dropped before it got a byte.

        That is what a limit on the rate of connections looks like, which is no breach.  A server
        that drops one of the first clients of a long plan has no such limit.
        """
        return limits.turned_away(self.findings, self.connections) and not limits.too_early(
            self.plan, self.findings, self.before
        )

    @property
    def silent(self) -> bool:
        """Whether the harness waited in vain for bytes to come back."""
        return any(f.kind is Kind.NO_ECHO for f in self.findings)

    @property
    def volume(self) -> str:
        """``1,200 bytes on 3 connections``; empty for a plan without a client."""
        sent = sum(seen.sent for seen in self.trace.scripts)
        sessions = sum(script.connects for script in self.plan.scripts)
        if not sessions:
            return ""
        return f"{sent:,} bytes on {sessions:,} connection{'s' if sessions != 1 else ''}"

    @property
    def slowness(self) -> str:
        """Why nothing is concluded from a plan that was left unfinished."""
        echoed = sum(seen.echoed for seen in self.trace.scripts)
        what = "silent again and again" if any(s.stuck for s in self.trace.scripts) else "slow"
        return (
            f"the target is {what}: {echoed:,} bytes had come back as they should after "
            f"{self.trace.slow:.0f} s, and the rest was not waited for; see --patience"
        )


class Capacity(NamedTuple):
    """What crowds have shown."""

    served: int
    """The most that were served at once."""
    asked: int
    """How many had come then."""
    told: str
    """The same in words."""
    failed: Outcome | None = None
    """What proves that the target does not bear a crowd."""
    starved: bool = False
    """Whether one that was served once was not any more, with all of them there."""
    doubt: str = ""
    """Why it is not known whether it does."""
