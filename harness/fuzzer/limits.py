"""Which plans from a file are performed: those that are possible, and end within bounds.

The search draws no plan that would be refused here.  A file may be damaged, or edited by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.fuzzer.sound import hinders_itself
from harness.fuzzer.turns import never_met
from harness.values import plan as p
from harness.values.payload import LARGEST_PAYLOAD
from harness.values.plan import Plan, Script, Send, Step

MOST_SESSIONS = 10_000
"""The longest plan that is ever saved is of all plans since a launch: some 5,000 sessions."""
MOST_BYTES = LARGEST_PAYLOAD
"""In all.  What is expected back is held in memory until it has come."""
MOST_WRITES = 1_000_000
MOST_MEETINGS = 10_000
MOST_INTERRUPTS = 10_000
"""Each takes about a millisecond, and the clients wait meanwhile."""
MOST_SECONDS = 10.0
"""The driver leaves a target that has not finished a plan after 15 s (``driver.manner.limit_for``):
a plan that pauses for longer by itself would prove nothing."""


def unfit(plan: Plan) -> str | None:
    """Why ``plan`` is not performed, with the place in it; None for one that is.

    >>> unfit(p.one(p.Connect(), p.Wait(3600.0)))
    'scripts: it pauses for 3600 s in all, and 10 are allowed'
    """
    if found := p.problems_of(plan):
        return found[0]
    if not any(script.connects for script in plan.scripts):
        return "scripts: no client connects"
    if found := list(_too_much(plan)):
        return f"scripts: {found[0]}"
    for i, script in enumerate(plan.scripts):
        if hinders_itself(script):
            return f"scripts[{i}]: no server could serve this client to its end: it hinders itself"
    if (waiting := never_met(plan)) is not None:
        return f"scripts[{waiting}]: it waits for others who never come"
    return None


def _too_much(plan: Plan) -> Iterator[str]:
    steps = [step for script in plan.scripts for step in script.steps]
    sends = [step for step in steps if isinstance(step, Send)]
    for number, what, most in (
        (len(plan.scripts), "has {} sessions", MOST_SESSIONS),
        (sum(p.size_of(step.payload) for step in sends), "sends {} bytes in all", MOST_BYTES),
        (sum(map(_writes, sends)), "writes {} times", MOST_WRITES),
        (sum(isinstance(step, p.Meet) for step in steps), "has {} meetings", MOST_MEETINGS),
        (
            sum(step.times for step in steps if isinstance(step, p.InterruptTarget)),
            "interrupts the target {} times",
            MOST_INTERRUPTS,
        ),
    ):
        if number > most:
            yield f"it {what.format(number)}, and {most} are allowed"
    if (seconds := _longest_pause(plan)) > MOST_SECONDS:
        yield f"it pauses for {seconds:.0f} s in all, and {MOST_SECONDS:.0f} are allowed"


def _writes(step: Send) -> int:
    size = p.size_of(step.payload)
    if not step.cuts:
        return 1
    rounds, rest = divmod(size, sum(step.cuts))
    return rounds * len(step.cuts) + min(rest, len(step.cuts))  # at most


def _longest_pause(plan: Plan) -> float:
    """Seconds that pass at least: scripts that wait for none of the others pause side by side."""
    until: list[float] = []
    for script in plan.scripts:
        until.append(max((until[i] for i in script.after), default=0.0) + _pauses(script))
    return max(until, default=0.0)


def _pauses(script: Script) -> float:
    """Seconds for which the client does nothing although it could."""
    sent = sum(p.size_of(step.payload) for step in script.steps if isinstance(step, Send))
    return sum(_pause(step, sent) for step in script.steps)


def _pause(step: Step, sent: int) -> float:
    match step:
        case p.Wait() | p.Watch():
            return step.seconds
        case Send() if step.gap:
            return step.gap * max(0, _writes(step) - 1)
        case p.StartReading() if step.gap:
            return step.gap * (min(sent, step.limit or sent) / (step.chunk or sent or 1))
        case _:
            return 0.0
