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
    EVERYWHERE,
    LASTING,
    POSIX,
    SHOULD,
    Check,
    Context,
    needs_watching,
)
from harness.contract.measuring import Measured, busy, must_have_lived, only_for_us
from harness.contract.pieces import finished
from harness.values import plan as p
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, DatagramScript
from harness.values.datagrams import Step as DatagramStep
from harness.values.effort import Effort
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Measurement
from harness.values.verdict import Breach, Finding, Kind, Profile

CONNECTIONS = 12
"""A round.  Half of them end in order, a quarter closes, a quarter resets."""
ROUNDS = 5
FEW_ROUNDS, FEW_CONNECTIONS = 3, 8
"""The same at quick effort; what is suspicious then is decided by as much as ever."""
LONG_ROUNDS, LONG_ROUND = 14, 100
"""Rounds, and connections in each, where growth of the memory is to be told from garbage."""
MIB = 1024 * 1024
PAYLOAD = 100_000
DATAGRAMS, AT_ONCE, DATAGRAM = 48, 6, 8000
"""Clients of a round that asks datagrams, how many of them at once, and the bytes that each asks:
as many as a receive buffer takes in, and what is kept of each shows."""
IDLE_WATCH = (0.1, 0.5, 5.0)
"""Seconds, at each effort, for which CPU time is watched while nobody is connected, and while one
client is idle."""


def _rounds(context: Context) -> Plan:
    if context.attempt == 1 and context.effort is Effort.QUICK:
        return rounds(context, FEW_ROUNDS, FEW_CONNECTIONS)
    return rounds(context, ROUNDS if context.attempt == 1 else 3 * ROUNDS, CONNECTIONS)


def _memory_rounds(context: Context) -> Plan:
    """The same; a suspicion is decided by more than a collector lets lie about.

    A runtime with a large heap (Java's is a 64th of the machine's memory at first) collects for the
    first time after some hundred connections with large buffers, and grows until then.
    """
    if context.attempt == 1:
        return _rounds(context)
    return rounds(context, LONG_ROUNDS, LONG_ROUND)


def rounds(context: Context, number_of_rounds: int, connections: int) -> Plan:
    """``connections`` in each round, one after another, some who break off while their echo waits,
    and a measurement after it.  A second attempt looks once more when some time has passed."""

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
    for turn in range(number_of_rounds + 1):
        for number in range(connections):
            after = (len(scripts) - 1,) if scripts else ()
            scripts.append(Script(steps=session(number), after=after))
        scripts += _who_do_not_read(context, after=len(scripts) - 1)
        if context.profile is Profile.CONCURRENT and not context.remote:
            scripts += _in_one_moment(context, turn, after=_last_of(scripts, WHO_DO_NOT_READ))
        watch = (context.quiet, p.Measure(f"round-{turn}"))
        scripts.append(Script(steps=watch, after=_last_of(scripts, ENDS)))
    if context.attempt > 1:
        later = (p.Wait(LATER), context.quiet, p.Measure(AFTERWARDS))
        scripts.append(Script(steps=later, after=(len(scripts) - 1,)))
    return Plan(scripts=tuple(scripts))


def _last_of(scripts: list[Script], number: int) -> tuple[int, ...]:
    """The indexes of the last ``number``."""
    return tuple(range(len(scripts) - number, len(scripts)))


LATER, AFTERWARDS = 2.0, "afterwards"
"""Seconds after the last round until what is still there counts as kept: some look only now and
then whether their client is still there."""
WHO_DO_NOT_READ = 4
"""Clients of a round that break off while all buffers are full.  One thing left of each is more
than a quarter of ``CONNECTIONS``."""
UNREAD = 2 * MIB
"""Bytes that each of them sends.  Some 0.2 MiB lie in the target's send buffer then, and as much in
its receive buffer: the rest is for what the target keeps between reading and sending."""


def _who_do_not_read(context: Context, after: int) -> list[Script]:
    """Clients that read nothing, and break off when the target waits for them.

    Who reads and who sends may be two threads there, and only one of them learns of it.  Small
    segments and buffers let it wait soon.
    """
    if context.speed is not None:  # a slow target would take too long over it
        return []
    data = context.data(600, min(UNREAD, context.volume(UNREAD)))
    waits = (
        p.Connect(receive_buffer=8192, segment=1460),
        *(p.StopReading(), p.Send(data, background=True), p.AwaitStall(briefly=True)),
    )
    scripts: list[Script] = []
    for number in range(WHO_DO_NOT_READ):
        end = (p.HalfClose(background=True), p.Close()) if number == 1 else (p.Reset(),)
        alone = context.profile is not Profile.CONCURRENT
        scripts.append(Script(steps=(*waits, *end), after=(after + number * alone,)))
    return scripts


def _rounds_of_datagrams(context: Context) -> DatagramPlan:
    """Each client is a new address to the target, so what it keeps for each grows."""

    def client(number: int) -> tuple[DatagramStep, ...]:
        return (Ask(context.data(number, DATAGRAM)), AwaitAnswers(briefly=True))

    scripts: list[DatagramScript] = []
    rounds = ROUNDS if context.attempt == 1 else 3 * ROUNDS
    for turn in range(rounds + 1):
        before = tuple(range(len(scripts) - 1, len(scripts))) if scripts else ()
        first = len(scripts)
        for number in range(DATAGRAMS):
            scripts.append(DatagramScript(client(number), before))
            if number % AT_ONCE == AT_ONCE - 1:
                before = tuple(range(len(scripts) - AT_ONCE, len(scripts)))
        watch = (context.quiet, p.Measure(f"round-{turn}"))
        scripts.append(DatagramScript(watch, tuple(range(first, len(scripts)))))
    return DatagramPlan(tuple(scripts))


ENDS = 8
"""Clients that end in one moment: as many as the contract asks for at once."""


def _in_one_moment(context: Context, turn: int, after: tuple[int, ...]) -> list[Script]:
    """Clients that end while the target is stopped.

    Where each has a process, all of them end before the parent goes on, which is told only once
    (SIGCHLD does not queue): if it waits for one child each time, the others stay as zombies.
    """
    places = [p.Meet(f"{what} {turn}") for what in ("there", "stopped", "gone")]
    there, stopped, gone = places
    scripts = []
    for number in range(ENDS):
        hello = (p.Connect(), p.Send(context.data(500 + number, 100)), p.AwaitEcho(briefly=True))
        if number:
            steps: tuple[Step, ...] = (*hello, there, stopped, p.Close(), gone)
        else:
            stop = (p.PauseTarget(), stopped, p.Close(), gone)
            steps = (*hello, there, *stop, p.ResumeTarget(children_first=True))
        scripts.append(Script(steps=steps, after=after))
    return scripts


def growth(
    trace: Measured, what: Callable[[Measurement], int], *, at_least: float
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


def _comes_alone(script: Script | DatagramScript) -> bool:
    return script.connects and not any(
        isinstance(step, p.Meet | p.StopReading) for step in script.steps
    )


def _came_back(values: list[int], afterwards: int) -> bool:
    """Whether half of what was there more at the end had gone some time later."""
    return 2 * (afterwards - values[0]) <= values[-1] - values[0]


def _leaks(
    name: str, what: Callable[[Measurement], int], each: float
) -> Callable[[Plan | DatagramPlan, Measured, Context], list[Finding]]:
    def judge(plan: Plan | DatagramPlan, trace: Measured, context: Context) -> list[Finding]:
        only_for_us(trace, context)
        turns = sum(m.label.startswith("round-") for m in trace.measurements)
        connections = sum(map(_comes_alone, plan.scripts)) / max(1, turns)
        values, leaks = growth(trace, what, at_least=each * connections)
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
    return p.one(
        context.quiet,
        p.Watch("alone", context.seconds(*IDLE_WATCH)),
        p.Connect(),
        p.Send(context.data(1, 10)),
        p.AwaitEcho(briefly=True),
        context.quiet,  # a process for each client may be starting still
        p.Watch("connected", context.seconds(*IDLE_WATCH)),
        p.Close(),
    )


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
        *busy(trace, "connected", "while its one client was idle"),
    ]


def _check(
    name: str,
    requirement: str,
    hint: str,
    what: Callable[[Measurement], int],
    *,
    plan: Callable[[Context], Plan] = _rounds,
    each: tuple[float, float] = (1 / 4, 1 / 4),
) -> Check:
    """``each``: what a connection leaves at least, on average, where it leaks; and a datagram."""
    return Check(
        id=f"resources/{name}",
        level=SHOULD,
        basis=POSIX,
        requirement=requirement,
        plan=plan,
        allowed="They come back to where they were, or grow once. "
        "Not allowed: growth in every round of connections, some of which end while their client "
        "does not read.",
        profiles=LASTING,
        ignores=frozenset(Kind) - {Kind.RESOURCE, Kind.DIED},
        judge=_leaks(name, what, each[0]),
        not_for=needs_watching,
        waits=0.7,
        shares="rounds",
        hint=hint,
        transports=EVERYWHERE,
        exchange=_rounds_of_datagrams,
        weigh=_leaks(name, what, each[1]),
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
        plan=_memory_rounds,
        each=(PAYLOAD / 4, DATAGRAM / 2),
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
        waits_long=10.2,
        hint="a loop that polls with no time-out, or waits for writability with nothing to write",
        transports=EVERYWHERE,
        exchange=_idle_between_datagrams,
        weigh=_busy,
    ),
)
