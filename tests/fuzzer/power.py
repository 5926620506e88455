"""How long the search takes to hit a bug, and how small the shrinker makes it."""

from __future__ import annotations

from harness import fuzzer
from harness.constants.gather import of_target
from harness.fuzzer import Bounds, Failure, Task
from harness.fuzzer.attempts import Attempts
from harness.fuzzer.run import SHRINK_SECONDS, terms_for
from harness.fuzzer.search import plans
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests.fuzzer.targets import Hunted, broken, fleet_for

PATIENCE = 1.0
BUDGET = 2000
"""Sessions within which each bug must be found."""


def sessions_to_failure(hunted: Hunted, seed: int, budget: int = BUDGET) -> int | None:
    """Sessions until the first plan that fails; None when none does within ``budget``."""
    command, profile = broken(hunted.name)
    done = 0
    with fleet_for(command, profile, seed) as fleet:
        attempts = Attempts(fleet, profile, patience=PATIENCE, rate=None)
        fleet.refresh()
        for plan in plans(seed, terms_for(fleet, profile), budget):
            done += len(plan.scripts)
            if attempts.once(plan).findings:
                return done
    return None


def shrunk_failure(
    hunted: Hunted, seed: int, budget: int = 2 * BUDGET, seconds: float = SHRINK_SECONDS
) -> Failure | None:
    """The first failure of a whole run, shrunk."""
    command, profile = broken(hunted.name)
    bounds = Bounds(sessions=budget, bugs=1)
    task = Task(profile=profile, seed=seed, patience=PATIENCE, bounds=bounds)
    with fleet_for(command, profile, seed) as fleet:
        events = fuzzer.run(fleet, task, shrink_seconds=lambda: seconds)
        return next((event for event in events if isinstance(event, Failure)), None)


def false_alarms(command: list[str], profile: Profile, sessions: int, seed: int) -> list[str]:
    """What a correct server was accused of, its constants included in the search: nothing."""
    constants = of_target(TargetSpec(command=tuple(command)))
    bounds = Bounds(sessions)
    task = Task(profile=profile, seed=seed, patience=10.0, bounds=bounds, dictionary=constants)
    with fleet_for(command, profile, seed) as fleet:
        events = fuzzer.run(fleet, task)
        return [
            f"{finding.kind}: {finding.message}"
            for event in events
            if isinstance(event, Failure)
            for finding in event.findings
        ]
