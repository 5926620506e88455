"""A fuzz run on a server of datagrams: earlier cases, the search, and for each new bug a case."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from harness.errors import TargetProblem, UsageProblem
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.case import DatagramCase, load_any, needs_of
from harness.fuzzer.datagrams.draw import Terms, plans
from harness.fuzzer.datagrams.examine import Confirmed, Examiner
from harness.fuzzer.datagrams.replay import replay, unsuited
from harness.fuzzer.events import Failure, Fixed, FuzzEvent, FuzzSummary
from harness.fuzzer.task import Task
from harness.fuzzer.trying import liveness
from harness.launcher.fleet import Fleet
from harness.values.datagrams import Ask, DatagramPlan, DatagramTrace
from harness.values.events import FuzzProgress, Notice
from harness.values.payload import size_of
from harness.values.report import FuzzStats
from harness.values.verdict import Finding

TELL_EVERY = 0.2
"""Seconds between two events of progress."""
SHRINK_SECONDS = 10.0
HISTORY = 20
"""Plans since the last launch that are performed again when the last alone shows nothing."""
KNOWN_IN_A_ROW = 30
"""Failures in a row that are known: every plan fails then, and more of them tell nothing new."""
LEAST_PATIENCE = 0.3


def run(
    fleet: Fleet,
    task: Task,
    corpus: Corpus | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    shrink_seconds: Callable[[], float] = lambda: SHRINK_SECONDS,
) -> Iterator[FuzzEvent]:
    """Fuzz the target of ``fleet`` as ``task`` says; the parameters are those of
    `harness.fuzzer.run`.

    The last event is always a FuzzSummary, also after KeyboardInterrupt.  Raises TargetProblem
    when the target cannot be launched, WrongTarget when somebody else answered in its place.
    """
    search = Search(fleet, task, corpus, shrink_seconds)
    reason = "interrupted"
    try:
        if corpus is not None:
            yield from search.earlier(corpus)
        reason = yield from search.events(stop)
    except KeyboardInterrupt:
        pass
    if reason != "interrupted":
        fleet.confirm()
    yield FuzzSummary(search.stats(), reason, search.unable, search.unconfirmed)


class Search:
    """The search of one run, and what becomes of the plans that fail."""

    def __init__(
        self, fleet: Fleet, task: Task, corpus: Corpus | None, seconds: Callable[[], float]
    ) -> None:
        self.fleet = fleet
        self.task = task
        self.corpus = corpus
        self.attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
        self.unable: str | None = None
        """What kept the harness from going on."""
        self.unconfirmed = 0
        """Plans that were silent once, and not again."""
        self._seconds = seconds
        self._began = time.monotonic()
        self._told = 0.0
        self._counts = [0, 0, 0, 0]
        """Clients, plans, bytes, failures."""
        self._bugs: set[tuple[str, tuple[str, ...]]] = set()
        self._raw: set[str] = set()
        self._known = 0
        self._history: list[DatagramPlan] = []

    def stats(self) -> FuzzStats:
        """The counts as a value."""
        clients, done, sent, failures = self._counts
        return FuzzStats(
            seed=self.task.seed,
            sessions=clients,
            plans=done,
            bytes=sent,
            duration_s=round(time.monotonic() - self._began, 3),
            failures=failures,
        )

    # --- earlier cases --------------------------------------------------------------------------

    def earlier(self, corpus: Corpus) -> Iterator[FuzzEvent]:
        """Try the cases of ``corpus``.  What is no case for this target is left out with a
        notice."""
        for path in corpus.cases():
            yield FuzzProgress(self.stats(), "corpus")
            try:
                case = load_any(path, pipes=False)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            if not isinstance(case, DatagramCase):
                yield Notice(f"{path} was left out: it is about streams")
            elif reason := self._not_for_this_target(case):
                yield Notice(f"{path} was left out: {reason}")
            else:
                yield self._tried_again(case, path)

    def _not_for_this_target(self, case: DatagramCase) -> str | None:
        if self.task.remote and case.plan.needs_process:
            return "it needs the target's process"
        return unsuited(case, self.task.profile)

    def _tried_again(self, case: DatagramCase, path: Path) -> FuzzEvent:
        result = replay(
            case,
            self.fleet,
            1 if case.rate.failed == case.rate.of else 3,
            profile=self.task.profile,
            patience=self.task.patience,
            rate=self.task.rate,
        )
        self._count(result.seen)
        if result.failed:
            self._counts[3] += 1
            self._bugs.add(_bug(result.seen.plan, result.seen.findings[0]))
            self._raw.add(str(result.seen.findings[0].kind))
            return Failure(
                case=result.case,
                findings=result.seen.findings,
                trace=result.seen.trace,
                path=path,
                earlier=True,
                output=result.seen.output,
            )
        if result.unable:
            return Notice(f"{path} was left out: {result.unable}")
        forget = self.task.forget_fixed
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget and not path.exists())

    # --- the search -----------------------------------------------------------------------------

    def events(self, stop: Callable[[], bool]) -> Generator[FuzzEvent, None, str]:
        """Search until a bound of the task is reached; returns why it ended."""
        bounds = self.task.bounds
        ends = None if bounds.seconds is None else time.monotonic() + bounds.seconds
        terms = Terms(self.task.profile, self.task.remote, self.task.dictionary)
        for plan in plans(self.task.seed, terms, bounds.sessions):
            if reason := self._over(stop, ends):
                return reason
            seen = self.attempts.once(plan)
            self._count(seen)
            self._history = [*self._history[1 - HISTORY :], plan]
            if seen.trace.unable:
                self.unable = seen.trace.unable
                return "unable"
            yield from self._progress()
            if not seen.findings:
                self._known = 0
                continue
            yield from self._look_into(seen)
            if self._known >= KNOWN_IN_A_ROW:
                return "same failures"
        return "sessions"

    def _over(self, stop: Callable[[], bool], ends: float | None) -> str | None:
        """Why no other plan is performed; None when one is."""
        bugs = self.task.bounds.bugs
        if stop():
            return "stopped"
        if ends is not None and time.monotonic() >= ends:
            return "time"
        if bugs is not None and self._counts[3] >= bugs:
            return "failures"
        return None

    def _progress(self) -> Iterator[FuzzProgress]:
        if (now := time.monotonic()) - self._told < TELL_EVERY:
            return
        self._told = now
        self.fleet.confirm()
        yield FuzzProgress(self.stats(), "search")

    def _count(self, seen: Seen) -> None:
        if seen.trace.slow is not None and not seen.findings:
            return  # left unfinished, which proves nothing
        self._counts[0] += sum(script.connects for script in seen.plan.scripts)
        self._counts[1] += 1
        self._counts[2] += bytes_of(seen.plan)

    def _look_into(self, seen: Seen) -> Iterator[FuzzEvent]:
        """Tell of a new bug; go on with a fresh instance in any case."""
        raw = str(seen.findings[0].kind)
        if raw in self._raw:
            self._known += 1
        else:
            yield FuzzProgress(self.stats(), "shrink")
            began = time.monotonic()
            found = Examiner(self.attempts, self._seconds).examine(seen, self._history[:-1])
            if found is None:
                self.unconfirmed += 1
            else:
                yield from self._told_of(found, seen, time.monotonic() - began, raw)
        self._history = []
        self.attempts.fresh = False
        with contextlib.suppress(TargetProblem):
            self.attempts.freshen()

    def _told_of(
        self, found: Confirmed, first: Seen, seconds: float, raw: str
    ) -> Iterator[FuzzEvent]:
        self._raw.add(raw)
        bug = _bug(found.seen.plan, found.seen.findings[0])
        if bug in self._bugs:
            self._known += 1
            return
        self._bugs.add(bug)
        self._known = 0
        self._counts[3] += 1
        if liveness(found.seen.findings):  # it is known to be silent: wait for a shorter time
            shorter = self.attempts.patience / 2
            self.attempts.patience = max(min(LEAST_PATIENCE, self.task.patience), shorter)
        failure = self._failure(found, first, seconds)
        yield failure
        if failure.unsaved:
            yield Notice(failure.unsaved)

    def _failure(
        self, found: Confirmed, first: Seen, seconds: float
    ) -> Failure[DatagramCase, DatagramTrace]:
        small = found.seen
        case = DatagramCase(
            profile=self.task.profile,
            seed=self.task.seed,
            found_after=self._counts[0],
            created=self.task.created,
            findings=small.findings,
            decides=needs_of(small.plan),
            rate=found.rate,
            plan=small.plan,
        )
        path = unsaved = None
        if self.corpus is not None:
            try:
                path = self.corpus.save(case)
            except UsageProblem as problem:
                unsaved = str(problem)
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


def _bug(plan: DatagramPlan, finding: Finding) -> tuple[str, tuple[str, ...]]:
    """What tells one bug from another."""
    return str(finding.kind), needs_of(plan)


def bytes_of(plan: DatagramPlan) -> int:
    """All that ``plan`` means to send."""
    return sum(
        size_of(step.payload)
        for script in plan.scripts
        for step in script.steps
        if isinstance(step, Ask)
    )
