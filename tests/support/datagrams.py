"""Datagram servers in a thread of the test, and a fleet that leads to them."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Callable, Iterator

from harness.host.halting import Halt
from harness.launcher.fleet import Fleet
from harness.launcher.remote import RemoteFleet
from harness.system.backlog import Backlog
from harness.values.address import UdpAddress

Answer = Callable[[socket.socket, bytes, tuple[str, int]], object]
"""What a server does with a datagram and who sent it."""


def echo(sock: socket.socket, data: bytes, peer: tuple[str, int]) -> None:
    sock.sendto(data, peer)


class Somewhere(RemoteFleet):
    """A fleet of one address, about which nothing else is known."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.halt = Halt()
        self.watched = None
        self._address = UdpAddress(*address)
        self._backlog = Backlog(None)

    def refresh(self) -> None:
        pass


class Server:
    """Each datagram is handled by ``answer``, one after another, in a thread."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM
        )
        self.socket.bind((host, 0))
        self.address: tuple[str, int] = self.socket.getsockname()[:2]
        self.fleet: Fleet = Somewhere(self.address)
        self.got: list[bytes] = []
        self._answer = answer
        self._bell, self._ear = socket.socketpair()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self.socket, self._ear], [], [])
            if self._ear in ready:
                return
            data, peer = self.socket.recvfrom(65536)
            self.got.append(data)
            self._answer(self.socket, data, peer)

    def close(self) -> None:
        self._bell.send(b"!")
        self._thread.join()
        for sock in (self.socket, self._bell, self._ear):
            sock.close()


@contextlib.contextmanager
def serving(answer: Answer = echo, host: str = "127.0.0.1") -> Iterator[Server]:
    """A server while the block runs."""
    server = Server(answer, host)
    try:
        yield server
    finally:
        server.close()
