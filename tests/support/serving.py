"""Servers in a thread of the test, and fleets that lead to them."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

from harness.launcher.fleet import Fleet
from harness.launcher.remote import RemoteFleet
from harness.values.address import TcpAddress
from harness.values.plan import Plan
from harness.values.target import TargetSpec

DEADLINE = 20.0
"""Seconds after which a state that never comes fails a test.  Nothing takes so long."""

Handler = Callable[[socket.socket], None]


def eventually(state: Callable[[], object], what: str = "") -> None:
    """Poll until ``state`` is true.  Raises AssertionError when it does not become so."""
    until = time.monotonic() + DEADLINE
    while not state():
        assert time.monotonic() < until, f"it never came to this: {what or state}"
        time.sleep(0.005)


class Server:
    """Each accepted connection is handled by ``handler`` in a thread of its own."""

    def __init__(self, handler: Handler) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.fleet: Fleet = RemoteFleet(TargetSpec(connect=TcpAddress(*self.address)))
        self.peers: list[tuple[str, int]] = []
        self.errors: list[BaseException] = []
        self._handler = handler
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self.listener.accept()
            except OSError:
                return
            self.peers.append(peer)
            self._connections.append(connection)
            thread = threading.Thread(target=self._handle, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with connection:
                self._handler(connection)
        except OSError as error:
            self.errors.append(error)

    def close(self) -> None:
        """End every thread, also one that waits for data that will not come."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._threads[0].join(DEADLINE)
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive()


@contextlib.contextmanager
def serving(handler: Handler) -> Iterator[Server]:
    """A server while the block runs."""
    server = Server(handler)
    try:
        yield server
    finally:
        server.close()


def echo(connection: socket.socket) -> None:
    """The lesson: read up to 1024 bytes, send all of them back, until the empty read."""
    while data := connection.recv(1024):
        connection.sendall(data)


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def tags(plan: Plan, script: int = 0) -> list[str]:
    """The steps of a script by their names in case files."""
    return [str(type(step).__struct_config__.tag) for step in plan.scripts[script].steps]
