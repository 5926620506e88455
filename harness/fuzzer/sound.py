"""Which plans prove anything: no client hinders itself or others."""

from __future__ import annotations

from harness.fuzzer.turns import never_met
from harness.values import plan as p
from harness.values.plan import Plan, Script, Send


def sound(plan: Plan) -> bool:
    """Whether a correct target serves ``plan`` to its end: no client hinders itself or others.

    A client proves nothing if it waits for an echo that it does not read, for an end that it has
    not asked for, for a target that it keeps paused, or for another client that never comes to
    their meeting.
    """
    if not plan.scripts or p.problems_of(plan):
        return False
    return not any(map(hinders_itself, plan.scripts)) and never_met(plan) is None


def hinders_itself(script: Script) -> bool:
    """Whether not even a correct target serves ``script`` to its end."""
    return not _sound(script)


def _sound(script: Script) -> bool:
    reads, ended, paused, unread = True, False, False, 0
    for step in script.steps:
        waits = isinstance(step, p.AwaitEcho | p.AwaitEnd)
        in_step = isinstance(step, Send | p.HalfClose) and not step.background
        if paused and (waits or in_step or isinstance(step, p.Connect | p.AwaitStall | p.ReadSome)):
            return False
        if not reads and (waits or in_step):
            return False
        match step:
            case p.StopReading() | p.StartReading():
                reads = isinstance(step, p.StartReading)
            case p.ResumeTarget() if not paused:
                return False
            case p.PauseTarget() | p.ResumeTarget():
                paused = isinstance(step, p.PauseTarget)
            case Send():
                unread += p.size_of(step.payload)
            case p.ReadSome():
                unread -= step.size
            case p.HalfClose() | p.Close() | p.Reset():
                ended = True
            case p.AwaitEnd() | p.AwaitExit() if not ended:
                return False
            case _:
                pass
        if unread < 0:
            return False
    return not paused
