"""sessions, its second half: clients that are served at once do not hold up one another."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.check import CONCURRENT, ENDS, LESSON, MAY, MUST, POSIX, Check, Context
from harness.contract.identity import UNCHANGED
from harness.contract.pieces import still_serves, without_process_steps
from harness.contract.sessions import ENDED, SERVED
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind

MIB = 1024 * 1024
SIDE_BY_SIDE = 8


def _simultaneous(context: Context) -> Plan:
    def session(number: int) -> tuple[Step, ...]:
        steps: list[Step] = [p.Connect(), p.Meet("connected")]
        for turn in range(4):
            message = p.Send(context.data(number * 10 + turn, 300 + number))
            if turn == 1 and not context.remote:  # the server's loop finds all of them ready
                held = (p.PauseTarget(),) if number == 0 else ()
                let_go = (p.ResumeTarget(),) if number == 0 else ()
                steps += [p.Meet("ready"), *held, p.Meet("held"), message, p.Meet("sent"), *let_go]
            else:
                steps.append(message)
            steps.append(p.AwaitEcho())
        return (*steps, p.Meet("served"), *ENDED)

    return p.side_by_side(*(session(n) for n in range(SIDE_BY_SIDE)))


def _no_crosstalk(context: Context) -> Plan:
    """The server's loop finds several clients ready at once; then they all send much at once,
    while the server still holds what one client does not read."""
    clients, sizes = 4, (30, 1000, 1024, 3000, 9)
    holds = context.speed is None  # a slow target would take too long over it

    def flood(number: int) -> tuple[Step, ...]:
        if number == 0 and holds:
            return (
                p.StopReading(),
                p.Send(context.data(500, context.flood), background=True),
                context.stall,
                *(p.Meet("held"), p.Meet("over"), p.StartReading()),
            )
        # One large write gives a thread much to hold; small ones make the server switch often.
        cuts = (1000 + 37 * number, 4000) if number % 2 else ()
        message = context.data(500 + number, context.volume(MIB))
        sends = (p.Send(message, cuts=cuts, background=True), p.AwaitEcho(briefly=True))
        return (p.Meet("held"), *sends, p.Meet("over")) if holds else sends

    def session(number: int) -> tuple[Step, ...]:
        first = number == 0
        steps: list[Step] = [
            context.stalls if first else p.Connect(),
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


GONE = "gone"
"""Where those meet who leave, and the one who comes after them."""


def _slow_client_aside(context: Context) -> Plan:
    """One client sends a byte now and then, another has sent nothing yet; the others must not wait
    for either, nor must one who comes when those have left."""
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
    return _with_a_row(context, p.side_by_side(slow, *_meanwhile(context), silent))


OTHERS = 3
"""Clients that are served at once, beside one that waits."""


def _meanwhile(context: Context) -> Iterator[tuple[Step, ...]]:
    """Those who are served at once, and one more who comes when they have left."""
    for number in range(2, 2 + OTHERS):
        yield (p.Meet("begin"), p.Connect(), *_served(context, number), p.Meet(GONE))
    last = 2 + OTHERS
    yield (p.Meet(GONE), p.Connect(), *_served(context, last), p.Meet("served"))


IN_A_ROW = 16
"""Clients that come one after another then: where connections are shared out among threads, loops
or locks, one of them falls to whoever waits."""


def _with_a_row(context: Context, plan: Plan) -> Plan:
    """``plan``, and a row of small clients between its ``begin`` and its ``served``."""
    scripts = list(plan.scripts)
    for number in range(IN_A_ROW):
        begins = () if number else (p.Meet("begin"),)
        served = (p.Meet("served"),) if number == IN_A_ROW - 1 else ()
        exchange = (p.Send(context.data(100 + number, 50)), p.AwaitEcho(), *ENDED)
        after = (len(scripts) - 1,) if number else ()
        scripts.append(Script(steps=(*begins, p.Connect(), *exchange, *served), after=after))
    return Plan(scripts=tuple(scripts))


def _served(context: Context, number: int) -> tuple[Step, ...]:
    return (
        p.Send(context.data(number * 10, 3000)),
        p.AwaitEcho(),
        p.Send(context.data(number * 10 + 1, 200_000)),
        p.AwaitEcho(),
        *ENDED,
    )


def _waited(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    """A finding if others were served only after the slow client, script 0, was done."""
    slow, others = trace.scripts[0], trace.scripts[1 : 1 + OTHERS]
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
        context.stalls,
        p.StopReading(),
        p.Send(context.data(1, context.flood), background=True),
        context.stall,
        p.Meet("begin"),
        p.Meet("served"),
        p.StartReading(),
        p.AwaitEcho(),
        *ENDED,
    )
    return _with_a_row(context, p.side_by_side(stalled, *_meanwhile(context)))


GUESTS, FEWER_GUESTS = 48, 18
"""Clients that come and go while one stays; fewer where a program is started for each of them, half
of whom leave before it has begun to run."""


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
    for number in range(FEWER_GUESTS if context.starts_each else GUESTS):
        after = (number - 3,) if number > 3 else ()
        scripts.append(Script(steps=(p.Connect(), *ways[number % len(ways)]), after=after))
    everyone = tuple(range(1, len(scripts)))
    scripts.append(Script(steps=still_serves(context), after=everyone))
    return Plan(scripts=tuple(scripts))


CHECKS = (
    Check(
        id="sessions/simultaneous",
        level=MUST,
        basis=LESSON,
        requirement="Eight clients are served at the same time, all connections open.",
        plan=_simultaneous,
        allowed=SERVED + "Of a crowd of 1,100, if limits allow that, some may wait. Not allowed: "
        "one of eight has to wait until another has left; one of 30 who stay gets no answer when "
        "others have come and gone and nobody else comes; or a crowd mixes clients up or drops "
        "one that it serves, or one of 160 ends the server.",
        profiles=(CONCURRENT,),
        crowd=True,
        shares="crowd",
        hint="a limit on clients, or one client's handler blocks the accept loop",
    ),
    Check(
        id="sessions/capacity",
        level=MAY,
        basis=POSIX,
        requirement="How many clients are served at once is told, up to 1,100 where limits allow.",
        plan=_simultaneous,
        allowed="Any number: a pool serves as many as it has places. For information: that it "
        "ends when more than a thousand come.",
        profiles=(CONCURRENT,),
        crowd=True,
        shares="crowd",
        hint="",
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
        requirement="A client that sends slowly, or nothing yet, does not hold up the others, nor "
        "one who comes when those have left.",
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
