"""What each step of a plan does: a table from step type to a function.

A function is called again and again until it returns True: the step is done.  It never blocks on
the network.  ``client.scratch`` is its memory between two calls, ``None`` at the first.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

from harness.driver.client import Client
from harness.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitExit,
    AwaitQuiet,
    AwaitRelease,
    AwaitStall,
    Close,
    Connect,
    HalfClose,
    InterruptTarget,
    LimitDescriptors,
    Measure,
    Meet,
    PauseTarget,
    ReadSome,
    ReadUntilTaken,
    Relaunch,
    Reset,
    RestoreDescriptors,
    ResumeTarget,
    Send,
    SendUrgent,
    StartReading,
    StopReading,
    Terminate,
    Wait,
    Watch,
)
from harness.target import sockets, tree
from harness.target.instance import Instance
from harness.trace import SURPLUS_KEPT

HURRIED = 0.03
"""Seconds without progress after which no more is expected of a connection whose bytes are wrong
already, when whoever performs the plan is in a hurry."""
LOOK_EVERY = 0.005
"""Seconds between two looks at a state that nobody announces (asleep, quiet, released)."""
ROOM_EVERY = 0.002
"""The same for room in a full backlog, which most servers make at once."""
STALLED = (8, LOOK_EVERY)
"""Looks in a row that must see neither progress nor a thread awake: the target stalls."""
STALLED_IN_A_HURRY = (4, 0.002)
REMOTE_STALL = 0.3
"""Seconds without progress that count as a stall where the target cannot be watched."""
QUIET_PATIENCE = 0.8
"""Share of the patience for which a tree that never holds still is watched."""
QUIET_FOR = 0.06
"""Seconds for which a quiet tree must hold still: the system counts CPU in ticks of 0.01 s."""


def connect(client: Client, step: Connect) -> bool:
    loop = client.loop
    if client.backlog is None:
        if not loop.may_connect(client):
            return False
        if client.instance is None:
            client.instance = loop.acquire()
        client.backlog = loop.fleet.backlog(client.instance)
    if client.scratch is None:
        if not client.backlog.has_room():
            loop.wake_at(loop.now + ROOM_EVERY, client)
            return False
        client.scratch = True
        client.place = client.backlog.begin()
        client.open_connection(step)
    return client.connected or not client.open


def send(client: Client, step: Send) -> bool:
    if client.scratch is None:
        if not client.open or not client.clean:
            return True  # what is wrong already needs no more bytes
        client.scratch = True
        client.start_writing(step)
    if _endless(client):
        client.writings.clear()
        client.want()
    return step.background or client.all_written or not client.open


def send_urgent(client: Client, step: SendUrgent) -> bool:
    if client.open and client.sock is not None:
        if not client.all_written:
            return False
        try:
            client.sock.send(bytes([step.byte]), socket.MSG_OOB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        client.note("sent urgent byte", 1)
    return True


def await_echo(client: Client, step: AwaitEcho) -> bool:
    if client.asked is not None and client.clean and client.all_echoed:
        client.loop.spoil()
        return False
    if not client.open or client.all_echoed or client.resigned:
        return True
    if not client.clean:
        client.resigned = _nothing_more_comes(client)
        return client.resigned
    if not step.briefly or not _nothing_moved(client, client.loop.brief.seconds):
        return False
    client.loop.brief.was_in_vain()
    return True


def half_close(client: Client, step: HalfClose) -> bool:
    if not client.open:
        return True
    if not client.all_written:
        client.half_close_follows = step.background
        return step.background
    client.half_close()
    return True


def await_end(client: Client, step: AwaitEnd) -> bool:
    if not client.open:
        return True
    return not client.clean and _nothing_more_comes(client)


def close(client: Client, step: Close) -> bool:
    client.close(abort=False)
    return True


def reset(client: Client, step: Reset) -> bool:
    client.close(abort=True)
    return True


def stop_reading(client: Client, step: StopReading) -> bool:
    client.reading = False
    client.want()
    return True


def start_reading(client: Client, step: StartReading) -> bool:
    client.reading = True
    paced = step.chunk is not None or step.gap > 0
    client.pace = step if paced else None
    client.read_not_before = 0.0
    client.read_target = client.received + step.limit if step.limit else 0
    client.want()
    return True


def read_some(client: Client, step: ReadSome) -> bool:
    if client.scratch is None:
        client.scratch = True
        client.read_target = client.received + step.size
        client.want()
    return not client.open or client.received >= client.read_target


def read_until_taken(client: Client, step: ReadUntilTaken) -> bool:
    """Each time that nothing moves any more, read a little, so that the target can go on."""
    if not client.open or client.received >= client.written:
        return True
    left = sockets.untaken(client.sock) if client.sock is not None else None
    if left is None or left <= 1:
        return True
    if _holds_still(client, (client.written, client.received, left), 3 * LOOK_EVERY):
        # The target takes about as much as it gets rid of: half of what is left never goes too far.
        # Its system wakes it only when a good part of the send buffer is free, so bites that move
        # nothing grow.
        bite = max(step.size // 8, left // 2)
        if client.bite[0] == left:
            bite = max(bite, client.bite[1] * 3 // 2)
        bite = min(bite, step.size)
        client.bite = (left, bite)
        client.read_target = client.received + bite
        client.scratch = None
        client.loop.wake_at(client.loop.now + LOOK_EVERY, client)
        client.want()
    return False


def await_stall(client: Client, step: AwaitStall) -> bool:
    """No byte moves, no thread is awake and no CPU is used, over several looks in a row.

    Nor may it be ourselves, on a machine with too much to do, who have not yet written what could
    be written.

    A target that is awake and moves nothing either way is not waited for: it may be busy with
    each single byte of what the system's buffers hold.
    """
    if not client.open or (client.all_written and client.received >= client.written):
        return True
    if _endless(client):
        return True
    loop = client.loop
    instance = client.instance
    bytes_moved = (client.written, client.received)
    if loop.now - loop.moved > loop.patience / 2:
        return True
    if instance is None:
        return _holds_still(client, bytes_moved, REMOTE_STALL) and _stalled(client)
    members = instance.members()
    awake = not tree.asleep(members)
    state = (bytes_moved, tree.cpu_of(members))
    before, looks = client.scratch if isinstance(client.scratch, tuple) else (None, 0)
    looks = 0 if awake or state != before or client.may_go_on() else looks + 1
    client.scratch = (state, looks)
    needed, every = STALLED_IN_A_HURRY if loop.hurry else STALLED
    if looks >= needed:
        return _stalled(client)
    loop.wake_at(loop.now + every, client)
    return False


def _stalled(client: Client) -> bool:
    client.stalled = True
    client.note("target stalls", client.written - client.received)
    return True


def wait(client: Client, step: Wait) -> bool:
    loop = client.loop
    if client.scratch is None:
        client.scratch = loop.now + step.seconds
    if loop.now >= client.scratch:
        loop.progress()  # nothing could move meanwhile; what comes next has its own patience
        return True
    loop.wake_at(client.scratch, client)
    return False


def meet(client: Client, step: Meet) -> bool:
    if client.scratch is None:
        client.scratch = client.loop.arrive(client, step.place)
    return client.loop.meetings.all_there(step.place, client.scratch)


# --- on the target ------------------------------------------------------------------------------


def _instance(client: Client) -> Instance | None:
    """The instance that this script acts on: the one it is or will be connected to, if any."""
    if client.instance is None and client.script.connects:
        client.instance = client.loop.acquire()
    return client.instance or client.loop.fleet.current


def pause_target(client: Client, step: PauseTarget) -> bool:
    if instance := _instance(client):
        if client.meets_it_paused and not instance.backlog.has_room():
            client.loop.wake_at(client.loop.now + ROOM_EVERY, client)
            return False
        instance.pause()
        client.note("target paused")
    return True


def resume_target(client: Client, step: ResumeTarget) -> bool:
    if instance := _instance(client):
        instance.resume()
        client.note("target resumed")
    return True


def interrupt_target(client: Client, step: InterruptTarget) -> bool:
    if instance := _instance(client):
        for _ in range(step.times):
            instance.interrupt()
        client.note("target interrupted", step.times)
    return True


def measure(client: Client, step: Measure) -> bool:
    if instance := _instance(client):
        client.loop.measurements.append(instance.measure(step.label, client.loop.elapsed()))
    return True


def watch(client: Client, step: Watch) -> bool:
    loop = client.loop
    instance = _instance(client)
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
    instance = _instance(client)
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
    if _holds_still(client, holds, QUIET_FOR):
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
    pids = instance.members() if instance else None
    client.released = not sockets.in_close_wait(pids, client.server_port, client.local_port)
    if not client.released:
        loop.wake_at(loop.now + LOOK_EVERY, client)
    return client.released


def limit_descriptors(client: Client, step: LimitDescriptors) -> bool:
    if instance := _instance(client):
        instance.limit_descriptors(step.spare)
        client.note("descriptors limited", step.spare)
    return True


def restore_descriptors(client: Client, step: RestoreDescriptors) -> bool:
    if instance := _instance(client):
        instance.restore_descriptors()
        client.note("descriptor limit restored")
    return True


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


# --- helpers ------------------------------------------------------------------------------------


def _nothing_moved(client: Client, seconds: float) -> bool:
    """Whether this connection has been silent in both directions for ``seconds``."""
    return _holds_still(
        client, (client.written, client.received), min(seconds, client.loop.patience)
    )


def _nothing_more_comes(client: Client) -> bool:
    """Whether enough was seen of a reply that is wrong."""
    if _endless(client):
        return True
    loop = client.loop
    if not _nothing_moved(client, HURRIED if loop.hurry else loop.brief.seconds):
        return False
    loop.brief.was_in_vain()
    return True


def _endless(client: Client) -> bool:
    """Whether the target sends on and on, far more than it was given: there is nothing to wait for,
    though bytes move all the time."""
    return len(client.surplus) == SURPLUS_KEPT and client.received > client.written + SURPLUS_KEPT


def _holds_still(client: Client, state: object, seconds: float) -> bool:
    loop = client.loop
    before, since = client.scratch if isinstance(client.scratch, tuple) else (None, 0.0)
    if state != before:
        since = loop.now
        client.scratch = (state, since)
    if loop.now - since >= seconds:
        return True
    loop.wake_at(min(since + seconds, loop.now + 4 * LOOK_EVERY), client)
    return False


PERFORM: dict[type, Callable[[Client, Any], bool]] = {
    Connect: connect,
    Send: send,
    SendUrgent: send_urgent,
    AwaitEcho: await_echo,
    HalfClose: half_close,
    AwaitEnd: await_end,
    Close: close,
    Reset: reset,
    StopReading: stop_reading,
    StartReading: start_reading,
    ReadSome: read_some,
    ReadUntilTaken: read_until_taken,
    AwaitStall: await_stall,
    Wait: wait,
    Meet: meet,
    PauseTarget: pause_target,
    ResumeTarget: resume_target,
    InterruptTarget: interrupt_target,
    Measure: measure,
    Watch: watch,
    AwaitQuiet: await_quiet,
    AwaitRelease: await_release,
    LimitDescriptors: limit_descriptors,
    RestoreDescriptors: restore_descriptors,
    Terminate: terminate,
    AwaitExit: await_exit,
    Relaunch: relaunch,
}
