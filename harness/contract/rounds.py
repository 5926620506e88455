"""Rounds of connections, and a measurement after each: what is left of a connection shows.

Connections end in every way there is: in order, by a close or a reset, in the same moment, and
while the target waits for a client that does not read.
"""

from __future__ import annotations

from harness.contract.check import Context
from harness.contract.pieces import finished
from harness.values import plan as p
from harness.values.datagrams import Ask, AwaitAnswers, DatagramPlan, DatagramScript
from harness.values.datagrams import Step as DatagramStep
from harness.values.plan import Plan, Script, Step
from harness.values.trace import AFTERWARDS
from harness.values.verdict import Profile

CONNECTIONS = 12
"""A round.  Half of them end in order, a quarter closes, a quarter resets."""
ROUNDS = 5
FEW_ROUNDS, FEW_CONNECTIONS = 3, 8
"""The same at quick effort, and where a program is started for each of them: what it leaves behind
is a process.  What is suspicious at quick effort is decided by as much as ever."""
LONG_ROUNDS, LONG_ROUND = 14, 100
"""Rounds, and connections in each, where growth of the memory is to be told from garbage."""
LONGER_ROUNDS = 28
"""Rounds that come after those, on the same instance, where they leave a doubt."""
FEWER_OF_LONG = 60
"""Those of them that read, where the others do not."""
MIB = 1024 * 1024
PAYLOAD = 100_000
DATAGRAMS, AT_ONCE, DATAGRAM = 48, 6, 8000
"""Clients of a round that asks datagrams, how many of them at once, and the bytes that each asks:
as many as a receive buffer takes in, and what is kept of each shows."""


def plain_rounds(context: Context) -> Plan:
    """The plan of most checks of what a connection leaves; at a second attempt a longer one."""
    if context.starts_each:
        return rounds(context, FEW_ROUNDS if context.attempt == 1 else ROUNDS, FEW_CONNECTIONS)
    if context.hasty:
        return rounds(context, FEW_ROUNDS, FEW_CONNECTIONS)
    return rounds(context, ROUNDS if context.attempt == 1 else 3 * ROUNDS, CONNECTIONS)


def memory_rounds(context: Context) -> Plan:
    """The same; a suspicion is decided by more than a collector lets lie about.

    A runtime with a large heap (Java's is a 64th of the machine's memory at first) collects for the
    first time after some hundred connections with large buffers, and grows until then.  Many of
    them do not read, where those are served side by side: they may be all who leave something.  A
    heap of many threads warms up for as long (an arena of malloc() for each that runs side by side,
    and what Ruby keeps of exceptions): what comes after that is asked at a third attempt.
    """
    if context.attempt == 1 or context.starts_each:
        return plain_rounds(context)
    turns = LONG_ROUNDS if context.attempt == 2 else LONGER_ROUNDS
    if context.profile is not Profile.CONCURRENT or context.speed is not None:
        return rounds(context, turns, LONG_ROUND)
    more = LONG_ROUND - FEWER_OF_LONG
    return rounds(context, turns, FEWER_OF_LONG, unread=WHO_DO_NOT_READ + more)


def rounds(
    context: Context, number_of_rounds: int, connections: int, unread: int | None = None
) -> Plan:
    """``connections`` in each round, one after another, some who break off while their echo waits,
    and a measurement after it.  A second attempt looks once more when some time has passed.

    ``unread``: how many break off, a multiple of ``WHO_DO_NOT_READ``, which is usual.
    """

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
        for _ in range(0, unread or WHO_DO_NOT_READ, WHO_DO_NOT_READ):
            scripts += _who_do_not_read(context, after=len(scripts) - 1)
        if _has_children(context):
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


LATER = 2.0
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
    if context.hasty or context.speed is not None:  # it would take too long
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


def rounds_of_datagrams(context: Context) -> DatagramPlan:
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


def _has_children(context: Context) -> bool:
    """Whether it may have processes of its own for its clients, and wait for them: where a program
    is started for each, it is not the target that has to."""
    ours = not context.remote and not context.starts_each
    return context.profile is Profile.CONCURRENT and ours


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
