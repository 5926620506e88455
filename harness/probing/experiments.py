"""Performing experiments: on fresh instances, within a budget, each once in a run.

What they are and what their outcome means is in `harness.diagnosis.experiments`; here they meet a
target.  They judge nothing, and nothing that the target does makes them raise.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from harness.diagnosis.evidence import Answers
from harness.diagnosis.experiments import (
    Experiment,
    Observed,
    Setting,
    without_process_steps,
)
from harness.driver import Manner, perform
from harness.driver.brief import Brief
from harness.driver.telling import SURVIVES
from harness.errors import EchoHarnessError
from harness.host import turns
from harness.launcher.fleet import Fleet
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.values.dictionary import EMPTY, Dictionary
from harness.values.plan import Plan
from harness.values.trace import Ending, Trace
from harness.values.verdict import Finding, Kind, Profile

BUDGET = 2.0
"""Seconds for all experiments of a run together, as an idle machine counts them."""
PATIENCE = 0.4
"""Seconds without progress after which a step of an experiment is given up: what it waits for has
been waited for longer by the check that failed."""
MOST_BACKLOG = 12
MOST_LATE = 4.0
LEAST = 0.05
"""Seconds for a plan, once it is begun."""


class Notes:
    """What the experiments of a run have shown: one target behaves the same way in all of them.

    Shared by laboratories; one of them at a time makes experiments.
    """

    def __init__(self, budget: float = BUDGET) -> None:
        self._lock = threading.Lock()
        self.left = budget
        """Seconds."""
        self.known: dict[str, Observed | None] = {}
        """By id; None: it was begun and could not be made."""

    @contextlib.contextmanager
    def mine(self) -> Iterator[None]:
        """In this block nobody else makes experiments."""
        with turns.waiting():
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    def seen(self, *ids: str) -> tuple[Observed, ...]:
        """The outcomes that are known of the experiments ``ids``, in this order."""
        return tuple(o for id in ids if (o := self.known.get(id)) is not None)


class Conditions(Struct, frozen=True):
    """Under which a target is asked."""

    profile: Profile
    patience: float
    """Seconds; at most ``PATIENCE`` of it are used."""
    rate: float | None = None
    """The most new connections a second."""
    seed: int = 0
    dictionary: Dictionary = EMPTY
    """The constants of the target."""
    stretch: float = 1.0
    """By which the bounds of experiments are multiplied, where there is time."""


class Laboratory:
    """Asks a target questions.

    ``fleet_source``: the fleet to use, when it is needed.
    ``notes``: what is known already, and how much time is left.
    """

    def __init__(
        self,
        fleet_source: Callable[[], Fleet],
        conditions: Conditions,
        notes: Notes | None = None,
    ) -> None:
        self._fleet_source = fleet_source
        self._conditions = conditions
        self._used = True
        """The instance in use has been used by somebody else, or was damaged."""
        self.notes = notes or Notes()

    def ask(self, *ids: str) -> tuple[Observed, ...]:
        """The outcomes of the experiments ``ids``, in this order.

        One that has no meaning for the target, or for which no time is left, is left out.  Each is
        made once; later it is known.  Raises KeyError for an id that is not in the table, Halted
        when the run is given up.
        """
        from harness.diagnosis.experiments.table import TABLE  # few targets are asked anything

        wanted = [TABLE[id] for id in ids]
        with self.notes.mine():
            for experiment in wanted:
                if experiment.id not in self.notes.known and self.notes.left > 0:
                    self._make(experiment)
            return self.notes.seen(*ids)

    def _make(self, experiment: Experiment) -> None:
        if self._conditions.profile not in experiment.profiles:
            return
        began = time.monotonic()
        try:
            self.notes.known[experiment.id] = self._outcome(experiment)
        except EchoHarnessError:  # it cannot be launched, or the machine is short of something
            self.notes.known[experiment.id] = None
            self._used = True
        finally:
            self.notes.left -= (time.monotonic() - began) / _late()

    def _outcome(self, experiment: Experiment) -> Observed | None:
        fleet = self._fleet_source()
        launched = fleet.keeper is not None
        if not (launched or experiment.gentle):
            return None
        self._freshen(fleet, always=experiment.fresh)
        most = min(experiment.bound * self._conditions.stretch, self.notes.left)
        until = time.monotonic() + most * _late()
        asking = experiment.begin(self._setting(fleet))
        brief = Brief(experiment.brief * _late(), hasty=experiment.hasty)
        brief.survived = SURVIVES
        plan = next(asking)
        while True:
            trace = None
            if time.monotonic() < until:
                trace = self._trace(plan, fleet, experiment, brief, until)
            try:
                plan = asking.send(trace)
            except StopIteration as done:
                self._used = self._used or done.value.special
                return _worth(done.value)

    def _setting(self, fleet: Fleet) -> Setting:
        backlog = fleet.backlog(fleet.current).limit
        return Setting(
            profile=self._conditions.profile,
            launched=fleet.keeper is not None,
            backlog=min(MOST_BACKLOG, backlog),
            seed=self._conditions.seed,
            dictionary=self._conditions.dictionary,
        )

    def _freshen(self, fleet: Fleet, *, always: bool) -> None:
        """An instance that nothing has happened to."""
        if (self._used or always) and isinstance(fleet, SharedFleet | OneShotFleet):
            fleet.discard()
        self._used = False
        fleet.refresh()

    def _trace(
        self, plan: Plan, fleet: Fleet, experiment: Experiment, brief: Brief, until: float
    ) -> Trace | None:
        """What happened; None when nothing may be concluded from it."""
        fleet.refresh()
        left = max(LEAST, until - time.monotonic())
        trace = perform(
            plan if fleet.keeper is not None else without_process_steps(plan),
            fleet,
            Manner(
                patience=max(min(self._conditions.patience, PATIENCE) * _late(), brief.seconds),
                rate=self._conditions.rate,
                hurry=experiment.hurry,
                limit=lambda: left,
                brief=brief,
                persist=True,
            ),
        )
        if _is_damaged(trace) and isinstance(fleet, SharedFleet | OneShotFleet):
            fleet.discard()
        cut = trace.slow is not None and not experiment.in_part
        return None if trace.unable or cut else trace


def _late() -> float:
    """By which an answer may be later than on a machine that has nothing else to do."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(MOST_LATE, max(1.0, waiting / 2))


def _is_damaged(trace: Trace) -> bool:
    """Whether what the instance does next may come of what has happened to it."""
    return bool(trace.deaths) or any(
        seen.stuck is not None or seen.ending is Ending.NEVER for seen in trace.scripts if seen.sent
    )


def _worth(seen: Observed) -> Observed | None:
    return seen if seen.facts else None


class Experiments:
    """What the experiments of a run have shown, for lanes that have a fleet each."""

    def __init__(self) -> None:
        self.notes = Notes()

    def answers(
        self,
        fleet: Fleet,
        findings: Sequence[Finding],
        patience: float,
        rate: float | None,
    ) -> Answers:
        """When the target answers, as far as is known; found out once, when ``findings`` ask."""
        known = self.notes.known.get("answers")
        if known is None and any(f.kind in (Kind.NO_ECHO, Kind.NOT_TAKEN) for f in findings):
            conditions = Conditions(Profile.SEQUENTIAL, patience, rate)
            room = Laboratory(lambda: fleet, conditions, self.notes)
            with contextlib.suppress(ValueError):
                (known,) = room.ask("answers")
        if known is None:
            return Answers.UNKNOWN
        from harness.diagnosis.experiments.answers import summary

        return summary(known)
