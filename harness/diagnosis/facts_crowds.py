"""What is seen of several clients together: who got nothing, who came last, how many fit."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from harness.diagnosis.case import Case
from harness.diagnosis.evidence import CUT, OF_FUZZ, Evidence
from harness.diagnosis.experiments.values import number, when
from harness.diagnosis.facts_process import fact
from harness.values.plan import Connect, Meet, Script
from harness.values.trace import ScriptTrace
from harness.values.verdict import Finding, Kind

ASIDE_STALLED = "sessions/stalled-client-aside"
SIDE_BY_SIDE = ("sessions/*", "shutdown/lagging-reader", "resilience/*", OF_FUZZ)
"""Checks in which several clients are there at once."""
DEAF = (Kind.NO_ECHO, Kind.NO_END, Kind.REFUSED, Kind.ORDER)
"""What is seen of a client that waits for its turn, or for nothing."""
FORGOTTEN = (Kind.NO_ECHO, Kind.NO_END, *CUT)
"""What is seen of a client that nobody looks at any more, or whose connection is closed for that of
another."""


def of_several(e: Evidence) -> bool:
    """Whether there was more than one client."""
    return len(e.trace.scripts) > 1


def somebody_left(e: Evidence) -> bool:
    """Whether a client closed its connection or reset it."""
    return any(m.what in ("reset", "closed") for s in e.trace.scripts for m in s.timeline)


def got_nothing(found: Finding) -> bool:
    """Whether a client waited in vain, or was disconnected before it got anything."""
    return found.kind is Kind.NO_ECHO or (found.kind is Kind.EARLY_CLOSE and not found.received)


def later_alone(case: Case) -> bool:
    """Whether a later client was served while the first was not: no matter of turns."""
    for e in case.failures:
        if not e.plan.needs_concurrency or not any(map(got_nothing, e.findings)):
            continue
        first, *later = (s.first_byte is not None for s in e.trace.scripts)
        if e.trace.scripts[0].sent and not first and any(later):
            return True
    return False


SEVERAL = 2
"""Clients that came later and were served: one may have come first to the server, after all."""


def passed_over(case: Case) -> bool:
    """Whether somebody got nothing, and several who had come later were served: no line of those
    who wait."""
    for e in case.failures:
        if not e.plan.needs_concurrency or not any(map(got_nothing, e.findings)):
            continue
        came = [(when(s, "connected"), s.first_byte is not None, s.sent) for s in e.trace.scripts]
        mute = [at for at, served, sent in came if at is not None and not served and sent]
        first = min(mute, default=float("inf"))
        if sum(served and at is not None and at > first for at, served, _ in came) >= SEVERAL:
            return True
    return False


GONE = "gone"
"""Where in a plan those meet who leave, and the one who comes after them."""


def comes_later(e: Evidence, session: int | None) -> bool:
    """Whether this client connects only when others of the plan have left."""
    if session is None:
        return False
    script = e.plan.scripts[session]
    return bool(script.after) or script.steps[:1] == (Meet(GONE),)


def only_later_wait(e: Evidence, waiting: Collection[int]) -> bool:
    """Whether nobody waits but those who come when others have left, and most of them do."""
    later = {n for n, s in enumerate(e.trace.scripts) if s.sent and comes_later(e, n)}
    return later.issuperset(waiting) and 2 * len(waiting) > len(later)


def stays(script: Script) -> bool:
    """Whether a client waits for others while it is connected."""
    return isinstance(script.steps[0], Connect) and any(
        isinstance(step, Meet) and i + 1 < len(script.steps) for i, step in enumerate(script.steps)
    )


def fails_in_turn(case: Case) -> bool:
    """Whether clients that come one after another, and nobody else, are not all served.  The same
    check goes on with many more while another client stays: that is no matter of turns."""
    e = case.of("sessions/one-after-another")
    return e is not None and not any(map(stays, e.plan.scripts))


def last_served(case: Case) -> bool:
    """Whether the last of a crowd was served each time, though an earlier one was not."""
    crowds = [
        e
        for e in case.failures
        if e.check_id in ("sessions/simultaneous", ASIDE_STALLED)
        and any(map(got_nothing, e.findings))
    ]
    return bool(crowds) and all(_last(e).first_byte is not None for e in crowds)


def _last(e: Evidence) -> ScriptTrace:
    """The last of those who came together."""
    return [s for n, s in enumerate(e.trace.scripts) if not comes_later(e, n)][-1]


def limit_of(case: Case) -> int:
    """How many are served at once, where it is the same in all that tells it; or 0."""
    served = number(fact(case, "clients", "served"))
    if served > 1 and number(fact(case, "clients", "first_unserved")) == served + 1:
        return served
    e = case.of("sessions/simultaneous")
    if e is None or fact(case, "clients", "first_unserved") == 0:
        return 0
    fine = [i for i, s in enumerate(e.trace.scripts) if s.first_byte is not None]
    some = len(fine)
    return some if 1 < some < len(e.trace.scripts) and fine == list(range(some)) else 0


def crowd_of(e: Evidence) -> int:
    """Clients that were there together from the start."""
    return sum(not script.after for script in e.plan.scripts)


SAME_MOMENT = 0.02
"""Seconds: what comes within them a busy server may find at one look."""


def ended_together(e: Evidence, found: Finding) -> bool:
    """Whether the client of ``found`` ended its side in the same moment as another did."""
    ends = [when(script, "half-closed") for script in e.trace.scripts]
    own = ends[found.session] if found.session is not None else None
    others = [at for n, at in enumerate(ends) if at is not None and n != found.session]
    return own is not None and any(abs(at - own) <= SAME_MOMENT for at in others)


def only_every_other(e: Evidence) -> bool:
    """Whether of clients next to each other at most one did not see its end: the one behind each
    that was removed from a list."""
    left = sorted(f.session for f in e.findings if f.kind is Kind.NO_END and f.session is not None)
    return all(b - a > 1 for a, b in pairwise(left))
