"""A fuzz run on a server of datagrams: earlier cases, the search, and for each new bug a case."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator

from harness.errors import TargetProblem
from harness.fuzzer.collect import Collector
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.datagrams.attempts import Attempts, Seen
from harness.fuzzer.datagrams.collect import DatagramSuspect
from harness.fuzzer.datagrams.draw import Terms, plans
from harness.fuzzer.datagrams.earlier import Earlier
from harness.fuzzer.datagrams.tally import Tally
from harness.fuzzer.datagrams.triage import DatagramFailure, Triage
from harness.fuzzer.events import FuzzEvent, FuzzSummary
from harness.fuzzer.task import Task
from harness.fuzzer.trying import liveness
from harness.launcher.fleet import Fleet
from harness.values.datagrams import DatagramPlan
from harness.values.events import FuzzProgress, Notice

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
    attempts, tally = _attempts(fleet, task), Tally(task.seed)
    triage = Triage(attempts, task, corpus, shrink_seconds)
    search = Search(attempts, task, triage, tally)
    reason = "interrupted"
    try:
        if corpus is not None:
            yield from Earlier(fleet, task, triage, tally).events(corpus)
        reason = yield from search.events(stop)
    except KeyboardInterrupt:
        if (failure := triage.rescue()) is not None:
            tally.failures += 1
            yield from _told(failure)
    if reason != "interrupted":
        fleet.confirm()
    yield search.summary(reason)


def gather(
    fleet: Fleet, task: Task, tell: Callable[[DatagramSuspect], None], stop: Callable[[], bool]
) -> Iterator[FuzzEvent]:
    """Search as ``task`` says, and leave what fails to somebody else: ``tell`` gets it.

    The last event is always a FuzzSummary.  Raises as ``run`` does.
    """
    attempts = _attempts(fleet, task)
    collector = Collector(attempts, task.seed, DatagramSuspect, tell)
    search = Search(attempts, task, collector, Tally(task.seed))
    reason = "interrupted"
    with contextlib.suppress(KeyboardInterrupt):
        reason = yield from search.events(stop)
    if reason != "interrupted":
        fleet.confirm()
    yield search.summary(reason)


def _attempts(fleet: Fleet, task: Task) -> Attempts:
    return Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)


def _told(failure: DatagramFailure) -> Iterator[FuzzEvent]:
    yield failure
    if failure.unsaved:
        yield Notice(failure.unsaved)


class Search:
    """The search of one run, and what becomes of the plans that fail."""

    def __init__(
        self,
        attempts: Attempts,
        task: Task,
        triage: Triage | Collector[DatagramSuspect],
        tally: Tally,
    ) -> None:
        self.attempts = attempts
        self.task = task
        self.triage = triage
        self.tally = tally
        self.unable: str | None = None
        """What kept the harness from going on."""
        self._told = 0.0
        """When progress was told last."""
        self._known = 0
        self._history: list[DatagramPlan] = []
        """Plans that the instance in use has performed."""

    def summary(self, reason: str) -> FuzzSummary:
        """What the search came to."""
        return FuzzSummary(
            self.tally.stats(), reason, self.unable, self.triage.unconfirmed, self._known
        )

    def events(self, stop: Callable[[], bool]) -> Generator[FuzzEvent, None, str]:
        """Search until a bound of the task is reached; returns why it ended."""
        bounds = self.task.bounds
        ends = None if bounds.seconds is None else time.monotonic() + bounds.seconds
        terms = Terms(self.task.profile, self.task.remote, self.task.dictionary)
        for plan in plans(self.task.seed, terms, bounds.sessions):
            if reason := self._over(stop, ends):
                return reason
            seen = self.attempts.once(plan)
            self.tally.count(seen)
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
        if bugs is not None and self.tally.failures >= bugs:
            return "failures"
        return None

    def _progress(self) -> Iterator[FuzzProgress]:
        if (now := time.monotonic()) - self._told < TELL_EVERY:
            return
        self._told = now
        self.attempts.fleet.confirm()
        yield FuzzProgress(self.tally.stats(), "search")

    def _look_into(self, seen: Seen) -> Iterator[FuzzEvent]:
        """Tell of a new bug; go on with a fresh instance in any case."""
        failure = None
        if not self.triage.is_known(seen):
            yield FuzzProgress(self.tally.stats(), "shrink")
            failure = self.triage.examine(seen, self._history[:-1], self.tally.sessions)
            elsewhere = isinstance(self.triage, Collector)
            self._expect_less(seen if elsewhere else failure)
        self._start_over()
        if failure is not None:
            self._known = 0
            self.tally.failures += 1
            yield from _told(failure)
        else:
            self._known += 1

    def _expect_less(self, shown: Seen | DatagramFailure | None) -> None:
        """Wait for a shorter time once it is known that the target is silent."""
        if shown is not None and liveness(shown.findings):
            shorter = self.attempts.patience / 2
            self.attempts.patience = max(min(LEAST_PATIENCE, self.task.patience), shorter)

    def _start_over(self) -> None:
        self.triage.done()
        self._history = []
        self.attempts.fresh = False
        with contextlib.suppress(TargetProblem):
            self.attempts.freshen()
