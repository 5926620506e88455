"""sessions: connections that follow one another or run side by side do not touch one another."""

from __future__ import annotations

from harness.contract.check import (
    CONCURRENT,
    ENDS,
    LASTING,
    LESSON,
    MUST,
    Check,
    Context,
    exchange,
    finished,
    still_serves,
    without_process_steps,
)
from harness.contract.identity import UNCHANGED
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind

MIB = 1024 * 1024
SIDE_BY_SIDE = 8
ENDED: tuple[Step, ...] = (p.HalfClose(), p.AwaitEnd())


def _one_after_another(context: Context) -> Plan:
    sizes = (1, 100, 1024, 5000, 20, 3)
    return p.in_turn(
        *(finished(context.data(n, sizes[n % len(sizes)])) for n in range(12)),
        *(exchange(context.data(20 + n, 50)) for n in range(6)),
    )


POOL = 12
"""More than the clients that finding out the profile brings at once, each with a buffer."""


def _no_leftovers(context: Context) -> Plan:
    """Clients that leave with data on the way, each followed by one that would get it."""

    def stalled_then_gone() -> tuple[Step, ...]:
        return (
            p.Connect(receive_buffer=256 * 1024),
            p.StopReading(),
            p.Send(context.data(1, context.flood), background=True),
            p.AwaitStall(),
            p.Reset(),
        )

    def half_a_message(number: int, last: Step) -> tuple[Step, ...]:
        return (p.Connect(), p.Send(context.data(number, 1500)), last)

    follower = (p.Connect(), p.Wait(0.02), p.Send(context.data(50, 700)), p.AwaitEcho(), p.Close())
    ended = finished(context.data(51, 2000))
    # What is kept in a pool comes round again only after as many clients as there were at once.
    round_again = tuple(still_serves(context, 60 + n) for n in range(POOL))
    return p.in_turn(
        half_a_message(5, p.Reset()),
        follower,
        ended,
        half_a_message(2, p.Close()),
        follower,
        ended,
        stalled_then_gone(),
        follower,
        ended,
        (p.Connect(), p.Send(context.data(4, 300_000), background=True), p.Wait(0.01), p.Reset()),
        follower,
        ended,
        *round_again,
    )


LATER = 4
"""Clients that come, one after another, while an earlier one waits."""


CROWD = 6
SETTLE = p.Wait(0.03)
"""So that a server that accepts ahead has done it."""


def _crowd(context: Context) -> list[Script]:
    """Clients that come at once, while another is served if the backlog takes them all: then who
    accepts ahead has to keep every one of them, and is paused meanwhile to find them together."""
    messages = [p.Send(context.data(n, 200 + n)) for n in range(CROWD)]
    rest = (p.AwaitEcho(briefly=True), *ENDED)
    if context.backlog < CROWD:
        return [Script(steps=(p.Connect(), message, *rest)) for message in messages]
    served = (
        *(p.Connect(), p.Send(context.data(CROWD, 200)), p.AwaitEcho(briefly=True)),
        *(p.PauseTarget(), p.Meet("come"), p.Meet("there"), p.ResumeTarget(), SETTLE, *ENDED),
    )
    if context.remote:
        served = without_process_steps(served)
    come = (p.Meet("come"), p.Connect())
    clients = ((*come, message, p.Meet("there"), *rest) for message in messages)
    return [Script(steps=steps) for steps in (served, *clients)]


def _queue(context: Context) -> Plan:
    """Six at once; then one who waits while others keep coming, each before the last has left.

    For the second two have to wait at the same time, so it needs a backlog that takes them.
    """
    crowd = _crowd(context)
    if context.backlog < 2:
        return Plan(scripts=tuple(crowd))
    everyone = tuple(range(len(crowd)))

    def later(number: int) -> tuple[Step, ...]:
        steps: list[Step] = [p.Meet(f"come-{number}")] if number else []
        steps += [p.Connect(), SETTLE, *([p.Meet(f"there-{number}")] if number else [])]
        steps += [p.Send(context.data(20 + number, 100)), p.AwaitEcho()]
        if number == 0:
            steps += [p.Meet("wait"), p.Meet("waits")]
        if number < LATER:
            steps += [p.Meet(f"come-{number + 1}"), p.Meet(f"there-{number + 1}")]
        return (*steps, *ENDED)

    waiting = (
        *(p.Meet("wait"), p.Connect(), SETTLE, p.Send(context.data(10, 100)), p.Meet("waits")),
        *(p.AwaitEcho(), *ENDED),
    )
    line = (waiting, *(later(n) for n in range(LATER + 1)))
    return Plan(scripts=(*crowd, *(Script(steps=steps, after=everyone) for steps in line)))


def _passed_over(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    """Whether who waited was served only after the last of those who came later."""
    if context.backlog < 2:
        return []
    number = len(plan.scripts) - LATER - 2
    first, last = trace.scripts[number], trace.scripts[-1]
    if first.first_byte is None or last.first_byte is None or first.first_byte < last.first_byte:
        return []
    return [
        Finding(
            kind=Kind.ORDER,
            breach=Breach.LIVENESS,
            message=f"a client that waited got its first byte after {LATER} that came later, and "
            "would wait as long as others come",
            session=number,
        )
    ]


def _simultaneous(context: Context) -> Plan:
    def session(number: int) -> tuple[Step, ...]:
        steps: list[Step] = [p.Connect(), p.Meet("connected")]
        for turn in range(4):
            message = p.Send(context.data(number * 10 + turn, 300 + number))
            if turn == 1 and not context.remote:  # all of them ready in one turn of its loop
                held = (p.PauseTarget(),) if number == 0 else ()
                let_go = (p.ResumeTarget(),) if number == 0 else ()
                steps += [p.Meet("ready"), *held, p.Meet("held"), message, p.Meet("sent"), *let_go]
            else:
                steps.append(message)
            steps.append(p.AwaitEcho())
        return (*steps, p.Meet("served"), *ENDED)

    return p.side_by_side(*(session(n) for n in range(SIDE_BY_SIDE)))


def _no_crosstalk(context: Context) -> Plan:
    """Several clients are made ready in one turn of the server's loop; then floods side by side,
    while what one does not read is still in the server's hands."""
    clients, sizes = 4, (30, 1000, 1024, 3000, 9)
    holds = context.speed is None  # a slow target would take too long over it

    def flood(number: int) -> tuple[Step, ...]:
        if number == 0 and holds:
            return (
                p.StopReading(),
                p.Send(context.data(500, context.flood), background=True),
                p.AwaitStall(),
                *(p.Meet("held"), p.Meet("over"), p.StartReading()),
            )
        # In one piece, so that threads have much in hand; or in small ones, to take turns often.
        cuts = (1000 + 37 * number, 4000) if number % 2 else ()
        message = context.data(500 + number, context.volume(MIB))
        sends = (p.Send(message, cuts=cuts, background=True), p.AwaitEcho(briefly=True))
        return (p.Meet("held"), *sends, p.Meet("over")) if holds else sends

    def session(number: int) -> tuple[Step, ...]:
        first = number == 0
        steps: list[Step] = [
            p.Connect(receive_buffer=256 * 1024 if first else None),
            *(p.Send(context.data(number, 20)), p.AwaitEcho()),
        ]
        for turn, size in enumerate((*sizes[number:], *sizes[:number])):
            steps.append(p.Meet("before"))
            if first:
                steps.append(p.PauseTarget())
            steps += [
                p.Meet("paused"),
                p.Send(context.data(100 + number * 10 + turn, size)),
                p.Meet("sent"),
            ]
            if first:
                steps.append(p.ResumeTarget())
            steps.append(p.AwaitEcho(briefly=True))
        steps += [p.Meet("flood"), *flood(number), p.AwaitEcho(), *ENDED]
        return without_process_steps(tuple(steps)) if context.remote else tuple(steps)

    return p.side_by_side(*(session(n) for n in range(clients)))


def _slow_client_aside(context: Context) -> Plan:
    """One client drips bytes all the time, another has said nothing yet; the others must not wait
    for either."""
    slow = (
        p.Connect(),
        p.Send(context.data(1, 20)),
        p.AwaitEcho(),
        p.Meet("begin"),
        p.Send(context.data(2, 60), cuts=(1,), gap=0.02),
        p.AwaitEcho(),
        *ENDED,
    )
    silent = (
        p.Connect(),
        p.Meet("begin"),
        p.Meet("served"),
        p.Send(context.data(3, 20)),
        p.AwaitEcho(),
        *ENDED,
    )
    others = ((*_meanwhile(context, n), p.Meet("served")) for n in range(2, 5))
    return p.side_by_side(slow, *others, silent)


def _meanwhile(context: Context, number: int) -> tuple[Step, ...]:
    return (
        p.Meet("begin"),
        p.Connect(),
        p.Send(context.data(number * 10, 3000)),
        p.AwaitEcho(),
        p.Send(context.data(number * 10 + 1, 200_000)),
        p.AwaitEcho(),
        *ENDED,
    )


def _waited(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    """Whether the others were only served once the slow client, script 0, was done."""
    slow, others = trace.scripts[0], trace.scripts[1:-1]
    if slow.ended is None or slow.stuck is not None:
        return []
    late = [
        i + 1
        for i, seen in enumerate(others)
        if seen.first_byte is not None and seen.first_byte >= slow.ended
    ]
    if not late:
        return []
    return [
        Finding(
            kind=Kind.ORDER,
            breach=Breach.LIVENESS,
            message=f"{len(late)} of {len(others)} clients got their first byte only after the "
            "slow client had finished",
            session=late[0],
        )
    ]


def _stalled_client_aside(context: Context) -> Plan:
    stalled = (
        p.Connect(receive_buffer=256 * 1024),
        p.StopReading(),
        p.Send(context.data(1, context.flood), background=True),
        p.AwaitStall(),
        p.Meet("begin"),
        p.Meet("served"),
        p.StartReading(),
        p.AwaitEcho(),
        *ENDED,
    )
    others = ((*_meanwhile(context, n), p.Meet("served")) for n in range(2, 5))
    return p.side_by_side(stalled, *others)


def _churn(context: Context) -> Plan:
    """Clients come and go in every way while one stays."""
    lasting: list[Step] = [p.Connect()]
    for turn in range(12):
        lasting += [p.Send(context.data(turn, 400)), p.AwaitEcho(briefly=True), p.Wait(0.01)]
    ways: tuple[tuple[Step, ...], ...] = (
        (p.Close(),),
        (p.Send(context.data(90, 2000)), p.Reset()),
        (p.Send(context.data(91, 50)), p.AwaitEcho(briefly=True), p.Close()),
        ENDED,
        (p.Send(context.data(92, 50)), *ENDED),
        (p.Reset(),),
    )
    scripts = [Script(steps=(*lasting, *ENDED))]
    for number in range(48):
        after = (number - 3,) if number > 3 else ()
        scripts.append(Script(steps=(p.Connect(), *ways[number % len(ways)]), after=after))
    everyone = tuple(range(1, len(scripts)))
    scripts.append(Script(steps=still_serves(context), after=everyone))
    return Plan(scripts=tuple(scripts))


SERVED = "Each client is served completely and gets its own bytes only. "

CHECKS = (
    Check(
        id="sessions/one-after-another",
        level=MUST,
        basis=LESSON,
        requirement="18 clients, one after another, are all served.",
        plan=_one_after_another,
        allowed=SERVED + "Not allowed: a later client fares worse than the first.",
        profiles=LASTING,
        ignores=frozenset({Kind.RESET}),
        hint="the server ends, or something is used up or not reset, after a client has left",
    ),
    Check(
        id="sessions/no-leftovers",
        level=MUST,
        basis=LESSON,
        requirement="Nothing of a connection that was given up reaches a later one.",
        plan=_no_leftovers,
        allowed=SERVED + "Not allowed: bytes of an earlier connection, or wrong ones.",
        profiles=LASTING,
        hint="a buffer outlives its connection: it is global, or kept under a descriptor number "
        "that the system gives to the next connection",
    ),
    Check(
        id="sessions/queue",
        level=MUST,
        basis=LESSON,
        requirement="Six clients that come at once are all served in the end, and one that waits "
        "is not passed over by all who come later.",
        plan=_queue,
        allowed=SERVED + "In whatever order. Not allowed: one is refused, forgotten, or has to "
        "wait for as long as others come.",
        profiles=LASTING,
        ignores=frozenset({Kind.RESET}),
        judge=_passed_over,
        hint="listen() with a backlog, and accept() again after each client",
    ),
    Check(
        id="sessions/simultaneous",
        level=MUST,
        basis=LESSON,
        requirement="Eight clients are served at the same time, all connections open.",
        plan=_simultaneous,
        allowed=SERVED + "Not allowed: one has to wait until another has left.",
        profiles=(CONCURRENT,),
        hint="a limit on clients, or one client's handler blocks the accept loop",
    ),
    Check(
        id="sessions/no-crosstalk",
        level=MUST,
        basis=LESSON,
        requirement="Clients that are ready in the same moment each get their own bytes.",
        plan=_no_crosstalk,
        allowed=SERVED + "Not allowed: a byte of another client.",
        profiles=(CONCURRENT,),
        hint="clients share a buffer or a variable: keep the state of a connection with it",
    ),
    Check(
        id="sessions/slow-client-aside",
        level=MUST,
        basis=LESSON,
        requirement="A client that sends slowly, or nothing yet, does not hold up the others.",
        plan=_slow_client_aside,
        allowed=SERVED + "Not allowed: the others wait until the slow one is done, or the silent "
        "one has spoken.",
        profiles=(CONCURRENT,),
        ignores=ENDS,
        judge=_waited,
        waits=1.3,
        hint="the server waits for one client (a blocking read) while others are ready",
    ),
    Check(
        id="sessions/stalled-client-aside",
        level=MUST,
        basis=LESSON,
        requirement="A client that does not read does not hold up the others, and loses nothing.",
        plan=_stalled_client_aside,
        allowed=SERVED + "Not allowed: the others wait until the stalled one reads.",
        profiles=(CONCURRENT,),
        ignores=ENDS,
        hint="the server waits in a blocking send for one client while others are ready",
    ),
    Check(
        id="sessions/churn",
        level=MUST,
        basis=LESSON,
        requirement="Clients that come and go in every way leave a lasting connection and the "
        "next client unharmed.",
        plan=_churn,
        allowed=UNCHANGED,
        profiles=(CONCURRENT,),
        hint="the bookkeeping of connections breaks when one goes away in the middle of a round",
    ),
)
