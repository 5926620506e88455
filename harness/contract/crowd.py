"""A crowd: as many clients at once as limits allow, more than 1,024 where they do.

How many a server serves at once is its own affair beyond the eight of ``sessions/simultaneous``: a
pool serves as many as it has places, and the others wait.  But however many come, it may not end,
mix them up, or drop one that it serves; and when they have gone it serves the next as ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract.check import Context
from harness.contract.pieces import still_serves
from harness.values import plan as p
from harness.values.effort import Effort
from harness.values.plan import Plan, Script, Step
from harness.values.trace import Ending, Trace
from harness.values.verdict import Finding, Kind

FEW = 32
"""Enough to see whether each client costs a process."""
SOME = 160
"""More than most pools have places, and few enough to wait in a usual backlog."""
MANY = 1100
"""More than the 1,024 descriptors of which select() takes care."""
SECONDS = 8.0
"""The most that one crowd may take: a server that takes them in one after another is not waited
for."""
BACKLOG = 8
"""As many as checks ever look for: a listener with less makes a crowd come in single file."""
BYTES = frozenset({Kind.CHANGED, Kind.LOST, Kind.DUPLICATED, Kind.REORDERED})
FOREIGN = frozenset({Kind.EXTRA, Kind.FOREIGN})


def sizes(context: Context) -> list[int]:
    """How many clients come at once, one crowd after the other.

    Only a few where each has to wait until there is room in the backlog for one more.
    """
    few = context.effort is Effort.QUICK or context.backlog < BACKLOG or context.speed is not None
    wanted = (FEW,) if few else (FEW, SOME, MANY)
    return sorted({min(size, context.room) for size in wanted})


def crowd(context: Context, size: int) -> Plan:
    """``size`` clients that are all there and served before the first of them leaves.

    Script 0 measures, then come the clients, and the last is one that comes when they have gone.
    """
    operator: list[Step] = [p.Measure("before"), p.Meet("begin"), p.Meet("there")]
    operator += [p.Measure("crowd"), p.Meet("served")]
    if context.unseen is not None:
        operator = [step for step in operator if not isinstance(step, p.Measure)]
    scripts = [Script(steps=tuple(operator))]
    for number in range(size):
        steps = (
            *(p.Meet("begin"), p.Connect(), p.Send(context.data(number, 20))),
            *(p.AwaitEcho(briefly=True), p.Meet("there")),
            *(p.Send(context.data(number, 30)), p.AwaitEcho(briefly=True), p.Meet("served")),
            *(p.HalfClose(), p.AwaitEnd()),
        )
        scripts.append(Script(steps=steps))
    everyone = tuple(range(len(scripts)))
    scripts.append(Script(steps=still_serves(context), after=everyone))
    return Plan(scripts=tuple(scripts))


def one_more(context: Context, after: float = 0.0) -> Plan:
    """A client that comes when the target has come to rest after a crowd, or, if more are given,
    ``after`` so many seconds."""
    if after:
        return p.in_turn((p.Wait(after), *still_serves(context)))
    rest = () if context.unseen is not None else (p.AwaitQuiet(),)
    return p.in_turn((*rest, *still_serves(context)))


def served(trace: Trace) -> int:
    """How many got all of their bytes."""
    clients = trace.scripts[1:-1]
    return sum(bool(seen.sent) and seen.echoed == seen.sent == CLIENT_SENDS for seen in clients)


CLIENT_SENDS = 50
"""Bytes, in two messages: the second is sent when all are there."""


def in_time(trace: Trace) -> int:
    """How many were served while all were there: before the first of them left."""
    clients = trace.scripts[1:-1]
    left = [seen.ended for seen in clients if seen.half_closed and seen.ended is not None]
    first = min(left, default=float("inf"))
    return sum(
        seen.echoed == CLIENT_SENDS and seen.first_byte is not None and seen.first_byte <= first
        for seen in clients
    )


def turned_away(trace: Trace) -> int:
    """How many the target has closed at once, without an answer, rather than let them wait."""
    return sum(
        not seen.received and not seen.half_closed and seen.ending in (Ending.FIN, Ending.RST)
        for seen in trace.scripts[1:-1]
    )


BEYOND = 300
"""Clients in a few seconds, more than any super-server known to us lets in: inetd's 256 a minute
are the most."""
RESTS = (0.5, 3.0, 8.5)
"""Seconds between one try and the next, when it turns clients away: together as many as the longest
rest known to us takes (`limits.RECOVERS_WITHIN`)."""


def is_used_up(plan: Plan, trace: Trace, findings: Iterable[Finding]) -> bool:
    """Whether the one who came when all had left was turned away, after very many."""
    last = len(plan.scripts) - 1
    away = any(
        f.session == last and not f.received and (f.kind is Kind.REFUSED or f.ending in ENDED)
        for f in findings
    )
    return away and sum(bool(seen.received) for seen in trace.scripts[1:-1]) >= BEYOND


def starves(findings: Iterable[Finding]) -> bool:
    """Whether somebody was served once and then not any more, while nobody else came."""
    return any(
        f.kind is Kind.NO_ECHO and f.received and f.ending is Ending.OPEN and f.session is not None
        for f in findings
    )


ENDED = frozenset({Ending.FIN, Ending.RST})


def takes_a_process_each(trace: Trace, size: int) -> bool:
    """Whether the target has started a process for most of the clients."""
    before, there = trace.measured("before"), trace.measured("crowd")
    return (
        before is not None and there is not None and there.processes - before.processes > size // 2
    )


def breaches(plan: Plan, findings: Iterable[Finding]) -> list[Finding]:
    """Those of ``findings`` that no limit on clients excuses."""
    last = len(plan.scripts) - 1
    return [f for f in findings if _breaks(f, is_last=f.session == last)]


def _breaks(finding: Finding, *, is_last: bool) -> bool:
    if finding.kind is Kind.DIED or finding.kind in BYTES | FOREIGN:
        return True
    if finding.kind in (Kind.EARLY_CLOSE, Kind.TRUNCATED):
        return bool(finding.received)
    return is_last and finding.kind is Kind.NO_ECHO and finding.ending is Ending.OPEN
