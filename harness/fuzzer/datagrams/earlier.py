"""The cases of datagrams that earlier runs have saved, tried again before a new search begins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from harness.errors import UsageProblem
from harness.fuzzer.corpus import Corpus
from harness.fuzzer.datagrams.case import DatagramCase, load_any
from harness.fuzzer.datagrams.replay import replay, unsuited
from harness.fuzzer.datagrams.tally import Tally
from harness.fuzzer.datagrams.triage import Triage
from harness.fuzzer.events import Failure, Fixed, FuzzEvent
from harness.fuzzer.task import Task
from harness.launcher.fleet import Fleet
from harness.values.events import FuzzProgress, Notice


class Earlier:
    """Tries earlier cases on the target of ``fleet``; ``triage`` learns which bugs are known."""

    def __init__(self, fleet: Fleet, task: Task, triage: Triage, tally: Tally) -> None:
        self._fleet = fleet
        self._task = task
        self._triage = triage
        self._tally = tally

    def events(self, corpus: Corpus) -> Iterator[FuzzEvent]:
        """Try the cases of ``corpus``.  What is no case for this target is left out with a
        notice."""
        for path in corpus.cases():
            yield FuzzProgress(self._tally.stats(), "corpus")
            try:
                case = load_any(path, pipes=False)
            except UsageProblem as problem:
                yield Notice(f"left out: {problem}")
                continue
            if not isinstance(case, DatagramCase):
                yield Notice(f"{path} was left out: it is about streams")
            elif reason := self._not_for_this_target(case):
                yield Notice(f"{path} was left out: {reason}")
            else:
                yield self._tried_again(case, path)

    def _not_for_this_target(self, case: DatagramCase) -> str | None:
        if self._task.remote and case.plan.needs_process:
            return "it needs the target's process"
        return unsuited(case, self._task.profile)

    def _tried_again(self, case: DatagramCase, path: Path) -> FuzzEvent:
        result = replay(
            case,
            self._fleet,
            1 if case.rate.failed == case.rate.of else 3,
            profile=self._task.profile,
            patience=self._task.patience,
            rate=self._task.rate,
        )
        self._tally.count(result.seen)
        if result.failed:
            self._triage.note(result.seen.plan, result.seen)
            self._tally.failures += 1
            return Failure(
                case=result.case,
                findings=result.seen.findings,
                trace=result.seen.trace,
                path=path,
                earlier=True,
                output=result.seen.output,
            )
        if result.unable:
            return Notice(f"{path} was left out: {result.unable}")
        return self._fixed(case, path)

    def _fixed(self, case: DatagramCase, path: Path) -> Fixed:
        forget = self._task.forget_fixed
        if forget:
            with contextlib.suppress(OSError):
                path.unlink()
        return Fixed(case, path, removed=forget and not path.exists())
