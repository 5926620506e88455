"""A target that is launched once and judged check by check, as a test runner asks for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import closing
from typing import Self

from harness.contract.catalogue import FUZZ_ID, IDS, find
from harness.contract.check import Check
from harness.errors import EchoHarnessError, HarnessFault
from harness.running.engine import Run
from harness.running.fleets import Fleets
from harness.running.fuzz_check import FuzzWork
from harness.running.lane import Lane
from harness.running.preparing import Ready, why_not
from harness.running.reported import amended
from harness.running.results import skipped, undecided
from harness.settings.run import Settings
from harness.values.events import CheckFinished
from harness.values.report import TargetInfo
from harness.values.verdict import Result


class Session:
    """Performs single checks on one target.  Use it as a context manager, from one thread.

    ``ahead`` performs checks in the background, in several lanes.  A test runner that asks for one
    result after another then takes no longer than ``echo-harness check``.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._fleets = Fleets(settings)
        self._run = Run(settings, list(IDS))
        self._ready: Ready | None = None
        self._lane: Lane | None = None
        self._coming: set[str] = set()
        self._results: dict[str, Result] = {}
        self._news = threading.Condition()
        self._halt = threading.Event()
        self._worker: threading.Thread | None = None
        self._broken: BaseException | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def target(self) -> TargetInfo:
        """What is known of the target: its address, its profile."""
        return self._run.record.target

    def start(self) -> None:
        """Launch the target and find its profile.  Raises TargetProblem, MachineProblem."""
        steps = self._run.prepare(self._fleets)
        try:
            while True:
                next(steps)
        except StopIteration as done:
            self._ready = done.value
        except BaseException:
            self.close()
            raise

    def ahead(self, check_ids: Iterable[str]) -> None:
        """Begin to perform these, without waiting for them."""
        assert self._worker is None, "once in a session"
        self._coming = set(check_ids) - ({FUZZ_ID} if self.settings.fuzz == 0 else set())
        self._run.chosen = [check_id for check_id in IDS if check_id in self._coming]
        self._worker = threading.Thread(target=self._work, name="echo-harness", daemon=True)
        self._worker.start()

    def run(self, check_id: str) -> Result:
        """The result of one check.  Raises UsageProblem for an unknown id."""
        check = find(check_id)
        if check_id in self._coming:
            return self._await(check)
        ready = self._started()
        if reason := why_not(check, ready):
            return skipped(check, reason)
        if check_id == FUZZ_ID and self.settings.fuzz == 0:
            return skipped(check, "no sessions were asked for (fuzz = 0)")
        if self._stopped:
            return not_run(check)
        if self._lane is None:
            self._lane = self._fleets.lanes(ready.patience, self._run.record.repeat)[0]()
        if check_id == FUZZ_ID:
            work = FuzzWork(self.settings, ready.profile)
            result = work.perform(self._lane, lambda event: None)
        else:
            result = self._lane.run(check, ready.context)
            result = amended(result, self._lane.casebook, ready.profile)
        return self._run.record.add(result)

    def close(self) -> None:
        """Stop what is under way, and the target."""
        self._halt.set()
        self._fleets.halt.give_up()
        if self._worker is not None:
            self._worker.join()
        self._fleets.close()

    def _started(self) -> Ready:
        if self._ready is None:
            raise HarnessFault("the session was not started")
        return self._ready

    def _work(self) -> None:
        try:
            with closing(self._run.checks(self._fleets, self._started())) as events:
                for event in events:
                    if isinstance(event, CheckFinished):
                        self._note(event.result)
                    if self._halt.is_set():
                        break
        except BaseException as error:
            self._broken = error
        finally:
            with self._news:
                self._news.notify_all()

    def _note(self, result: Result) -> None:
        with self._news:
            self._results[result.id] = result
            self._news.notify_all()

    @property
    def _stopped(self) -> bool:
        """Whether nothing more is to be performed, after a failure that counts."""
        return self.settings.fail_fast and self._run.record.has_failed

    def _await(self, check: Check) -> Result:
        worker, check_id = self._worker, check.id
        assert worker is not None
        with self._news:
            while check_id not in self._results and worker.is_alive() and not self._broken:
                self._news.wait(0.2)
        if check_id in self._results:
            return self._results[check_id]
        if isinstance(self._broken, EchoHarnessError):
            raise self._broken
        if self._stopped and not self._broken:
            return not_run(check)
        why = f": {type(self._broken).__name__}: {self._broken}" if self._broken else ""
        raise HarnessFault(f"{check_id} was not performed{why}") from self._broken


def not_run(check: Check) -> Result:
    """The result of a check that did not run, since an earlier failure has ended the run."""
    return undecided(check, "it did not run after the first failure")
