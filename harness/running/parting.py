"""Parting from an instance that still holds a client which has left."""

from __future__ import annotations

import time

from harness.driver.brief import Brief
from harness.driver.looking import LOOK_EVERY
from harness.launcher.fleet import Fleet
from harness.launcher.shared import SharedFleet

SAYS_WITHIN = 0.1
"""Seconds for a target whose standard input has ended to say so: an exception, or its end."""


def end_input(fleet: Fleet) -> None:
    """End the standard input of an instance that has not answered, and hear what it says to that.

    It may wait for the keyboard where it should read its client's data.
    """
    instance = fleet.current
    if instance is None or not isinstance(fleet, SharedFleet) or not instance.alive:
        return
    instance.keeper.ask({"op": "end_input", "id": instance.ident})
    until = time.monotonic() + SAYS_WITHIN
    while instance.alive and time.monotonic() < until:
        instance.keeper.poll(LOOK_EVERY)


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
