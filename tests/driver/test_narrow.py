"""Connections that hold little: the target stalls after tens of KiB, not after megabytes."""

from __future__ import annotations

import socket
from collections.abc import Callable

from harness.driver import Manner, perform
from harness.launcher.shared import SharedFleet
from harness.values.plan import AwaitStall, Connect, Plain, Reset, Send, StopReading, one

MIB = 1024 * 1024


def test_a_connection_of_small_segments_holds_little(
    fleet_of: Callable[..., SharedFleet],
) -> None:
    """What is beyond a small send buffer and a receive buffer waits with us."""
    if not hasattr(socket, "TCP_MAXSEG"):
        return
    plan = one(
        Connect(receive_buffer=4096, segment=1460),
        StopReading(),
        Send(Plain(1, 4 * MIB), background=True),
        AwaitStall(),
        Reset(),
    )
    (seen,) = perform(plan, fleet_of(), Manner(patience=10.0)).scripts
    assert seen.stalled
    assert 0 < seen.absorbed < 3 * MIB
