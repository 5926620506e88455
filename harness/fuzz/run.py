"""A fuzz run: earlier cases, the search, and for each new bug a case.  A generator of events."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from msgspec import Struct

from harness import plan as p
from harness.errors import TargetProblem, UsageProblem
from harness.events import FuzzProgress, Notice
from harness.fuzz import case as cases
from harness.fuzz.attempts import BYTES, Attempts, Seen, liveness
from harness.fuzz.bugs import Bug, bug_of, needs_of
from harness.fuzz.case import Case, Rate
from harness.fuzz.examine import Confirmed, Examiner
from harness.fuzz.replay import ReplayResult, replay
from harness.fuzz.scenes import Terms
from harness.fuzz.search import plans
from harness.plan import Plan
from harness.report.model import FuzzStats
from harness.target.fleet import Fleet
from harness.trace import Trace
from harness.verdict import Finding, Kind, Profile

TELL_EVERY = 0.2
"""Seconds between two events of progress."""
SHRINK_SECONDS = 10.0
HISTORY = 80
"""Plans since the last launch that are performed again when the last alone shows nothing."""
KNOWN_IN_A_ROW = 30
"""Plans that fail one after another with nothing new: then every plan does, and it is enough."""
TWINS = 4
"""Shrunk failures that turn out to be a known bug; after those, the raw kind is proof enough."""
REFUSALS = 3
LEAST_PATIENCE = 0.3


class Failure(Struct, frozen=True):
    """A bug, as small as it could be made."""

    case: Case
    findings: tuple[Finding, ...]
    trace: Trace
    path: Path | None = None
    """Where the case was saved."""
    earlier: bool = False
    """It comes from the corpus, and fails still."""
    shrunk_from: tuple[int, int] = (0, 0)
    """Sessions and bytes of the plan in which it was found."""
    attempts: int = 0
    seconds: float = 0.0
    """Spent on confirming and shrinking."""


class Fixed(Struct, frozen=True):
    """An earlier case that passes now."""

    case: Case
    path: Path
    removed: bool


class FuzzSummary(Struct, frozen=True):
    """The last event of every run."""

    stats: FuzzStats
    reason: str
    """Why it ended: ``sessions``, ``time``, ``stopped``, ``failures``, ``same failures``,
    ``interrupted``, ``unable``."""
    unable: str | None = None
    """What kept the harness from going on; then nothing may be concluded from silence."""
    unconfirmed: int = 0
    """Plans on which the target hung once and never again."""


FuzzEvent = FuzzProgress | Notice | Failure | Fixed | FuzzSummary


def run(
    fleet: Fleet,
    profile: Profile,
    *,
    seed: int,
    sessions: int | None = None,
    seconds: float | None = None,
    patience: float,
    rate: float | None = None,
    corpus: Path | None = None,
    remote: bool = False,
    stop: Callable[[], bool] = lambda: False,
    forget_fixed: bool = False,
    shrink_seconds: float = SHRINK_SECONDS,
    most_failures: int | None = None,
    created: str | None = None,
) -> Iterator[FuzzEvent]:
    """Fuzz the target of ``fleet`` until ``sessions`` or ``seconds`` are used up.

    ``patience``: seconds without progress.  ``rate``: the most new connections a second.
    ``corpus``: where cases are kept; None keeps none.  ``remote``: the target's process cannot be
    touched.  ``stop``: asked between plans.  ``forget_fixed``: remove cases that pass now.
    ``shrink_seconds``: for each failure, beyond ``seconds``.  ``most_failures``: end after so many
    different bugs.  ``created``: date and time to be written into cases.

    The last event is always a FuzzSummary, also after KeyboardInterrupt.  Raises TargetProblem
    when the target cannot be launched, UsageProblem when the corpus cannot be written.
    """
    search = Search(fleet, Terms(profile, remote), seed, patience, rate, corpus)
    search.shrink_seconds = shrink_seconds
    search.created = created
    reason = "interrupted"
    gc.freeze()  # thousands of plans come and go: what is there already is not to be walked through
    try:
        if corpus is not None:
            yield from search.earlier(forget_fixed=forget_fixed)
        reason = yield from search.go_on(sessions, seconds, stop, most_failures)
    except KeyboardInterrupt:
        if (failure := search.rescue()) is not None:
            yield failure
    finally:
        gc.unfreeze()
    yield FuzzSummary(search.stats(), reason, search.unable, search.unconfirmed)


class Search:
    """One run under way."""

    def __init__(
        self,
        fleet: Fleet,
        terms: Terms,
        seed: int,
        patience: float,
        rate: float | None,
        corpus: Path | None,
    ) -> None:
        self.fleet = fleet
        self.terms = terms
        self.seed = seed
        self.corpus = corpus
        self.attempts = Attempts(fleet, terms.profile, patience=patience, rate=rate)
        self.attempts.fresh = False
        self.shrink_seconds = SHRINK_SECONDS
        self.created: str | None = None
        self.unable: str | None = None
        self.unconfirmed = 0
        self._patience = patience
        self._began = time.monotonic()
        self._told = 0.0
        self._sessions = self._plans = self._bytes = self._failures = 0
        self._bugs: set[Bug] = set()
        self._raw: set[Bug] = set()
        self._kinds: set[tuple[str, str]] = set()
        self._twins = 0
        self._history: list[Plan] = []
        self._examiner: Examiner | None = None

    def stats(self) -> FuzzStats:
        return FuzzStats(
            seed=self.seed,
            sessions=self._sessions,
            plans=self._plans,
            bytes=self._bytes,
            duration_s=round(time.monotonic() - self._began, 3),
            failures=self._failures,
        )

    # --- earlier cases --------------------------------------------------------------------------

    def earlier(self, *, forget_fixed: bool) -> Iterator[FuzzEvent]:
        """Try the cases of the corpus."""
        assert self.corpus is not None
        for path in cases.corpus(self.corpus):
            yield FuzzProgress(self.stats(), "corpus")
            try:
                case = cases.load(path)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            if reason := self._not_for_this_target(case):
                yield Notice(f"{path} was left out: {reason}")
                continue
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
            yield (
                self._told_again(result, path)
                if result.failed
                else self._fixed(case, path, forget_fixed)
            )

    def _not_for_this_target(self, case: Case) -> str | None:
        if self.terms.remote and case.plan.needs_process:
            return "it needs the target's process"
        if case.plan.needs_concurrency and not self.terms.several:
            return f"it needs a concurrent target, and this one is {self.terms.profile}"
        if case.profile is not self.terms.profile and Profile.ONE_SHOT in (
            case.profile,
            self.terms.profile,
        ):
            return f"it was found on a {case.profile} target, and this one is {self.terms.profile}"
        return None

    def _told_again(self, result: ReplayResult, path: Path) -> Failure:
        finding = result.seen.findings[0]
        bug = bug_of(result.case.plan, finding)
        self._bugs.add(bug)
        self._kinds.add((bug.breach, bug.ending))
        self._failures += 1
        return Failure(
            case=result.case,
            findings=tuple(result.seen.findings),
            trace=result.seen.trace,
            path=path,
            earlier=True,
        )

    def _fixed(self, case: Case, path: Path, forget: bool) -> Fixed:
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget)

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
        for plan in plans(self.seed, self.terms, sessions):
            if stop():
                return "stopped"
            if ends is not None and time.monotonic() >= ends:
                return "time"
            if most_failures is not None and self._failures >= most_failures:
                return "failures"
            seen = self._perform(plan)
            if self.attempts.unable:
                self.unable = self.attempts.unable
                return "unable"
            if (now := time.monotonic()) - self._told >= TELL_EVERY:
                self._told = now
                yield FuzzProgress(self.stats(), "search")
            if not seen.findings:
                known = refused = 0
                continue
            if all(f.kind is Kind.REFUSED for f in seen.findings):
                refused += 1
                if refused < REFUSALS:
                    continue
            failure = None
            if not self._is_known(seen):
                yield FuzzProgress(self.stats(), "shrink")
                failure = self._examine(seen)
            self._start_over()
            if failure is not None:
                known = 0
                self._failures += 1
                yield failure
            else:
                known += 1
                if known >= KNOWN_IN_A_ROW:
                    return "same failures"
        return "sessions"

    def _perform(self, plan: Plan) -> Seen:
        seen = self.attempts.once(plan)
        self._count(seen)
        self._history = [*self._history[1 - HISTORY :], plan]
        return seen

    def _count(self, seen: Seen) -> None:
        self._plans += 1
        self._sessions += len(seen.plan.scripts)
        self._bytes += sum(script.sent for script in seen.trace.scripts)

    def _start_over(self) -> None:
        self._examiner = None
        self._history = []
        self.attempts.fresh = False
        with contextlib.suppress(TargetProblem):
            self.attempts.freshen()

    # --- a failure ------------------------------------------------------------------------------

    def _is_known(self, seen: Seen) -> bool:
        """Whether it looks like what was reported, before any work is spent on it."""
        raw = _raw_bug(seen)
        if raw in self._raw:
            return True
        return self._twins >= TWINS and (raw.breach, raw.ending) in self._kinds

    def _examine(self, seen: Seen) -> Failure | None:
        """Confirm and shrink; None when it does not show again, or is a bug that is known."""
        began = time.monotonic()
        raw = _raw_bug(seen)
        self._raw.add(raw)
        history, self._history = self._history[:-1], []
        self._examiner = examiner = Examiner(self._with_patience(), seconds=self.shrink_seconds)
        confirmed = self._confirmed(examiner, seen, history)
        if confirmed is None:
            self.unconfirmed += 1
            return None
        small = confirmed.seen
        bug = bug_of(small.plan, small.findings[0])
        self._kinds |= {(raw.breach, raw.ending), (bug.breach, bug.ending)}
        if liveness(small.findings):
            self.attempts.patience = max(
                min(LEAST_PATIENCE, self._patience), self.attempts.patience / 2
            )
        if bug in self._bugs:
            self._twins += 1
            return None
        self._bugs.add(bug)
        return self._failure(
            small, confirmed.rate, seen, confirmed.attempts, time.monotonic() - began
        )

    def _with_patience(self) -> Attempts:
        attempts = Attempts(
            self.fleet, self.terms.profile, patience=self._patience, rate=self.attempts.rate
        )
        attempts.fresh = False
        return attempts

    def _confirmed(self, examiner: Examiner, seen: Seen, history: list[Plan]) -> Confirmed | None:
        again = examiner.confirm(seen, history)
        if again is not None:
            return examiner.shrink(again)
        if liveness(seen.findings):
            return None
        # A wrong byte is a wrong byte, though it was seen only once.
        return Confirmed(seen, Rate(failed=1, of=examiner.tried + 1), 0, False)

    def _failure(
        self, small: Seen, rate: Rate, first: Seen, attempts: int, seconds: float
    ) -> Failure:
        case = Case(
            profile=self.terms.profile,
            seed=self.seed,
            found_after=self._sessions,
            created=self.created,
            findings=tuple(small.findings),
            decides=needs_of(small.plan),
            rate=rate,
            plan=small.plan,
        )
        return Failure(
            case=case,
            findings=case.findings,
            trace=small.trace,
            path=cases.save(case, self.corpus) if self.corpus is not None else None,
            shrunk_from=(len(first.plan.scripts), bytes_of(first.plan)),
            attempts=attempts,
            seconds=round(seconds, 3),
        )

    def rescue(self) -> Failure | None:
        """After an interruption: the failure that was being examined, as small as it is by now."""
        if self._examiner is None or self._examiner.best is None:
            return None
        best = self._examiner.best
        self._failures += 1
        return self._failure(best, Rate(failed=1, of=1), best, 0, 0.0)


def _raw_bug(seen: Seen) -> Bug:
    """What a failure looks like before it is shrunk: only the script that is accused counts."""
    finding = seen.findings[0]
    scripts = seen.plan.scripts
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
