"""Launching the target of a run in the background, and what its detection needs meanwhile."""

from __future__ import annotations

import sys
import threading
from contextlib import closing

import pytest

from harness.driver.brief import BRIEFLY
from harness.errors import TargetProblem
from harness.probing.profile import AT_ONCE, LOOKS, QUICK_GLANCE, longer_glance
from harness.running.fleets import Fleets
from harness.running.preparing import _meanwhile
from harness.settings.run import Settings
from harness.values.target import TargetSpec

REFERENCE = (sys.executable, "-m", "echo_ref")


def fleets_of(*command: str) -> Fleets:
    return Fleets(Settings(target=TargetSpec(command=command)))


def test_a_launch_that_has_begun_is_the_one_that_is_waited_for() -> None:
    """There is one launch, whoever began it."""
    with closing(fleets_of(*REFERENCE)) as fleets:
        fleets.begin()
        fleet = fleets.start()
        assert fleet.keeper is not None and len(fleet.keeper.pids) == 1
        assert fleet.current is not None and fleet.current.alive


def test_what_keeps_a_target_from_being_launched_is_told_when_it_is_needed() -> None:
    """Not by the thread that tried it first."""
    with closing(fleets_of("/no/such/program")) as fleets:
        fleets.begin()
        with pytest.raises(TargetProblem, match="/no/such/program"):
            fleets.start()


def test_a_launch_under_way_is_ended_with_the_run() -> None:
    """Whoever gives up at once leaves no process behind."""
    fleets = fleets_of(*REFERENCE)
    fleets.begin()
    fleets.close()
    assert not [t for t in threading.enumerate() if t.name == "launching"]
    assert fleets.main is not None and fleets.main.current is None


def test_tasks_go_on_side_by_side_while_somebody_waits() -> None:
    """All have ended when the block is left, and what they raise is dropped."""
    both = threading.Barrier(3, timeout=20.0)
    done: list[str] = []

    def fail() -> None:
        both.wait()
        done.append("failed")
        raise ValueError

    def work() -> None:
        both.wait()
        done.append("worked")

    with _meanwhile(fail, work):
        both.wait()
    assert sorted(done) == ["failed", "worked"]


@pytest.mark.parametrize(
    ("glance", "first", "each"),
    [
        (BRIEFLY, 0.003, BRIEFLY),
        (QUICK_GLANCE, AT_ONCE, QUICK_GLANCE / LOOKS),
        (QUICK_GLANCE, 3 * AT_ONCE, 3 * QUICK_GLANCE / LOOKS),
        (QUICK_GLANCE, 1.0, BRIEFLY),
    ],
)
def test_a_slower_target_is_looked_at_longer(glance: float, first: float, each: float) -> None:
    """In proportion to what its first client took, where time is short."""
    assert longer_glance(glance, first) == pytest.approx(each)
