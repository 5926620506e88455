"""A socket that another program has opened and hands over, instead of one of our own.

systemd and its like ("socket activation", sd_listen_fds(3)): the descriptors from 3 on are sockets,
LISTEN_FDS says how many, LISTEN_PID for which process they are.

inetd: standard input is the socket, standard output too. For a "nowait" service it is a connection
that was accepted already, for a "wait" service it is the socket that listens (or takes datagrams).
"""

from __future__ import annotations

import os
import socket
import stat

from echo_ref.words import discard

FIRST = 3  # SD_LISTEN_FDS_START: the first descriptor after the three standard ones


def given_socket() -> socket.socket | None:
    """The socket that was handed to this process; None if there is none.

    Raises `ValueError` if more than one was, and `OSError` if it can't be used.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        # The variables are inherited: with another process id they were for one before us.
        count = os.environ.get("LISTEN_FDS", "")
        if count != "1":
            raise ValueError(f"LISTEN_FDS is {count!r}: one socket is served, no more and no less")
        return taken(FIRST)
    if is_socket(0):
        found = taken(os.dup(0))
        if is_service(found):
            leave_standard_streams()
            return found
        found.close()
    return None


def leave_standard_streams() -> None:
    """Write nothing to the socket that is standard input: its client gets its echo and no more."""
    about = os.fstat(0)
    for standard in (0, 1, 2):
        if is_socket(standard) and os.path.samestat(os.fstat(standard), about):
            discard(standard)


def is_socket(descriptor: int) -> bool:
    """Whether `descriptor` is open, and a socket."""
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def taken(descriptor: int) -> socket.socket:
    """The socket of `descriptor`. Raises `OSError` if it is none."""
    found = socket.socket(fileno=descriptor)
    found.setblocking(True)  # who opened it may have wanted it otherwise
    return found


def is_service(found: socket.socket) -> bool:
    """Whether `found` has an address. A pair of sockets without one is how some programs (sshd,
    Node) make a pipe, and no client is at its other end."""
    return bool(found.getsockname())
