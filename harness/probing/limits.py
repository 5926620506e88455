"""A target that turns clients away: a limit on connections, which is no breach, or a bug.

Super-servers limit how many connections may come in a while (xinetd: 50, then it rests for ten
seconds; inetd: 256 a minute).  Above the limit a client is refused, or let in and dropped before it
gets a byte.  A fresh instance, or the same clients one by one, tell a limit from a bug.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from harness.driver import Manner, perform
from harness.launcher.fleet import Fleet
from harness.values.plan import AwaitEcho, Close, Connect, Literal, Plan, Send, one
from harness.values.trace import Ending
from harness.values.verdict import Finding, Kind

MANY = 20
"""Connections to one instance from which on it may be limiting them."""
GENTLE_RATE = 10.0
"""Connections a second that no limit known to us minds: xinetd's is 50, inetd's 256 a minute, and
a check has at most 144."""
GENTLEST_RATE = 4.0
"""The same for hundreds of connections."""
RECOVERS_WITHIN = 12.0
"""Seconds for a target that refuses connections to accept again: xinetd rests for 10."""
_DROPPED = frozenset({Kind.EARLY_CLOSE, Kind.NO_ECHO, Kind.TRUNCATED, Kind.RESET})
_ENDED = frozenset({Ending.FIN, Ending.RST})
_EXCHANGE = one(Connect(), Send(Literal(b"hello")), AwaitEcho(), Close())


def turned_away(findings: Iterable[Finding], connections: int) -> bool:
    """Whether all of ``findings`` are what a limit looks like.

    ``connections``: how many the instance had had by then.
    """
    return connections >= MANY and all(
        f.kind is Kind.REFUSED or (f.kind in _DROPPED and f.ending in _ENDED and not f.received)
        for f in findings
    )


def too_early(plan: Plan, findings: Iterable[Finding], before: int) -> bool:
    """Whether one of ``findings`` is about a client that came too early for any limit.

    ``before``: the connections that the instance had had when ``plan`` began.
    """
    sessions = {f.session for f in findings if f.session is not None}
    return any(before + _by_then(plan, session) < MANY for session in sessions)


def _by_then(plan: Plan, session: int) -> int:
    """The most connections that ``plan`` may have opened when script ``session`` has its own: those
    of all but the scripts that come after it, which have to stand after it too."""
    later: set[int] = set()
    for i, script in enumerate(plan.scripts):
        if not later.union((session,)).isdisjoint(script.after):
            later.add(i)
    return sum(script.connects for i, script in enumerate(plan.scripts) if i not in later)


def connects(plan: Plan) -> int:
    """The connections that ``plan`` opens."""
    return sum(script.connects for script in plan.scripts)


def is_few(plan: Plan) -> bool:
    """Whether ``plan`` alone opens too few connections for any limit: on a fresh target there is
    none to meet."""
    return connects(plan) < MANY


def gentler(rate: float | None) -> float | None:
    """The next rate below ``rate`` to try; None when that was the last."""
    return next((r for r in (GENTLE_RATE, GENTLEST_RATE) if rate is None or r < rate), None)


def await_recovery(fleet: Fleet) -> bool:
    """Whether a target that is not ours to launch afresh serves again, after a rest."""
    deadline = time.monotonic() + RECOVERS_WITHIN
    while time.monotonic() < deadline:
        if perform(_EXCHANGE, fleet, Manner(patience=1.0, rate=1.0)).scripts[0].echoed:
            return True
    return False
