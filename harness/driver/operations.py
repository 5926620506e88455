"""What the steps do that act on the target's process instead of a connection.

A function is called again and again until it returns True: the step is done.  ``client.memory`` is
its memory between two calls, None at the first.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, cast

import msgspec

from harness.driver.actor import Actor
from harness.driver.client import Client
from harness.driver.looking import LOOK_EVERY, ROOM_EVERY, held_since, look_again_at
from harness.driver.world import A, World
from harness.launcher.instance import Instance
from harness.system import places, tree
from harness.system.watched import Watched
from harness.values.plan import (
    AwaitExit,
    AwaitQuiet,
    AwaitRelease,
    InterruptTarget,
    LimitDescriptors,
    Measure,
    PauseTarget,
    Relaunch,
    RestoreDescriptors,
    ResumeTarget,
    Terminate,
    Watch,
)
from harness.values.trace import Measurement

QUIET_PATIENCE = 0.8
"""Share of the patience for which a tree that never holds still is watched."""
LONGER = 8
"""Times the seconds of a ``Watch``, at most, until it is known whether a target spins that is ready
to run and seldom runs."""
QUIET_FOR, QUIET_BRIEFLY = 0.06, 0.03
"""Seconds for which a quiet tree must hold still: the system counts CPU in ticks of 0.01 s."""


def _instance(world: World[A], client: A) -> Instance | None:
    """The instance that this script acts on: the one it is or will be connected to, if any."""
    fleet = world.fleet
    if client.instance is None and client.connects and fleet.keeper is not None:
        client.instance = world.acquire()
    return client.instance or fleet.current


def _seen(world: World[A], client: A) -> Instance | Watched | None:
    """The same for steps that only look."""
    return _instance(world, client) or world.fleet.watched


def _acting(
    what: str, act: Callable[[Instance, Any], None], size: Callable[[Any], int] = lambda step: 0
) -> Callable[[World[Any], Any, Any], bool]:
    """A step that is done at once: ``act``, and ``what`` (and its size) in the timeline."""

    def perform(world: World[Any], client: Actor, step: Any) -> bool:
        if instance := _instance(world, client):
            act(instance, step)
            world.note(client, what, size(step))
        return True

    return perform


def _interrupt(instance: Instance, step: InterruptTarget) -> None:
    for _ in range(step.times):
        instance.levers.interrupt()


def pause_target(world: World[A], client: A, step: PauseTarget) -> bool:
    if instance := _instance(world, client):
        if client.connects_next and not instance.backlog.has_room():
            world.wake_at(world.now + ROOM_EVERY, client)
            return False
        instance.levers.pause()
        world.note(client, "target paused")
    return True


def measure(world: World[A], client: A, step: Measure) -> bool:
    if instance := _seen(world, client):
        world.measurements.append(instance.measure(step.label, world.elapsed()))
    return True


def watch(world: World[A], client: A, step: Watch) -> bool:
    instance = _seen(world, client)
    if instance is None:
        return True
    if client.memory is None:
        before = _counted(instance, instance.measure(f"{step.label}-before", world.elapsed()))
        world.measurements.append(before)
        client.memory = _Watching(
            world.now + step.seconds, world.now + LONGER * step.seconds, before
        )
    seen = cast("_Watching", client.memory)
    if world.now >= seen.until:
        share = seen.awake / seen.looks if seen.looks else 0.0
        after = _counted(instance, instance.measure(f"{step.label}-after", world.elapsed(), share))
        if world.now >= seen.last or not after.may_spin_since(seen.before):
            world.measurements.append(after)
            return True
        seen.until = min(seen.last, world.now + step.seconds)
    seen.looks += 1
    seen.awake += not instance.asleep()
    world.progress()
    world.wake_at(look_again_at(seen.until, world.now), client)
    return False


def _counted(instance: Instance | Watched, measured: Measurement) -> Measurement:
    """``measured`` with the number of wakes, for which each thread is asked."""
    return msgspec.structs.replace(measured, wakes=tree.wakes(instance.members()))


class _Watching:
    """A ``Watch`` under way, at ``last`` to the end."""

    def __init__(self, until: float, last: float, before: Measurement) -> None:
        self.until = until
        self.last = last
        self.before = before
        self.looks = self.awake = 0


def await_quiet(world: World[A], client: A, step: AwaitQuiet) -> bool:
    """Done when the tree holds still for a while; a target that never does is not waited for.

    That ends before the plan's patience does, which would take the rest of the script with it.
    Who is ready to run and gets no core on a busy machine holds still too, and does not rest.
    """
    instance = _seen(world, client)
    if instance is None or not instance.alive:
        return True
    members, now = instance.members(), world.now
    usage, awake = tree.Usage(members), None if tree.asleep(members) else now
    state = (usage.cpu, usage.descriptors, usage.threads, usage.processes, usage.zombies, awake)
    if client.quiet_since is None:
        client.quiet_since = now
    if now - client.quiet_since > QUIET_PATIENCE * world.pulse.patience:
        client.quiet_since = None
        world.progress()
        return True
    client.memory, since = held_since(client.memory, state, now)
    wanted = QUIET_BRIEFLY if step.briefly else QUIET_FOR
    if now - since >= wanted:
        client.quiet_since = None
        return True
    world.wake_at(look_again_at(since + wanted, now), client)
    return False


def await_release(world: World[Client], client: Client, step: AwaitRelease) -> bool:
    """The target's socket is gone from CLOSE_WAIT."""
    instance = client.instance
    released = True
    if instance is None or instance.alive:
        pids, through = (instance.members(), instance.through) if instance else (None, None)
        assert client.way is not None
        released = places.has_released(pids, client.way.address, client.local_port, through)
    client.talk.outcome.released = released
    if not released:
        world.wake_at(world.now + LOOK_EVERY, client)
    return released


def terminate(world: World[A], client: A, step: Terminate) -> bool:
    if instance := _instance(world, client):
        world.expect_exit(instance)
        instance.terminate()
        world.note(client, f"sent {signal.Signals.SIGTERM.name}")
    return True


def await_exit(world: World[A], client: A, step: AwaitExit) -> bool:
    instance = _instance(world, client)
    if instance is None:
        return True
    instance.keeper.poll()
    if not instance.alive:
        world.note(client, "target ended")
        return True
    return False


def relaunch(world: World[A], client: A, step: Relaunch) -> bool:
    current = client.instance or world.fleet.current
    assert current is not None
    world.relaunch(current)
    return True


ON_TARGET: dict[type, Callable[[World[Any], Any, Any], bool]] = {
    PauseTarget: pause_target,
    ResumeTarget: _acting(
        "target resumed",
        lambda instance, step: instance.levers.resume(children_first=step.children_first),
    ),
    InterruptTarget: _acting("target interrupted", _interrupt, lambda step: int(step.times)),
    Measure: measure,
    Watch: watch,
    AwaitQuiet: await_quiet,
    AwaitRelease: await_release,
    LimitDescriptors: _acting(
        "descriptors limited",
        lambda instance, step: instance.levers.limit_descriptors(step.spare),
        lambda step: int(step.spare),
    ),
    RestoreDescriptors: _acting(
        "descriptor limit restored", lambda instance, step: instance.levers.restore_descriptors()
    ),
    Terminate: terminate,
    AwaitExit: await_exit,
    Relaunch: relaunch,
}
