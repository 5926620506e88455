"""Sessions of a one-shot target, each with an instance of its own, side by side."""

from __future__ import annotations

import msgspec

from harness.launcher.fleet import Fleet
from harness.launcher.oneshot import OneShotFleet
from harness.values.plan import Meet, Plan

INSTANCES = 4
"""That run at once: a launch is mostly waiting, for the loader, for the disk, for a core."""


def instances_of(fleet: Fleet, rate: float | None = None) -> int:
    """How many sessions ``fleet`` may serve at once, each with an instance of its own."""
    if not isinstance(fleet, OneShotFleet) or rate is not None:
        return 1
    # Before the first launch nobody knows whether all want one port.
    known = fleet.launcher.launches > 0
    return INSTANCES if known and fleet.launcher.may_overlap else 1


def spread(plan: Plan, instances: int) -> Plan:
    """``plan`` with ``instances`` of its sessions at a time, if they came one after another.

    What a session shows does not depend on who is served elsewhere, so the plan as it was drawn is
    the one to judge, to shrink and to keep.
    """
    if instances == 1 or not _one_after_another(plan):
        return plan
    scripts = (
        msgspec.structs.replace(script, after=(i - instances,) if i >= instances else ())
        for i, script in enumerate(plan.scripts)
    )
    return Plan(tuple(scripts))


def _one_after_another(plan: Plan) -> bool:
    return all(
        script.after == ((i - 1,) if i else ())
        and not any(isinstance(s, Meet) for s in script.steps)
        for i, script in enumerate(plan.scripts)
    )
