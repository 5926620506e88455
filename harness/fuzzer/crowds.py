"""Crowds: more clients at once than the contract asks a server to have.

A server may have places for fewer, and turn the others away, silently or with a word.  Whoever
comes in and is served must be served right.
"""

from __future__ import annotations

from harness.fuzzer.scenes import MOST_LANES
from harness.values.plan import Plan
from harness.values.trace import Ending, ScriptTrace, Trace
from harness.values.verdict import Finding, Kind, Profile

MOST = MOST_LANES[Profile.CONCURRENT]
"""Clients at once that a concurrent server must serve."""
TURNED_AWAY = frozenset({Ending.FIN, Ending.RST, Ending.NEVER})


def excused(plan: Plan, trace: Trace, findings: list[Finding]) -> list[Finding]:
    """``findings`` without those about clients of a crowd that were turned away."""
    if not findings or not is_crowd(plan):
        return findings
    return [f for f in findings if not _was_turned_away(f, trace)]


def is_crowd(plan: Plan) -> bool:
    """Whether so many clients come without waiting for others that some may find no place."""
    return sum(script.connects and not script.after for script in plan.scripts) > MOST


def _was_turned_away(finding: Finding, trace: Trace) -> bool:
    if finding.kind is Kind.REFUSED:
        return True
    if finding.session is None or finding.kind is Kind.DIED:
        return False
    return _got_nothing(trace.scripts[finding.session])


def _got_nothing(seen: ScriptTrace) -> bool:
    """Nothing of its own came back, and the target ended the connection before its client did."""
    return seen.echoed == 0 and seen.ending in TURNED_AWAY and not seen.half_closed
