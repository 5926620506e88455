"""The engine: sanity and profile, the checks, the fuzzer, sanity again.  A generator of events.

It launches the target through fleets, performs plans through the driver, asks the oracle, and
yields what happened.  It prints nothing, and always ends with one whole report.
"""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from harness._version import __version__
from harness.contract.catalogue import CHECKS, FUZZ_ID, choose
from harness.contract.check import LONGEST, Check, Context
from harness.diagnosis import explain, wanted
from harness.diagnosis.experiments import Observed
from harness.errors import EchoHarnessError, HarnessFault, MachineProblem, TargetProblem
from harness.host.environment import look
from harness.host.halting import Halt
from harness.host.shortage import shortage
from harness.launcher.fleet import Fleet
from harness.probing.experiments import Laboratory
from harness.probing.profile import SAMPLE, Detected, Sampled, detect, speed_of
from harness.running.casebook import Casebook
from harness.running.fleets import Fleets
from harness.running.lanes import Signals, Work, run_lanes
from harness.running.patience import Patience
from harness.running.record import Record
from harness.running.results import skipped
from harness.settings.run import Settings
from harness.values.events import (
    CheckFinished,
    CheckStarted,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    TargetReady,
)
from harness.values.plan import materialise
from harness.values.verdict import Profile, Result


def run(settings: Settings, asked: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Judge the target that ``settings`` names, until ``asked`` says that somebody wants an end.

    Yields events; the last is always ``RunFinished``, also after KeyboardInterrupt and whatever
    goes wrong.  Raises UsageProblem, before anything is launched, when the choice of checks is
    empty.
    """
    chosen = choose(settings.only, settings.skip, settings.level)
    if settings.fuzz == 0 and chosen != [FUZZ_ID]:
        chosen = [i for i in chosen if i != FUZZ_ID]
    return Run(settings, chosen, asked).events()


LOOKS_AGAIN = 3
"""Ports of one target that are tried at most, each better than the one before."""


class Ready(NamedTuple):
    """What is known of a target that was launched."""

    profile: Profile
    context: Context
    patience: Patience


class Run:
    """One run under way."""

    def __init__(
        self,
        settings: Settings,
        chosen: list[str],
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self.settings = settings
        self._asked = asked
        self.chosen = chosen
        self.record = Record(settings, chosen)
        self.casebook = Casebook()
        self._started = 0.0
        """When the target was there, by `time.monotonic`."""

    def events(self) -> Iterator[Event]:
        began, started = time.monotonic(), datetime.now(UTC)
        fleets = Fleets(self.settings, Halt(self._asked))
        try:
            yield RunStarted(
                command=self.settings.target.shown,
                seed=self.settings.seed,
                checks=len(self.chosen),
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
            self.record.add_problem(shortage(error) or _fault(error))
        finally:
            self._close(fleets)
        yield RunFinished(self.record.report(time.monotonic() - began, look(started)))

    def _close(self, fleets: Fleets) -> None:
        """End all that was launched.  Whatever happens meanwhile, there will be a report."""
        try:
            fleets.close()
        except KeyboardInterrupt:
            self.record.interrupted = True
            self._close(fleets)
        except EchoHarnessError as problem:
            self.record.notices.append(str(problem))
        except Exception as error:
            self.record.notices.append(str(shortage(error) or _fault(error)))

    # --- the phases -----------------------------------------------------------------------------

    def _judge(self, fleets: Fleets) -> Iterator[Event]:
        ready = yield from self.prepare(fleets)
        yield from self.checks(fleets, ready)
        if not self.settings.target.connect:
            yield from self._tell(fleets)

    def prepare(self, fleets: Fleets) -> Generator[Event, None, Ready]:
        """Launch the target and find out what checks must know.  Raises TargetProblem."""
        profile, detected = self._profile(fleets)
        yield from self._tell(fleets)
        self.record.target = msgspec.structs.replace(
            self.record.target,
            address=fleets.address,
            profile=profile,
            profile_source=_source(self.settings, detected),
            ready_s=fleets.ready_s,
        )
        yield TargetReady(self.record.target)
        if detected is not None and detected.note:
            yield self._notice(detected.note)
        sample = Sampled()
        if fleets.main is not None and (detected is None or detected.answered):
            sample = speed_of(fleets.main, patience=self.settings.patience, rate=self.settings.rate)
            if detected is None and fleets.look_again(proven=sample.echoes):
                sample = speed_of(
                    fleets.main, patience=self.settings.patience, rate=self.settings.rate
                )
        if sample.died is not None:
            yield self._notice(
                f"the target ended ({sample.died}) while {SAMPLE} bytes were sent to see how fast "
                "it is; it is launched again"
            )
        fleets.settle()
        died = detected is not None and detected.died
        context = fleets.context(profile, sample.slow, died=died)
        patience = Patience(self.settings.patience)
        if detected is not None and not detected.answered:
            patience.confirmed()
        return Ready(profile, context, patience)

    def _profile(self, fleets: Fleets) -> tuple[Profile, Detected | None]:
        """Launch the target, and find its profile unless it is pinned."""
        first = fleets.start()
        self._started = time.monotonic()
        if self.settings.profile is not None:
            self._try_another(fleets)
            fleets.use(self.settings.profile)
            return self.settings.profile, None
        context = fleets.context(Profile.SEQUENTIAL)
        meanwhile = threading.Thread(target=_meanwhile, args=(fleets, context), daemon=True)
        if len(self.chosen) > 1:
            meanwhile.start()
        try:
            detected = self._detected(fleets, first)
        finally:
            if meanwhile.ident is not None:
                meanwhile.join()
        if detected.unable:
            raise MachineProblem(detected.unable, step="profile")
        if fleets.remote and not detected.answered and not fleets.reachable():
            raise TargetProblem(
                f"nothing answers at {self.settings.target.shown}: the connection was refused.",
                "Start the server first, or give its command instead of --connect.",
                step="connect",
            )
        self._try_another(fleets)
        fleets.use(detected.profile)
        return detected.profile, detected

    def _detected(self, fleets: Fleets, first: Fleet) -> Detected:
        """The profile, found on the right port: a better one may have come meanwhile."""
        for _ in range(LOOKS_AGAIN):
            detected = detect(first, patience=self.settings.patience, rate=self.settings.rate)
            if not fleets.look_again(proven=detected.echoes):
                break
        return detected

    def _try_another(self, fleets: Fleets) -> None:
        if len(self.chosen) > 1:
            fleets.try_another()

    def checks(self, fleets: Fleets, ready: Ready) -> Generator[Event, None, None]:
        """Perform those that were chosen and are not skipped, in as many lanes as there may be."""
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
            ready.patience.begin(self._started)
        from harness.running.fuzz_check import FuzzWork  # imported while detection waited

        search = FuzzWork(
            self.settings,
            ready.profile,
            stop=self._should_stop,
            broken=lambda: self.record.has_failed,
        )
        for event in run_lanes(
            Work(todo, ready.context, last=search.perform if FUZZ_ID in self.chosen else None),
            fleets.lanes(ready.patience, self.record.repeat, self.casebook),
            Signals(self._should_stop, lambda: self.record.has_failed, fleets.halt),
        ):
            if isinstance(event, Check):
                yield CheckStarted(event.id, event.level, len(self.record.results) + 1, total)
            elif isinstance(event, Result):
                self.record.fuzz = search.stats
                yield CheckFinished(self.record.add(event))
                if self.record.has_failed:
                    ready.patience.brings_less = True
                yield from self._tell(fleets)
            else:
                if isinstance(event, Notice):
                    self.record.notices.append(event.text)
                yield event
        fleets.confirm()
        self._explain(fleets, ready)

    def _explain(self, fleets: Fleets, ready: Ready) -> None:
        """Look for causes in all that has failed, and try what would tell them apart."""
        case = self.casebook.case(ready.profile, self.record.results, self.settings)
        if not case.failures:
            return
        observed: tuple[Observed, ...] = ()
        if not ready.patience.is_over and fleets.main is not None:
            main = fleets.main
            observed = Laboratory(
                lambda: main,
                ready.patience.seconds,
                self.settings.rate,
                ready.profile,
                notes=ready.patience.experiments.notes,
                seed=self.settings.seed,
            ).ask(*wanted(case))
        self.record.explained(explain(msgspec.structs.replace(case, observed=observed)))

    # --- helpers --------------------------------------------------------------------------------

    def _should_stop(self) -> bool:
        return self.settings.fail_fast and self.record.has_failed

    def _notice(self, text: str) -> Notice:
        self.record.notices.append(text)
        return Notice(text)

    def _tell(self, fleets: Fleets) -> Iterator[Event]:
        for text in fleets.new_notices():
            yield self._notice(text)


def _meanwhile(fleets: Fleets, context: Context) -> None:
    """What the checks will need, made while detection waits.

    What fails here fails again where it is needed, and is told there.
    """
    with contextlib.suppress(Exception):
        fleets.launch_ahead()
        import harness.running.fuzz_check  # noqa: F401

        materialise(context.data(1, max(context.flood, LONGEST)))


def _fault(error: Exception) -> HarnessFault:
    """What nobody expected."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}"
    return HarnessFault(
        f"{type(error).__name__}: {error} ({where})",
        "This is a fault of echo-harness; please report it with the command.",
    )


def _source(settings: Settings, detected: Detected | None) -> str:
    if settings.profile is not None:
        return "pinned"
    return "detected" if detected is not None and detected.answered else "assumed"


def why_not(check: Check, ready: Ready) -> str | None:
    """Why ``check`` is skipped; None if it is not."""
    died_as_one_shot = ready.context.died and check.profiles == (Profile.ONE_SHOT,)
    if ready.profile not in check.profiles and not died_as_one_shot:
        return f"it does not apply to a {ready.profile.value} server"
    return check.not_for(ready.context)
