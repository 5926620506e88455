"""A fuzz run: earlier cases, the search, and for each new bug a case.  A generator of events."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Generator, Iterator, Sequence

from harness.errors import TargetProblem
from harness.fuzzer.attempts import Attempts, Seen
from harness.fuzzer.case import Case
from harness.fuzzer.collect import Collector, Suspect
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.earlier import Earlier
from harness.fuzzer.events import Failure, FuzzEvent, FuzzSummary
from harness.fuzzer.scenes import Terms
from harness.fuzzer.search import plans
from harness.fuzzer.spread import instances_of
from harness.fuzzer.tally import Tally
from harness.fuzzer.task import Task
from harness.fuzzer.triage import Triage
from harness.fuzzer.trying import liveness
from harness.launcher.fleet import Fleet
from harness.probing import limits
from harness.probing.limits import MANY
from harness.values.dictionary import EMPTY, Dictionary
from harness.values.events import FuzzProgress, Notice
from harness.values.plan import Plan
from harness.values.trace import Trace
from harness.values.verdict import Finding, Kind, Profile

TELL_EVERY = 0.2
"""Seconds between two events of progress."""
SHRINK_SECONDS = 10.0
HISTORY = 80
"""Plans since the last launch that are performed again when the last alone shows nothing."""
KNOWN_IN_A_ROW = 30
"""Failures in a row that are known: every plan fails then, and more of them tell nothing new."""
REFUSALS = 3
"""Plans with nothing but refused connections, from which on that is looked into."""
LEAST_PATIENCE = 0.3


def run(
    fleet: Fleet,
    task: Task,
    corpus: Corpus | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    shrink_seconds: Callable[[], float] = lambda: SHRINK_SECONDS,
) -> Iterator[FuzzEvent]:
    """Fuzz the target of ``fleet`` as ``task`` says.

    ``corpus``: where earlier cases are and new ones are saved; None: nowhere.  ``stop``: asked
    between plans.  ``shrink_seconds``: for each failure, beyond the seconds of the task; asked
    again and again, since it may become less during a run.

    The last event is always a FuzzSummary, also after KeyboardInterrupt.  Raises TargetProblem
    when the target cannot be launched, WrongTarget when somebody else answered in its place.
    """
    tally = Tally(task.seed)
    triage = Triage(fleet, task, corpus, shrink_seconds)
    search = Search(fleet, task, triage, tally)
    reason = "interrupted"
    gc.freeze()  # the collector need not look at what exists already for each of many plans
    try:
        if corpus is not None:
            yield from Earlier(fleet, task, triage, tally).events(corpus)
        reason = yield from search.events(stop)
    except KeyboardInterrupt:
        if (failure := triage.rescue()) is not None:
            tally.failures += 1
            yield from _told(failure)
    finally:
        gc.unfreeze()
    if reason != "interrupted":
        fleet.confirm()
    yield search.summary(reason, triage.unconfirmed)


def gather(
    fleet: Fleet, task: Task, tell: Callable[[Suspect], None], stop: Callable[[], bool]
) -> Iterator[FuzzEvent]:
    """Search as ``task`` says, and leave what fails to somebody else: ``tell`` gets it.

    The last event is always a FuzzSummary.  Raises as ``run`` does.
    """
    tally = Tally(task.seed)
    attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
    collector = Collector(attempts, task.seed, Suspect, tell)
    search = Search(fleet, task, collector, tally)
    reason = "interrupted"
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt):
        reason = yield from search.events(stop)
    gc.unfreeze()
    if reason != "interrupted":
        fleet.confirm()
    yield search.summary(reason, 0)


def terms_for(
    fleet: Fleet,
    profile: Profile,
    remote: bool = False,
    rate: float | None = None,
    dictionary: Dictionary = EMPTY,
) -> Terms:
    """What may be drawn for the target of ``fleet``, which runs already."""
    backlog = fleet.backlog(fleet.current).limit
    return Terms(profile, remote, backlog, instances_of(fleet, rate), dictionary)


def _told(failure: Failure[Case, Trace]) -> Iterator[FuzzEvent]:
    yield failure
    if failure.unsaved:
        yield Notice(failure.unsaved)


class Search:
    """The search of one run: plan after plan, and what becomes of those that fail."""

    def __init__(
        self, fleet: Fleet, task: Task, triage: Triage | Collector[Suspect], tally: Tally
    ) -> None:
        self.fleet = fleet
        self.task = task
        self.terms = terms_for(fleet, task.profile, task.remote, task.rate, task.dictionary)
        self.attempts = Attempts(fleet, task.profile, patience=task.patience, rate=task.rate)
        self.attempts.fresh = False
        self.triage = triage
        self.tally = tally
        self.unable: str | None = None
        """What kept the harness from going on."""
        self.turned_away: int | None = None
        """Connections after which a client was turned away, as by a server that limits them."""
        self._told = 0.0
        """When progress was told last."""
        self._known = self._refused = 0
        self._history: list[Plan] = []
        """Plans that the instance in use has performed."""

    def events(self, stop: Callable[[], bool]) -> Generator[FuzzEvent, None, str]:
        """Search until a bound of the task is reached; returns why it ended."""
        seconds = self.task.bounds.seconds
        ends = None if seconds is None else time.monotonic() + seconds
        for plan in plans(self.task.seed, self.terms, self.task.bounds.sessions, self._most):
            if reason := self._over(stop, ends):
                return reason
            seen = self._perform(plan)
            if self.attempts.unable:
                self.unable = self.attempts.unable
                return "unable"
            yield from self._progress()
            if not self._accuses(seen):
                continue
            yield from self._look_into(seen)
            if self._known >= KNOWN_IN_A_ROW:
                return "same failures"
        return "sessions"

    def summary(self, reason: str, unconfirmed: int) -> FuzzSummary:
        """What the search came to."""
        return FuzzSummary(
            self.tally.stats(), reason, self.unable, unconfirmed, self._known, self.turned_away
        )

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
        """An event now and then, when it is sure that the target itself has answered."""
        if (now := time.monotonic()) - self._told < TELL_EVERY:
            return
        self._told = now
        self.fleet.confirm()
        yield FuzzProgress(self.tally.stats(), "search", self._rest())

    def _rest(self) -> float | None:
        """Seconds until the first of the bounds is reached, at the rate so far."""
        stats, bounds = self.tally.stats(), self.task.bounds
        found = [] if bounds.seconds is None else [bounds.seconds - stats.duration_s]
        if bounds.sessions is not None and stats.sessions:
            left = max(0, bounds.sessions - stats.sessions)
            found.append(left * stats.duration_s / stats.sessions)
        return max(0.0, min(found)) if found else None

    def _accuses(self, seen: Seen) -> bool:
        """Whether ``seen`` is a failure to look into: a few refused connections are not yet."""
        if not seen.findings:
            self._known = self._refused = 0
            return False
        if all(f.kind is Kind.REFUSED for f in seen.findings):
            self._refused += 1
            return self._refused >= REFUSALS
        return True

    def _look_into(self, seen: Seen) -> Iterator[FuzzEvent]:
        """Tell of a new bug; go on with a fresh instance in any case."""
        failure = None
        if not self.triage.is_known(seen):
            yield FuzzProgress(self.tally.stats(), "shrink")
            failure = self.triage.examine(seen, self._history[:-1], self.tally.sessions)
            elsewhere = isinstance(self.triage, Collector)
            self._expect_less(seen.findings if elsewhere else failure.findings if failure else ())
        self._start_over()
        if failure is not None:
            self._known = 0
            self.tally.failures += 1
            yield from _told(failure)
        elif seen.turned_away:
            yield from self._beware(seen)
        else:
            self._known += 1

    def _most(self) -> int | None:
        """Sessions of the next plan, where as many as usual may meet a limit on connections."""
        return None if self.turned_away is None else MANY // 2

    def _beware(self, seen: Seen) -> Iterator[Notice]:
        """From here on no instance gets so many connections, or they come at a gentler rate."""
        told = self.turned_away is not None
        self.turned_away = seen.connections
        then = "each instance gets only a few from here on"
        if self.fleet.keeper is None:
            rate = limits.gentler(self.attempts.rate)
            told = rate is None
            if rate is not None:
                self.attempts.rate = self.triage.attempts.rate = rate
                then = f"there are {rate:g} a second from here on"
        if not told:
            yield Notice(
                f"the target turned a client away after {seen.connections:,} connections, as one "
                f"that limits them: {then}; see --rate."
            )

    def _perform(self, plan: Plan) -> Seen:
        if self.turned_away is not None and self.fleet.keeper is not None:
            self._leave_room_for(plan)
        if (sessions := self.task.bounds.sessions) is not None:
            self.attempts.more = max(0, sessions - self.tally.sessions - len(plan.scripts))
        seen = self.attempts.once(plan)
        self.tally.count(seen)
        self._history = [*self._history[1 - HISTORY :], plan]
        return seen

    def _leave_room_for(self, plan: Plan) -> None:
        """Take a fresh instance, where the one in use may be near its limit on connections."""
        if self.fleet.connections + limits.connects(plan) >= MANY:
            self._start_over()

    def _expect_less(self, findings: Sequence[Finding]) -> None:
        """Wait for a shorter time once it is known that the target hangs."""
        if findings and liveness(findings):
            shorter = self.attempts.patience / 2
            self.attempts.patience = max(min(LEAST_PATIENCE, self.task.patience), shorter)

    def _start_over(self) -> None:
        self.triage.done()
        self._history = []
        self.attempts.fresh = False
        with contextlib.suppress(TargetProblem):
            self.attempts.freshen()
