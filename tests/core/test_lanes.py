"""Which lane performs which checks, without any target."""

from __future__ import annotations

from typing import Any, cast

import pytest

from harness.contract.catalogue import CHECKS
from harness.contract.check import Check, Context
from harness.lane import Lane, result_of
from harness.lanes import SIMPLE, run_lanes
from harness.verdict import Profile, Result, Status

CONTEXT = Context(profile=Profile.CONCURRENT)


class Recorder:
    """Passes everything, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Check] = []

    def run(self, check: Check, context: Context) -> Result:
        self.given.append(check)
        return result_of(check, Status.PASSED)


def performed(count: int, checks: list[Check], **more: Any) -> tuple[list[Recorder], list[Any]]:
    """``count`` recorders and what running ``checks`` in them yields."""
    lanes = [Recorder() for _ in range(count)]
    makers = [lambda lane=lane: cast(Lane, lane) for lane in lanes]
    more.setdefault("stop", lambda: False)
    return lanes, list(run_lanes(checks, makers, CONTEXT, **more))


@pytest.mark.parametrize("count", [1, 2, 8])
def test_each_check_is_performed_once(count: int) -> None:
    """Whatever the number of lanes: started, then ended, and nothing twice."""
    lanes, events = performed(count, list(CHECKS))
    assert sorted(c.id for lane in lanes for c in lane.given) == sorted(c.id for c in CHECKS)
    for check in CHECKS:
        mine = [e for e in events if getattr(e, "id", None) == check.id]
        assert [type(e) for e in mine] == [Check, Result]


def test_one_lane_takes_them_in_the_order_of_the_contract_and_waits_last() -> None:
    """Simple exchanges, then disturbances, then what waits on purpose, the longest first."""
    (lane,), _ = performed(1, list(CHECKS))
    working = [c for c in lane.given if not c.waits]
    waiting = [c for c in lane.given if c.waits]
    assert lane.given == [*working, *waiting]
    simple = [c.group in SIMPLE for c in working]
    assert simple == sorted(simple, reverse=True)
    order = {c.id: n for n, c in enumerate(CHECKS)}
    for part in (True, False):
        ids = [order[c.id] for c in working if (c.group in SIMPLE) is part]
        assert ids == sorted(ids)
    assert [c.waits for c in waiting] == sorted((c.waits for c in waiting), reverse=True)


def test_checks_that_share_their_plan_stay_together() -> None:
    """One lane performs them one after another, so that the plan is performed once."""
    lanes, _ = performed(8, list(CHECKS))
    sharing = [c for c in CHECKS if c.shares]
    (lane,) = [lane for lane in lanes if sharing[0] in lane.given]
    first = lane.given.index(sharing[0])
    assert lane.given[first : first + len(sharing)] == sharing


def test_no_more_lanes_than_there_is_work() -> None:
    """Each lane costs a launch of the target."""
    simple = [c for c in CHECKS if c.group == "identity"]
    made: list[int] = []
    lane = cast(Lane, Recorder())

    def maker(number: int) -> Lane:
        made.append(number)
        return lane

    makers = [lambda n=n: maker(n) for n in range(8)]
    assert len(list(run_lanes(simple, makers, CONTEXT, stop=lambda: False))) == 2 * len(simple)
    assert made == [0]


def test_a_lane_that_breaks_is_told() -> None:
    """Its exception reaches whoever runs the lanes."""

    def broken() -> Lane:
        raise RuntimeError("no lane")

    with pytest.raises(RuntimeError, match="no lane"):
        list(run_lanes(list(CHECKS), [broken], CONTEXT, stop=lambda: False))
