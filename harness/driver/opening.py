"""Opening a connection: a socket that does not block, and what to do when the machine lacks one.

Who makes the socket is open: `make` does it here; an instance with a method ``make_socket`` (one in
a network namespace of its own, say) makes those that lead to it.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

from harness.errors import MachineProblem
from harness.system.backlog import Backlog
from harness.values.address import Address

NONBLOCK = int(getattr(socket, "SOCK_NONBLOCK", 0))  # saves a system call where there is one
STREAM = int(socket.SOCK_STREAM)
MACHINE_LACKS = {
    errno.EMFILE: "open files (the harness's own limit; raise it with ulimit -n)",
    errno.ENFILE: "open files (the whole system's limit)",
    errno.ENOBUFS: "memory for sockets",
    errno.ENOMEM: "memory",
}

_sources: Iterator[int] = itertools.cycle(range(2, 250))
"""The last number of further client addresses of the loopback net."""


Maker = Callable[[int, int], socket.socket]
"""From a family and a kind (``AF_INET``, ``SOCK_STREAM``) to a new socket that does not block.
Raises OSError when there is none left."""


def make(family: int, kind: int) -> socket.socket:
    """A socket of this process's own network."""
    sock = socket.socket(family, kind | NONBLOCK)
    if not NONBLOCK:
        sock.setblocking(False)
    return sock


def maker_for(instance: object) -> Maker:
    """Who makes the sockets that lead to ``instance``."""
    # To ask isinstance() of a protocol takes as long as to make the socket.
    maker: Maker = getattr(instance, "make_socket", make)
    return maker


class Way(NamedTuple):
    """How an instance is reached."""

    address: Address
    backlog: Backlog
    make: Maker
    """Makes the sockets that lead there."""


def socket_for(family: int, receive_buffer: int | None, make: Maker = make) -> socket.socket:
    """A stream socket of ``family``.  Raises MachineProblem when there is none left."""
    try:
        sock = make(family, STREAM)
    except OSError as error:
        raise _machine_lacks(error) from error
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    return sock


def another_way(sock: socket.socket, address: tuple[str, int], code: int) -> int:
    """Connecting ``sock`` to ``address`` has failed with errno ``code``: try what may help.

    Returns an errno, 0 or EINPROGRESS when that worked.  Raises MachineProblem when the machine has
    no client port left.
    """
    if code == errno.EADDRNOTAVAIL and address[0].startswith("127."):
        # All ephemeral ports of this source address are taken; loopback has more addresses.
        return _from_elsewhere(sock, address)
    if code in (errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.EAGAIN):
        raise _machine_lacks(OSError(code, os.strerror(code)))
    return code


def _from_elsewhere(sock: socket.socket, address: tuple[str, int]) -> int:
    for _ in range(50):
        try:
            sock.bind((f"127.0.0.{next(_sources)}", 0))
        except OSError:
            continue
        return sock.connect_ex(address)
    raise MachineProblem(
        "the machine has no free client port left (too many connections in TIME_WAIT).",
        "Wait a minute, or lower the rate with --rate.",
        step="connect",
    )


def _machine_lacks(error: OSError) -> MachineProblem:
    what = MACHINE_LACKS.get(error.errno or 0, error.strerror or str(error))
    return MachineProblem(f"the machine ran out of {what}.", step="connect")
