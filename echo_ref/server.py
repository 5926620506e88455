"""A blocking echo server: one client at a time, all that it sends is sent back.

RFC 862 has the rule: "any data received is sent back", until the client ends the connection. Start
with `echo_until_end`, the lesson itself; then `serve` and `listen`.

Every call blocks: a client that connects and says nothing keeps the clients behind it waiting.
"""

from __future__ import annotations

import errno
import socket
import time

from echo_ref.words import format_address, reason, say

TYPE_CHECKING = False  # type checkers take it as true; `typing` itself is slow to import
if TYPE_CHECKING:
    from typing import Any

BUFFER_SIZE = 1024  # bytes asked for in one read: the number that the textbooks use
ACCEPT_PAUSE = 0.1  # seconds to wait when the system has no descriptor or memory for a connection

# accept() answers with these when the listening socket itself is no good: trying again is no help.
UNUSABLE_LISTENER = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSOCK, errno.EOPNOTSUPP})


def echo_until_end(connection: socket.socket, buffer_size: int = BUFFER_SIZE) -> None:
    """Send back all that arrives on `connection` until its client has no more to send.

    `buffer_size` is in bytes, the most that one read takes. Raises `OSError` when the connection
    breaks (`ConnectionResetError`, `BrokenPipeError`: the client went away).
    """
    while True:
        data = connection.recv(buffer_size)
        # POSIX, recv(): nothing to read and "the peer has performed an orderly shutdown" is the
        # length 0. An empty read is the end; it never means "nothing yet", that is what blocks.
        if not data:
            return
        # send() may take only a part of the data, and says how much. sendall() sends the rest too.
        connection.sendall(data)


def serve(listener: socket.socket, *, buffer_size: int = BUFFER_SIZE, once: bool = False) -> None:
    """Serve the clients of `listener` one after another, each to its end. `once`: only the first.

    `listener` is a blocking socket that listens, see `listen`; it is left open. `buffer_size` is in
    bytes, see `echo_until_end`. Prints a line on stdout for each connection. A connection that
    breaks is over, and the next one is served. Raises `ValueError` for a `buffer_size` below 1, and
    `OSError` if `listener` itself can't be used (any more).
    """
    if buffer_size < 1:
        # recv(0) returns b"" at once, which would look like the end of every connection.
        raise ValueError(f"buffer_size must be at least 1, not {buffer_size}")
    while True:
        connection, address = accept(listener)
        serve_one(connection, format_address(address), buffer_size)
        if once:
            return


def serve_one(connection: socket.socket, client: str, buffer_size: int = BUFFER_SIZE) -> None:
    """Serve the client of one `connection` to its end, and close it. `client`: who, for a reader.

    Prints a line on stdout, and another one if the connection breaks.
    """
    say(f"connection from {client}")
    try:
        with connection:
            echo_until_end(connection, buffer_size)
    except OSError as error:
        say(f"connection from {client} broke: {reason(error)}")


def accept(listener: socket.socket) -> tuple[socket.socket, Any]:
    """Wait for the next client: the connection to it, and its address.

    Errors that pass are waited out. Raises `OSError` if `listener` itself can't be used (any more).
    """
    while True:
        try:
            return listener.accept()
        except ConnectionAbortedError:
            continue  # POSIX, accept(): this client left while it waited. There may be others.
        except OSError as error:
            if error.errno in UNUSABLE_LISTENER:
                raise
            # EMFILE, ENFILE, ENOBUFS, ENOMEM: the client stays in the queue, so accept() would fail
            # again at once, and the loop would burn the processor until a descriptor is free.
            say(f"cannot accept a connection now: {reason(error)}")
            time.sleep(ACCEPT_PAUSE)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` (a name or an IP address, 4 or 6) and `port` (0: any free).

    The caller closes it. Raises `OSError` if the address is unknown, in use or not allowed,
    `UnicodeError` if `host` can't be a name, and `ValueError` if `port` is not in 0 to 65535.
    """
    if not 0 <= port <= 65535:
        # getaddrinfo() of some systems would take 70000 for 4464.
        raise ValueError(f"port must be in 0 to 65535, not {port}")
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # The side that closes first stays in TIME-WAIT (RFC 9293, 3.6.1). If that was the server,
        # its port is taken for a minute: without this option, a restart would fail.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except BaseException:
        listener.close()
        raise
    return listener
