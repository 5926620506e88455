"""From a plan that was performed to its trace: deaths are waited for, and told once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from msgspec import Struct

from harness.driver.client import Client
from harness.driver.world import World
from harness.launcher.oneshot import OneShotFleet
from harness.values.trace import Death, Ending, Trace

DEATH_SHOWS_WITHIN = 0.3
"""Seconds: a process that crashes closes its sockets first and is reaped a moment later."""
ENDS_WITHIN = 2.0
"""The same for a one-shot target: it is bound to end, so on a busy machine it is worth the wait."""
SURVIVES = 3
"""Times that it was waited for in vain, after which a target that is at rest is left alone."""
AT_REST, LOOK_EVERY = 3, 0.01
"""Looks in a row, and the seconds between them, that find it asleep with its listener open."""


class Course(Struct):
    """How the performance as a whole went, as the fields of `Trace` of these names say."""

    unable: str | None = None
    slow: float | None = None
    spoilt: bool = False


def await_deaths(world: World, clients: Sequence[Client]) -> None:
    """A connection that ended unasked, or with RST, may be the first sign of a death.

    Of a one-shot target also one that ended without all of the echo: its traceback comes later.
    """
    keeper = world.fleet.keeper
    if keeper is None:
        return
    keeper.poll()
    one_shot = isinstance(world.fleet, OneShotFleet)
    suspects = [
        client.instance
        for client in clients
        if client.instance is not None and _is_sign(client, one_shot) and client.instance.alive
    ]
    if not suspects:
        return
    brief = world.pulse.brief
    deadline = time.monotonic() + (ENDS_WITHIN if one_shot else DEATH_SHOWS_WITHIN)
    rested = 0
    while any(i.alive for i in suspects):
        left = deadline - time.monotonic()
        if left <= 0 or rested == AT_REST:
            brief.survived += 1
            return
        keeper.poll(min(left, LOOK_EVERY))
        if brief.survived >= SURVIVES:
            rested = rested + 1 if all(i.listens() and i.asleep() for i in suspects) else 0


def _is_sign(client: Client, one_shot: bool) -> bool:
    """Whether what the client saw may be the first sign of its instance's death."""
    talk = client.talk
    if talk.stuck is not None:
        return False
    if talk.ending is Ending.FIN:
        return not talk.ended_half_closed or (one_shot and not talk.all_echoed)
    return talk.ending in (Ending.NEVER, Ending.RST)


def trace_of(world: World, clients: Sequence[Client], course: Course) -> Trace:
    """What happened, as values."""
    deaths = tuple(_deaths(world))
    dead = {d.script for d in deaths if not d.asked and not d.clean}
    return Trace(
        scripts=tuple(c.talk.trace(died=c.index in dead and c.talk.ended_first) for c in clients),
        measurements=tuple(world.measurements),
        deaths=deaths,
        relaunched=world.relaunched,
        unable=course.unable,
        slow=course.slow,
        spoilt=course.spoilt,
        duration=world.elapsed(),
        instances=tuple(c.instance.ident if c.instance else None for c in clients),
    )


def _deaths(world: World) -> Iterator[Death]:
    for instance in world.in_use.values():
        ended = instance.exit
        if ended is None or instance.death_told:
            continue
        instance.death_told = True
        users = world.users[instance.ident]
        yield Death(
            status=ended.status,
            signal=ended.signal_name,
            at=world.elapsed(),
            asked=instance.ident in world.asked,
            script=users[-1] if users else None,
            output=instance.output(),
        )
