"""A busy machine: a target that gets no core is silent, and awake, and no blame is on it."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from harness.contract.measuring import busy
from harness.driver import Manner, perform, starving
from harness.driver.client import Client
from harness.driver.operations import QUIET_FOR, await_quiet
from harness.driver.pulse import Pulse
from harness.driver.starving import A_MOMENT, EACH, RESTS, SLICE, TIMES, Starving, since
from harness.driver.world import World
from harness.system import cores, tree
from harness.system.cores import CoreTime
from harness.values.plan import AwaitEcho, AwaitQuiet, Close, Connect, Literal, Send, one
from harness.values.trace import Measurement, Trace
from tests.support.serving import serving

SPIN = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass"


class Looks:
    """What the system tells of a target, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asleep = False
        self.on_a_disk = False
        self.waits: dict[int, float] = {}
        self.ran: dict[int, float] = {}
        monkeypatch.setattr(starving.tree, "waits_for_a_disk", lambda members: self.on_a_disk)
        monkeypatch.setattr(starving.tree, "asleep", lambda members: self.asleep)
        monkeypatch.setattr(starving.cores, "core_times", lambda members: self.times())

    def times(self) -> dict[int, CoreTime]:
        threads = {*self.waits, *self.ran}
        return {t: CoreTime(self.ran.get(t, 0.0), self.waits.get(t, 0.0)) for t in threads}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(monkeypatch)


def test_who_sleeps_is_not_waited_for(looks: Looks) -> None:
    """It hangs, however busy the machine is; one look may have missed a child, so some decide."""
    looks.asleep = True
    plan = Starving(3.0)
    for _ in range(2):
        granted = [plan.prolongs(100.0, [1]) for _ in range(RESTS)]
        assert granted == [*[A_MOMENT] * (RESTS - 1), 0.0]
    assert RESTS * A_MOMENT < 0.05


def test_who_was_asleep_at_one_look_only_is_waited_for(looks: Looks) -> None:
    """The next finds the child that waits for a core."""
    plan = Starving(3.0)
    looks.asleep = True
    assert plan.prolongs(100.0, [1]) == A_MOMENT
    looks.asleep, looks.waits = False, {2: 1.0}
    assert plan.prolongs(100.0 + A_MOMENT, [1, 2]) == SLICE


def test_who_waits_for_a_disk_is_waited_for(looks: Looks) -> None:
    """It does not spin, and does not rest: the machine has thrown a part of its program out."""
    plan, granted = Starving(3.0), 0.0
    looks.on_a_disk = looks.asleep = True
    while longer := plan.prolongs(100.0 + granted, [1]):
        granted += longer
    assert TIMES * 3.0 <= granted <= TIMES * 3.0 + SLICE


def test_who_has_a_core_gets_one_slice_in_a_plan(looks: Looks) -> None:
    """It spins, and that is seen once."""
    plan = Starving(3.0)
    looks.waits, looks.ran = {1: 50.0}, {1: 20.0}
    assert plan.prolongs(100.0, [1]) == SLICE
    looks.waits, looks.ran = {1: 50.01}, {1: 20.0 + 0.9 * SLICE}
    assert plan.prolongs(100.0 + SLICE, [1]) == 0.0
    assert plan.prolongs(200.0, [1]) == 0.0


def test_where_the_system_tells_nothing_who_is_awake_may_spin(looks: Looks) -> None:
    """It gets a slice, as one that spins, and not several times its patience."""
    plan = Starving(3.0)
    assert plan.prolongs(100.0, [1]) == SLICE
    assert plan.prolongs(100.0 + SLICE, [1]) == 0.0


def test_who_hardly_runs_does_not_spin(looks: Looks) -> None:
    """Nor does it rest: it waits for something between two turns, and that may take its time."""
    plan = Starving(3.0)
    looks.waits, looks.ran = {1: 50.0, 2: 7.0}, {1: 20.0, 2: 3.0}
    assert plan.prolongs(100.0, [1, 2]) == SLICE
    looks.waits, looks.ran = {1: 50.02, 2: 7.05}, {1: 20.03, 2: 3.01}
    assert plan.prolongs(100.0 + SLICE, [1, 2]) == SLICE


def test_who_waits_for_a_core_is_waited_for_and_not_for_ever(looks: Looks) -> None:
    """Some times its patience: on such a machine one that spins has to be found out as well."""
    plan, now, granted = Starving(3.0), 100.0, 0.0
    while longer := plan.prolongs(now, [1]):
        granted += longer
        now += longer
        looks.waits = {1: now / 2}
    assert TIMES * 3.0 <= granted <= TIMES * 3.0 + SLICE


def test_processes_that_come_and_go_are_worked_off(looks: Looks) -> None:
    """One for each client, on a machine without a core for them, as long as there may be any left;
    those that are the same all the time are waited for as ever."""

    def granted(members: Callable[[int], list[int]], clients: int) -> float:
        plan, now = Starving(3.0), 100.0
        for turn in itertools.count():
            looks.waits = {1: now / 2}
            if not (longer := plan.prolongs(now, members(turn), clients)):
                break
            now += longer
        return now - 100.0

    usual = granted(lambda turn: [1], clients=60)
    assert TIMES * 3.0 <= usual <= TIMES * 3.0 + SLICE
    longer = granted(lambda turn: [1, 100 + turn], clients=60)
    assert usual + 60 * EACH <= longer <= usual + 60 * EACH + SLICE
    assert granted(lambda turn: [1, 100 + turn], clients=0) == usual


def test_a_program_that_starts_does_not_spin(looks: Looks) -> None:
    """It is busy with a core of its own while it is new; what was there before is not excused."""
    plan = Starving(3.0)
    looks.ran = {1: 20.0}
    assert plan.prolongs(100.0, [1], clients=9) == SLICE
    looks.ran = {1: 20.0, 2: SLICE}
    assert plan.prolongs(100.0 + SLICE, [1, 2], clients=9) == SLICE
    looks.ran = {1: 20.0, 2: 2 * SLICE}
    assert plan.prolongs(100.0 + 2 * SLICE, [1, 2], clients=9) == 0.0


def test_time_without_a_core_for_us_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target is not slow because the harness could not run; what is known of that time already
    does not count twice."""

    def nobodys(waited: float, known: float) -> float:
        plan = Starving(3.0)
        monkeypatch.setattr(cores, "own_core_wait", lambda: 100.0)
        assert plan.nobodys(0.0, 0.0) == 0.0  # nothing is asked of the system yet
        assert plan.nobodys(1.0, 0.25) == 0.25
        monkeypatch.setattr(cores, "own_core_wait", lambda: 100.0 + waited)
        return plan.nobodys(20.0, 0.25 + known)

    assert nobodys(waited=12.0, known=2.0) == 12.25
    assert nobodys(waited=1.0, known=2.0) == 2.25


def test_the_system_tells_how_long_we_wait_for_a_core() -> None:
    """Of the thread that asks, in seconds, and never less than before."""
    first = cores.own_core_wait()
    assert 0.0 <= first <= cores.own_core_wait()


def test_a_process_that_has_just_begun_counts_from_its_beginning() -> None:
    """So does the one that was started for the last of many clients."""
    before = {1: CoreTime(9.0, 5.0)}
    after = {1: CoreTime(9.25, 5.125), 2: CoreTime(0.5, 0.25)}
    assert since(before, after) == CoreTime(ran=0.75, waited=0.25)
    assert since({}, {}) == CoreTime(0.0, 0.0)


def test_the_system_tells_who_waits_for_a_core() -> None:
    """Two that spin on one core wait for each other."""
    both = [subprocess.Popen([sys.executable, "-I", "-S", "-c", SPIN]) for _ in range(2)]
    pids = [each.pid for each in both]
    try:
        deadline = time.monotonic() + 30
        while since({}, cores.core_times(pids)).waited < 0.05 and time.monotonic() < deadline:
            os.sched_yield()
        ran, waited = since({}, cores.core_times(pids))
        assert waited >= 0.05
        assert ran > 0.0
    finally:
        for each in both:
            each.kill()
            each.wait()
    assert cores.core_times(pids) == {}


def test_a_silence_without_a_core_does_not_end_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes after more than the patience, and nobody is accused."""
    asked = threading.Event()

    def grants(plan: Starving, now: float, members: object, clients: int) -> float:
        asked.set()
        return SLICE

    def answers_when_it_was_waited_for(connection: socket.socket) -> None:
        data = connection.recv(1024)
        asked.wait(20)
        connection.sendall(data)

    monkeypatch.setattr(Starving, "prolongs", grants)
    with serving(answers_when_it_was_waited_for) as server:
        plan = one(Connect(), Send(Literal(b"hello")), AwaitEcho(), Close())
        trace = perform(plan, server.fleet, Manner(patience=0.2))
    assert (trace.scripts[0].echoed, trace.scripts[0].stuck) == (5, None)


def test_a_target_without_a_core_does_not_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """It uses no CPU for as long as others have all of it; it rests once it sleeps as well."""
    target = SimpleNamespace(alive=True, members=lambda: [os.getpid()])
    fleet = SimpleNamespace(current=target, keeper=None, watched=None)
    client = SimpleNamespace(instance=None, connects=False, memory=None, quiet_since=None)
    nothing = SimpleNamespace(cpu=0.0, descriptors=3, threads=1, processes=1, zombies=0)
    monkeypatch.setattr(tree, "Usage", lambda members: nothing)

    def rests(now: float, *, asleep: bool) -> bool:
        monkeypatch.setattr(tree, "asleep", lambda members: asleep)
        world = SimpleNamespace(now=now, pulse=Pulse(0.0, 3.0), fleet=fleet, wake_at=print)
        return await_quiet(cast("World[Client]", world), cast(Client, client), AwaitQuiet())

    assert not any(rests(n * QUIET_FOR, asleep=False) for n in range(5))
    assert not rests(5.0 * QUIET_FOR, asleep=True)
    assert rests(6.1 * QUIET_FOR, asleep=True)


def measured(at: float, cpu: float, awake: float | None = None) -> Measurement:
    label = "ended-before" if awake is None else "ended-after"
    return Measurement(label, at, cpu, 0, 0, 1, 1, 0, awake=awake)


@pytest.mark.parametrize(
    ("used", "awake", "accused"),
    [
        (0.05, 1.0, False),  # an interpreter that ends, and does not get there
        (0.09, 0.9, False),
        (0.12, 1.0, True),
        (0.3, 0.5, True),
        (0.12, 0.5, False),
    ],
)
def test_who_was_awake_and_used_next_to_nothing_is_not_called_busy(
    used: float, awake: float, accused: bool
) -> None:
    """On a machine with too much to do that says nothing."""
    trace = Trace((), measurements=(measured(0.0, 1.0), measured(1.0, 1.0 + used, awake)))
    assert bool(busy(trace, "ended", "after the client ended its side")) is accused


def test_one_that_may_spin_is_watched_for_longer() -> None:
    """Until it has used enough to tell."""
    before = measured(0.0, 1.0)
    assert measured(0.4, 1.05, 1.0).may_spin_since(before)
    assert not measured(0.4, 1.12, 1.0).may_spin_since(before)
    assert not measured(0.4, 1.0, 0.3).may_spin_since(before)
