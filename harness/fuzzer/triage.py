"""What becomes of a plan that failed: a known bug, one that does not show again, or a new case."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from harness.errors import UsageProblem
from harness.fuzzer.again import CaseT
from harness.fuzzer.attempts import BYTES, Attempts, Seen
from harness.fuzzer.bugs import Bug, Known, bug_of, needs_of
from harness.fuzzer.case import Case, Rate
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.events import Failure
from harness.fuzzer.task import Task
from harness.fuzzer.trying import BaseAttempts, SeenT, liveness
from harness.launcher.fleet import Fleet
from harness.values import plan as p
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding

if TYPE_CHECKING:
    from harness.fuzzer.examine import Confirmed, Examiner


class BaseTriage(Generic[CaseT, SeenT]):
    """Tells bugs apart, and makes a case of each new one.

    ``attempts``: with the full patience, which the search itself may shorten.  ``corpus``: where
    cases are saved; None: nowhere.  ``seconds``: the most that shrinking one failure may take,
    asked for again and again.
    """

    def __init__(
        self,
        attempts: BaseAttempts[Any, SeenT],
        task: Task,
        corpus: Corpus | None,
        seconds: Callable[[], float],
    ) -> None:
        self.attempts = attempts
        self.task = task
        self.seconds = seconds
        self.corpus = corpus
        self.unconfirmed = 0
        """Failures that did not show again."""
        self.known = Known()
        self.examiner: Any = None
        """Of the failure that is being examined; ``best`` is what is sure of it by now."""
        self.found_after = 0

    def is_known(self, seen: SeenT) -> bool:
        """Whether ``seen`` looks like a bug that was reported: then no work is spent on it."""
        return self.known.looks_known(self.raw(seen))

    def note(self, plan: Any, seen: SeenT) -> None:
        """Remember a bug that an earlier case has shown."""
        raise NotImplementedError

    def raw(self, seen: SeenT) -> Bug:
        """What a failure looks like before it is shrunk."""
        raise NotImplementedError

    def case(self, small: SeenT, rate: Rate) -> CaseT:
        """What is kept of it."""
        raise NotImplementedError

    def size_of(self, plan: Any) -> int:
        """Bytes that ``plan`` means to send."""
        raise NotImplementedError

    def rescue(self) -> Failure[CaseT, Any] | None:
        """After an interruption: the failure that was being examined, as small as it is by now."""
        best = self.examiner and self.examiner.best
        return self.failure(best, Rate(failed=1, of=1), best) if best else None

    def done(self) -> None:
        """Nothing is being examined any more."""
        self.examiner = None

    def failure(
        self, small: SeenT, rate: Rate, first: SeenT, attempts: int = 0, seconds: float = 0.0
    ) -> Failure[CaseT, Any]:
        """What is told of ``small``, which was ``first`` when it was found."""
        case = self.case(small, rate)
        path, unsaved = self._save(case)
        return Failure(
            case=case,
            findings=case.findings,
            trace=small.trace,
            path=path,
            unsaved=unsaved,
            shrunk_from=(len(first.plan.scripts), self.size_of(first.plan)),
            attempts=attempts,
            seconds=round(seconds, 3),
            output=small.output,
        )

    def _save(self, case: CaseT) -> tuple[Path | None, str | None]:
        """The path of the saved case, or why it was not saved; the target has failed either way."""
        if self.corpus is None:
            return None, None
        try:
            return self.corpus.save(case), None
        except UsageProblem as problem:
            return None, str(problem)


class Triage(BaseTriage[Case, Seen]):
    """Of plans of streams."""

    attempts: Attempts

    def __init__(
        self, fleet: Fleet, task: Task, corpus: Corpus | None, seconds: Callable[[], float]
    ) -> None:
        attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
        super().__init__(attempts, task, corpus, seconds)

    def note(self, plan: Plan, seen: Seen) -> None:
        self.known.shrunk(bug_of(plan, seen.findings[0]))

    def raw(self, seen: Seen) -> Bug:
        return raw_bug_of(seen.plan, seen.findings[0])

    def case(self, small: Seen, rate: Rate) -> Case:
        return Case(
            profile=self.task.profile,
            seed=self.task.seed,
            found_after=self.found_after,
            created=self.task.created,
            findings=small.findings,
            decides=needs_of(small.plan),
            rate=rate,
            plan=small.plan,
        )

    def size_of(self, plan: Plan) -> int:
        return bytes_of(plan)

    def examine(
        self, seen: Seen, history: list[Plan], found_after: int
    ) -> Failure[Case, Trace] | None:
        """Confirm and shrink; None when it does not show again, or is a bug that is known.

        ``history``: what the same instance performed before; ``found_after``: sessions so far.
        """
        from harness.fuzzer.examine import Examiner  # few targets need it

        began = time.monotonic()
        raw = self.raw(seen)
        self.known.saw(raw)
        self.found_after = found_after
        self.attempts.fresh = False
        self.examiner = examiner = Examiner(self.attempts, seconds=self.seconds)
        confirmed = _confirmed(examiner, seen, history)
        if confirmed is None:
            if seen.turned_away:
                self.known.forget(raw)  # a limit; a later one that looks the same may be a bug
            else:
                self.unconfirmed += 1
            return None
        small = confirmed.seen
        if not self.known.is_new(raw, bug_of(small.plan, small.findings[0])):
            return None
        seconds = time.monotonic() - began
        return self.failure(small, confirmed.rate, seen, confirmed.attempts, seconds)


def _confirmed(examiner: Examiner, seen: Seen, history: list[Plan]) -> Confirmed | None:
    again = examiner.confirm(seen, history)
    if again is not None:
        return examiner.shrink(again)
    if liveness(seen.findings) or seen.turned_away:
        return None
    from harness.fuzzer.examine import Confirmed

    # A wrong byte counts, even if it was seen only once.
    return Confirmed(seen, Rate(failed=1, of=examiner.tried + 1), 0, False)


def raw_bug_of(plan: Plan, finding: Finding) -> Bug:
    """What a failure looks like before it is shrunk, by its gravest finding: only the script that
    is accused counts."""
    scripts = plan.scripts
    if finding.session is not None:
        scripts = (scripts[finding.session],)
    bug = bug_of(Plan(tuple(s for s in scripts)), finding)
    if finding.kind in BYTES:
        return bug
    return Bug(breach=bug.breach, decides=(), ending=bug.ending)


def bytes_of(plan: Plan) -> int:
    """All that ``plan`` means to send."""
    return sum(
        p.size_of(step.payload)
        for script in plan.scripts
        for step in script.steps
        if isinstance(step, p.Send)
    )
