"""Connections that hold less: with small segments and a small receive buffer the target stalls
after fewer bytes than on an ordinary connection."""

from __future__ import annotations

import socket
from collections.abc import Callable

from harness.driver import Manner, perform
from harness.launcher.shared import SharedFleet
from harness.values.plan import AwaitStall, Connect, Plain, Reset, Send, StopReading, one

MIB = 1024 * 1024
MORE_THAN_ANY_HOLDS = 12 * MIB


def test_a_connection_of_small_segments_holds_less(fleet_of: Callable[..., SharedFleet]) -> None:
    """What is beyond its buffers waits with us.  How large they grow the system decides anew each
    time, so it is compared with an ordinary connection to the same target."""
    if not hasattr(socket, "TCP_MAXSEG"):
        return
    fleet = fleet_of()

    def absorbed(connect: Connect) -> int:
        flood = Send(Plain(1, MORE_THAN_ANY_HOLDS), background=True)
        plan = one(connect, StopReading(), flood, AwaitStall(), Reset())
        (seen,) = perform(plan, fleet, Manner(patience=10.0)).scripts
        assert seen.stalled
        return seen.absorbed

    narrow = absorbed(Connect(receive_buffer=4096, segment=1460))
    assert 0 < narrow < 0.75 * absorbed(Connect())
