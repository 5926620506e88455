"""A fuzz run: earlier cases, the search, and for each new bug a case.  A generator of events."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from harness.errors import TargetProblem, UsageProblem
from harness.fuzzer import case as cases
from harness.fuzzer.attempts import Attempts, Seen, liveness
from harness.fuzzer.case import Case
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.events import Failure, Fixed, FuzzEvent, FuzzSummary
from harness.fuzzer.replay import ReplayResult, replay, unsuited
from harness.fuzzer.scenes import Terms
from harness.fuzzer.search import plans
from harness.fuzzer.spread import instances_of
from harness.fuzzer.triage import Triage
from harness.launcher.fleet import Fleet
from harness.probing import limits
from harness.probing.limits import MANY
from harness.values.events import FuzzProgress, Notice
from harness.values.plan import Plan
from harness.values.report import FuzzStats
from harness.values.verdict import Kind, Profile

TELL_EVERY = 0.2
"""Seconds between two events of progress."""
SHRINK_SECONDS = 10.0
HISTORY = 80
"""Plans since the last launch that are performed again when the last alone shows nothing."""
KNOWN_IN_A_ROW = 30
"""Plans that fail one after another with nothing new: then every plan does, and it is enough."""
REFUSALS = 3
LEAST_PATIENCE = 0.3


def run(
    fleet: Fleet,
    profile: Profile,
    *,
    seed: int,
    sessions: int | None = None,
    seconds: float | None = None,
    patience: float,
    rate: float | None = None,
    corpus: Corpus | None = None,
    remote: bool = False,
    stop: Callable[[], bool] = lambda: False,
    forget_fixed: bool = False,
    shrink_seconds: float | Callable[[], float] = SHRINK_SECONDS,
    most_failures: int | None = None,
    created: str | None = None,
) -> Iterator[FuzzEvent]:
    """Fuzz the target of ``fleet`` until ``sessions`` or ``seconds`` are used up.

    ``patience``: seconds without progress.  ``rate``: the most new connections a second.
    ``corpus``: where cases are kept; None keeps none.  ``remote``: the target's process cannot be
    touched.  ``stop``: asked between plans.  ``forget_fixed``: remove cases that pass now.
    ``shrink_seconds``: for each failure, beyond ``seconds``; a function is asked again and again.
    ``most_failures``: end after so many different bugs.  ``created``: date and time to be written
    into cases.

    The last event is always a FuzzSummary, also after KeyboardInterrupt.  Raises TargetProblem
    when the target cannot be launched, WrongTarget when somebody else answered in its place.
    """
    triage = Triage(
        Attempts(fleet, profile, patience=patience, rate=rate),
        seed=seed,
        seconds=shrink_seconds if callable(shrink_seconds) else lambda: shrink_seconds,
        corpus=corpus,
        created=created,
    )
    terms = terms_for(fleet, profile, remote, rate)
    search = Search(fleet, terms, seed, patience, rate, triage)
    reason = "interrupted"
    gc.freeze()  # thousands of plans come and go: what is there already is not to be walked through
    try:
        if corpus is not None:
            yield from search.earlier(corpus, forget_fixed=forget_fixed)
        reason = yield from search.go_on(sessions, seconds, stop, most_failures)
    except KeyboardInterrupt:
        if (failure := triage.rescue()) is not None:
            search.failures += 1
            yield from _told(failure)
    finally:
        gc.unfreeze()
    if reason != "interrupted":
        fleet.confirm()
    yield FuzzSummary(search.stats(), reason, search.unable, triage.unconfirmed, search.turned_away)


def terms_for(
    fleet: Fleet, profile: Profile, remote: bool = False, rate: float | None = None
) -> Terms:
    """What may be drawn for the target of ``fleet``, which runs already."""
    backlog = fleet.backlog(fleet.current).limit
    return Terms(profile, remote, backlog, instances_of(fleet, rate))


def _told(failure: Failure) -> Iterator[FuzzEvent]:
    yield failure
    if failure.unsaved:
        yield Notice(failure.unsaved)


def _whose(strays: int, corpus: Corpus) -> str:
    stand = "1 case stands" if strays == 1 else f"{strays} cases stand"
    return (
        f"{stand} in {corpus.root} itself and not in the folder of a target: not tried. "
        f"What was found on this target belongs in {corpus.folder}."
    )


class Search:
    """One run under way."""

    def __init__(
        self,
        fleet: Fleet,
        terms: Terms,
        seed: int,
        patience: float,
        rate: float | None,
        triage: Triage,
    ) -> None:
        self.fleet = fleet
        self.terms = terms
        self.seed = seed
        self.attempts = Attempts(fleet, terms.profile, patience=patience, rate=rate)
        self.attempts.fresh = False
        self.triage = triage
        self.unable: str | None = None
        self.turned_away: int | None = None
        """Connections after which a client was turned away, as by who limits them."""
        self._patience = patience
        self._began = time.monotonic()
        self._told = 0.0
        self._sessions = self._plans = self._bytes = 0
        self.failures = 0
        self._history: list[Plan] = []

    def stats(self) -> FuzzStats:
        return FuzzStats(
            seed=self.seed,
            sessions=self._sessions,
            plans=self._plans,
            bytes=self._bytes,
            duration_s=round(time.monotonic() - self._began, 3),
            failures=self.failures,
        )

    # --- earlier cases --------------------------------------------------------------------------

    def earlier(self, corpus: Corpus, *, forget_fixed: bool) -> Iterator[FuzzEvent]:
        """Try the cases of the corpus.  One that is damaged is left out and ends nothing."""
        if strays := corpus.strays():
            yield Notice(_whose(len(strays), corpus))
        for path in corpus.cases():
            yield FuzzProgress(self.stats(), "corpus")
            try:
                case = cases.load(path, pipes=False)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            if reason := self._not_for_this_target(case):
                yield Notice(f"{path} was left out: {reason}")
                continue
            yield self._tried_again(case, path, forget_fixed)

    def _tried_again(self, case: Case, path: Path, forget_fixed: bool) -> FuzzEvent:
        result = replay(
            case,
            self.fleet,
            profile=self.terms.profile,
            patience=self._patience,
            rate=self.attempts.rate,
            repeat=1 if case.rate.failed == case.rate.of else 3,
        )
        self.attempts.fresh = False
        self._count(result.seen)
        if result.failed:
            return self._told_again(result, path)
        if result.unable:
            return Notice(f"{path} was left out: {result.unable}")
        return self._fixed(case, path, forget_fixed)

    def _not_for_this_target(self, case: Case) -> str | None:
        if self.terms.remote and case.plan.needs_process:
            return "it needs the target's process"
        return unsuited(case, self.terms.profile)

    def _told_again(self, result: ReplayResult, path: Path) -> Failure:
        self.triage.note(result.case.plan, result.seen)
        self.failures += 1
        return Failure(
            case=result.case,
            findings=tuple(result.seen.findings),
            trace=result.seen.trace,
            path=path,
            earlier=True,
            output=result.seen.output,
        )

    def _fixed(self, case: Case, path: Path, forget: bool) -> Fixed:
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget and not path.exists())

    # --- the search -----------------------------------------------------------------------------

    def go_on(
        self,
        sessions: int | None,
        seconds: float | None,
        stop: Callable[[], bool],
        most_failures: int | None,
    ) -> Generator[FuzzEvent, None, str]:
        """Search until the budget is used up; returns why it ended."""
        ends = None if seconds is None else time.monotonic() + seconds
        known = refused = 0
        for plan in plans(self.seed, self.terms, sessions, self._most):
            if stop():
                return "stopped"
            if ends is not None and time.monotonic() >= ends:
                return "time"
            if most_failures is not None and self.failures >= most_failures:
                return "failures"
            seen = self._perform(plan)
            if self.attempts.unable:
                self.unable = self.attempts.unable
                return "unable"
            if (now := time.monotonic()) - self._told >= TELL_EVERY:
                self._told = now
                self.fleet.confirm()
                yield FuzzProgress(self.stats(), "search")
            if not seen.findings:
                known = refused = 0
                continue
            if all(f.kind is Kind.REFUSED for f in seen.findings):
                refused += 1
                if refused < REFUSALS:
                    continue
            failure = None
            if not self.triage.is_known(seen):
                yield FuzzProgress(self.stats(), "shrink")
                failure = self.triage.examine(seen, self._history[:-1], self._sessions)
                self._expect_less(failure)
            self._start_over()
            if failure is None and seen.turned_away:
                yield from self._beware(seen)
            elif failure is not None:
                known = 0
                self.failures += 1
                yield from _told(failure)
            else:
                known += 1
                if known >= KNOWN_IN_A_ROW:
                    return "same failures"
        return "sessions"

    def _most(self) -> int | None:
        """Sessions of the next plan, where so many as usual may meet a limit on connections."""
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
                f"the target turned a client away after {seen.connections} connections, as one "
                f"that limits them: {then}; see --rate."
            )

    def _perform(self, plan: Plan) -> Seen:
        if self.turned_away is not None and self.fleet.keeper is not None:
            self._leave_room_for(plan)
        seen = self.attempts.once(plan)
        self._count(seen)
        self._history = [*self._history[1 - HISTORY :], plan]
        return seen

    def _leave_room_for(self, plan: Plan) -> None:
        """A fresh instance, where the one in use has had so many clients that a limit is near."""
        if self.fleet.connections + limits.connects(plan) >= MANY:
            self._start_over()

    def _count(self, seen: Seen) -> None:
        if seen.trace.slow is not None and not seen.findings:
            return  # it was left unfinished, which proves nothing
        self._plans += 1
        self._sessions += len(seen.plan.scripts)
        self._bytes += sum(script.sent for script in seen.trace.scripts)

    def _expect_less(self, failure: Failure | None) -> None:
        """Once it is known that the target hangs, it is not waited for as long again."""
        if failure is not None and liveness(list(failure.findings)):
            shorter = self.attempts.patience / 2
            self.attempts.patience = max(min(LEAST_PATIENCE, self._patience), shorter)

    def _start_over(self) -> None:
        self.triage.done()
        self._history = []
        self.attempts.fresh = False
        with contextlib.suppress(TargetProblem):
            self.attempts.freshen()
