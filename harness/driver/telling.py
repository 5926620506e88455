"""From a loop that has ended to its trace: deaths are waited for, and told once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.launcher.oneshot import OneShotFleet
from harness.values.trace import Death, Ending, Trace

if TYPE_CHECKING:
    from harness.driver.loop import Loop

DEATH_SHOWS_WITHIN = 0.3
"""Seconds: a process that crashes closes its sockets first and is reaped a moment later."""
ENDS_WITHIN = 2.0
"""The same for a one-shot target: it is bound to end, so on a busy machine it is worth the wait."""
SURVIVES = 3
"""Times that it was waited for in vain, after which a target that is at rest is left alone."""
AT_REST, LOOK_EVERY = 3, 0.01
"""Looks in a row, and the seconds between them, that find it asleep with its listener open."""


def await_deaths(loop: Loop) -> None:
    """A connection that ended unasked, or with RST, may be the first sign of a death.

    Of a one-shot target also one that ended without all of the echo: its traceback comes later.
    """
    keeper = loop.fleet.keeper
    if keeper is None:
        return
    keeper.poll()
    one_shot = isinstance(loop.fleet, OneShotFleet)
    suspects = [
        c.instance
        for c in loop.clients
        if (
            c.ending in (Ending.NEVER, Ending.RST)
            or (c.ending is Ending.FIN and not c.ended_half_closed)
            or (one_shot and c.ending is Ending.FIN and not c.all_echoed)
        )
        and c.stuck is None
        and c.instance is not None
        and c.instance.alive
    ]
    if not suspects:
        return
    deadline = time.monotonic() + (ENDS_WITHIN if one_shot else DEATH_SHOWS_WITHIN)
    rested = 0
    while any(i.alive for i in suspects):
        left = deadline - time.monotonic()
        if left <= 0 or rested == AT_REST:
            loop.brief.survived += 1
            return
        keeper.poll(min(left, LOOK_EVERY))
        if loop.brief.survived >= SURVIVES:
            rested = rested + 1 if all(i.listens() and i.asleep() for i in suspects) else 0


def trace_of(loop: Loop) -> Trace:
    """What happened, as values."""
    deaths = tuple(_deaths(loop))
    dead = {d.script for d in deaths if not d.asked and not d.clean}
    traces = []
    for client in loop.clients:
        ended_early = client.ended is not None and not client.ended_half_closed
        if client.index in dead and ended_early:
            client.ending = Ending.DIED
        traces.append(client.trace())
    return Trace(
        scripts=tuple(traces),
        measurements=tuple(loop.measurements),
        deaths=deaths,
        relaunched=loop.relaunched,
        unable=loop.unable,
        slow=loop.slow,
        spoilt=loop.spoilt,
        duration=loop.elapsed(),
        instances=tuple(c.instance.ident if c.instance else None for c in loop.clients),
    )


def _deaths(loop: Loop) -> Iterator[Death]:
    for instance in loop.in_use.values():
        ended = instance.exit
        if ended is None or instance.death_told:
            continue
        instance.death_told = True
        users = loop.users[instance.ident]
        yield Death(
            status=ended.status,
            signal=ended.signal_name,
            at=loop.elapsed(),
            asked=instance.ident in loop.asked,
            script=users[-1] if users else None,
            output=instance.output(),
        )
