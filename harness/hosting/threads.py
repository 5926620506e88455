"""Serving with handlers that block: functions of a socket, and classes of socketserver."""

from __future__ import annotations

import errno
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from typing import Any

LARGEST_DATAGRAM = 65536
"""Bytes; socketserver itself would cut datagrams off after 8192."""
PAUSE = 0.1
"""Seconds until accept() is tried again when there is no descriptor or thread for a client."""
PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def serve_function(
    listener: socket.socket, handler: Callable[..., object], *, with_address: bool
) -> None:
    """Call ``handler`` for each client in a thread of its own, and then close its socket.

    An exception of the handler is shown as threads show them, and ends that connection only.
    """

    def serve(connection: socket.socket, address: Any) -> None:
        with connection:
            try:
                handler(connection, address) if with_address else handler(connection)
            except Exception as error:  # it is shown before the client is told of the end
                found = (type(error), error, error.__traceback__, threading.current_thread())
                threading.excepthook(threading.ExceptHookArgs(found))

    while True:
        connection, address = _accepted(listener)
        try:
            threading.Thread(target=serve, args=(connection, address), daemon=True).start()
        except RuntimeError:  # no thread can be started now
            connection.close()
            time.sleep(PAUSE)


def _accepted(listener: socket.socket) -> tuple[socket.socket, Any]:
    while True:
        try:
            return listener.accept()
        except ConnectionAbortedError:
            continue  # the client left before it was accepted
        except OSError as error:
            if error.errno not in PASSING:
                raise
            time.sleep(PAUSE)  # the client stays in the queue: accept() would fail at once again


class _Streams(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True


class _Datagrams(socketserver.UDPServer):
    max_packet_size = LARGEST_DATAGRAM


def serve_requests(bound: socket.socket, handler: type[socketserver.BaseRequestHandler]) -> None:
    """Serve with a handler class of socketserver: streams in threads, datagrams one by one."""
    made = _Streams if bound.type == socket.SOCK_STREAM else _Datagrams
    with made(bound.getsockname()[:2], handler, bind_and_activate=False) as server:
        server.socket.close()  # ours is open already, and may be of another family
        server.socket = bound
        server.serve_forever()
