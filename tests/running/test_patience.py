"""How long a run is patient, and when it is over."""

from __future__ import annotations

import math
import time

import pytest

from harness.contract.catalogue import CHECKS, find
from harness.contract.check import Context
from harness.contract.resilience_signals import RETIRED
from harness.driver.brief import BRIEFLY, MANY_IN_VAIN, VERY_MANY, Brief
from harness.driver.manner import limit_for
from harness.running.lane import Lane
from harness.running.patience import (
    LAST_LIMIT,
    LEAST_LIMIT,
    LEAST_PATIENCE,
    LONGEST_RUN,
    Patience,
)
from harness.running.results import OUT_OF_TIME
from harness.settings.run import PATIENCE
from harness.values.verdict import Profile, Status
from tests.support.serving import serving


def started(seconds_ago: float, *, patience: float = PATIENCE) -> Patience:
    made = Patience(patience)
    made.begin(time.monotonic() - seconds_ago)
    return made


def test_what_a_plan_waits_on_purpose_is_not_held_against_a_broken_target() -> None:
    """Nobody is called slow since the harness itself was idle for longer than is left to them."""
    famine = find("resilience/descriptor-famine")
    plan = famine.plan(Context(profile=Profile.CONCURRENT, attempt=2))
    patience = Patience(3.0)
    for _ in range(9):
        patience.confirmed()
    assert plan.idle >= RETIRED > LEAST_LIMIT
    assert patience.limit(0.3, 0, plan.idle) == LEAST_LIMIT + plan.idle
    assert started(10 * LONGEST_RUN).limit(3.0, 0, plan.idle) == LAST_LIMIT


def test_the_end_of_a_process_has_the_whole_patience() -> None:
    """A target that does not answer may be quick to end, and slow on a busy machine: it is never
    said to go on after SIGTERM because it did not end within a moment, seen once."""
    patience = Patience(3.0)
    for _ in range(9):
        patience.confirmed()
    assert {
        check.id: patience.of(check) for check in CHECKS if patience.of(check) != LEAST_PATIENCE
    } == {"resilience/terminates": 3.0, "shutdown/exit-status": 3.0}
    assert not patience.retries
    assert patience.retries_of(find("resilience/terminates"))
    assert not patience.retries_of(find("identity/hello"))


def test_patience_shrinks_with_each_confirmed_breach() -> None:
    """Down to a floor that no honest server misses; so does the limit of a whole plan."""
    patience = Patience(3.0)
    assert (patience.seconds, patience.limit(3.0), patience.retries) == (3.0, limit_for(3.0), True)
    patience.confirmed()
    assert (patience.seconds, patience.limit(1.5)) == (0.75, limit_for(0.75) / 2)
    for _ in range(9):
        patience.confirmed()
    assert (patience.seconds, patience.limit(0.3)) == (LEAST_PATIENCE, LEAST_LIMIT)
    assert not patience.retries


def test_a_plan_that_was_too_slow_leaves_the_next_less() -> None:
    """A target that is slow beyond reason costs 15 s once, not in each check."""
    patience = Patience(PATIENCE)
    patience.too_slow()
    assert patience.limit(PATIENCE) == limit_for(PATIENCE) / 2
    assert patience.seconds == PATIENCE, "slow is not silent"


def test_a_program_for_each_connection_has_time_to_start() -> None:
    """A plan of 150 connections is not cut short since an interpreter takes long to come up."""
    usual, each = Patience(PATIENCE), Patience(PATIENCE, for_each=0.2)
    assert usual.limit(PATIENCE, 150) == limit_for(PATIENCE)
    assert each.limit(PATIENCE, 150) == limit_for(PATIENCE) + 30.0
    for patience in (usual, each):
        patience.begin(time.monotonic() - 60.0)
    assert usual.is_over and not each.is_over


def test_any_target_has_a_minute() -> None:
    """The bound leaves room to end what was begun."""
    assert LONGEST_RUN * PATIENCE <= 56
    assert not started(LONGEST_RUN * PATIENCE - 5).is_over
    patience = started(LONGEST_RUN * PATIENCE + 1)
    assert patience.is_over
    assert patience.limit(PATIENCE) == LAST_LIMIT


def test_a_plan_ends_with_the_run() -> None:
    """What begins shortly before the end of the time gets what is left, and a second at least."""
    patience = started(LONGEST_RUN * PATIENCE - 2.5)
    assert 2.0 < patience.limit(PATIENCE) <= 2.5


def test_whoever_is_more_patient_gets_a_longer_run() -> None:
    """--patience is for slow machines; less than the default ends nothing earlier."""
    for seconds, lasts in ((30.0, 30.0 * LONGEST_RUN), (0.5, PATIENCE * LONGEST_RUN)):
        for ago, over in ((lasts - 5, False), (lasts + 5, True)):
            patience = started(ago, patience=seconds)
            assert patience.is_over is over


def test_single_checks_have_no_end() -> None:
    """Between two of them a test runner does other things, for as long as it likes."""
    patience = Patience(PATIENCE)
    assert (patience.is_over, patience.left) == (False, math.inf)


def test_a_check_after_the_end_says_that_it_was_not_performed() -> None:
    """Inconclusive, with what to do about it; the target is left in peace."""
    connections = []
    with serving(connections.append) as server:
        lane = Lane(server.fleet, started(1000), lambda check_id: check_id)
        result = lane.run(find("identity/hello"), Context(profile=Profile.CONCURRENT))
    assert (result.status, result.summary, connections) == (Status.INCONCLUSIVE, OUT_OF_TIME, [])


@pytest.mark.parametrize(
    ("times", "share"), [(0, 1), (MANY_IN_VAIN, 5), (VERY_MANY, 20), (500, 20)]
)
def test_waits_that_do_not_insist_get_shorter(times: int, share: int) -> None:
    """Counted over a run: what was in vain so often is hardly waited for."""
    brief = Brief()
    for _ in range(times):
        brief.was_in_vain()
    assert brief.seconds == BRIEFLY / share
