"""resources: what a connection took is given back when it is over.

A baseline is measured after a warm-up, then after each of several rounds of connections.  What
grows in every round, in step with the connections, leaks; what grows once (a cache, a pool, an
arena of the allocator) does not.  Growth is a suspicion at first (a garbage collector lets it go on
for a while); three times as many rounds on a fresh target decide.  Memory may be a heap that warms
up, or that has a limit of its own: if it has grown less than such a limit it goes on for twice as
long.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from msgspec.structs import replace

from harness.contract.check import (
    EVERYWHERE,
    LASTING,
    POSIX,
    SHOULD,
    Check,
    Context,
    needs_watching,
)
from harness.contract.measuring import Measured, busy, must_have_lived, only_for_us
from harness.contract.rounds import (
    DATAGRAM,
    LONG_ROUNDS,
    LONGER_ROUNDS,
    PAYLOAD,
    WHO_DO_NOT_READ,
    memory_rounds,
    plain_rounds,
    rounds_of_datagrams,
)
from harness.values import plan as p
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, DatagramScript
from harness.values.plan import Plan, Script, Step
from harness.values.trace import AFTERWARDS, Measurement, Trace
from harness.values.verdict import Breach, Finding, Kind

IDLE_WATCH = (0.1, 0.5, 5.0)
"""Seconds, at each effort, for which CPU time is watched while nobody is connected, and while one
client is idle."""


def growth(
    trace: Measured, what: Callable[[Measurement], int], *, at_least: float, span: int = 1
) -> tuple[list[int], bool]:
    """The values round by round, and whether they grow like a leak.

    A leak grows by ``at_least`` in every round but, at most, one (a measurement can fall between
    two of the allocator's steps), and in the second half as much as in the first: a cache that
    fills once grows less and less.  What falls by as much in any round is collected now and then.
    ``span``: rounds that count as one where it grows, if it does so in large steps.
    """
    values = _by_rounds(trace, what)
    steps = [b - a for a, b in itertools.pairwise(values)]
    if len(steps) < 3:
        return values, False
    wide = _wide(values, span)
    half, enough = len(wide) // 2, span * at_least
    steady = sum(wide[-half:]) >= half * enough and min(steps) > -at_least
    return values, steady and sum(step >= enough for step in wide) >= len(wide) - 1


def _by_rounds(trace: Measured, what: Callable[[Measurement], int]) -> list[int]:
    rounds = [m for m in trace.measurements if m.label.startswith("round-") and m.processes]
    return [what(m) for m in rounds]


def _wide(values: list[int], span: int) -> list[int]:
    """By how much each ``span`` rounds, counted from the last, have made it grow."""
    return [b - a for a, b in itertools.pairwise(values[::-1][::span][::-1])]


SPANS = {LONG_ROUNDS: 2, LONGER_ROUNDS: 7}
"""Rounds that count as one, where there are so many in all: a runtime takes memory ahead of what it
needs, so that some of the long rounds need none."""


def may_be_a_heap(trace: Measured) -> bool:
    """Whether memory that has grown in long rounds may be a heap that warms up, or is collected for
    the first time when it has reached a limit of its own: no more than many a heap may have."""
    values = _by_rounds(trace, _memory)
    return len(values) == LONG_ROUNDS + 1 and values[-1] - values[0] < OF_A_HEAP


OF_A_HEAP = 256 * 1024 * 1024
"""Bytes: as much as programs in containers often allow themselves before they collect."""


def _memory(m: Measurement) -> int:
    return m.memory


def _comes_alone(script: Script | DatagramScript) -> bool:
    return script.connects and not any(
        isinstance(step, p.Meet | p.StopReading) for step in script.steps
    )


def _does_not_read(script: Script | DatagramScript) -> bool:
    return any(isinstance(step, p.StopReading) for step in script.steps)


def _came_back(values: list[int], afterwards: int) -> bool:
    """Whether half of what was there more at the end had gone some time later."""
    return 2 * (afterwards - values[0]) <= values[-1] - values[0]


def _leaks(
    name: str, what: Callable[[Measurement], int], each: float, of_unread: float = 1.0
) -> Callable[[Plan | DatagramPlan, Measured, Context], list[Finding]]:
    """``each``: what a client leaves at least, on average, where it leaks.  ``of_unread``: the same
    of one that does not read, when a first attempt suspects that only those leave something."""

    def judge(plan: Plan | DatagramPlan, trace: Measured, context: Context) -> list[Finding]:
        only_for_us(trace, context)
        turns = sum(m.label.startswith("round-") for m in trace.measurements)
        connections = sum(map(_comes_alone, plan.scripts)) / max(1, turns)
        unread = sum(map(_does_not_read, plan.scripts)) / max(1, turns)
        # The usual few who do not read come besides; where there are more, each of them counts.
        at_least = each * (connections + max(0.0, unread - WHO_DO_NOT_READ))
        if context.attempt == 1 and unread:
            at_least = min(at_least, of_unread * unread)
        span = SPANS.get(turns - 1, 1)
        values, leaks = growth(trace, what, at_least=at_least, span=span)
        later = trace.measured(AFTERWARDS)
        if not leaks or (later is not None and _came_back(values, what(later))):
            return []
        shown = ", ".join(map(str, values))
        return [
            Finding(
                kind=Kind.RESOURCE,
                breach=Breach.LIVENESS,
                message=f"{name} grow with each round of connections: {shown}",
            )
        ]

    return judge


def _idle_cpu(context: Context) -> Plan:
    seconds = context.seconds(*IDLE_WATCH)
    return p.one(
        context.quiet,
        p.Watch("alone", seconds),
        p.Connect() if context.hasty else context.stalls,
        p.Send(context.data(1, 10)),
        p.AwaitEcho(briefly=True),
        context.quiet,  # a process for each client may be starting still
        p.Watch("connected", seconds),
        *(() if context.hasty else _idle_again(context, seconds)),
        p.Close(),
    )


def _idle_again(context: Context, seconds: float) -> tuple[Step, ...]:
    """Its output waits once, and goes: who asks to be told when there is room may forget to take
    that back.  It is looked at twice, as a collector may have work after so much."""
    return (
        p.StopReading(),
        p.Send(context.data(2, context.volume(context.flood)), background=True),
        context.stall,
        p.StartReading(),
        p.AwaitEcho(briefly=True),
        context.quiet,
        p.Watch("again", seconds),
        p.Wait(REST),
        p.Watch("later", seconds),
    )


REST = 0.3
"""Seconds between these two looks."""


def _idle_between_datagrams(context: Context) -> DatagramPlan:
    exchange = (Ask(context.data(1, 10)), AwaitAnswers(briefly=True))
    seconds = context.seconds(*IDLE_WATCH)
    steps = (context.quiet, p.Watch("alone", seconds), *exchange, context.quiet)
    return DatagramPlan((DatagramScript((*steps, p.Watch("connected", seconds))),))


def _busy(plan: object, trace: Measured, context: Context) -> list[Finding]:
    only_for_us(trace, context)
    must_have_lived(trace)
    return [
        *busy(trace, "alone", "while nobody was connected"),
        *(busy(trace, "connected", "while its one client was idle") or _busy_again(trace)),
    ]


def _busy_again(trace: Measured) -> list[Finding]:
    """Nothing where some of the bytes had not come back: then there was something to do."""
    if not isinstance(trace, Trace) or trace.scripts[0].echoed < trace.scripts[0].sent:
        return []
    words = "while its one client was idle again, which had let it wait once and read everything"
    found = [busy(trace, label, words) for label in ("again", "later")]
    return found[1] if all(found) else []


def _check(
    name: str,
    requirement: str,
    hint: str,
    what: Callable[[Measurement], int],
    *,
    plan: Callable[[Context], Plan] = plain_rounds,
    each: tuple[float, float, float] = (1 / 4, 1.0, 1 / 4),
) -> Check:
    """``each``: what a connection leaves at least, on average, where it leaks; one whose client
    does not read, for a suspicion; and a datagram."""
    return Check(
        id=f"resources/{name}",
        level=SHOULD,
        basis=POSIX,
        requirement=requirement,
        plan=plan,
        allowed="They come back to where they were, within two seconds, or grow once. "
        "Not allowed: growth in every round of connections, some of which end while their client "
        "does not read.",
        profiles=LASTING,
        ignores=frozenset(Kind) - {Kind.RESOURCE, Kind.DIED},
        judge=_leaks(name, what, each[0], each[1]),
        not_for=needs_watching,
        waits=0.7,
        shares="rounds",
        hint=hint,
        transports=EVERYWHERE,
        exchange=rounds_of_datagrams,
        weigh=_leaks(name, what, each[2]),
    )


CHECKS = (
    _check(
        "descriptors",
        "Closed connections leave no descriptor behind.",
        "a socket (or a copy made by dup, fork or makefile) is never closed",
        lambda m: m.descriptors,
    ),
    replace(
        _check(
            "memory",
            "Memory does not grow with the number of connections.",
            "something is kept of every connection: a list, a history, a map that is never cleaned",
            _memory,
            plan=memory_rounds,
            each=(PAYLOAD / 4, PAYLOAD / 2, DATAGRAM / 2),
        ),
        doubts=may_be_a_heap,
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
        waits=2.2,
        waits_long=14.5,
        hint="a loop that polls with no time-out, or waits for writability with nothing to write",
        transports=EVERYWHERE,
        exchange=_idle_between_datagrams,
        weigh=_busy,
    ),
)
