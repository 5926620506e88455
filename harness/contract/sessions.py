"""sessions: connections that follow one another or run side by side do not touch one another.

Here they follow one another, or wait in the queue; side by side: sessions_at_once.py.
"""

from __future__ import annotations

from harness.contract import depth
from harness.contract.check import LASTING, LESSON, MUST, Check, Context
from harness.contract.pieces import exchange, finished, still_serves, without_process_steps
from harness.values import plan as p
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Trace
from harness.values.verdict import Breach, Finding, Kind

ENDED: tuple[Step, ...] = (p.HalfClose(), p.AwaitEnd())


def _one_after_another(context: Context) -> Plan:
    sizes = (1, 100, 1024, 5000, 20, 3)
    return p.in_turn(
        *(finished(context.data(n, sizes[n % len(sizes)])) for n in range(12)),
        *(exchange(context.data(20 + n, 50)) for n in range(6)),
    )


POOL = 12
"""More clients than the profile detection connects at once.  A server that keeps buffers in a pool
has made one for each of those, and uses the first again after as many clients."""


def _no_leftovers(context: Context) -> Plan:
    """Clients that leave with data on the way, each followed by one that a leak would reach."""

    def stalled_then_gone() -> tuple[Step, ...]:
        return (
            context.stalls,
            p.StopReading(),
            p.Send(context.data(1, context.flood), background=True),
            context.stall,
            p.Reset(),
        )

    def half_a_message(number: int, last: Step) -> tuple[Step, ...]:
        return (p.Connect(), p.Send(context.data(number, 1500)), last)

    follower = (
        p.Connect(),
        context.moment(0.02),
        p.Send(context.data(50, 700)),
        p.AwaitEcho(),
        p.Close(),
    )
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
        (
            p.Connect(),
            p.Send(context.data(4, 300_000), background=True),
            context.moment(0.01),
            p.Reset(),
        ),
        follower,
        ended,
        *round_again,
    )


LATER = 4
"""Clients that come, one after another, while an earlier one waits."""
CROWD = 6
SETTLE = 0.03
"""Seconds in which a server that accepts clients ahead of serving them has accepted this one."""


def _crowd(context: Context) -> list[Script]:
    """Clients that come at once; while another is served, if the backlog takes them all.

    The target is paused until all have come.  A server that accepts clients ahead then finds them
    together, and has to keep every one of them.
    """
    messages = [p.Send(context.data(n, 200 + n)) for n in range(CROWD)]
    rest = (p.AwaitEcho(briefly=True), *ENDED)
    if context.backlog < CROWD:
        return [Script(steps=(p.Connect(), message, *rest)) for message in messages]
    served = (
        *(p.Connect(), p.Send(context.data(CROWD, 200)), p.AwaitEcho(briefly=True)),
        *(
            p.PauseTarget(),
            p.Meet("come"),
            p.Meet("there"),
            p.ResumeTarget(),
            context.moment(SETTLE),
            *ENDED,
        ),
    )
    if context.remote:
        served = without_process_steps(served)
    come = (p.Meet("come"), p.Connect())
    clients = ((*come, message, p.Meet("there"), *rest) for message in messages)
    return [Script(steps=steps) for steps in (served, *clients)]


def _queue(context: Context) -> Plan:
    """Six at once; then one that waits while others keep coming, each before the last has left.

    In the second part two clients wait at the same time, so the backlog must take two.
    """
    crowd = _crowd(context)
    if context.backlog < 2:
        return Plan(scripts=tuple(crowd))
    everyone = tuple(range(len(crowd)))

    def later(number: int) -> tuple[Step, ...]:
        steps: list[Step] = [p.Meet(f"come-{number}")] if number else []
        steps += [
            p.Connect(),
            context.moment(SETTLE),
            *([p.Meet(f"there-{number}")] if number else []),
        ]
        steps += [p.Send(context.data(20 + number, 100)), p.AwaitEcho()]
        if number == 0:
            steps += [p.Meet("wait"), p.Meet("waits")]
        if number < LATER:
            steps += [p.Meet(f"come-{number + 1}"), p.Meet(f"there-{number + 1}")]
        return (*steps, *ENDED)

    waiting = (
        *(
            p.Meet("wait"),
            p.Connect(),
            context.moment(SETTLE),
            p.Send(context.data(10, 100)),
            p.Meet("waits"),
        ),
        *(p.AwaitEcho(), *ENDED),
    )
    line = (waiting, *(later(n) for n in range(LATER + 1)))
    return Plan(scripts=(*crowd, *(Script(steps=steps, after=everyone) for steps in line)))


def _passed_over(plan: Plan, trace: Trace, context: Context) -> list[Finding]:
    """A finding if the client that waited was served only after all that came later."""
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
        deep=depth.HALF_CLOSES,
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
)
