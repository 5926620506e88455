"""The cases that earlier runs have saved, tried again before a new search begins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from harness.errors import UsageProblem
from harness.fuzzer import case as cases
from harness.fuzzer.case import Case
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.events import Failure, Fixed, FuzzEvent
from harness.fuzzer.replay import ReplayResult, replay, unsuited
from harness.fuzzer.tally import Tally
from harness.fuzzer.task import Task
from harness.fuzzer.triage import Triage
from harness.launcher.fleet import Fleet
from harness.values.events import FuzzProgress, Notice
from harness.values.trace import Trace


class Earlier:
    """Tries earlier cases on the target of ``fleet``; ``triage`` learns which bugs are known."""

    def __init__(self, fleet: Fleet, task: Task, triage: Triage, tally: Tally) -> None:
        self._fleet = fleet
        self._task = task
        self._triage = triage
        self._tally = tally

    def events(self, corpus: Corpus) -> Iterator[FuzzEvent]:
        """Try the cases of ``corpus``.  A damaged one is left out with a notice."""
        if strays := corpus.strays():
            yield Notice(_whose(len(strays), corpus))
        for path in corpus.cases():
            yield FuzzProgress(self._tally.stats(), "corpus")
            try:
                case = cases.load(path, pipes=False)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            if reason := self._not_for_this_target(case):
                yield Notice(f"{path} was left out: {reason}")
                continue
            yield self._tried_again(case, path)

    def _tried_again(self, case: Case, path: Path) -> FuzzEvent:
        result = replay(
            case,
            self._fleet,
            profile=self._task.profile,
            patience=self._task.patience,
            rate=self._task.rate,
            repeat=1 if case.rate.failed == case.rate.of else 3,
        )
        self._tally.count(result.seen)
        if result.failed:
            return self._failed_again(result, path)
        if result.unable:
            return Notice(f"{path} was left out: {result.unable}")
        return self._fixed(case, path)

    def _not_for_this_target(self, case: Case) -> str | None:
        if self._task.remote and case.plan.needs_process:
            return "it needs the target's process"
        return unsuited(case, self._task.profile)

    def _failed_again(self, result: ReplayResult, path: Path) -> Failure[Case, Trace]:
        self._triage.note(result.case.plan, result.seen)
        self._tally.failures += 1
        return Failure(
            case=result.case,
            findings=result.seen.findings,
            trace=result.seen.trace,
            path=path,
            earlier=True,
            output=result.seen.output,
        )

    def _fixed(self, case: Case, path: Path) -> Fixed:
        forget = self._task.forget_fixed
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget and not path.exists())


def _whose(strays: int, corpus: Corpus) -> str:
    stand = "1 case stands" if strays == 1 else f"{strays} cases stand"
    return (
        f"{stand} in {corpus.root} itself and not in the folder of a target: not tried. "
        f"What was found on this target belongs in {corpus.folder}."
    )
