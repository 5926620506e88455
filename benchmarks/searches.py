"""Two ways to search and two ways to shrink, over the same description of plans."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import Phase, find, given, settings
from hypothesis.errors import HypothesisWarning, NoSuchExample

from harness.driver import Manner, perform
from harness.fuzzer.scenes import Terms, plan
from harness.fuzzer.shrink import Shrinker
from harness.fuzzer.source import Dice
from harness.fuzzer.triage import bytes_of
from harness.judging.oracle import judge
from harness.launcher.fleet import Fleet
from harness.strategies import CI, plans
from harness.values import plan as p
from harness.values.plan import Plan, Reset, Send
from harness.values.verdict import Profile

QUIET = settings(settings.get_profile(CI), max_examples=100)


@dataclass(frozen=True)
class Search:
    name: str
    drawing: float
    """Microseconds a session."""
    rate: float
    """Sessions a second, performed and judged."""


def searches(fleet: Fleet, profile: Profile, rounds: int = 5) -> list[Search]:
    """Medians of the rounds, in which all take turns."""
    kinds: dict[str, Callable[[Callable[[Plan], None], int], None]] = {
        "dice, 30 sessions a plan": lambda visit, seed: _dice(visit, profile, 30, seed),
        "Hypothesis, 1 session an example": lambda visit, _: _hypothesis(visit, profile, 1, 300),
        "Hypothesis, 30 sessions an example": lambda visit, _: _hypothesis(visit, profile, 30, 40),
    }
    drawing: dict[str, list[float]] = {name: [] for name in kinds}
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    for seed in range(rounds):
        for name, run in kinds.items():
            drawing[name].append(1e6 / _timed(lambda each: None, run, seed))
            rates[name].append(_timed(lambda each: _perform(each, fleet, profile), run, seed))
    return [
        Search(name, statistics.median(drawing[name]), statistics.median(rates[name]))
        for name in kinds
    ]


def _timed(
    visit: Callable[[Plan], None],
    run: Callable[[Callable[[Plan], None], int], None],
    seed: int,
) -> float:
    """Sessions a second."""
    sessions = 0

    def counted(each: Plan) -> None:
        nonlocal sessions
        sessions += len(each.scripts)
        visit(each)

    began = time.perf_counter()
    run(counted, seed)
    return sessions / (time.perf_counter() - began)


def _dice(visit: Callable[[Plan], None], profile: Profile, size: int, seed: int) -> None:
    for number in range(30):
        visit(plan(Dice(f"{seed}.{number}"), Terms(profile), size))


def _hypothesis(visit: Callable[[Plan], None], profile: Profile, size: int, examples: int) -> None:
    @settings(QUIET, max_examples=examples, phases=[Phase.generate])
    @given(plans(profile, sessions=size))
    def run(each: Plan) -> None:
        visit(each)

    run()


def _perform(each: Plan, fleet: Fleet, profile: Profile) -> None:
    trace = perform(each, fleet, Manner(patience=20.0, record=False, hurry=True))
    assert not judge(each, trace, profile)


# --- shrinking ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shrunk:
    bug: str
    by: str
    attempts: float
    failing: float
    """Attempts that failed: each costs a fresh target."""
    sessions: float
    size: float


def _sends(each: Plan) -> list[bytes]:
    steps = [step for script in each.scripts for step in script.steps]
    return [p.materialise(step.payload) for step in steps if isinstance(step, Send)]


def _after_a_reset(each: Plan) -> bool:
    resets = [i for i, s in enumerate(each.scripts[:-1]) if Reset() in s.steps]
    return any(len(p.sent_by(each.scripts[i])) >= 10 for i in resets)


SESSIONS = 10
"""Sessions of a plan to be shrunk: with 30, Hypothesis takes minutes."""

BUGS: dict[str, Callable[[Plan], bool]] = {
    "a message of k times 1024 bytes": lambda each: any(
        len(data) and len(data) % 1024 == 0 for data in _sends(each)
    ),
    "0xFF 0xF4": lambda each: any(b"\xff\xf4" in data for data in _sends(each)),
    "a message of 1,500 bytes or more": lambda each: any(len(d) >= 1500 for d in _sends(each)),
    "10 bytes, a reset, then another": _after_a_reset,
}


def shrinkings(seeds: int = 5) -> list[Shrunk]:
    """Both shrinkers on the same bugs, as predicates; medians over seeds."""
    found: list[Shrunk] = []
    for bug, fails in BUGS.items():
        ours = [_ours(fails, seed) for seed in range(seeds)]
        theirs = [_theirs(fails) for _ in range(1)]  # it is derandomized: one run is all
        for by, runs in (("the plan-aware reducer", ours), ("Hypothesis", theirs)):
            found.append(Shrunk(bug, by, *(statistics.median(c) for c in zip(*runs, strict=True))))
    return found


def _ours(fails: Callable[[Plan], bool], seed: int) -> tuple[int, int, int, int]:
    drawn = (plan(Dice(f"{seed}.{n}"), Terms(Profile.SEQUENTIAL), SESSIONS) for n in range(10_000))
    start = next(each for each in drawn if fails(each))
    calls: list[bool] = []

    def counted(each: Plan, careful: bool) -> bool:
        calls.append(fails(each))
        return calls[-1]

    best = Shrinker(start, counted, lambda: True).run()
    return len(calls), sum(calls), len(best.scripts), bytes_of(best)


def _theirs(fails: Callable[[Plan], bool]) -> tuple[int, int, int, int]:
    calls: list[bool] = []

    def counted(each: Plan) -> bool:
        calls.append(fails(each))
        return calls[-1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        try:
            best = find(
                plans(Profile.SEQUENTIAL, sessions=SESSIONS),
                counted,
                settings=settings(QUIET, max_examples=2000),
            )
        except NoSuchExample:
            return len(calls), 0, 0, 0
    first = calls.index(True)
    return len(calls) - first, sum(calls[first:]), len(best.scripts), bytes_of(best)
