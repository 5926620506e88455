"""What becomes of a plan that failed: a known bug, one that does not show again, or a new case."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageProblem
from harness.fuzzer.attempts import BYTES, Attempts, Seen
from harness.fuzzer.bugs import Bug, Known, bug_of, needs_of
from harness.fuzzer.case import Case, Rate
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.events import Failure
from harness.fuzzer.task import Task
from harness.fuzzer.trying import liveness
from harness.launcher.fleet import Fleet
from harness.values import plan as p
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding

if TYPE_CHECKING:
    from harness.fuzzer.examine import Confirmed, Examiner


class Triage:
    """Tells bugs apart, and makes a case of each new one.

    ``corpus``: where cases are saved; None: nowhere.  ``seconds``: the most that shrinking one
    failure may take, asked for again and again.
    """

    def __init__(
        self, fleet: Fleet, task: Task, corpus: Corpus | None, seconds: Callable[[], float]
    ) -> None:
        self.attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
        """With the full patience, which the search itself may shorten."""
        self.task = task
        self.seconds = seconds
        self.corpus = corpus
        self.unconfirmed = 0
        """Failures that did not show again."""
        self._known = Known()
        self._examiner: Examiner | None = None
        self._found_after = 0

    def note(self, plan: Plan, seen: Seen) -> None:
        """Remember a bug that an earlier case has shown."""
        self._known.shrunk(bug_of(plan, seen.findings[0]))

    def is_known(self, seen: Seen) -> bool:
        """Whether ``seen`` looks like a bug that was reported: then no work is spent on it."""
        return self._known.looks_known(raw_bug(seen))

    def examine(
        self, seen: Seen, history: list[Plan], found_after: int
    ) -> Failure[Case, Trace] | None:
        """Confirm and shrink; None when it does not show again, or is a bug that is known.

        ``history``: what the same instance performed before; ``found_after``: sessions so far.
        """
        from harness.fuzzer.examine import Examiner  # few targets need it

        began = time.monotonic()
        raw = raw_bug(seen)
        self._known.saw(raw)
        self._found_after = found_after
        self.attempts.fresh = False
        self._examiner = examiner = Examiner(self.attempts, seconds=self.seconds)
        confirmed = _confirmed(examiner, seen, history)
        if confirmed is None:
            if seen.turned_away:
                self._known.forget(raw)  # a limit; a later one that looks the same may be a bug
            else:
                self.unconfirmed += 1
            return None
        small = confirmed.seen
        bug = bug_of(small.plan, small.findings[0])
        if not self._known.is_new(raw, bug):
            return None
        seconds = time.monotonic() - began
        return self._failure(small, confirmed.rate, seen, confirmed.attempts, seconds)

    def rescue(self) -> Failure[Case, Trace] | None:
        """After an interruption: the failure that was being examined, as small as it is by now."""
        if self._examiner is None or self._examiner.best is None:
            return None
        best = self._examiner.best
        return self._failure(best, Rate(failed=1, of=1), best, 0, 0.0)

    def done(self) -> None:
        """Nothing is being examined any more."""
        self._examiner = None

    def _failure(
        self, small: Seen, rate: Rate, first: Seen, attempts: int, seconds: float
    ) -> Failure[Case, Trace]:
        case = Case(
            profile=self.attempts.profile,
            seed=self.task.seed,
            found_after=self._found_after,
            created=self.task.created,
            findings=small.findings,
            decides=needs_of(small.plan),
            rate=rate,
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
            attempts=attempts,
            seconds=round(seconds, 3),
            output=small.output,
        )

    def _save(self, case: Case) -> tuple[Path | None, str | None]:
        """The path of the saved case, or why it was not saved; the target has failed either way."""
        if self.corpus is None:
            return None, None
        try:
            return self.corpus.save(case), None
        except UsageProblem as problem:
            return None, str(problem)


def _confirmed(examiner: Examiner, seen: Seen, history: list[Plan]) -> Confirmed | None:
    again = examiner.confirm(seen, history)
    if again is not None:
        return examiner.shrink(again)
    if liveness(seen.findings) or seen.turned_away:
        return None
    from harness.fuzzer.examine import Confirmed

    # A wrong byte counts, even if it was seen only once.
    return Confirmed(seen, Rate(failed=1, of=examiner.tried + 1), 0, False)


def raw_bug(seen: Seen) -> Bug:
    """What a failure looks like before it is shrunk: only the script that is accused counts."""
    return raw_bug_of(seen.plan, seen.findings[0])


def raw_bug_of(plan: Plan, finding: Finding) -> Bug:
    """The same for a plan and its gravest finding."""
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
