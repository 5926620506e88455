"""Performing a saved case again, as a run with a report like any other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec

from harness import fuzzer
from harness.constants import gather
from harness.contract.catalogue import FUZZ, FUZZ_ID
from harness.diagnosis import DatagramEvidence, Evidence, diagnose
from harness.diagnosis.evidence import AnyEvidence
from harness.errors import UsageProblem
from harness.fuzzer.again import Replayed
from harness.fuzzer.datagrams.case import DatagramCase
from harness.fuzzer.datagrams.replay import replay as replay_datagrams
from harness.fuzzer.decisive import decisive
from harness.fuzzer.sorts import AnyCase
from harness.running.engine import Run
from harness.running.fleets import Fleets
from harness.running.preparing import Ready
from harness.running.results import Shown, result_of, undecided
from harness.settings.run import Settings
from harness.values.address import Transport
from harness.values.events import CheckFinished, CheckStarted, Event
from harness.values.verdict import Profile, Result, Status

Done: TypeAlias = Replayed[Any, Any]
"""What came of a case, of streams or of datagrams."""


def replay(
    case: AnyCase,
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
        case: AnyCase,
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
        done = self._performed(fleets, ready)
        result = self._result(done, ready.profile)
        self.record.results.append(result)  # no expectation: the user asks for this case
        self._explain(fleets, ready)
        yield CheckFinished(result)

    def _performed(self, fleets: Fleets, ready: Ready) -> Done:
        """Raises UsageProblem when the case is about another sort of server."""
        assert fleets.main is not None
        fleet, settings = fleets.main, self.settings
        datagrams = ready.context.transport is Transport.UDP
        if isinstance(self.case, DatagramCase) is not datagrams:
            about, spoken = ("datagrams", "streams") if not datagrams else ("streams", "datagrams")
            raise UsageProblem(
                f"this case proves nothing here: it is about {about}, and the target speaks in "
                f"{spoken} ({ready.context.transport}).",
                "Give the server on which it was found; --transport says what is to be tested.",
            )
        if isinstance(self.case, DatagramCase):
            return replay_datagrams(
                self.case,
                fleet,
                self.times,
                profile=ready.profile,
                patience=settings.patience,
                rate=settings.rate,
            )
        return fuzzer.replay(
            self.case,
            fleet,
            self.times,
            profile=ready.profile,
            patience=settings.patience,
            rate=settings.rate,
        )

    def _repeat(self) -> str:
        words = ["echo-harness", "replay", self.path]
        if self.times > 1:
            words += ["--repeat", str(self.times)]
        return shlex.join([*words, *self.settings.repeat_with])

    def _result(self, done: Done, profile: Profile) -> Result:
        if done.unable:
            return undecided(FUZZ, done.unable)
        if not done.failed:
            text = f"it did not fail ({done.rate.of} times); it failed {self.case.rate} when found"
            return result_of(FUZZ, Status.PASSED, text)
        seen = done.seen
        evidence = _evidence(done, profile)
        self.casebook.keep(evidence)
        often = f" ({done.rate} times)" if self.times > 1 else ""
        known = self._known(done)
        shown = Shown(
            findings=evidence.findings,
            trace=seen.trace,
            output=seen.output,
            diagnosis=diagnose(evidence),
            case=self.path,
            repeat=self._repeat(),
        )
        return result_of(FUZZ, Status.FAILED, seen.findings[0].message + often + known, shown)

    def _known(self, done: Done) -> str:
        """Which constants of the target were decisive, in words."""
        constants = gather.chosen(self.settings.dictionary, self.settings.target)
        told = decisive(done.seen.plan, constants)
        return f" ({'; '.join(told)})" if told else ""


def _evidence(done: Done, profile: Profile) -> AnyEvidence:
    """What is known of the failure."""
    seen, findings = done.seen, done.seen.findings
    if isinstance(done.case, DatagramCase):
        return DatagramEvidence(
            FUZZ_ID, "", profile, done.seen.plan, done.seen.trace, findings, seen.output
        )
    return Evidence(
        check_id=FUZZ_ID,
        hint="",
        profile=profile,
        plan=done.seen.plan,
        trace=done.seen.trace,
        findings=findings,
        output=seen.output,
    )
