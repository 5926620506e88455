"""What becomes of a plan of datagrams that failed: a known bug, none at all, or a new case."""

from __future__ import annotations

import time

from harness.fuzzer.bugs import Bug
from harness.fuzzer.case import Rate
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.bugs import bug_of, raw_bug_of
from harness.fuzzer.datagrams.case import DatagramCase, needs_of
from harness.fuzzer.datagrams.examine import Examiner
from harness.fuzzer.events import Failure
from harness.fuzzer.triage import BaseTriage
from harness.values.datagrams import Ask, DatagramPlan, DatagramTrace
from harness.values.payload import size_of

DatagramFailure = Failure[DatagramCase, DatagramTrace]


class Triage(BaseTriage[DatagramCase, Seen]):
    """Of plans of datagrams.  ``attempts``: those of the search, which knows how long to wait."""

    attempts: Attempts

    def note(self, plan: DatagramPlan, seen: Seen) -> None:
        self.known.saw(self.raw(seen))
        self.known.shrunk(bug_of(plan, seen.findings[0]))

    def raw(self, seen: Seen) -> Bug:
        return raw_bug_of(seen.findings[0])

    def case(self, small: Seen, rate: Rate) -> DatagramCase:
        return DatagramCase(
            profile=self.task.profile,
            seed=self.task.seed,
            found_after=self.found_after,
            created=self.task.created,
            findings=small.findings,
            decides=needs_of(small.plan),
            rate=rate,
            plan=small.plan,
        )

    def size_of(self, plan: DatagramPlan) -> int:
        return bytes_of(plan)

    def examine(
        self, seen: Seen, history: list[DatagramPlan], found_after: int
    ) -> DatagramFailure | None:
        """Confirm and shrink; None when it does not show again, or is a bug that is known.

        ``history``: what the same instance performed before; ``found_after``: clients so far.
        """
        began = time.monotonic()
        raw = self.raw(seen)
        self.known.saw(raw)
        self.found_after = found_after
        self.examiner = examiner = Examiner(self.attempts, self.seconds)
        found = examiner.examine(seen, history)
        if found is None:
            self.known.forget(raw)
            self.unconfirmed += 1
            return None
        if not self.known.is_new(raw, bug_of(found.seen.plan, found.seen.findings[0])):
            return None
        seconds = time.monotonic() - began
        return self.failure(found.seen, found.rate, seen, found.attempts, seconds)


def bytes_of(plan: DatagramPlan) -> int:
    """All that ``plan`` means to send."""
    return sum(
        size_of(step.payload)
        for script in plan.scripts
        for step in script.steps
        if isinstance(step, Ask)
    )
