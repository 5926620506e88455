"""Which lane performs which checks, without any target."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from harness.contract.catalogue import CHECKS, find
from harness.contract.check import Check, Context
from harness.host import turns
from harness.host.halting import Halt, Halted
from harness.host.turns import Turns
from harness.launcher.shared import SharedFleet
from harness.running.lane import Lane
from harness.running.lanes import SIMPLE, Signals, Work, run_lanes
from harness.running.patience import Patience
from harness.running.results import result_of
from harness.values.effort import Effort
from harness.values.verdict import Profile, Result, Status

CONTEXT = Context(profile=Profile.CONCURRENT)
ALL = Work(list(CHECKS), CONTEXT)


class Recorder:
    """Passes everything, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Check] = []
        self.more: Callable[[], bool] = lambda: True
        self.expected: list[bool] = []
        """Before each: whether another was likely to follow."""

    def run(self, check: Check, context: Context) -> Result:
        self.given.append(check)
        self.expected.append(self.more())
        return result_of(check, Status.PASSED)


def performed(
    count: int, checks: list[Check], last: Any = None, broken: bool = False
) -> tuple[list[Recorder], list[Any]]:
    """``count`` recorders and what running ``checks`` in them yields."""
    lanes = [Recorder() for _ in range(count)]
    makers = [lambda lane=lane: cast(Lane, lane) for lane in lanes]
    signals = Signals(broken=lambda: broken)
    return lanes, list(run_lanes(Work(checks, CONTEXT, last), makers, signals))


@pytest.mark.parametrize("count", [1, 2, 8])
def test_each_check_is_performed_once(count: int) -> None:
    """Whatever the number of lanes: started, then ended, and nothing twice."""
    lanes, events = performed(count, list(CHECKS))
    assert sorted(c.id for lane in lanes for c in lane.given) == sorted(c.id for c in CHECKS)
    for check in CHECKS:
        mine = [e for e in events if getattr(e, "id", None) == check.id]
        assert [type(e) for e in mine] == [Check, Result]


def test_one_lane_takes_them_in_the_order_of_the_contract_and_waits_last() -> None:
    """Simple exchanges, then disturbances, then what waits on purpose, the longest first; what
    leaves no instance behind is the end."""
    (lane,), _ = performed(1, list(CHECKS))
    ending = [c for c in lane.given if c.uses_up]
    working = [c for c in lane.given if not c.waits and not c.uses_up]
    waiting = [c for c in lane.given if c.waits]
    assert lane.given == [*working, *waiting, *ending]
    assert [c.id for c in ending] == ["resilience/terminates"]
    simple = [c.group in SIMPLE for c in working]
    assert simple == sorted(simple, reverse=True)
    order = {c.id: n for n, c in enumerate(CHECKS)}
    for part in (True, False):
        ids = [order[c.id] for c in working if (c.group in SIMPLE) is part]
        assert ids == sorted(ids)
    assert [c.waits for c in waiting] == sorted((c.waits for c in waiting), reverse=True)


def test_the_last_checks_of_a_lane_are_known_to_be_the_last() -> None:
    """For what may not follow no instance is launched ahead."""
    few = [check for check in CHECKS if not check.waits and not check.shares][:5]
    (lane,), _ = performed(1, few)
    assert lane.expected == [True, True, True, True, False]
    lanes, _ = performed(2, few)
    assert [lane.expected[-1:] for lane in lanes if lane.given] in ([[False]], [[False]] * 2)


def test_checks_that_share_their_plan_stay_together() -> None:
    """One lane performs them one after another, so that the plan is performed once."""
    lanes, _ = performed(8, list(CHECKS))
    for word in {c.shares for c in CHECKS if c.shares}:
        sharing = [c for c in CHECKS if c.shares == word]
        (lane,) = [lane for lane in lanes if sharing[0] in lane.given]
        first = lane.given.index(sharing[0])
        assert lane.given[first : first + len(sharing)] == sharing


class Searching:
    """The search: remembers who did it, and what that lane had performed by then."""

    def __init__(self) -> None:
        self.done: list[tuple[Recorder, list[Check]]] = []
        self.over = threading.Event()

    def __call__(self, lane: Lane, tell: Any) -> Result:
        recorder = cast(Recorder, lane)
        self.done.append((recorder, list(recorder.given)))
        self.over.set()
        return result_of(CHECKS[0], Status.PASSED, summary="searched")


SIMPLE_ONES = [c for c in CHECKS if c.group in SIMPLE and not c.waits]
DISTURBING = [c for c in CHECKS if c.group not in SIMPLE and not c.waits and not c.uses_up]


@pytest.mark.parametrize("count", [1, 2, 8])
@pytest.mark.parametrize("broken", [False, True])
def test_the_search_is_done_once(count: int, broken: bool) -> None:
    """By one lane, and told like a check."""
    search = Searching()
    _, events = performed(count, list(CHECKS), search, broken)
    assert len(search.done) == 1
    assert [e.summary for e in events if isinstance(e, Result)].count("searched") == 1


@pytest.mark.parametrize("broken", [False, True])
def test_alone_a_lane_searches_before_what_waits_on_purpose(broken: bool) -> None:
    """Time may run out, and checks explain more than plans do."""
    search = Searching()
    performed(1, list(CHECKS), search, broken)
    ((_, before),) = search.done
    assert before == SIMPLE_ONES + DISTURBING


@pytest.mark.parametrize("broken", [False, True])
def test_after_a_failure_the_search_comes_next(broken: bool) -> None:
    """It is short then, so that any lane but the first may do it between two checks.  Without a
    failure, the checks come first."""
    search = Searching()

    class Busy(Recorder):
        """Its second check lasts until the search is over."""

        def run(self, check: Check, context: Context) -> Result:
            if self.given:
                assert search.over.wait(10)
            return super().run(check, context)

    busy, free = Busy(), Recorder()
    lanes = [lambda: cast(Lane, busy), lambda: cast(Lane, free)]
    work = Work(SIMPLE_ONES + DISTURBING, CONTEXT, search)
    list(run_lanes(work, lanes, Signals(broken=lambda: broken)))
    ((lane, before),) = search.done
    assert lane is free
    assert before[: len(DISTURBING)] == ([] if broken else DISTURBING)


def test_a_run_that_is_to_stop_does_not_begin_to_search() -> None:
    """After -x has seen its failure."""
    search = Searching()

    class Gate(Recorder):
        """Its second check lasts until the run has been told to stop."""

        def run(self, check: Check, context: Context) -> Result:
            if self.given:
                assert told.wait(10)
            return super().run(check, context)

    told = threading.Event()
    lane = cast(Lane, Gate())
    work = Work(list(CHECKS), CONTEXT, search)
    events = run_lanes(work, [lambda: lane], Signals(stop=lambda: True))
    next(events), next(events)
    told.set()
    list(events)
    assert search.done == []


def test_no_more_lanes_than_there_is_work() -> None:
    """Each lane costs a launch of the target."""
    simple = [c for c in CHECKS if c.group == "identity"]
    made: list[int] = []
    lane = cast(Lane, Recorder())

    def maker(number: int) -> Lane:
        made.append(number)
        return lane

    makers = [lambda n=n: maker(n) for n in range(8)]
    assert len(list(run_lanes(Work(simple, CONTEXT), makers))) == 2 * len(simple)
    assert made == [0]


def test_a_lane_that_breaks_is_told() -> None:
    """Its exception reaches whoever runs the lanes."""

    def broken() -> Lane:
        raise RuntimeError("no lane")

    with pytest.raises(RuntimeError, match="no lane"):
        list(run_lanes(ALL, [broken]))


class Waiting(Recorder):
    """Performs one check, and is then given up while it waits in the next."""

    def __init__(self, halt: Halt) -> None:
        super().__init__()
        self.halt = halt
        self.waits = threading.Event()

    def run(self, check: Check, context: Context) -> Result:
        if self.given:
            self.waits.set()
            while not self.halt.on:
                threading.Event().wait(0.005)
            raise Halted
        return super().run(check, context)


def test_a_run_that_is_given_up_tells_what_it_has_found_out() -> None:
    """The lanes end where they wait; what they have told of comes before the end."""
    asked = threading.Event()
    halt = Halt(asked.is_set)
    lane = Waiting(halt)
    events: list[Any] = []
    with pytest.raises(Halted):
        for event in run_lanes(ALL, [lambda: cast(Lane, lane)], Signals(halt=halt)):
            assert lane.waits.wait(20)
            asked.set()
            events.append(event)
    assert [type(e) for e in events] == [Check, Result, Check]


def test_closing_the_generator_gives_the_run_up() -> None:
    """Nobody waits for a check whose result nobody will hear."""
    halt = Halt()
    lane = Waiting(halt)
    events = run_lanes(ALL, [lambda: cast(Lane, lane)], Signals(halt=halt))
    next(events)
    assert lane.waits.wait(20)
    cast(Any, events).close()
    assert halt.on


def test_who_is_stuck_with_a_client_that_has_gone_is_launched_afresh(
    fleet_of: Callable[..., SharedFleet],
) -> None:
    """The next check is about what it asks for, not about the end of the one before."""
    fleet = fleet_of("serve(lambda c: (echo(c), time.sleep(600)))")
    lane = Lane(fleet, Patience(10.0), str)
    context = Context(profile=Profile.SEQUENTIAL)
    said = [lane.run(find(i), context) for i in ("identity/one-byte", "identity/hello")]
    assert [result.status for result in said] == [Status.PASSED, Status.PASSED]
    assert fleet.relaunches == 1


@pytest.mark.parametrize("effort", [Effort.QUICK, Effort.NORMAL])
def test_lanes_take_turns_at_quick_effort(effort: Effort, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one of them works at a time, unless it waits; at others they go on as Python lets
    them."""
    monkeypatch.setattr(turns, "TURNS", Turns(20.0))
    seen: list[bool] = []
    at_work = threading.Lock()

    class Worker(Recorder):
        def run(self, check: Check, context: Context) -> Result:
            seen.append(turns.are_taken())
            if effort is Effort.QUICK:
                assert at_work.acquire(blocking=False), "another works"
                time.sleep(0)  # as during any system call, Python lets others go on
                at_work.release()
            return super().run(check, context)

    makers = [lambda: cast(Lane, Worker())] * 4
    context = Context(profile=Profile.CONCURRENT, effort=effort)
    results = [e for e in run_lanes(Work(list(CHECKS), context), makers) if isinstance(e, Result)]
    assert len(results) == len(CHECKS)
    assert set(seen) == {effort is Effort.QUICK}
    assert turns.TURNS.take(), "somebody has kept a turn"
