"""Readers that lag: the end of the stream comes while the server still has something to send."""

from __future__ import annotations

from collections.abc import Sequence

from harness.contract.check import Context
from harness.values import plan as p
from harness.values.address import Transport
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Profile

MIB = 1024 * 1024
LAGS = (0.08, 2.2, 8.0)
"""Seconds for which a lagging reader reads nothing.  Relays wait less (socat gives up after 0.5 s),
and careless time-outs are of one or two; some servers give up after five."""
LAGGING = 4
STAGGERED = 350_000
"""Bytes by which the messages of lagging readers differ.  A server that waits for its send buffer
is woken when a third of it is free, 1.4 MB.  It must wait for the reader once more only if little
of that is free when it reads the end of the stream, which is chance: so several sizes are tried."""


def lagging_reader(context: Context) -> Plan:
    """The reader stops when the server has read the end and cannot send the rest."""

    def lagging(number: int) -> tuple[Step, ...]:
        # The buffers of a Unix socket are small (net.core.wmem_default), so little need lag.
        most = MIB if context.transport is Transport.UNIX else 6 * MIB
        size = context.volume(most) + number * STAGGERED
        return (
            context.stalls,
            p.StopReading(),
            p.Send(context.data(1, size), background=True),
            p.HalfClose(background=True),
            context.stall,
            p.ReadUntilTaken(size=256 * 1024),
            p.Wait(context.seconds(*LAGS)),
            p.StartReading(),
            p.AwaitEnd(),
        )

    one_shot, starts = context.profile is Profile.ONE_SHOT, context.starts_each
    many = context.profile is Profile.CONCURRENT and context.speed is None
    readers = [Script(steps=lagging(number)) for number in range(LAGGING if many else 1)]
    if one_shot:
        return Plan(scripts=tuple(readers))
    usual = context.effort.of(*(FEWER_LINES if starts else LINES))
    small, lines = (usual * LAGGING, LAGGING) if many else (2, 1)
    large = context.effort.of(*LARGER_LINES) * LAGGING if many and not starts else 0
    readers += _full_queues(context, _sizes(context, small, large), lines, len(readers))
    return Plan(scripts=tuple(readers))


LINES, FEWER_LINES = (3, 12, 40), (3, 3, 12)
"""Clients one after another, at each effort, in each of as many lines as there are lagging readers.
With them no more than eight clients are there at once, as many as the contract asks for.  Fewer
where a program is started for each of them: twelve sizes are enough to meet one in eight, and an
interpreter that starts fifty times beside others makes any server slow."""
LEAST_QUEUED, STEP_QUEUED = 16_000, 1_500
"""Bytes.  With small segments a server's send buffer holds some 70 KiB.  One that hands what it
reads to a writer, through a queue, has that queue full at the end of the stream for one size in
eight, so many sizes in steps of less than a read are tried."""
LARGER_LINES = (0, 4, 6)
"""How many more in each line, at each effort, with larger messages."""
STEP_LARGER = 30_000
"""Bytes, beyond the largest of those.  The system lets a send buffer grow to some 300 KB while its
client reads nothing (measured), so that all of the smaller messages may fit."""
QUEUED_FOR = 0.1
"""Seconds in which the server reads the end, with its queue full."""


def _sizes(context: Context, small: int, large: int) -> list[int]:
    """Bytes that the clients send whose end comes while output waits, as many as are asked for."""
    sizes = [LEAST_QUEUED + number * STEP_QUEUED for number in range(small)]
    sizes += [sizes[-1] + (number + 1) * STEP_LARGER for number in range(large)]
    return [context.volume(size + context.seed % STEP_QUEUED) for size in sizes]


def _full_queues(context: Context, sizes: Sequence[int], lines: int, before: int) -> list[Script]:
    """Short lines of clients whose end comes while the server still has some KiB of its own to
    send.  ``before``: the scripts that there are already."""
    scripts: list[Script] = []
    for number, size in enumerate(sizes):
        steps = (
            p.Connect(receive_buffer=4096, segment=1460),
            p.StopReading(),
            p.Send(context.data(20 + number, size), background=True),
            p.HalfClose(background=True),
            context.moment(QUEUED_FOR),
            p.StartReading(),
            p.AwaitEnd(),
        )
        after = (before + number - lines,) if number >= lines else ()
        scripts.append(Script(steps=steps, after=after))
    return scripts
