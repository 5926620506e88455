"""The tasks of a fuzz run, in the process that does them: a search, a plan looked into, a case.

Each launches a target of its own, so what it finds depends on nothing but the task.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from harness import fuzzer
from harness.contract.catalogue import FUZZ, FUZZ_ID
from harness.errors import EchoHarnessError
from harness.fuzzer.collect import look_into as look_into_streams
from harness.fuzzer.datagrams.case import loads_any
from harness.fuzzer.datagrams.collect import DatagramSuspect
from harness.fuzzer.datagrams.collect import look_into as look_into_datagrams
from harness.fuzzer.datagrams.run import gather as gather_datagrams
from harness.fuzzer.run import gather as gather_streams
from harness.fuzzer.sorts import bug_of
from harness.launcher.fleet import Fleet
from harness.running.engine import Run
from harness.running.fleets import Fleets
from harness.running.fuzz_check import FuzzWork
from harness.running.lane import Lane
from harness.running.preparing import Ready
from harness.running.replaying import replay
from harness.running.results import undecided
from harness.running.searches import search_of
from harness.settings.run import Budget, Settings
from harness.spreading.runs import failed
from harness.spreading.tasks import (
    Again,
    Answer,
    AnySuspect,
    Examine,
    Examined,
    Search,
    Searched,
    Told,
    Tried,
    Working,
)
from harness.values.address import Transport
from harness.values.events import (
    CheckFinished,
    CheckStarted,
    Event,
    FuzzProgress,
    Notice,
    report_of,
)
from harness.values.report import FuzzStats

Asked = Callable[[], bool]
TELL_EVERY = 0.5
"""Seconds between two messages about how far a search is."""
SHRINK_SECONDS = 30.0
"""For each failure: so much that what it comes to does not depend on how busy the machine is."""
SHRINK = Budget(sessions=None, seconds=None, shrink_seconds=SHRINK_SECONDS, most_bugs=None)


def unable(task: Search | Examine | Again, problem: EchoHarnessError) -> Answer:
    """The answer to a task that cannot be begun."""
    report = failed(task.settings, problem)
    match task:
        case Search():
            return Searched(report)
        case Examine():
            return Examined(report)
        case Again():
            return Tried(report)


class _One(Run):
    """A run that does one thing with the fuzzer, on the first lane."""

    def __init__(self, settings: Settings, asked: Asked) -> None:
        super().__init__(settings, [FUZZ_ID], asked)

    def _judge(self, fleets: Fleets) -> Iterator[Event]:
        ready = yield from self.prepare(fleets)
        yield CheckStarted(FUZZ_ID, FUZZ.level, 1, 1)
        lane = fleets.lanes(ready.patience, self.record.repeat, self.casebook)[0]()
        lane.fleet.refresh()
        sort = search_of(ready.context.transport)
        work = sort(self.settings, ready.profile, self.settings.budget or SHRINK)
        yield from self.do(lane, work, ready, fleets)

    def do(self, lane: Lane, work: FuzzWork, ready: Ready, fleets: Fleets) -> Iterator[Event]:
        """What is to be done with the fuzzer."""
        raise NotImplementedError


def search(task: Search, asked: Asked, tell: Callable[[Told], None]) -> Searched:
    """Search, and tell of what fails as it does."""
    run = _Search(task.settings, asked, tell)
    report = report_of(run.events())
    return Searched(report, tuple(run.suspects), run.summary)


class _Search(_One):
    def __init__(self, settings: Settings, asked: Asked, tell: Callable[[Told], None]) -> None:
        super().__init__(settings, asked)
        self.suspects: list[AnySuspect] = []
        self.summary: fuzzer.FuzzSummary | None = None
        self._tell = tell
        self._told = time.monotonic()
        self._stats = FuzzStats(settings.seed)

    def do(self, lane: Lane, work: FuzzWork, ready: Ready, fleets: Fleets) -> Iterator[Event]:
        datagrams = ready.context.transport is Transport.UDP
        gather = gather_datagrams if datagrams else gather_streams
        task = work.task(lane, work.budget)
        for event in gather(lane.fleet, task, self._suspect, self._asked):
            if isinstance(event, FuzzProgress):
                self._progress(event.stats)
            elif isinstance(event, fuzzer.FuzzSummary):
                self.summary = event
            elif isinstance(event, Notice):
                self.record.notices.append(event.text)
        reason = self.summary.reason if self.summary else "it was ended"
        yield CheckFinished(self.record.add(undecided(FUZZ, f"part of a search: {reason}")))

    def _suspect(self, suspect: AnySuspect) -> None:
        self.suspects.append(suspect)
        self._tell(Working(self._stats, suspect))

    def _progress(self, stats: FuzzStats) -> None:
        self._stats = stats
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            self._tell(Working(stats))


def examine(task: Examine, asked: Asked) -> Examined:
    """Confirm, shrink and explain one plan that failed."""
    run = _Examination(task, asked)
    report = report_of(run.events())
    if (failure := run.failure) is None:
        return Examined(report)
    bug = bug_of(failure.case, failure.findings[0])
    return Examined(report, fuzzer.case.dumps(failure.case), bug, str(failure.case.rate))


class _Examination(_One):
    def __init__(self, task: Examine, asked: Asked) -> None:
        super().__init__(msgspec.structs.replace(task.settings, budget=SHRINK), asked)
        self._suspect = task.suspect
        self.failure: fuzzer.Failure[Any, Any] | None = None

    def do(self, lane: Lane, work: FuzzWork, ready: Ready, fleets: Fleets) -> Iterator[Event]:
        task = work.task(lane, work.budget)
        self.failure = _looked_into(lane.fleet, task, self._suspect)
        if self.failure is None:
            result = undecided(FUZZ, "it hung once and passed when it was tried again")
        else:
            result = work.failed(lane, [self.failure])
        result = self.record.add(result)
        fleets.confirm()
        self._explain(fleets, ready)
        yield CheckFinished(result)


def _looked_into(
    fleet: Fleet, task: fuzzer.Task, suspect: AnySuspect
) -> fuzzer.Failure[Any, Any] | None:
    if isinstance(suspect, DatagramSuspect):
        return look_into_datagrams(fleet, task, suspect, lambda: SHRINK_SECONDS)
    return look_into_streams(fleet, task, suspect, lambda: SHRINK_SECONDS)


def again(task: Again, asked: Asked) -> Tried:
    """Perform a plan that failed earlier."""
    try:
        case = loads_any(task.case, task.path)
        times = 1 if case.rate.failed == case.rate.of else 3
        events = replay(case, task.settings, path=task.path, repeat=times, asked=asked)
        return Tried(report_of(events))
    except EchoHarnessError as problem:
        return Tried(failed(task.settings, problem))
