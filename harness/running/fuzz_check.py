"""The fuzzer as one check of a run, ``fuzz/plans``."""

from __future__ import annotations

import datetime
import math
import shlex
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from harness import driver, fuzzer
from harness.constants import gather
from harness.contract.catalogue import FUZZ
from harness.diagnosis import Evidence, diagnose
from harness.diagnosis.evidence import Answers, AnyEvidence
from harness.errors import EchoHarnessError, UsageProblem, WrongTarget
from harness.fuzzer.decisive import decisive
from harness.fuzzer.spread import instances_of
from harness.host.halting import Halted
from harness.running.lane import Lane
from harness.running.results import OUT_OF_TIME, Shown, result_of, undecided
from harness.settings.run import Budget, Settings
from harness.text.clean import plural
from harness.values.dictionary import AUTO, Dictionary
from harness.values.effort import Effort
from harness.values.events import Event, FuzzProgress, Notice
from harness.values.report import FuzzStats
from harness.values.trace import Trace
from harness.values.verdict import Profile, Result, Status

MOST_SECONDS = 8.0
"""Seconds of searching in ``check``: a target that hangs in every plan must not take all day."""
THOROUGH_SECONDS = 400.0
"""The same at thorough effort: 100,000 sessions of a server in Python take some 80."""
MOST_SECONDS_ONE_SHOT = 3.0
"""The same for targets that are launched for each session, one after another: 200 of them would
take half a minute."""
SHRINK_SECONDS = 4.0
CUT_SHORT = ("stopped", "interrupted")
"""Reasons why a search may end too early to prove anything."""
MOST_BUGS = 2
"""Different bugs after which the search in ``check`` ends: mend those first."""


IF_BROKEN = Budget(sessions=None, seconds=2.0, shrink_seconds=0.5, most_bugs=1, most_patience=1.0)
"""For ``check`` once another check has failed: the verdict is known then."""


class FuzzWork:
    """The search, its failures and the result that they add up to."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        budget: Budget | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        broken: Callable[[], bool] = lambda: False,
    ) -> None:
        self.settings = settings
        self.profile = profile
        self.stop = stop
        self.broken = broken
        self._given = budget or settings.budget
        self.stats: FuzzStats | None = None
        self._one_by_one = profile is Profile.ONE_SHOT
        """Each session waits for a launch, and no two launches run side by side."""

    @cached_property
    def dictionary(self) -> Dictionary:
        """The constants that steer the search.  Raises UsageProblem when a file is gone by now."""
        return gather.chosen(self.settings.dictionary, self.settings.target)

    @property
    def budget(self) -> Budget:
        """The budget that was asked for; in ``check`` a short one, and shorter once a check has
        failed."""
        if self._given is not None:
            return self._given
        if self.broken():
            return msgspec.structs.replace(IF_BROKEN, sessions=self.settings.fuzz)
        return Budget(
            sessions=self.settings.fuzz,
            seconds=self._most_seconds,
            shrink_seconds=SHRINK_SECONDS,
            most_bugs=MOST_BUGS,
        )

    @property
    def _most_seconds(self) -> float:
        if self.settings.effort is Effort.THOROUGH:
            return THOROUGH_SECONDS / (4 if self.profile is Profile.ONE_SHOT else 1)
        return MOST_SECONDS_ONE_SHOT if self._one_by_one else MOST_SECONDS

    def perform(self, lane: Lane, tell: Callable[[Event], None]) -> Result:
        """Fuzz the target of ``lane``.  Whatever the target does, this returns.

        Raises WrongTarget when it was somebody else.
        """
        if instances_of(lane.fleet, lane.rate) > 1:
            self._one_by_one = False
        budget = self.budget
        if self._given is None:
            if lane.patience.is_over:
                return undecided(FUZZ, OUT_OF_TIME)
            budget = msgspec.structs.replace(
                budget, seconds=min(budget.seconds or math.inf, lane.patience.left)
            )
        failures: list[fuzzer.Failure[Any, Any]] = []
        summary: fuzzer.FuzzSummary | None = None
        try:
            with lane.ear.during(FUZZ.id):
                for event in self._events(lane, budget, failures, tell):
                    if isinstance(event, fuzzer.Failure):
                        failures.append(event)
                    elif isinstance(event, fuzzer.FuzzSummary):
                        summary = event
                    elif isinstance(event, fuzzer.Fixed):
                        tell(_fixed(event))
                    elif isinstance(event, FuzzProgress | Notice):
                        tell(event)
        except WrongTarget:
            raise
        except EchoHarnessError as problem:
            if not failures:
                return undecided(FUZZ, str(problem))
        self.stats = summary.stats if summary else None
        return self._result(lane, failures, summary)

    def _events(
        self,
        lane: Lane,
        budget: Budget,
        failures: list[fuzzer.Failure[Any, Any]],
        tell: Callable[[Event], None],
    ) -> Iterator[fuzzer.FuzzEvent]:
        """The search on the target of ``lane``; ``failures``: those that it has found so far."""
        lane.fleet.refresh()
        return self.search(
            lane.fleet,
            self.task(lane, budget),
            self._corpus(tell),
            stop=lambda: self.stop() or self.enough(len(failures)),
            shrink_seconds=lambda: self.budget.shrink_seconds,
        )

    def task(self, lane: Lane, budget: Budget) -> fuzzer.Task:
        """What the fuzzer is to do on the target of ``lane``."""
        return fuzzer.Task(
            profile=self.profile,
            seed=self.settings.seed,
            patience=min(lane.patience.seconds, budget.most_patience),
            bounds=fuzzer.Bounds(budget.sessions, budget.seconds, budget.most_bugs),
            rate=lane.rate,
            remote=self.settings.target.connect is not None,
            forget_fixed=budget.forget_fixed,
            dictionary=self.dictionary,
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )

    def _corpus(self, tell: Callable[[Event], None]) -> fuzzer.Corpus | None:
        """The corpus of this target; None, with a notice, where there can be none."""
        settings = self.settings
        root = Path(settings.corpus or fuzzer.CORPUS)
        try:
            return fuzzer.corpus_of(settings.target, settings.label, root)
        except UsageProblem as problem:
            tell(Notice(f"No case is kept or tried: {problem}"))
            return None

    def enough(self, failures: int) -> bool:
        """Whether so many bugs are enough in ``check``: fewer are, once another check has
        failed."""
        most = self.budget.most_bugs if self._given is None else None
        return most is not None and failures >= most

    def _result(
        self,
        lane: Lane,
        failures: list[fuzzer.Failure[Any, Any]],
        summary: fuzzer.FuzzSummary | None,
    ) -> Result:
        return self.failed(lane, failures) if failures else self.without_failures(summary)

    @staticmethod
    def without_failures(summary: fuzzer.FuzzSummary | None) -> Result:
        """The result of a search that found nothing."""
        if summary is None or summary.unable:
            reason = summary.unable if summary and summary.unable else "the search was ended"
            return undecided(FUZZ, reason)
        stats = summary.stats
        text = f"{stats.sessions:,} sessions, {stats.bytes:,} bytes, seed {stats.seed}"
        if summary.reason in CUT_SHORT:
            text = f"{summary.reason} after {text}"
            return undecided(FUZZ, text)
        if not stats.sessions:
            return undecided(FUZZ, "no plan was performed")
        if summary.turned_away is not None:
            text += (
                f"; it turned a client away after {summary.turned_away:,} connections, as one that "
                "limits them, so there were fewer at a time from then on"
            )
        if summary.unconfirmed:
            hung = plural(summary.unconfirmed, "plan")
            text += f"; {hung} hung once and passed when tried again"
            return result_of(FUZZ, Status.FLAKY, text)
        return result_of(FUZZ, Status.PASSED, text)

    def failed(self, lane: Lane, failures: list[fuzzer.Failure[Any, Any]]) -> Result:
        """The result where there are ``failures``."""
        first = failures[0]
        case = str(first.path) if first.path is not None else None
        rate = first.case.rate
        parts = [first.findings[0].message, f"(shows in {rate.failed} of {rate.of} runs)"]
        if len(failures) > 1:
            others = ", ".join(str(f.path) for f in failures[1:] if f.path is not None)
            more = plural(len(failures) - 1, "other bug")
            parts.append(f"and {more}{': ' if others else ''}{others}")
        # What shows only now and then was not made smaller: what is left in it may be chance.
        if rate.failed == rate.of and (told := decisive(first.case.plan, self.dictionary)):
            parts.append(f"({'; '.join(told)})")
        evidence = self.evidence(lane, first)
        lane.casebook.keep(evidence)
        shown = Shown(
            findings=tuple(finding for failure in failures for finding in failure.findings[:1]),
            trace=first.trace,
            output=first.output,
            diagnosis=diagnose(evidence),
            capture=lane.captured(FUZZ.id, lambda: self.again(lane, first)),
            case=case,
            repeat=self._repeat(case),
        )
        return result_of(FUZZ, Status.FAILED, " ".join(parts), shown)

    # --- what another sort of server would have otherwise ---------------------------------------

    search: ClassVar[Callable[..., Iterator[fuzzer.FuzzEvent]]] = staticmethod(fuzzer.run)
    """As `harness.fuzzer.run`."""
    perform_plan: ClassVar[Callable[..., object]] = staticmethod(driver.perform)
    """As `harness.driver.perform`."""

    def evidence(self, lane: Lane, first: fuzzer.Failure[Any, Any]) -> AnyEvidence:
        """What is known of the failure that is explained."""
        assert isinstance(first.case, fuzzer.Case)
        assert isinstance(first.trace, Trace)
        return Evidence(
            check_id=FUZZ.id,
            hint="",
            profile=self.profile,
            plan=first.case.plan,
            trace=first.trace,
            findings=first.findings,
            experiments=self._experiments(lane, first),
            output=first.output,
        )

    def again(self, lane: Lane, failure: fuzzer.Failure[Any, Any]) -> None:
        """Perform the plan of ``failure`` once more."""
        lane.fleet.refresh()
        manner = driver.Manner(patience=lane.patience.seconds, rate=lane.rate)
        self.perform_plan(failure.case.plan, lane.fleet, manner)

    def _experiments(self, lane: Lane, failure: fuzzer.Failure[Any, Any]) -> Answers:
        """What more the target shows; nothing when the run is given up."""
        try:
            return lane.patience.experiments.answers(
                lane.fleet, list(failure.findings), min(lane.patience.seconds, 1.0), lane.rate
            )
        except Halted:
            return Answers.UNKNOWN

    def _repeat(self, case: str | None) -> str:
        words = ["echo-harness", "replay", case or ""]
        if case is None:  # not saved, but the same search finds it again
            words = ["echo-harness", "fuzz", "--seed", str(self.settings.seed)]
            if (sessions := self.budget.sessions) is not None:
                words += ["--sessions", str(sessions)]
            if self.settings.dictionary != AUTO:
                words += ["--dictionary", self.settings.dictionary]
        return shlex.join([*words, *self.settings.repeat_with])


def _fixed(event: fuzzer.Fixed) -> Notice:
    end = "it was removed" if event.removed else "remove it with --forget-fixed"
    return Notice(f"{event.path} failed earlier and passes now; {end}.")
