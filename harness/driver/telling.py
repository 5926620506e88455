"""From a plan that was performed to its trace: deaths are waited for, and told once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from harness.driver.client import Client
from harness.driver.conversation import Conversation
from harness.driver.world import World
from harness.launcher.instance import Instance
from harness.launcher.oneshot import OneShotFleet
from harness.values.trace import Death, Ending, ScriptTrace, Trace

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


def await_deaths(world: World[Client], clients: Sequence[Client]) -> None:
    """A connection that ended unasked, with RST, or without all of the echo may be the first sign
    of a death: the traceback comes later."""
    keeper = world.fleet.keeper
    if keeper is None:
        return
    keeper.poll()
    await_ends(world, [i for c in clients if (i := _may_die(c)) is not None])


def await_ends(world: World[Any], suspects: Sequence[Instance]) -> None:
    """Wait a moment until the warden tells of the end of ``suspects``, if they are to end."""
    keeper = world.fleet.keeper
    if keeper is None or not suspects:
        return
    one_shot = isinstance(world.fleet, OneShotFleet)
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


def _may_die(client: Client) -> Instance | None:
    """The instance that lives and of whose death this client may have seen the first sign."""
    outcome = client.talk.outcome
    if outcome.ending is Ending.FIN:
        is_sign = not outcome.half_closed or not client.talk.all_echoed
    else:
        is_sign = outcome.ending is Ending.NEVER or outcome.ending is Ending.RST
    if not is_sign or outcome.stuck is not None or client.instance is None:
        return None
    return client.instance if client.instance.alive else None


def trace_of(world: World[Client], clients: Sequence[Client], course: Course) -> Trace:
    """What happened, as values."""
    deaths = tuple(deaths_of(world))
    dead = {d.script for d in deaths if not d.asked and not d.clean}
    scripts = [
        script_trace(c.talk, died=c.index in dead and c.talk.outcome.ended_first) for c in clients
    ]
    return Trace(
        scripts=tuple(scripts),
        measurements=tuple(world.measurements),
        deaths=deaths,
        relaunched=world.relaunched,
        unable=course.unable,
        slow=course.slow,
        spoilt=course.spoilt,
        duration=world.elapsed(),
        instances=tuple([c.instance.ident if c.instance else None for c in clients]),
    )


def script_trace(talk: Conversation, *, died: bool = False) -> ScriptTrace:
    """What a script saw.  ``died``: the target did, and ended the connection by that."""
    incoming, outcome = talk.incoming, talk.outcome
    return ScriptTrace(
        sent=talk.outgoing.written,
        received=incoming.received,
        echoed=incoming.echoed,
        surplus=bytes(incoming.surplus),
        ending=Ending.DIED if died else outcome.ending,
        half_closed=outcome.half_closed,
        error=outcome.error,
        stuck=outcome.stuck,
        asked=outcome.asked,
        done=talk.pc,
        stalled=outcome.stalled,
        absorbed=outcome.absorbed,
        first_byte=incoming.first_byte,
        ended=outcome.ended,
        finished=outcome.finished,
        released=outcome.released,
        timeline=talk.timeline.moments() if talk.timeline else (),
    )


def deaths_of(world: World[Any]) -> Iterator[Death]:
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
