"""Failing plans of datagrams that are looked into elsewhere, as `harness.fuzzer.collect` has it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from harness.fuzzer.bugs import Bug
from harness.fuzzer.case import Rate
from harness.fuzzer.collect import BaseSuspect
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.bugs import raw_bug_of
from harness.fuzzer.datagrams.case import DatagramCase
from harness.fuzzer.datagrams.triage import DatagramFailure, Triage
from harness.fuzzer.task import Task
from harness.launcher.fleet import Fleet
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.verdict import Profile


class DatagramSuspect(BaseSuspect[DatagramPlan, DatagramTrace], frozen=True, tag="datagrams"):
    """Of a search of datagrams."""

    @property
    def raw(self) -> Bug:
        return raw_bug_of(self.findings[0])

    def case(self, profile: Profile) -> DatagramCase:
        return DatagramCase(
            profile=profile,
            seed=self.seed,
            found_after=self.found_after,
            findings=self.findings,
            rate=Rate(1, 1),
            plan=self.plan,
        )

    def seen(self) -> Seen:
        """The same as the search saw it."""
        return Seen(self.plan, self.trace, self.findings, self.connections, self.output)


def look_into(
    fleet: Fleet, task: Task, suspect: DatagramSuspect, seconds: Callable[[], float]
) -> DatagramFailure | None:
    """As that of streams: the smallest plan that shows ``suspect`` again, or None."""
    task = msgspec.structs.replace(task, seed=suspect.seed)
    attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
    attempts.fresh = False
    triage = Triage(attempts, task, None, seconds)
    found = None
    with contextlib.suppress(KeyboardInterrupt):
        found = triage.examine(suspect.seen(), list(suspect.history), suspect.found_after)
        triage.done()
    return found or triage.rescue()
