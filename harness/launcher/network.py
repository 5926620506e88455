"""The harness's end of a network namespace: sockets that were made in there, for our clients.

A socket belongs to the namespace that it was made in, whoever uses it.  The warden makes them and
hands them over, several at a time, since asking for each would cost more than a connection.
"""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Protocol

from harness.errors import MachineProblem
from harness.system.sock_diag import Elsewhere

NONBLOCK = int(getattr(socket, "SOCK_NONBLOCK", 0))
FEW = 2
"""Sockets left when more are asked for, so that nobody waits for them."""
MOST = 64
"""Sockets that are asked for at once; they count among our open files."""


class Supplier(Protocol):
    """Who has the warden make what is asked for: a keeper."""

    def ask_for_sockets(self, network: int, family: int, count: int) -> None:
        """Have ``count`` sockets come for the clients of ``network``."""

    def await_answer(self, answered: Callable[[], bool]) -> None:
        """Hear what comes until ``answered``.  Raises MachineProblem when nothing more does."""

    def ask_for_tap(self, network: int) -> None:
        """Have a socket come that has all packets of ``network``."""

    def leave(self, network: int) -> None:
        """Nobody needs ``network`` any more."""


class Network:
    """One namespace, for as long as somebody uses what runs in it."""

    def __init__(self, supplier: Supplier, number: int) -> None:
        self._supplier = supplier
        self.number = number
        self._question: socket.socket | None = None
        self._ready: dict[int, deque[socket.socket]] = {}
        self._coming = 0
        self._batch = FEW
        self._refused = 0
        self._taps: list[socket.socket] | None = None
        self.left = False

    @property
    def question(self) -> socket.socket:
        """To ask the system with about the sockets in there.  Raises MachineProblem."""
        if self._question is None:
            raise MachineProblem(
                "the sockets of the target's network did not come.",
                "The limit of open files may be too low: raise it with ulimit -n.",
                step="launch",
            )
        return self._question

    def new_socket(self, family: int) -> socket.socket:
        """A new socket for a client, which does not block.  Raises OSError."""
        ready = self._ready.setdefault(family, deque())
        if not ready:
            if not self._coming:
                self._ask(family)
            self._supplier.await_answer(lambda: bool(ready) or not self._coming)
        if not ready:
            raise OSError(self._refused, os.strerror(self._refused))
        sock = ready.popleft()
        if len(ready) < FEW and not self._coming:
            self._ask(family)
        return sock

    def _ask(self, family: int) -> None:
        self._coming = self._batch = min(2 * self._batch, MOST)
        self._supplier.ask_for_sockets(self.number, family, self._coming)

    def take(self, descriptors: list[int], family: int, refused: int, *, first: bool) -> None:
        """Descriptors that have come, ``first``: with the network.  Or an errno: why none has."""
        self._coming = 0
        self._refused = refused or errno.EMFILE
        if self.left:
            for descriptor in descriptors:
                os.close(descriptor)
            return
        if first and descriptors:
            netlink = getattr(socket, "AF_NETLINK", -1)
            self._question = socket.socket(netlink, socket.SOCK_RAW, 4, fileno=descriptors.pop(0))
        ready = self._ready.setdefault(family, deque())
        ready += [Elsewhere(family, fd, self._question) for fd in descriptors]

    def tap(self) -> socket.socket | None:
        """A socket that has all packets in there from now on, and does not block; None if there
        can be none."""
        self._taps = None
        self._supplier.ask_for_tap(self.number)
        self._supplier.await_answer(lambda: self._taps is not None)
        return self._taps[0] if self._taps else None

    def take_tap(self, descriptors: list[int]) -> None:
        """What has come after ``tap`` was asked for."""
        packet = getattr(socket, "AF_PACKET", -1)
        self._taps = [socket.socket(packet, socket.SOCK_RAW, 0, fileno=fd) for fd in descriptors]

    def leave(self) -> None:
        """Nothing of what ran in there is left, and nobody connects any more."""
        if self.left:
            return
        self.left = True
        self.close()
        self._supplier.leave(self.number)

    def close(self) -> None:
        """Let go of what we have of it."""
        for ready in self._ready.values():
            while ready:
                ready.popleft().close()
        if self._question is not None:
            self._question.close()
            self._question = None
