"""Parting from an instance that still holds a client which has left."""

from __future__ import annotations

import time

from harness.driver.brief import Brief
from harness.driver.looking import LOOK_EVERY
from harness.launcher.fleet import Fleet
from harness.launcher.shared import SharedFleet


def part_from_earlier(fleet: Fleet, brief: Brief) -> None:
    """Discard an instance that still holds a client which has left.

    A server of one client at a time would serve nobody else then.  Only the check that asks for
    this end may blame it; the others get a fresh instance.
    """
    instance = fleet.current
    if instance is None or not isinstance(fleet, SharedFleet):
        return
    until = time.monotonic() + brief.seconds
    while instance.alive and instance.holds_client():
        if (left := until - time.monotonic()) <= 0:
            brief.was_in_vain()
            fleet.discard()
            return
        instance.keeper.poll(min(left, LOOK_EVERY))
