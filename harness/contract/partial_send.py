"""partial-send: readers that stall, lag or drain slowly lose nothing and hold up nothing else."""

from __future__ import annotations

from harness.contract.check import (
    ENDS,
    HELLO,
    LESSON,
    MUST,
    POSIX,
    SHOULD,
    Check,
    Context,
    needs_watching,
    not_ours,
)
from harness.contract.identity import UNCHANGED
from harness.contract.measuring import busy, must_have_lived, only_for_us, polling
from harness.contract.pieces import still_serves
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Plan, Step
from harness.values.trace import Ending, Trace
from harness.values.verdict import Breach, Finding, Kind

MIB = 1024 * 1024
STALLS_FOR = (0.08, 1.6, 8.0)
"""Seconds without a read, at each effort.  Some servers give up sending after five."""
MEMORY_FLOODS = (16 * MIB, 64 * MIB, 64 * MIB)
"""Bytes, at each effort."""
SHARE_KEPT = 0.5
"""Half of the flood.  A server that slows the writer holds one read, or a queue that it chose; one
that does not holds all that the kernel could not: more than 40 MiB."""


def _stalled_reader(context: Context) -> Plan:
    return p.one(
        context.stalls,
        p.StopReading(),
        p.Send(context.data(1, context.flood), background=True),
        context.stall,
        p.Wait(context.seconds(*STALLS_FOR)),
        p.StartReading(),
        p.AwaitEcho(),
        p.HalfClose(),
        p.AwaitEnd(),
    )


BITES, QUICK_BITES = (400_000, 1_100_001, 65_537), (100_000, 300_001)
"""Bytes that a client reads before it stalls again; at quick effort less is on the way."""


def _interrupted_send(context: Context) -> Plan:
    steps: list[Step] = [
        context.stalls,
        p.StopReading(),
        p.Send(context.data(1, context.flood), background=True),
    ]
    for size in context.effort.of(QUICK_BITES, BITES, BITES):
        steps += [context.stall, p.InterruptTarget(times=3), p.ReadSome(size)]
    steps += [context.stall, p.InterruptTarget(times=3)]
    steps += [p.StartReading(), p.AwaitEcho(briefly=True), p.HalfClose(), p.AwaitEnd()]
    return p.one(*steps)


SPIN_WATCH = (0.1, 0.3, 2.0)
"""Seconds for which CPU time is watched while nobody reads, at each effort, two times."""
REST = (0.0, 0.4, 1.0)
"""Seconds between these two times.  Who takes a while for what it has read, byte by byte, is done
with that, also where it has to share a core."""
IDLE_WATCH = 0.15
"""Seconds for which the same is watched first while the client is idle, to compare it with."""
SPIN_FLOOD = 3 * MIB
"""Bytes that fill the way to a target and back when segments are small: up to 2 MiB of them are in
its receive buffer (measured)."""


def _no_spin(context: Context) -> Plan:
    """It stalls twice: a loop that forgets to clear what was ready begins to spin only then."""
    stalled = (context.stall, context.moment(0.05))
    flood = min(SPIN_FLOOD, context.flood)
    much = flood if context.speed is None else context.volume(flood)
    usual = (p.Send(HELLO), p.AwaitEcho(briefly=True), p.Watch("idle", IDLE_WATCH))
    return p.one(
        p.Connect(receive_buffer=4096, segment=1460),
        *(() if context.hasty else usual),
        p.StopReading(),
        p.Send(context.data(1, much), background=True),
        *stalled,
        p.ReadSome(100_000),
        *stalled,
        p.Watch("stalled", context.seconds(*SPIN_WATCH)),
        p.Wait(context.effort.of(*REST)),
        p.Watch("later", context.seconds(*SPIN_WATCH)),
        p.Reset(),
    )


def _spun(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    """Nothing where the client had not to wait: then there was something to do."""
    only_for_us(trace, context)
    must_have_lived(trace)
    seen = trace.scripts[0]
    if seen.ending is not Ending.CLIENT or seen.absorbed < LEAST_ABSORBED:
        return []
    words = "while its client read nothing"
    found = [
        busy(trace, label, words) or polling(trace, label, "idle", words)
        for label in ("stalled", "later")
    ]
    return found[1] if all(found) else []


LEAST_ABSORBED = 20_000
"""Bytes that wait in the target and in its buffers, at least, when its client does not read."""


SLOWLY = (40_000, 1_600_000, 2_000_000)
"""Bytes that are read slowly, 4,000 each 8 ms: for more than three seconds at normal effort, since
limits of time are often of three, and a reader who makes progress is not to be given up on."""


def _slow_reader(context: Context) -> Plan:
    return p.one(
        context.stalls,
        p.StartReading(chunk=4000, gap=0.008, limit=context.effort.of(*SLOWLY)),
        p.Send(context.data(1, context.volume(context.flood))),
        p.AwaitEcho(),
        p.HalfClose(),
        p.AwaitEnd(),
    )


def _small_window(context: Context) -> Plan:
    return p.one(
        p.Connect(receive_buffer=8192, segment=1460),
        # Slow at first, so that the buffers fill: a quick machine may keep them empty.
        p.StartReading(chunk=8192, gap=0.002, limit=context.effort.of(100_000, MIB, 4 * MIB)),
        p.Send(context.data(1, context.volume(6 * MIB)), cuts=(1460, 536, 4096)),
        p.AwaitEcho(),
        p.HalfClose(),
        p.AwaitEnd(),
    )


def _both_ways(context: Context) -> Plan:
    quick = context.effort is Effort.QUICK
    much = context.flood if quick else context.volume(context.flood)
    steps: list[Step] = [
        context.stalls if quick else p.Connect(),
        p.Send(context.data(1, much), background=True),
    ]
    for size in (100_000, 50_000) if quick else (2 * MIB, 50_000, MIB):
        steps += [p.StopReading(), context.stall, p.ReadSome(size)]
    return p.one(*steps, p.StartReading(), p.AwaitEcho(), p.HalfClose(), p.AwaitEnd())


STILL = 0.2
"""Seconds in which a target that stalls takes nothing: who waits once, however much lies there, and
then reads on, sleeps for less."""


def _bounded_memory(context: Context) -> Plan:
    # What inetd starts for the client is there, with all the memory that a language begins with.
    begun = (p.Send(context.data(1, 20)), p.AwaitEcho(briefly=True))
    flood: tuple[Step, ...] = (
        context.stalls,
        *(*begun, p.StopReading(), p.Measure("before")),
        p.Send(p.Repeat(b"fill up " * 8192, context.effort.of(*MEMORY_FLOODS)), background=True),
        *(context.stall for _ in range(context.effort.of(2, 3, 3))),
        *(() if context.hasty or context.speed is not None else (p.AwaitStall(still=STILL),)),
        p.Measure("stalled"),
        p.Reset(),
    )
    return p.in_turn(still_serves(context), flood)


def _filled_up(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    only_for_us(trace, context)
    before, stalled = trace.measured("before"), trace.measured("stalled")
    if before is None or stalled is None:
        return []
    growth, much = stalled.memory - before.memory, SHARE_KEPT * context.effort.of(*MEMORY_FLOODS)
    if min(growth, trace.scripts[1].absorbed) < much:  # it cannot keep what it did not take
        return []
    return [
        Finding(
            kind=Kind.RESOURCE,
            breach=Breach.SAFETY,
            message=f"while the client read nothing, the target took {trace.scripts[1].absorbed:,} "
            f"bytes and its memory grew by {growth // MIB:,} MiB",
            session=1,
        )
    ]


CHECKS = (
    Check(
        id="partial-send/stalled-reader",
        level=MUST,
        basis=LESSON,
        requirement="A client that stops reading for a while, until the server's send stalls, "
        "gets every byte once it reads again.",
        plan=_stalled_reader,
        allowed=UNCHANGED,
        waits=2.1,
        waits_long=8.5,
        hint="a short write or EAGAIN loses data, or a time-out on sending gives up",
    ),
    Check(
        id="partial-send/interrupted-send",
        level=MUST,
        basis=POSIX,
        requirement="A send() that a signal interrupts after a part was taken goes on with the "
        "rest.",
        plan=_interrupted_send,
        allowed=UNCHANGED,
        not_for=not_ours("interrupted (SIGSTOP and SIGCONT)"),
        hint="send() may take less than it was given and says how much: use sendall(), or loop "
        "until all is sent",
    ),
    Check(
        id="partial-send/no-spin",
        level=SHOULD,
        basis=POSIX,
        requirement="A server that waits for a client to read uses no CPU meanwhile.",
        plan=_no_spin,
        allowed="Next to no CPU time. Not allowed: a loop that tries to send again and again.",
        ignores=frozenset(Kind) - {Kind.RESOURCE},
        judge=_spun,
        not_for=needs_watching,
        waits=1.4,
        waits_long=5.3,
        hint="EAGAIN is tried again at once, or what was ready is never taken out of the set: wait "
        "until the socket is writable",
    ),
    Check(
        id="partial-send/slow-reader",
        level=MUST,
        basis=LESSON,
        requirement="A client that reads slowly while the server's buffers are full gets every "
        "byte.",
        plan=_slow_reader,
        allowed=UNCHANGED,
        waits=3.3,
        waits_long=4.5,
        hint="a short write or EAGAIN loses or repeats data",
    ),
    Check(
        id="partial-send/small-window",
        level=MUST,
        basis=POSIX,
        requirement="A client with a very small receive window gets every byte.",
        plan=_small_window,
        allowed=UNCHANGED,
        waits=0.5,
        waits_long=2.5,
        hint="a short write loses data",
    ),
    Check(
        id="partial-send/both-ways",
        level=MUST,
        basis=LESSON,
        requirement="Floods in both directions, with a reader that pauses, keep flowing.",
        plan=_both_ways,
        allowed=UNCHANGED + " Not allowed either: standing still while the client reads.",
        ignores=ENDS,
        hint="the server stops reading or writing for good once a buffer was full",
    ),
    Check(
        id="partial-send/bounded-memory",
        level=SHOULD,
        basis=POSIX,
        requirement="A client that sends and does not read is slowed down; it cannot fill the "
        "server's memory.",
        plan=_bounded_memory,
        allowed="The server stops reading, or keeps less than half of 64 MiB. "
        "Not allowed: it takes in everything, be it at once or little by little.",
        ignores=frozenset(Kind) - {Kind.RESOURCE, Kind.DIED},
        judge=_filled_up,
        not_for=needs_watching,
        hint="stop reading from a client while its replies pile up (flow control: drain(), "
        "pause_reading(), or poll only for writing)",
    ),
)
