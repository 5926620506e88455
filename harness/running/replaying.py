"""Performing a saved case again, as a run with a report like any other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

import msgspec

from harness import fuzzer
from harness.constants import gather
from harness.contract.catalogue import FUZZ, FUZZ_ID
from harness.diagnosis import Evidence, diagnose
from harness.fuzzer import Case
from harness.fuzzer.decisive import decisive
from harness.running.engine import Run
from harness.running.fleets import Fleets
from harness.running.results import Shown, result_of, undecided
from harness.settings.run import Settings
from harness.values.events import CheckFinished, CheckStarted, Event
from harness.values.verdict import Profile, Result, Status


def replay(
    case: Case,
    settings: Settings,
    *,
    path: str,
    repeat: int = 1,
    asked: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Perform ``case`` ``repeat`` times on the target of ``settings``; events, a report last.

    ``asked``: whether the user wants the run to end.
    """
    return Replay(case, settings, path, repeat, asked).events()


class Replay(Run):
    """A run that is one case.  The profile is the case's unless the settings pin another."""

    def __init__(
        self,
        case: Case,
        settings: Settings,
        path: str,
        repeat: int,
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        pinned = settings.profile or case.profile
        super().__init__(msgspec.structs.replace(settings, profile=pinned), [FUZZ_ID], asked)
        self.case, self.path, self.times = case, path, repeat

    def _judge(self, fleets: Fleets) -> Iterator[Event]:
        ready = yield from self.prepare(fleets)
        yield CheckStarted(FUZZ_ID, FUZZ.level, 1, 1)
        assert fleets.main is not None
        done = fuzzer.replay(
            self.case,
            fleets.main,
            self.times,
            profile=ready.profile,
            patience=self.settings.patience,
            rate=self.settings.rate,
        )
        result = self._result(done, ready.profile)
        self.record.results.append(result)  # no expectation: the user asks for this case
        self._explain(fleets, ready)
        yield CheckFinished(result)

    def _repeat(self) -> str:
        words = ["echo-harness", "replay", self.path]
        if self.times > 1:
            words += ["--repeat", str(self.times)]
        return shlex.join([*words, *self.settings.repeat_with])

    def _result(self, done: fuzzer.ReplayResult, profile: Profile) -> Result:
        if done.unable:
            return undecided(FUZZ, done.unable)
        if not done.failed:
            text = f"it did not fail ({done.rate.of} times); it failed {self.case.rate} when found"
            return result_of(FUZZ, Status.PASSED, text)
        seen = done.seen
        evidence = Evidence(
            check_id=FUZZ_ID,
            hint="",
            profile=profile,
            plan=seen.plan,
            trace=seen.trace,
            findings=tuple(seen.findings),
            output=seen.output,
        )
        self.casebook.keep(evidence)
        often = f" ({done.rate} times)" if self.times > 1 else ""
        told = decisive(seen.plan, gather.chosen(self.settings.dictionary, self.settings.target))
        known = f" ({'; '.join(told)})" if told else ""
        shown = Shown(
            findings=evidence.findings,
            trace=seen.trace,
            output=seen.output,
            diagnosis=diagnose(evidence),
            case=self.path,
            repeat=self._repeat(),
        )
        return result_of(FUZZ, Status.FAILED, seen.findings[0].message + often + known, shown)
