"""What becomes of a plan of datagrams that failed: a known bug, none at all, or a new case."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from harness.errors import UsageProblem
from harness.fuzzer.bugs import Known
from harness.fuzzer.case import Rate
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.bugs import bug_of, raw_bug_of
from harness.fuzzer.datagrams.case import DatagramCase, needs_of
from harness.fuzzer.datagrams.examine import Confirmed, Examiner
from harness.fuzzer.events import Failure
from harness.fuzzer.task import Task
from harness.values.datagrams import Ask, DatagramPlan, DatagramTrace
from harness.values.payload import size_of

DatagramFailure = Failure[DatagramCase, DatagramTrace]


class Triage:
    """Tells bugs apart, and makes a case of each new one.

    ``attempts``: those of the search, which knows how long to wait.  ``corpus``: where cases are
    saved; None: nowhere.  ``seconds``: the most that shrinking one failure may take, asked for
    again and again.
    """

    def __init__(
        self, attempts: Attempts, task: Task, corpus: Corpus | None, seconds: Callable[[], float]
    ) -> None:
        self.attempts = attempts
        self.task = task
        self.corpus = corpus
        self.seconds = seconds
        self.unconfirmed = 0
        """Plans that were silent once, and not again."""
        self._known = Known()
        self._examiner: Examiner | None = None
        self._found_after = 0

    def note(self, plan: DatagramPlan, seen: Seen) -> None:
        """Remember a bug that an earlier case has shown."""
        self._known.saw(raw_bug_of(seen.findings[0]))
        self._known.shrunk(bug_of(plan, seen.findings[0]))

    def is_known(self, seen: Seen) -> bool:
        """Whether ``seen`` looks like a bug that was reported: then no work is spent on it."""
        return self._known.looks_known(raw_bug_of(seen.findings[0]))

    def examine(
        self, seen: Seen, history: list[DatagramPlan], found_after: int
    ) -> DatagramFailure | None:
        """Confirm and shrink; None when it does not show again, or is a bug that is known.

        ``history``: what the same instance performed before; ``found_after``: clients so far.
        """
        began = time.monotonic()
        raw = raw_bug_of(seen.findings[0])
        self._known.saw(raw)
        self._found_after = found_after
        self._examiner = examiner = Examiner(self.attempts, self.seconds)
        found = examiner.examine(seen, history)
        if found is None:
            self._known.forget(raw)
            self.unconfirmed += 1
            return None
        if not self._known.is_new(raw, bug_of(found.seen.plan, found.seen.findings[0])):
            return None
        return self._failure(found, seen, time.monotonic() - began)

    def rescue(self) -> DatagramFailure | None:
        """After an interruption: the failure that was being examined, as small as it is by now."""
        best = self._examiner and self._examiner.best
        return self._failure(Confirmed(best, Rate(1, 1), 0), best, 0.0) if best else None

    def done(self) -> None:
        """Nothing is being examined any more."""
        self._examiner = None

    def _failure(self, found: Confirmed, first: Seen, seconds: float) -> DatagramFailure:
        small = found.seen
        case = DatagramCase(
            profile=self.task.profile,
            seed=self.task.seed,
            found_after=self._found_after,
            created=self.task.created,
            findings=small.findings,
            decides=needs_of(small.plan),
            rate=found.rate,
            plan=small.plan,
        )
        path, unsaved = self._save(case)
        return Failure(
            case=case,
            findings=case.findings,
            trace=small.trace,
            path=path,
            unsaved=unsaved,
            shrunk_from=(len(first.plan.scripts), bytes_of(first.plan)),
            attempts=found.attempts,
            seconds=round(seconds, 3),
            output=small.output,
        )

    def _save(self, case: DatagramCase) -> tuple[Path | None, str | None]:
        """The path of the saved case, or why it was not saved; the target has failed either way."""
        if self.corpus is None:
            return None, None
        try:
            return self.corpus.save(case), None
        except UsageProblem as problem:
            return None, str(problem)


def bytes_of(plan: DatagramPlan) -> int:
    """All that ``plan`` means to send."""
    return sum(
        size_of(step.payload)
        for script in plan.scripts
        for step in script.steps
        if isinstance(step, Ask)
    )
