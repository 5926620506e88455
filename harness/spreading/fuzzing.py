"""A fuzz run that is spread over a crew: a generator of events, as any run is.

Earlier cases come first, then one search after another, each by a seed of its own.  What fails is
looked into by whoever is free.  A worker that is gone loses nothing: its task is done again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from harness._version import __version__
from harness.contract.catalogue import FUZZ, FUZZ_ID
from harness.errors import EchoHarnessError
from harness.fuzzer.datagrams.case import load_any
from harness.fuzzer.events import FuzzSummary
from harness.fuzzer.run import KNOWN_IN_A_ROW
from harness.fuzzer.sorts import bug_of
from harness.host.environment import look
from harness.running.fuzz_check import CUT_SHORT
from harness.running.record import Record
from harness.settings.run import Budget, Settings
from harness.spreading import earlier
from harness.spreading.coverage import Coverage, InOrder
from harness.spreading.crew import Crew, News
from harness.spreading.findings import Findings
from harness.spreading.judging import GLANCE, place
from harness.spreading.problems import raise_for
from harness.spreading.ranges import Question, Range, Sorter, Total, ranges
from harness.spreading.tasks import (
    Examine,
    Examined,
    Search,
    Searched,
    Task,
    Tried,
    Working,
    in_cell,
    packed,
)
from harness.spreading.wire import sent
from harness.values import events as e
from harness.values.address import Transport
from harness.values.report import Report
from harness.values.verdict import Profile, Status

AHEAD = 2
"""Searches for each worker that are asked for: one that is done, one that waits."""
LEAST_SECONDS = 0.5
"""Of a search by time: with less it would end before it began."""
TOLD_AT_ONCE = 3
"""Failures that are told of before they are looked into."""


class Fuzzing:
    """One spread fuzz run.  ``asked``: whether the user wants it to end."""

    def __init__(
        self, settings: Settings, crew: Crew, asked: Callable[[], bool] = lambda: False
    ) -> None:
        assert settings.budget is not None, "a fuzz run has a budget"
        self._settings = settings
        self._budget: Budget = settings.budget
        self._crew = crew
        self._asked = asked
        self._place = place()
        self._began = time.monotonic()
        self._ends = math.inf
        """When no search begins any more; time counts from the first one, as with one process."""
        self._record = Record(settings, [FUZZ_ID])
        self._total = Total(settings.seed)
        self._sorter = Sorter()
        self._findings = Findings(settings)
        self._profile = settings.profile or Profile.SEQUENTIAL
        self._count = 0
        self._open: dict[int, Range | Question | str] = {}
        """What is asked and not answered: a search, a failure to look into, the path of a case."""
        self._searches: InOrder[Searched | None] = InOrder()
        self._coverage = Coverage(settings.seed, self._budget)
        self._told = 0
        self._in_a_row = 0
        """Plans that failed one after another and showed nothing new."""
        self._over = ""
        """Why no further search begins."""

    def events(self) -> Iterator[e.Event]:
        """The last is always RunFinished."""
        started, problem = datetime.now(UTC), None
        yield e.RunStarted(self._settings.target.shown, self._settings.seed, 1, __version__)
        try:
            first = self._first_look()
            if first is None or first.problem is not None:
                yield e.RunFinished(first or self._report(started))
                return
            yield from self._search(first)
        except KeyboardInterrupt:
            self._record.interrupted = True
        except EchoHarnessError as error:
            problem = error
        yield from self._result(ended_early=self._record.interrupted or problem is not None)
        if problem is not None:  # which makes a target untestable only if nothing is known of it
            self._record.add_problem(problem)
        yield e.RunFinished(self._report(started))

    def _report(self, started: datetime) -> Report:
        return self._record.report(time.monotonic() - self._began, look(started))

    def _result(self, *, ended_early: bool) -> Iterator[e.Event]:
        seconds = time.monotonic() - self._began
        for searched in self._searches.rest():
            self._weigh(searched)
        if ended_early and (covered := self._coverage.words(self._profile)):
            yield self._record.note(covered)
        for suspect in self._sorter.left():
            self._findings.unexamined(suspect, self._profile)
        stats = self._total.stats(seconds, len(self._findings))
        self._record.fuzz = stats
        reason = "interrupted" if self._record.interrupted else self._over
        turned_away = self._total.turned_away
        summary = FuzzSummary(
            stats, reason, unconfirmed=self._sorter.unconfirmed, turned_away=turned_away
        )
        if stats.sessions or len(self._findings):
            result = self._record.add(self._findings.result(summary))
            self._record.explained(self._findings.explanation())
            yield e.CheckFinished(result)

    # --- the phases -----------------------------------------------------------------------------

    def _first_look(self) -> Report | None:
        """Whether the target can be tested, and its profile: a search of no plan.  None: it was
        interrupted."""
        self._ask(Search(sent(self._for(self._settings.seed, 0)), self._place), "")
        while True:
            self._look_around()
            for news in self._crew.news(GLANCE):
                self._open.clear()
                if isinstance(news.told, Searched):
                    return news.told.report
                raise_for(news.told)
                return None

    def _search(self, first: Report) -> Iterator[e.Event]:
        self._record.target = first.target
        self._profile = first.target.profile or Profile.SEQUENTIAL
        self._settings = msgspec.structs.replace(self._settings, profile=self._profile)
        yield e.TargetReady(first.target)
        yield e.CheckStarted(FUZZ_ID, FUZZ.level, 1, 1)
        yield from self._try_earlier()
        coming = ranges(self._settings.seed, self._budget, self._profile)
        if self._budget.seconds is not None:
            self._ends = time.monotonic() + self._budget.seconds
        while True:
            self._look_around()
            self._send(coming)
            if not self._open:
                return
            yield from self._listen()

    def _try_earlier(self) -> Iterator[e.Event]:
        """All of them, before anything else: what they show is known then."""
        corpus = self._findings.corpus
        if corpus is None:
            yield self._record.note(self._findings.no_corpus)
            return
        promised = self._profile, self._record.target.transport or Transport.TCP
        for found in earlier.tasks(corpus, self._settings, promised, self._place):
            if isinstance(found, str):
                yield self._record.note(found)
            else:
                self._ask(found, found.path)
        while self._open:
            self._look_around()
            yield from self._listen()

    # --- what is asked --------------------------------------------------------------------------

    def _ask(self, task: Task, what: Range | Question | str, *, soon: bool = False) -> None:
        self._open[self._count] = what
        cell = in_cell(self._settings)
        self._crew.put(self._count, packed(task), cell=cell, soon=soon)
        self._count += 1

    def _for(self, seed: int, sessions: int) -> Settings:
        """The settings of one search."""
        left = self._seconds_left()
        seconds = None if left == math.inf else max(LEAST_SECONDS, left)
        budget = msgspec.structs.replace(self._budget, sessions=sessions, seconds=seconds)
        return msgspec.structs.replace(self._settings, seed=seed, budget=budget)

    def _seconds_left(self) -> float:
        return self._ends - time.monotonic()

    def _send(self, coming: Iterator[Range]) -> None:
        """Have what failed looked into, and as many searches under way as workers, and more."""
        self._send_questions()
        searches = sum(isinstance(what, Range) for what in self._open.values())
        for _ in range(AHEAD * self._crew.workers - searches):
            if self._over:
                return
            if (part := next(coming, None)) is None:
                self._over = "sessions"
                return
            self._coverage.begins(part)
            self._ask(Search(sent(self._for(part.seed, part.sessions)), self._place), part)

    def _send_questions(self) -> None:
        while not self._record.interrupted and self._sorter.open < self._crew.workers:
            if (question := self._sorter.ask()) is None:
                return
            settings = msgspec.structs.replace(self._settings, seed=question.suspect.seed)
            task = Examine(sent(settings), self._place, question.suspect)
            self._ask(task, question, soon=True)

    def _look_around(self) -> None:
        """Notice that the user wants an end, or that the time is over."""
        if not self._record.interrupted and self._asked():
            self._record.interrupted = True
            self._over = self._over or "interrupted"
            self._crew.give_up()
        if not self._over and self._seconds_left() <= 0:
            self._over = "time"

    # --- what is told ---------------------------------------------------------------------------

    def _listen(self) -> Iterator[e.Event]:
        for news in self._crew.news(GLANCE):
            yield from self._hear(news)
        phase = "shrink" if self._sorter.open else "search"
        seconds = time.monotonic() - self._began
        yield e.FuzzProgress(self._total.stats(seconds, len(self._findings)), phase)

    def _hear(self, news: News) -> Iterator[e.Event]:
        what, told = self._open[news.number], news.told
        if isinstance(told, Working):
            yield from self._goes_on(what, told)
            return
        del self._open[news.number]
        raise_for(news.told)
        match what:
            case Range():
                self._searched(what, told if isinstance(told, Searched) else None)
            case Question():
                if isinstance(told, Examined):
                    for new in self._sorter.answered(what.number, told):
                        yield e.Notice(self._findings.new(new))
            case str():
                if isinstance(told, Tried):
                    yield from self._tried(told.report, what)

    def _goes_on(self, what: object, told: Working) -> Iterator[e.Event]:
        if isinstance(what, Range):
            self._total.note(what.number, told.stats)
            if told.suspect is not None and self._told < TOLD_AT_ONCE:
                self._told += 1
                message = told.suspect.findings[0].message
                yield e.Notice(f"seed {told.suspect.seed}: {message}; it is looked into")

    def _searched(self, part: Range, told: Searched | None) -> None:
        if told is None or told.summary is None:
            self._total.forget(part.number)
        else:
            self._total.ended(part.number, told.summary)
            self._coverage.searched(part, whole=told.summary.reason not in CUT_SHORT)
        for searched in self._searches.take(part.number, told):
            self._weigh(searched)

    def _weigh(self, searched: Searched | None) -> None:
        if searched is None:
            return
        for text in searched.report.notices:
            if text not in self._record.notices:
                self._record.notices.append(text)
        fresh = self._sorter.take(searched.suspects)
        if (summary := searched.summary) is not None:
            throughout = summary.in_a_row >= summary.stats.plans
            self._in_a_row = summary.in_a_row + (self._in_a_row if throughout else 0)
        if fresh:
            self._in_a_row = 0
        if self._in_a_row >= KNOWN_IN_A_ROW:
            self._over = self._over or "same failures"

    def _tried(self, report: Report, path: str) -> Iterator[e.Event]:
        """What has become of a case of an earlier run."""
        result = report.checks[0] if report.checks else None
        if result is None or report.interrupted:
            return
        if result.status is Status.FAILED:
            self._findings.earlier(report)
            self._sorter.known(bug_of(load_any(Path(path)), result.findings[0]))
        elif result.status is Status.PASSED:
            forget = self._budget.forget_fixed
            yield self._record.note(earlier.fixed(Path(path), forget=forget))
        else:
            yield self._record.note(f"{path} was left out: {result.summary}")
