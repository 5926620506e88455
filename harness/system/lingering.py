"""What closed connections leave on a port, and how it is freed without a privilege.

The side that closes first keeps its end in TIME_WAIT for a minute, and a server that does not set
SO_REUSEADDR cannot bind its port meanwhile.  While nobody listens there, a new connection from the
same client port finds TIME_WAIT, which answers with an ACK of the old connection; our system knows
of no such connection and resets it (RFC 9293, section 3.10.7.3).  That RST has the right sequence
number and ends TIME_WAIT, unless ``net.ipv4.tcp_rfc1337`` is set.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import NamedTuple

import psutil

from harness.system import sock_diag, sockets

# <linux/in.h>; newer than some Pythons
_BIND_ADDRESS_NO_PORT, _LOCAL_PORT_RANGE = 24, 51


class Left(NamedTuple):
    """A connection in TIME_WAIT on the server's side: that side's address, and the client's."""

    server: tuple[str, int]
    client: tuple[str, int]


def left_on(port: int, through: socket.socket | None = None) -> list[Left]:
    """What closed connections have left on ``port``.  ``through``: see `harness.system.sockets`."""
    try:
        entries = sock_diag.in_state(sock_diag.TIME_WAIT, port=port, through=through)
    except sock_diag.Unavailable:
        return [left for left in _by_psutil() if left.server[1] == port]
    return [_left(entry) for entry in entries if entry.port == port]


def ports(through: socket.socket | None = None) -> set[int]:
    """All ports on which closed connections have left something."""
    try:
        return {entry.port for entry in sock_diag.in_state(sock_diag.TIME_WAIT, through=through)}
    except sock_diag.Unavailable:
        return {left.server[1] for left in _by_psutil()}


def free(port: int) -> bool:
    """End what is left on ``port``; returns whether nothing is left now.

    Does nothing while somebody listens there, who would get a client.
    """
    found = left_on(port)
    if found and _listens(port):
        return False
    for left in found:
        with contextlib.suppress(OSError):
            _knock(left)
    return not found or not left_on(port)


def _knock(left: Left) -> None:
    """Begin to connect as the client of ``left``.  Raises OSError if its port cannot be had."""
    family = socket.AF_INET6 if ":" in left.client[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as knock:
        knock.setblocking(False)
        knock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            knock.bind(left.client)
        except OSError:
            _choose_port(knock, left.client)
        knock.connect_ex(left.server)


def _choose_port(knock: socket.socket, client: tuple[str, int]) -> None:
    """Have the port of ``client`` chosen by connect(), which shares it with connections to others.

    bind() does not, be they in TIME_WAIT themselves.  Raises OSError before Linux 6.3.
    """
    host, port = client
    knock.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
    knock.setsockopt(socket.IPPROTO_IP, _LOCAL_PORT_RANGE, struct.pack("=I", port << 16 | port))
    knock.bind((host, 0))


def _listens(port: int) -> bool:
    try:
        return any(entry.port == port for entry in sock_diag.in_state(sock_diag.LISTEN, port=port))
    except sock_diag.Unavailable:
        return sockets.holder_of(port) is not None


def _left(entry: sock_diag.Entry) -> Left:
    return Left((_plain(entry.host), entry.port), (_plain(entry.remote_host), entry.remote_port))


def _plain(host: str) -> str:
    """``host``, without what a socket for both families puts before an IPv4 address."""
    return host.removeprefix("::ffff:")


def _by_psutil() -> list[Left]:
    try:
        everything = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return []
    return [
        Left((_plain(c.laddr.ip), c.laddr.port), (_plain(c.raddr.ip), c.raddr.port))
        for c in everything
        if c.status == psutil.CONN_TIME_WAIT and c.laddr and c.raddr
    ]
