"""Opening a connection: a socket that does not block, and what to do when the machine lacks one."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Callable, Iterator

from harness.errors import MachineProblem

NONBLOCK = hasattr(socket, "SOCK_NONBLOCK")  # then it was made so, which saves a system call
MACHINE_LACKS = {
    errno.EMFILE: "open files (the harness's own limit; raise it with ulimit -n)",
    errno.ENFILE: "open files (the whole system's limit)",
    errno.ENOBUFS: "memory for sockets",
    errno.ENOMEM: "memory",
}

_sources: Iterator[int] = itertools.cycle(range(2, 250))
"""The last number of further client addresses of the loopback net."""


def socket_for(
    host: str, receive_buffer: int | None, make: Callable[[int], socket.socket]
) -> socket.socket:
    """A socket that can connect to ``host``.  Raises MachineProblem when there is none left.

    ``make``: makes one of an address family, which does not block, in the network of the target.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = make(family)
    except OSError as error:
        raise _machine_lacks(error) from error
    if not NONBLOCK:
        sock.setblocking(False)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    return sock


def begin(sock: socket.socket, host: str, port: int) -> int:
    """Begin to connect; returns an errno, 0 or EINPROGRESS when that worked.

    Raises MachineProblem when the machine has no client port left.
    """
    code = sock.connect_ex((host, port))
    if code == errno.EADDRNOTAVAIL and host.startswith("127."):
        # All ephemeral ports of this source address are taken; loopback has more addresses.
        return _from_elsewhere(sock, host, port)
    if code in (errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.EAGAIN):
        raise _machine_lacks(OSError(code, os.strerror(code)))
    return code


def _from_elsewhere(sock: socket.socket, host: str, port: int) -> int:
    for _ in range(50):
        try:
            sock.bind((f"127.0.0.{next(_sources)}", 0))
        except OSError:
            continue
        return sock.connect_ex((host, port))
    raise MachineProblem(
        "the machine has no free client port left (too many connections in TIME_WAIT).",
        "Wait a minute, or lower the rate with --rate.",
        step="connect",
    )


def _machine_lacks(error: OSError) -> MachineProblem:
    what = MACHINE_LACKS.get(error.errno or 0, error.strerror or str(error))
    return MachineProblem(f"the machine ran out of {what}.", step="connect")
