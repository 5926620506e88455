"""Depth: the same client again and again, where a plan that was performed once shows nothing.

A server that loses a little with each client of one kind (a buffer, a place in a table, a thread)
serves the first few dozen well.  So a check may name a client of which hundreds come after its plan
has passed, and then the next one must be served as ever.
"""

from __future__ import annotations

import msgspec

from harness.contract.check import HELLO, Context, Deep
from harness.contract.pieces import still_serves
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Plan, Script, Step
from harness.values.verdict import Finding, Profile

TIMES = (0, 300, 5000)
"""Clients of one kind, at each effort.  Tables and pools often have room for 16 to 256."""
SECONDS = (0.0, 1.0, 60.0)
"""The most that they may take: a server may need 0.2 s for each, with a process of its own."""
FIRST = 10
"""Clients after which it is known how long one takes."""
ABREAST = 2
"""Clients at once, usually: while one is served the next waits, so that nobody waits for us."""
STARTS = 10
"""Programs that are started until the next client waits for them to come to rest, where each client
has a program: who leaves at once does not wait for its own, and hundreds of interpreters that start
side by side would keep the next client waiting for as long as a broken server."""


GONE = "the others have gone"
"""Where the one who stays waits for the last of those who come."""


def repeated(deep: Deep, context: Context, first: int, times: int) -> Plan:
    """``times`` such clients, the numbers from ``first`` on, and one that must be served.

    Where many are served at once another client stays until then, and is served before and after;
    and one comes when that has left as well.
    """
    together = 1 if context.starts_each else deep.abreast
    abreast = together if context.backlog >= together else 1
    scripts = [
        Script(
            steps=(*_rest(context, i), *deep.steps(context, first + i)),
            after=(i - abreast,) if i >= abreast else (),
        )
        for i in range(times)
    ]
    last = tuple(range(max(0, times - abreast), times))
    next_one = (*_rest(context, STARTS), *still_serves(context))
    if context.profile is not Profile.CONCURRENT:
        return Plan(scripts=(*scripts, Script(steps=next_one, after=last)))
    return Plan(
        scripts=(
            *scripts,
            Script(steps=(*next_one, p.Meet(GONE)), after=last),
            Script(steps=_stays(context)),
            Script(steps=still_serves(context, 97), after=(times + 1,)),
        )
    )


def _rest(context: Context, number: int) -> tuple[Step, ...]:
    """What the client with this ``number`` of a row waits for before it comes."""
    if not context.starts_each or number == 0 or number % STARTS:
        return ()
    return (p.AwaitQuiet(briefly=True),)


def _stays(context: Context) -> tuple[Step, ...]:
    before, after = (p.Send(context.data(number, 100)) for number in (95, 96))
    there = (p.Connect(), before, p.AwaitEcho(), p.Meet(GONE))
    return (*there, after, p.AwaitEcho(), p.Close())


def one_stays(plan: Plan) -> bool:
    """Whether another client is there while those of a row come and go."""
    return any(p.Meet(GONE) in script.steps for script in plan.scripts)


def told_of(finding: Finding, deep: Deep, plan: Plan) -> Finding:
    """``finding`` with what was going on: which of them it was, and who else was there.

    What is about no client, such as the end of the target, stays as it is.
    """
    stays = one_stays(plan)
    many = len(plan.scripts) - (AND_ONE_WHO_STAYS if stays else AND_ONE)
    number = finding.session
    if number is None:
        return finding
    if number > many:
        them = f"{many:,} {deep.what}"
        stayed = f"was there while {them} came and went"
        said = f"it {stayed if number == many + 1 else f'came after {them}'}"
    else:
        which = f"number {number + 1:,} of" if number < many else f"the next after {many:,}"
        said = f"it was {which} {deep.what}"
    meanwhile = ", while one other client stayed" if stays and number <= many else ""
    return msgspec.structs.replace(finding, message=f"{finding.message}; {said}{meanwhile}")


AND_ONE, AND_ONE_WHO_STAYS = 1, 3
"""Scripts of a plan of ``repeated`` besides those who come again and again."""


def comes(deep: Deep, context: Context) -> bool:
    """Whether such clients come to this target: more than two at once only where all are served."""
    usual = context.profile is Profile.CONCURRENT and context.speed is None
    return deep.abreast <= ABREAST or (usual and not context.starts_each)


def next_batch(effort: Effort, done: int, seconds: float, most: int | None = None) -> int:
    """How many clients come next, when ``done`` have come within ``seconds``; 0: no more.

    ``most``: of ``Deep``.
    """
    times = effort.of(*TIMES)
    if most is not None:
        times = min(times, effort.of(0, most, MANY_TIMES * most))
    left, time_left = times - done, effort.of(*SECONDS) - seconds
    if left <= 0 or time_left <= 0:
        return 0
    if done == 0:
        return min(left, FIRST)
    return min(left, int(time_left / max(seconds, 0.001) * done), MOST)


MOST = 290
"""Clients of one plan: more than the 256 places that a table often has come while one stays, and
between two plans everybody has left."""


def _reset(context: Context, number: int) -> tuple[Step, ...]:
    return (p.Connect(), p.Send(HELLO), p.AwaitEcho(briefly=True), p.Reset())


def _vanish(context: Context, number: int) -> tuple[Step, ...]:
    return (p.Connect(), p.Send(context.data(number % 7, 20_000), background=True), p.Reset())


def _connect_and_leave(context: Context, number: int) -> tuple[Step, ...]:
    return (p.Connect(), p.Reset() if number % 2 else p.Close())


def _half_close_and_leave(context: Context, number: int) -> tuple[Step, ...]:
    return (p.Connect(), p.Send(HELLO), p.HalfClose(), p.Close())


UNREAD = 1024 * 1024
"""Bytes that a client sends that reads nothing.  Some 0.4 MiB lie in the system's buffers then when
segments are small: the rest is for what the target keeps between reading and sending."""
AT_ONCE = 6
"""Clients that do not read, at once.  With those who come besides they are fewer than eight."""
STALLED_MOST = 48
"""Clients that do not read, in all: each of them takes some hundredths of a second."""
MANY_TIMES = 10
"""As many more of them come at thorough effort."""


def _reset_stalled(context: Context, number: int) -> tuple[Step, ...]:
    data = context.data(number % AT_ONCE, UNREAD)
    narrow = p.Connect(receive_buffer=8192, segment=1460)
    sends = (p.StopReading(), p.Send(data, background=True), p.AwaitStall(briefly=True))
    return (narrow, *sends, p.Reset())


STALLED = Deep(
    "clients that reset while their echo waits", _reset_stalled, most=STALLED_MOST, abreast=AT_ONCE
)
RESETS = Deep("clients that reset", _reset)
VANISH = Deep("clients that vanish with data on the way", _vanish)
LEAVE = Deep("clients that connect and leave", _connect_and_leave)
HALF_CLOSES = Deep("clients that half-close and leave", _half_close_and_leave)
