"""Which class of transport leads to an address."""

from __future__ import annotations

from harness.driver.opening import Way
from harness.driver.tcp import TcpTransport
from harness.driver.transport import Transport
from harness.driver.unix import UnixTransport
from harness.errors import HarnessFault
from harness.values.address import TcpAddress, UnixAddress


def transport_to(way: Way, receive_buffer: int | None) -> Transport:
    """A connection that is yet to be opened.

    Raises MachineProblem when the machine has no socket left.
    """
    match way.address:
        case TcpAddress():
            return TcpTransport(way.address, receive_buffer, way.make)
        case UnixAddress():
            return UnixTransport(way.address, receive_buffer, way.make)
        case _:
            raise HarnessFault(f"no connection leads to {way.address.url}")
