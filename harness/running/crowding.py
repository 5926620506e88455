"""Letting a crowd come to a target: how many it serves at once, and whether it bears them."""

from __future__ import annotations

from harness.contract import crowd
from harness.contract.check import Check, Context
from harness.running.outcome import Capacity, Outcome
from harness.running.performer import Performer
from harness.values.plan import Plan
from harness.values.verdict import Breach, Finding, Kind


def capacity(lane: Performer, check: Check, context: Context) -> Capacity:
    """Let crowds come, as large as the effort says, until one is not served whole.

    What is found out is kept for the run.
    """
    known = lane.patience.capacity
    if known is not None:
        return known
    if context.starts_each:
        return Capacity(0, 0, "no crowd came: a program is started for each client")
    found = Capacity(0, 0, "no crowd came")
    for size in crowd.sizes(context):
        plan = crowd.crowd(context, size)
        outcome = lane.performed(check, plan, context.profile, most=crowd.SECONDS)
        found = _found(context, size, outcome)
        if crowd.breaches(plan, outcome.findings):
            found = _confirmed(lane, check, context, found, plan)
        if outcome.trace.unable or found.failed or found.served < size:
            lane.freshen()  # a limit that was met is not for the next check
            break
        if crowd.takes_a_process_each(outcome.trace, size):
            found = found._replace(told=f"{found.told}, with a process for each; no more came")
            break
    lane.patience.capacity = found
    return found


def _found(context: Context, size: int, outcome: Outcome) -> Capacity:
    if outcome.trace.unable:
        return Capacity(0, size, f"it is not known how many: {outcome.trace.unable}")
    served = crowd.in_time(outcome.trace)
    if served >= size:
        return Capacity(served, size, f"{size:,} clients were served at once")
    return Capacity(served, size, f"{served:,} of {size:,} clients were served at once")


def _confirmed(
    lane: Performer, check: Check, context: Context, found: Capacity, plan: Plan
) -> Capacity:
    """``found``, with the outcome of a second crowd of the same size if it breaks the target too.

    One may have broken something by chance; the machine may have been short of something.
    """
    lane.freshen()
    again = lane.performed(check, plan, context.profile, most=crowd.SECONDS)
    breaches = sorted(crowd.breaches(plan, again.findings), key=_is_no_death)
    if again.trace.unable or not breaches:
        return found
    if breaches[0].breach is Breach.LIVENESS and _only_slow(lane, check, context):
        return found
    kept = Outcome(
        again.plan, again.trace, tuple(breaches), again.output, again.connections, again.before
    )
    return found._replace(failed=kept)


def _only_slow(lane: Performer, check: Check, context: Context) -> bool:
    """Whether one more client is served, with all the patience: after a wait in vain for the crowd
    the last of its plan had little, and a process for each client takes a while to begin."""
    after = lane.performed(check, crowd.one_more(context), context.profile)
    return not after.findings


def _is_no_death(finding: Finding) -> bool:
    """The death of the target explains what its clients saw, so it comes first."""
    return finding.kind is not Kind.DIED
