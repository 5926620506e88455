"""Which search a server gets: of plans of streams, or of datagrams.

What is for datagrams is imported for a server of datagrams: the others need not wait for it.
"""

from __future__ import annotations

from harness.running.fuzz_check import FuzzWork
from harness.values.address import Transport


def search_of(transport: Transport) -> type[FuzzWork]:
    """The search for servers over ``transport``."""
    if transport is Transport.UDP:
        from harness.running.datagram_fuzz_check import DatagramWork

        return DatagramWork
    return FuzzWork
