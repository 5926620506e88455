"""What the steps do that act on the target's process instead of a connection.

They are like those of ``harness.driver.steps``: called again and again until they return True.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from harness.driver.client import Client
from harness.driver.looking import LOOK_EVERY, has_room, holds_still
from harness.launcher.instance import Instance
from harness.system import sockets, tree
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

QUIET_PATIENCE = 0.8
"""Share of the patience for which a tree that never holds still is watched."""
QUIET_FOR = 0.06
"""Seconds for which a quiet tree must hold still: the system counts CPU in ticks of 0.01 s."""


def _instance(client: Client) -> Instance | None:
    """The instance that this script acts on: the one it is or will be connected to, if any."""
    fleet = client.loop.fleet
    if client.instance is None and client.script.connects and fleet.keeper is not None:
        client.instance = client.loop.acquire()
    return client.instance or fleet.current


def _seen(client: Client) -> Instance | Watched | None:
    """The same for steps that only look."""
    return _instance(client) or client.loop.fleet.watched


def _acting(
    what: str, act: Callable[[Instance, Any], None], size: Callable[[Any], int] = lambda step: 0
) -> Callable[[Client, Any], bool]:
    """A step that is done at once: ``act``, and ``what`` (and its size) in the timeline."""

    def perform(client: Client, step: Any) -> bool:
        if instance := _instance(client):
            act(instance, step)
            client.note(what, size(step))
        return True

    return perform


def _interrupt(instance: Instance, step: InterruptTarget) -> None:
    for _ in range(step.times):
        instance.interrupt()


def pause_target(client: Client, step: PauseTarget) -> bool:
    if instance := _instance(client):
        if client.meets_it_paused and not has_room(client, instance.backlog):
            return False
        instance.pause()
        client.note("target paused")
    return True


def measure(client: Client, step: Measure) -> bool:
    if instance := _seen(client):
        client.loop.measurements.append(instance.measure(step.label, client.loop.elapsed()))
    return True


def watch(client: Client, step: Watch) -> bool:
    loop = client.loop
    instance = _seen(client)
    if instance is None:
        return True
    if client.scratch is None:
        loop.measurements.append(instance.measure(f"{step.label}-before", loop.elapsed()))
        client.scratch = (loop.now + step.seconds, 0, 0)
    until, looks, awake = client.scratch
    if loop.now >= until:
        share = awake / looks if looks else 0.0
        loop.measurements.append(instance.measure(f"{step.label}-after", loop.elapsed(), share))
        return True
    client.scratch = (until, looks + 1, awake + (not instance.asleep()))
    loop.progress()
    loop.wake_at(min(until, loop.now + 4 * LOOK_EVERY), client)
    return False


def await_quiet(client: Client, step: AwaitQuiet) -> bool:
    """Done when the tree holds still for a while; a target that never does is not waited for.

    That ends before the loop's patience does, which would take the rest of the script with it.
    """
    instance = _seen(client)
    if instance is None or not instance.alive:
        return True
    usage = tree.Usage(instance.members())
    holds = (usage.cpu, usage.descriptors, usage.threads, usage.processes, usage.zombies)
    if client.quiet_since is None:
        client.quiet_since = client.loop.now
    if client.loop.now - client.quiet_since > QUIET_PATIENCE * client.loop.patience:
        client.quiet_since = None
        client.loop.progress()
        return True
    if holds_still(client, holds, QUIET_FOR):
        client.quiet_since = None
        return True
    return False


def await_release(client: Client, step: AwaitRelease) -> bool:
    """The target's socket is gone from CLOSE_WAIT."""
    loop = client.loop
    instance = client.instance
    if instance is not None and not instance.alive:
        client.released = True
        return True
    pids, through = (instance.members(), instance.through) if instance else (None, None)
    client.released = not sockets.in_close_wait(
        pids, client.server_port, client.local_port, through
    )
    if not client.released:
        loop.wake_at(loop.now + LOOK_EVERY, client)
    return client.released


def terminate(client: Client, step: Terminate) -> bool:
    if instance := _instance(client):
        client.loop.expect_exit(instance)
        instance.terminate()
        client.note(f"sent {signal.Signals.SIGTERM.name}")
    return True


def await_exit(client: Client, step: AwaitExit) -> bool:
    instance = _instance(client)
    if instance is None:
        return True
    instance.keeper.poll()
    if not instance.alive:
        client.note("target ended")
        return True
    return False


def relaunch(client: Client, step: Relaunch) -> bool:
    client.loop.relaunch(client)
    return True


ON_TARGET: dict[type, Callable[[Client, Any], bool]] = {
    PauseTarget: pause_target,
    ResumeTarget: _acting("target resumed", lambda instance, step: instance.resume()),
    InterruptTarget: _acting("target interrupted", _interrupt, lambda step: int(step.times)),
    Measure: measure,
    Watch: watch,
    AwaitQuiet: await_quiet,
    AwaitRelease: await_release,
    LimitDescriptors: _acting(
        "descriptors limited",
        lambda instance, step: instance.limit_descriptors(step.spare),
        lambda step: int(step.spare),
    ),
    RestoreDescriptors: _acting(
        "descriptor limit restored", lambda instance, step: instance.restore_descriptors()
    ),
    Terminate: terminate,
    AwaitExit: await_exit,
    Relaunch: relaunch,
}
