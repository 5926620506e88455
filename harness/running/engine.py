"""The engine of a run: get the target ready, let lanes judge the checks, explain the failures.

It is a generator of events.  It prints nothing, and always ends with one whole report.

What is not needed before the target is launched is imported after that, while the target starts.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness._version import __version__
from harness.contract.catalogue import CHECKS, FUZZ_ID, choose, concerning
from harness.contract.check import Check
from harness.errors import EchoHarnessError, UsageProblem, fault_of
from harness.host.environment import LIBRARIES, look, versions
from harness.host.halting import Halt
from harness.host.shortage import shortage
from harness.running.casebook import Casebook
from harness.running.fleets import Fleets
from harness.running.record import Record
from harness.running.results import skipped
from harness.settings.run import Settings
from harness.values.address import Transport
from harness.values.dictionary import AUTO, EMPTY, NONE, Dictionary
from harness.values.events import (
    CheckFinished,
    CheckStarted,
    Event,
    Notice,
    RunFinished,
    RunStarted,
)
from harness.values.verdict import Profile, Result

if TYPE_CHECKING:
    from harness.diagnosis import Case, Explanation
    from harness.probing.experiments import Laboratory
    from harness.running.preparing import Ready


def run(settings: Settings, asked: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Judge the target that ``settings`` names.

    ``asked``: whether the user wants the run to end; asked again and again.  Yields events; the
    last is always ``RunFinished``, also after KeyboardInterrupt and whatever goes wrong.  Raises
    UsageProblem, before anything is launched, as ``require`` does.
    """
    chosen = require(settings)
    if settings.fuzz == 0 and chosen != [FUZZ_ID]:
        chosen = [i for i in chosen if i != FUZZ_ID]
    return Run(settings, chosen, asked).events()


def require(settings: Settings) -> list[str]:
    """The ids of the chosen checks.

    Raises UsageProblem for all that can be known before anything is launched: the choice of checks
    is empty, a file cannot be read, or captures cannot be written.
    """
    chosen = choose(settings.only, settings.skip, settings.level)
    if settings.dictionary not in (AUTO, NONE):
        from harness.constants import gather  # most runs need it later

        gather.require(settings.dictionary)
    if settings.pcap is not None:
        from harness.launcher import capture

        capture.prepare(Path(settings.pcap))
    return chosen


class Run:
    """One run under way.  Raises UsageProblem when there is no such dictionary."""

    def __init__(
        self,
        settings: Settings,
        chosen: list[str],
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        if settings.dictionary not in (AUTO, NONE):
            from harness.constants import gather  # most runs need it later

            gather.require(settings.dictionary)
        self.settings = settings
        self._asked = asked
        self.chosen = chosen
        self.record = Record(settings, self._suited(settings.target.expected))
        self.casebook = Casebook()
        self.whole_case: Case | None = None
        """What was explained in the end: the failures, what passed, and what experiments showed."""

    def events(self) -> Iterator[Event]:
        began, started = time.monotonic(), datetime.now(UTC)
        fleets = Fleets(self.settings, Halt(self._asked))
        try:
            fleets.begin()  # whoever listens to the events gets ready meanwhile
            yield RunStarted(
                command=self.settings.target.shown,
                seed=self.settings.seed,
                checks=len(self._suited(self.settings.target.expected)),
                version=__version__,
                reference=self.settings.reference,
            )
            fleets.halt.check()
            yield from self._judge(fleets)
        except KeyboardInterrupt:
            self.record.interrupted = True
        except EchoHarnessError as problem:
            self.record.add_problem(problem)
        except Exception as error:
            self.record.add_problem(shortage(error) or fault_of(error))
        finally:
            self._close(fleets)
        yield RunFinished(self.record.report(time.monotonic() - began, look(started)))

    def _close(self, fleets: Fleets) -> None:
        """Stop everything that was launched.  Errors become notices, so that there is always a
        report."""
        try:
            with contextlib.suppress(Exception):  # what is amiss shows again right after
                fleets.retire()
                versions(LIBRARIES)  # the targets end meanwhile
            fleets.close()
        except KeyboardInterrupt:
            self.record.interrupted = True
            self._close(fleets)
        except EchoHarnessError as problem:
            self.record.notices.append(str(problem))
        except Exception as error:
            self.record.notices.append(str(shortage(error) or fault_of(error)))

    # --- the phases -----------------------------------------------------------------------------

    def _judge(self, fleets: Fleets) -> Iterator[Event]:
        ready = yield from self.prepare(fleets)
        yield from self._suit(ready)
        yield from self.checks(fleets, ready)
        if not self.settings.target.connect:
            yield from self.record.notes(fleets.new_notices())

    def _suited(self, transport: Transport) -> list[str]:
        """The chosen checks that are about such servers; if none is, all: they are skipped."""
        return concerning(self.chosen, transport) or self.chosen

    def _suit(self, ready: Ready) -> Iterator[Event]:
        """Leave out the checks that are about another sort of server, and say so in a line."""
        suited = self._suited(ready.context.transport)
        if ready.context.transport is Transport.UDP:
            yield from self.record.notes(_of_datagrams(len(self.chosen) - len(suited)))
        self.chosen = self.record.chosen = suited

    def prepare(self, fleets: Fleets) -> Generator[Event, None, Ready]:
        """Launch the target and find out what checks must know.  Raises TargetProblem."""
        from harness.running.preparing import Preparation

        return Preparation(self.settings, fleets, self.record, alone=len(self.chosen) <= 1).events()

    def checks(self, fleets: Fleets, ready: Ready) -> Generator[Event, None, None]:
        """Perform the chosen checks that are not skipped, in as many lanes as there may be."""
        from harness.running import reported
        from harness.running.lanes import Signals, Work, run_lanes
        from harness.running.preparing import why_not
        from harness.running.searches import search_of  # imported already, during detection

        by_id = {check.id: check for check in CHECKS}
        todo: list[Check] = []
        total = len(self.chosen)
        for check_id in self.chosen:
            check = by_id.get(check_id)
            if check is None:
                continue
            if reason := why_not(check, ready):
                yield CheckFinished(self.record.add(skipped(check, reason)))
            else:
                todo.append(check)
        if self.settings.rate is None:  # with --rate the run is slow on purpose: it has no bound
            ready.patience.begin(ready.since)
        search = search_of(ready.context.transport)(
            self.settings,
            ready.profile,
            stop=self._should_stop,
            broken=lambda: self.record.has_failed,
        )
        held: list[Result] = []
        for event in run_lanes(
            Work(todo, ready.context, last=search.perform if FUZZ_ID in self.chosen else None),
            fleets.lanes(ready.patience, self.record.repeat, self.casebook),
            Signals(self._should_stop, lambda: self.record.has_failed, fleets.halt),
        ):
            if isinstance(event, Result) and event.id in reported.IDS:
                held.append(event)
            elif isinstance(event, Check):
                position, waits = len(self.record.results) + 1, event.waits_at(self.settings.effort)
                yield CheckStarted(event.id, event.level, position, total, waits)
            elif isinstance(event, Result):
                self.record.fuzz = search.stats
                yield CheckFinished(self.record.add(event))
                if self.record.has_failed:
                    ready.patience.brings_less = True
                yield from self.record.notes(fleets.new_notices())
            else:
                if isinstance(event, Notice):
                    self.record.notices.append(event.text)
                yield event
        fleets.confirm()
        yield from self._reported(fleets, held, ready.profile)
        self._explain(fleets, ready)

    def _reported(self, fleets: Fleets, held: list[Result], profile: Profile) -> Iterator[Event]:
        """The results ``held`` of checks that judge what was reported during all others."""
        from harness.running import reported

        if held:
            self.casebook.hear(reported.AFTER, fleets.reports())
        for result in held:
            final = reported.amended(result, self.casebook, profile)
            yield CheckFinished(self.record.add(final))

    def _explain(self, fleets: Fleets, ready: Ready) -> None:
        """Look for causes in all that has failed, and try what would tell them apart."""
        case = self.casebook.case(ready.profile, self.record.results, self.settings)
        if not case.every:
            return
        from harness.diagnosis import explain, wanted  # few targets need it
        from harness.probing.experiments import Conditions, Laboratory
        from harness.running import decisive

        notes, constants = ready.patience.experiments.notes, _constants(self.settings)
        ids = wanted(case)
        self.whole_case = msgspec.structs.replace(case, observed=notes.seen(*ids))
        found = explain(self.whole_case)
        self.record.explained(found)  # should somebody interrupt what follows
        if not ready.patience.is_over and (main := fleets.main) is not None:
            conditions = Conditions(
                ready.profile,
                ready.patience.seconds,
                self.settings.rate,
                self.settings.seed,
                constants,
            )
            room = Laboratory(lambda: main, conditions, notes)
            found = self._after(room, case, ids)
            if more := decisive.asked(found, case, constants):
                found = self._after(room, case, tuple(dict.fromkeys((*ids, *more))))
        self.record.explained(decisive.with_constants(found, self.whole_case, constants))

    def _after(self, room: Laboratory, case: Case, ids: tuple[str, ...]) -> Explanation:
        """What ``case`` comes to with the experiments ``ids``."""
        from harness.diagnosis import explain

        self.whole_case = msgspec.structs.replace(case, observed=room.ask(*ids))
        return explain(self.whole_case)

    # --- helpers --------------------------------------------------------------------------------

    def _should_stop(self) -> bool:
        return self.settings.fail_fast and self.record.has_failed


def _constants(settings: Settings) -> Dictionary:
    """Those of the target; none where a file has gone meanwhile."""
    from harness.constants import gather

    try:
        return gather.chosen(settings.dictionary, settings.target)
    except UsageProblem:
        return EMPTY


def _of_datagrams(left_out: int) -> list[str]:
    """What a user is told whose server speaks UDP; nothing where nothing was left out."""
    if not left_out:
        return []
    return [f"{left_out} checks about streams do not apply to a server of datagrams: left out."]
