"""What each step of a plan does: a table from step type to a function.

A function is called again and again until it returns True: the step is done.  It never blocks on
the network.  ``client.scratch`` is its memory between two calls, ``None`` at the first.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from harness.driver import reading, writing
from harness.driver.client import Client
from harness.driver.looking import LOOK_EVERY, has_room, holds_still
from harness.driver.operations import ON_TARGET
from harness.system import sockets, tree
from harness.values.plan import (
    AwaitEcho,
    AwaitEnd,
    AwaitStall,
    Close,
    Connect,
    HalfClose,
    Meet,
    ReadSome,
    ReadUntilTaken,
    Reset,
    Send,
    SendUrgent,
    StartReading,
    StopReading,
    Wait,
)
from harness.values.trace import SURPLUS_KEPT

HURRIED = 0.03
"""Seconds without progress after which no more is expected of a connection whose bytes are wrong
already, when whoever performs the plan is in a hurry."""
STALLED = (8, LOOK_EVERY)
"""Looks in a row that must see neither progress nor a thread awake: the target stalls."""
STALLED_IN_A_HURRY = (4, 0.001)
REMOTE_STALL = 0.3
"""Seconds without progress that count as a stall where the target cannot be watched."""


def connect(client: Client, step: Connect) -> bool:
    loop = client.loop
    if client.backlog is None:
        if not loop.may_connect(client):
            return False
        if client.instance is None:
            client.instance = loop.acquire()
        client.backlog = loop.fleet.backlog(client.instance)
    if client.scratch is None:
        if not has_room(client, client.backlog):
            return False
        client.scratch = True
        client.place = client.backlog.begin()
        client.open_connection(step)
    return client.connected or not client.open


def send(client: Client, step: Send) -> bool:
    if client.scratch is None:
        if not client.open or not (client.clean or client.loop.persist):
            return True  # what is wrong already needs no more bytes
        if client.loop.persist and client.all_echoed:
            client.settle()
        client.scratch = True
        writing.start(client, step)
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
    if not client.clean and not client.loop.persist:
        client.resigned = _nothing_more_comes(client)
        return client.resigned
    if not step.briefly or not _nothing_moved(client, client.loop.brief.seconds):
        return False
    client.loop.brief.was_in_vain()
    if client.loop.persist:
        client.note("went on")
        client.settle()
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
    reading.stop(client)
    return True


def start_reading(client: Client, step: StartReading) -> bool:
    reading.go_on(client)
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
    if holds_still(client, (client.written, client.received, left), 3 * LOOK_EVERY):
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
        return holds_still(client, bytes_moved, REMOTE_STALL) and _stalled(client)
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


# --- helpers ------------------------------------------------------------------------------------


def _nothing_moved(client: Client, seconds: float) -> bool:
    """Whether this connection has been silent in both directions for ``seconds``."""
    return holds_still(
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
    **ON_TARGET,
}
