"""What a check shows beyond its plan, once that has passed: hundreds of one client, or a crowd."""

from __future__ import annotations

from harness.contract.check import Check, Context
from harness.running import depth
from harness.running.crowding import capacity
from harness.running.outcome import Outcome
from harness.running.performer import Performer
from harness.running.results import result_of
from harness.values.verdict import Level, Result, Status


def what_more_shows(lane: Performer, check: Check, context: Context, first: Outcome) -> Result:
    """The result of ``check``, whose plan has passed with ``first``: that, unless more fails."""
    told, failed = "", None
    if check.crowd:
        crowd = capacity(lane, check, context)
        if check.level is Level.MAY:
            return result_of(check, Status.PASSED, crowd.told)
        told, failed = crowd.told, crowd.failed
    elif check.deep is not None:
        told, failed = depth.try_more(lane, check, context)
    if failed is not None:
        lane.freshen()
        return lane.failed(check, context, failed)
    return result_of(check, Status.PASSED, "; ".join(filter(None, (first.volume, told))))
