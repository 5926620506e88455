"""resources: what a connection took is given back when it is over.

A baseline is measured after a warm-up, then after each of several rounds of connections.  What
grows in every round, in step with the connections, leaks; what grows once (a cache, a pool, an
arena of the allocator) does not.  Growth is a suspicion at first (a garbage collector lets it go on
for a while); three times as many rounds on a fresh target decide.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from harness.contract.check import (
    LASTING,
    POSIX,
    SHOULD,
    Check,
    Context,
    busy,
    finished,
    needs_watching,
    only_for_us,
)
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Measurement, Trace
from harness.values.verdict import Breach, Finding, Kind

CONNECTIONS = 12
"""A round.  Half of them end in order, a quarter closes, a quarter resets."""
ROUNDS = 5
MIB = 1024 * 1024
PAYLOAD = 100_000
IDLE_WATCH = 0.5
"""Seconds for which CPU time is watched while nobody is connected, and while one client is idle."""


def _rounds(context: Context) -> Plan:
    def session(number: int) -> tuple[Step, ...]:
        data = context.data(number, min(PAYLOAD, context.volume(4 * MIB) // 40))
        match number % 4:
            case 0 | 1:
                return finished(data)
            case 2:
                return (p.Connect(), p.Send(data), p.AwaitEcho(briefly=True), p.Close())
            case _:
                return (p.Connect(), p.Send(data), p.AwaitEcho(briefly=True), p.Reset())

    scripts: list[Script] = []
    rounds = ROUNDS if context.attempt == 1 else 3 * ROUNDS
    for turn in range(rounds + 1):
        for number in range(CONNECTIONS):
            after = (len(scripts) - 1,) if scripts else ()
            scripts.append(Script(steps=session(number), after=after))
        watch = (p.AwaitQuiet(), p.Measure(f"round-{turn}"))
        scripts.append(Script(steps=watch, after=(len(scripts) - 1,)))
    return Plan(scripts=tuple(scripts))


def growth(
    trace: Trace, what: Callable[[Measurement], int], *, at_least: float
) -> tuple[list[int], bool]:
    """The values round by round, and whether they grow like a leak.

    A leak grows by ``at_least`` in every round but, at most, one (a measurement can fall between
    two of the allocator's steps), and in the second half as much as in the first: a cache that
    fills once grows less and less.  What falls by as much in any round is collected now and then.
    """
    rounds = [m for m in trace.measurements if m.label.startswith("round-") and m.processes]
    values = [what(m) for m in rounds]
    steps = [b - a for a, b in itertools.pairwise(values)]
    if len(steps) < 3:
        return values, False
    half = len(steps) // 2
    steady = sum(steps[-half:]) >= half * at_least and min(steps) > -at_least
    return values, steady and sum(step >= at_least for step in steps) >= len(steps) - 1


def _leaks(
    name: str, what: Callable[[Measurement], int], at_least: float
) -> Callable[[Plan, Trace, Context], list[Finding]]:
    def judge(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
        only_for_us(trace, context)
        values, leaks = growth(trace, what, at_least=at_least)
        if not leaks:
            return []
        shown = ", ".join(map(str, values[:8]))
        return [
            Finding(
                kind=Kind.RESOURCE,
                breach=Breach.LIVENESS,
                message=f"{name} grow with each round of connections: {shown}",
            )
        ]

    return judge


def _idle_cpu(context: Context) -> Plan:
    return p.one(
        p.AwaitQuiet(),
        p.Watch("alone", IDLE_WATCH),
        p.Connect(),
        p.Send(context.data(1, 10)),
        p.AwaitEcho(briefly=True),
        p.AwaitQuiet(),  # a process for each client may be starting still
        p.Watch("connected", IDLE_WATCH),
        p.Close(),
    )


def _busy(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    only_for_us(trace, context)
    return [
        *busy(trace, "alone", "while nobody was connected"),
        *busy(trace, "connected", "while its one client was idle"),
    ]


def _check(
    name: str,
    requirement: str,
    hint: str,
    what: Callable[[Measurement], int],
    *,
    at_least: float = CONNECTIONS / 4,
) -> Check:
    return Check(
        id=f"resources/{name}",
        level=SHOULD,
        basis=POSIX,
        requirement=requirement,
        plan=lambda context: _rounds(context),
        allowed="They come back to where they were, or grow once. "
        "Not allowed: growth in every round of connections.",
        profiles=LASTING,
        ignores=frozenset(Kind) - {Kind.RESOURCE, Kind.DIED},
        judge=_leaks(name, what, at_least),
        not_for=needs_watching,
        waits=0.7,
        shares="rounds",
        hint=hint,
    )


CHECKS = (
    _check(
        "descriptors",
        "Closed connections leave no descriptor behind.",
        "a socket (or a copy made by dup, fork or makefile) is never closed",
        lambda m: m.descriptors,
    ),
    _check(
        "memory",
        "Memory does not grow with the number of connections.",
        "something is kept of every connection: a list, a history, a map that is never cleaned",
        lambda m: m.memory,
        at_least=CONNECTIONS * PAYLOAD / 4,
    ),
    _check(
        "threads",
        "Threads end with their connection.",
        "a thread waits for something that never comes after its connection has ended",
        lambda m: m.threads,
    ),
    _check(
        "zombies",
        "Child processes are waited for.",
        "reap children: waitpid, or SIGCHLD set to be ignored",
        lambda m: m.zombies,
    ),
    Check(
        id="resources/idle-cpu",
        level=SHOULD,
        basis=POSIX,
        requirement="A server that has nothing to do uses no CPU.",
        plan=_idle_cpu,
        allowed="Next to no CPU time. Not allowed: a loop that never sleeps.",
        profiles=LASTING,
        ignores=frozenset(Kind) - {Kind.RESOURCE},
        judge=_busy,
        not_for=needs_watching,
        waits=1.1,
        hint="a loop that polls with no time-out, or waits for writability with nothing to write",
    ),
)
