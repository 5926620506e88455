"""What a check shows beyond its plan, once that has passed: hundreds of one client, or a crowd."""

from __future__ import annotations

from harness.contract.check import Check, Context
from harness.contract.crowd import SOME
from harness.running import depth
from harness.running.crowding import capacity, who_stays
from harness.running.outcome import Capacity, Outcome
from harness.running.performer import Performer
from harness.running.results import result_of
from harness.values.verdict import Kind, Level, Result, Status


def _is_limit(crowd: Capacity) -> bool:
    """Whether it died of more clients than most servers ever have: that is for information.

    Whoever waits by select(), as some languages do for their programs, takes care of 1,024
    descriptors, and a server that is never given more has no bug.
    """
    first = crowd.failed.findings[0] if crowd.failed is not None else None
    return first is not None and first.kind is Kind.DIED and crowd.asked > SOME


def what_more_shows(lane: Performer, check: Check, context: Context, first: Outcome) -> Result:
    """The result of ``check``, whose plan has passed with ``first``: that, unless more fails."""
    told, failed = "", None
    if check.crowd:
        crowd = capacity(lane, check, context)
        told, failed = crowd.told, crowd.failed
        if _is_limit(crowd) is not (check.level is Level.MAY):
            failed = None
        if failed is None and check.level is Level.MAY:
            return result_of(check, Status.PASSED, told)
        failed = failed or who_stays(lane, check, context, crowd)
        if failed is None and crowd.doubt:
            return result_of(check, Status.INCONCLUSIVE, crowd.doubt)
    elif check.deep is not None:
        told, failed = depth.try_more(lane, check, context)
    if failed is not None:
        lane.freshen()
        return lane.failed(check, context, failed)
    return result_of(check, Status.PASSED, "; ".join(filter(None, (first.volume, told))))
