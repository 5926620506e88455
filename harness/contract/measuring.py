"""Pieces of judgements about a process: whose clients it served, and whether it was busy."""

from __future__ import annotations

from typing import Protocol

from harness.contract.check import Context, NotApplicable
from harness.errors import MachineProblem
from harness.values.trace import AWAKE, ENOUGH, Death, Measurement
from harness.values.verdict import Breach, Finding, Kind


class Measured(Protocol):
    """A trace, of streams or of datagrams, as far as the process was watched."""

    @property
    def measurements(self) -> tuple[Measurement, ...]: ...

    def measured(self, label: str) -> Measurement | None: ...

    @property
    def deaths(self) -> tuple[Death, ...]: ...


def only_for_us(trace: Measured, context: Context) -> None:
    """Make sure that a measurement of a target that somebody else runs is about our clients.

    Raises NotApplicable when it served others meanwhile, and MachineProblem when it was not there
    to be measured.
    """
    if not context.remote:
        return
    if any(m.strangers for m in trace.measurements):
        raise NotApplicable("the target serves others too, and what it uses may be for them")
    if not trace.measurements or any(not m.processes for m in trace.measurements):
        raise MachineProblem("the target's process ended, or was replaced, while it was watched")


def must_have_lived(trace: Measured) -> None:
    """Make sure that somebody was there to be watched: the dead use no CPU, which proves nothing.

    Who ends in good order, as a one-shot server does, has nothing more to do, and that counts.
    Raises MachineProblem.
    """
    gone = any(m.label.endswith("-after") and not m.processes for m in trace.measurements)
    died = next((d for d in trace.deaths if not d.clean and not d.asked), None)
    if gone and died is not None:
        raise MachineProblem(f"the target had ended ({died}) before it could be watched")


POLLS, POLL_SHARE, MORE_OFTEN = 250, 0.02, 4
"""Wakes a second, and share of a core, from which on a target looks again and again; and how many
times as often as while its client was only idle.  Timers of runtimes (a JVM's, Go's) make some
dozens, and a loop that sleeps for a millisecond some nine hundred."""


def polling(trace: Measured, label: str, usual: str, words: str) -> list[Finding]:
    """Whether the target woke up all the time during the ``Watch`` ``label``, and did not during
    that with the label ``usual``, where it had as little to do."""
    watched = [trace.measured(f"{name}-{end}") for name in (usual, label) for end in MOMENTS]
    if any(each is None or not each.processes for each in watched):
        return []
    calm, calm_end, before, after = (each for each in watched if each is not None)
    passed = after.at - before.at
    often = (after.wakes - before.wakes) / passed
    usually = (calm_end.wakes - calm.wakes) / (calm_end.at - calm.at)
    used = after.cpu - before.cpu
    if often < max(POLLS, MORE_OFTEN * usually) or used < POLL_SHARE * passed:
        return []
    return [
        Finding(
            kind=Kind.RESOURCE,
            breach=Breach.LIVENESS,
            message=f"{words} the target woke up {often:.0f} times a second and used {used:.2f} s "
            f"of CPU in {passed:.2f} s, with nothing to do, and {usually:.0f} times a second while "
            "that client was idle",
        )
    ]


MOMENTS = ("before", "after")
SPIN_SHARE = 0.25
"""Share of a core.  A spinning thread takes a whole one, and a server that has nothing to do takes
nothing but a timer now and then."""


def busy(trace: Measured, label: str, words: str, *, both: bool = False) -> list[Finding]:
    """Whether the target was busy during the ``Watch`` with this label, when nothing was to do.

    ``both``: it must have used CPU and been awake.  Where it may have something to say first, such
    as a traceback for its log, being awake on a machine with too much to do proves nothing.
    """
    before, after = trace.measured(f"{label}-before"), trace.measured(f"{label}-after")
    if before is None or after is None or not after.processes:
        return []
    used, passed, awake = after.cpu - before.cpu, after.at - before.at, after.awake or 0.0
    much, wakeful = used >= SPIN_SHARE * passed, awake >= AWAKE
    if used < ENOUGH or not (much and wakeful if both else much or wakeful):
        return []
    return [
        Finding(
            kind=Kind.RESOURCE,
            breach=Breach.LIVENESS,
            message=f"{words} the target used {used:.2f} s of CPU in {passed:.2f} s, and was awake "
            f"at {awake:.0%} of the looks, with nothing to do",
        )
    ]
