"""Letting a crowd come to a target: how many it serves at once, and whether it bears them."""

from __future__ import annotations

from msgspec.structs import replace

from harness.contract import company, crowd
from harness.contract.check import Check, Context
from harness.probing import limits
from harness.running.outcome import Capacity, Outcome
from harness.running.performer import Performer
from harness.values.effort import Effort
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
        found = found._replace(starved=crowd.starves(outcome.findings))
        if crowd.breaches(plan, outcome.findings):
            found = _confirmed(lane, check, context, found, plan)
        elif crowd.is_used_up(plan, outcome.trace, outcome.findings):
            found = found._replace(doubt=_turned_away(lane, check, context, outcome))
        if outcome.trace.unable or found.failed or found.served < size:
            lane.freshen()  # a limit that was met is not for the next check
            break
        if crowd.takes_a_process_each(outcome.trace, size):
            found = found._replace(told=f"{found.told}, with a process for each; no more came")
            break
    lane.patience.capacity = found
    return found


def _turned_away(lane: Performer, check: Check, context: Context, seen: Outcome) -> str:
    """Why it is not known whether it serves anybody any more, after the crowd of ``seen``; empty if
    it does, after a rest.

    Who has lost a place to each, and who lets so many come in a minute, do the same in less than
    that.  Nothing known to us does the latter.
    """
    for rest in crowd.RESTS:
        after = lane.performed(check, crowd.one_more(context, rest), context.profile)
        if not limits.turned_away(after.findings, after.connections) or not after.findings:
            return ""
    return (
        f"after {seen.connections:,} clients, all of whom had left, the target turned everybody "
        f"away for {sum(crowd.RESTS):.0f} s: it loses something with each, or allows so many in a "
        "while; --effort thorough tells these apart"
    )


def who_stays(lane: Performer, check: Check, context: Context, crowds: Capacity) -> Outcome | None:
    """What proves that who stays is not served when others have come and gone; None if nothing.

    Asked of targets that have served as many at once and have no process for each, or have let one
    of them wait that was served before.
    """
    hasty = context.effort is Effort.QUICK or context.speed is not None
    many = crowds.asked > crowd.FEW or crowds.starved
    if hasty or context.remote or crowds.doubt or not many:
        return None
    plan = company.company(context)
    for _ in range(2):  # one may have been chance, or the machine short of something
        seen = lane.performed(check, plan, context.profile, most=crowd.SECONDS)
        breaches = company.breaches(seen.findings)
        if seen.trace.unable or not breaches:
            return None
        lane.freshen()
    return replace(seen, findings=tuple(breaches))


def _found(context: Context, size: int, outcome: Outcome) -> Capacity:
    if outcome.trace.unable:
        return Capacity(0, size, f"it is not known how many: {outcome.trace.unable}")
    served = crowd.in_time(outcome.trace)
    if served >= size:
        return Capacity(served, size, f"{size:,} clients were served at once")
    told = f"{served:,} of {size:,} clients were served at once"
    if closed := crowd.turned_away(outcome.trace):
        told += f", and {closed:,} closed without an answer"
    return Capacity(served, size, told)


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
    return found._replace(failed=replace(again, findings=tuple(breaches)))


def _only_slow(lane: Performer, check: Check, context: Context) -> bool:
    """Whether one more client is served, with all the patience: after a wait in vain for the crowd
    the last of its plan had little, and a process for each client takes a while to begin."""
    after = lane.performed(check, crowd.one_more(context), context.profile)
    return not after.findings


def _is_no_death(finding: Finding) -> bool:
    """The death of the target explains what its clients saw, so it comes first."""
    return finding.kind is not Kind.DIED
