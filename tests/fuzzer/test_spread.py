"""Sessions of a one-shot target run side by side, each with an instance of its own."""

from __future__ import annotations

import contextlib
import sys

import pytest

from harness import fuzzer
from harness.fuzzer.spread import INSTANCES, instances_of, spread
from harness.launcher.keeper import Keeper
from harness.launcher.launch import Launcher
from harness.launcher.network import NoIsolation
from harness.launcher.oneshot import OneShotFleet
from harness.launcher.shared import SharedFleet
from harness.values.plan import AwaitEnd, Connect, HalfClose, Meet, Plan, Script
from harness.values.target import TargetSpec
from harness.values.verdict import Profile
from tests.main.running import GOOD
from tests.support.rough import rough

SESSION = (Connect(), HalfClose(), AwaitEnd())


def chain(sessions: int) -> Plan:
    return Plan(tuple(Script(SESSION, after=(i - 1,) if i else ()) for i in range(sessions)))


def afters(plan: Plan) -> list[tuple[int, ...]]:
    return [script.after for script in plan.scripts]


def test_each_comes_after_the_one_that_frees_its_place() -> None:
    """As many at a time as there may be instances, in the order in which they were drawn."""
    assert afters(spread(chain(5), 2)) == [(), (), (0,), (1,), (2,)]
    assert afters(spread(chain(2), 4)) == [(), ()]
    assert [s.steps for s in spread(chain(5), 2).scripts] == [SESSION] * 5


@pytest.mark.parametrize(
    "plan",
    [
        Plan((Script(SESSION), Script(SESSION))),
        Plan((Script((*SESSION, Meet("there"))), Script((*SESSION, Meet("there")), after=(0,)))),
        Plan((Script(SESSION), Script(SESSION, after=(0,)), Script(SESSION, after=(0,)))),
    ],
)
def test_whose_sessions_belong_together_stays_as_it_is(plan: Plan) -> None:
    """Only a plain row of sessions is spread."""
    assert spread(plan, 4) is plan


def test_one_at_a_time_is_as_it_was_drawn() -> None:
    plan = chain(3)
    assert spread(plan, 1) is plan


def test_only_one_shot_instances_serve_side_by_side(keeper: Keeper) -> None:
    """And not where somebody counts the connections, or all need one port."""
    launcher = Launcher(TargetSpec(command=rough()), keeper)
    assert instances_of(OneShotFleet(launcher)) == 1  # nothing is known yet
    launcher.launches = 1
    assert instances_of(OneShotFleet(launcher)) == INSTANCES
    assert instances_of(OneShotFleet(launcher), rate=5.0) == 1
    assert instances_of(SharedFleet(launcher)) == 1
    launcher.fixed_port = 7007
    assert instances_of(OneShotFleet(launcher)) == 1


def test_a_one_shot_server_with_a_port_of_its_own_is_fuzzed_side_by_side() -> None:
    """In networks of their own; as many sessions as were asked for, and nothing found."""
    try:
        keeper = Keeper(isolated=True)
    except NoIsolation as error:
        pytest.skip(str(error))
    command = (sys.executable, "-S", str(GOOD / "oneshot_tutorial.py"))
    with contextlib.closing(keeper):
        fleet = OneShotFleet(Launcher(TargetSpec(command=command), keeper))
        with contextlib.closing(fleet):
            fleet.refresh()
            bounds = fuzzer.Bounds(sessions=20)
            task = fuzzer.Task(profile=Profile.ONE_SHOT, seed=1, patience=20, bounds=bounds)
            *_, summary = fuzzer.run(fleet, task)
            assert len(keeper.pids) == 20  # not one was launched in vain
    assert isinstance(summary, fuzzer.FuzzSummary)
    assert (summary.reason, summary.stats.failures) == ("sessions", 0)
    assert summary.stats.sessions == 20
