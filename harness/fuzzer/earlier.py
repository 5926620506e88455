"""The cases that earlier runs have saved, tried again before a new search begins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic

from harness.errors import UsageProblem
from harness.fuzzer import case as cases
from harness.fuzzer.again import CaseT, Replayed
from harness.fuzzer.case import Case
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.events import Failure, Fixed, FuzzEvent
from harness.fuzzer.replay import ReplayResult, replay, unsuited
from harness.fuzzer.tally import BaseTally
from harness.fuzzer.task import Task
from harness.fuzzer.triage import BaseTriage
from harness.launcher.fleet import Fleet
from harness.values.events import FuzzProgress, Notice


class BaseEarlier(Generic[CaseT]):
    """Tries earlier cases on the target of ``fleet``; ``triage`` learns which bugs are known."""

    def __init__(
        self, fleet: Fleet, task: Task, triage: BaseTriage[CaseT, Any], tally: BaseTally[Any]
    ) -> None:
        self.fleet = fleet
        self.task = task
        self._triage = triage
        self._tally = tally

    def load(self, path: Path) -> CaseT | str:
        """The case, or why it is none for such a target.  Raises UsageProblem."""
        raise NotImplementedError

    def unsuited(self, case: CaseT) -> str | None:
        """Why the target need not pass ``case``; None if it must."""
        raise NotImplementedError

    def replay(self, case: CaseT, times: int) -> Replayed[CaseT, Any]:
        """Perform ``case`` so many times."""
        raise NotImplementedError

    def events(self, corpus: Corpus) -> Iterator[FuzzEvent]:
        """Try the cases of ``corpus``.  What is damaged, or no case for this target, is left out
        with a notice."""
        if strays := corpus.strays():
            yield Notice(_whose(len(strays), corpus))
        for path in corpus.cases():
            yield FuzzProgress(self._tally.stats(), "corpus")
            try:
                case = self.load(path)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            reason = case if isinstance(case, str) else self._not_for_this_target(case)
            if isinstance(case, str) or reason:
                yield Notice(f"{path} was left out: {reason}")
                continue
            yield self._tried_again(case, path)

    def _not_for_this_target(self, case: CaseT) -> str | None:
        if self.task.remote and case.plan.needs_process:
            return "it needs the target's process"
        return self.unsuited(case)

    def _tried_again(self, case: CaseT, path: Path) -> FuzzEvent:
        result = self.replay(case, 1 if case.rate.failed == case.rate.of else 3)
        self._tally.count(result.seen)
        if result.failed:
            return self._failed_again(result, path)
        if result.unable:
            return Notice(f"{path} was left out: {result.unable}")
        return self._fixed(case, path)

    def _failed_again(self, result: Replayed[CaseT, Any], path: Path) -> Failure[Any, Any]:
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

    def _fixed(self, case: Any, path: Path) -> Fixed:
        forget = self.task.forget_fixed
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget and not path.exists())


class Earlier(BaseEarlier[Case]):
    """Of streams."""

    def load(self, path: Path) -> Case:
        return cases.load(path, pipes=False)

    def unsuited(self, case: Case) -> str | None:
        return unsuited(case, self.task.profile)

    def replay(self, case: Case, times: int) -> ReplayResult:
        task = self.task
        return replay(
            case,
            self.fleet,
            profile=task.profile,
            patience=task.patience,
            rate=task.rate,
            repeat=times,
        )


def _whose(strays: int, corpus: Corpus) -> str:
    stand = "1 case stands" if strays == 1 else f"{strays:,} cases stand"
    return (
        f"{stand} in {corpus.root} itself and not in the folder of a target: not tried. "
        f"What was found on this target belongs in {corpus.folder}."
    )
