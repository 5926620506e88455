"""Our end of a network namespace: sockets that were made in there, for our clients.

A socket belongs to the namespace that it was made in, whoever uses it.  The warden makes them and
hands them over, several at a time, since asking for each would cost more than a connection.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from harness.errors import MachineProblem
from harness.system.sock_diag import Elsewhere

NONBLOCK = int(getattr(socket, "SOCK_NONBLOCK", 0))
STREAM = int(socket.SOCK_STREAM)
Sort = tuple[int, int]
"""Of a socket: its family and its kind."""
FEW = 2
"""Sockets left when more are asked for, so that nobody waits for them."""
MOST = 64
"""Sockets that are asked for at once; they count among our open files."""


class NoIsolation(MachineProblem):
    """The system allows no network of one's own.  ``number``: the errno that says so."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "the system allows no network of its own for a target "
            f"(unshare: {os.strerror(number)}).",
            "Containers and some distributions forbid it; see user_namespaces(7).",
            step="launch",
        )
        self.number = number


class Line(Protocol):
    """To the warden that makes what is asked for: a keeper."""

    closed: bool

    def ask(self, request: dict[str, Any]) -> None:
        """Raises MachineProblem when there is nobody to ask."""

    def await_answer(self, answered: Callable[[], bool]) -> None:
        """Hear what comes until ``answered``.  Raises MachineProblem when nothing more does."""


class Network:
    """One namespace, for as long as somebody uses what runs in it."""

    def __init__(self, line: Line, number: int) -> None:
        self._line = line
        self.number = number
        self._question: socket.socket | None = None
        self._ready: dict[tuple[int, int], deque[socket.socket]] = {}
        """By family and kind."""
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

    def new_socket(self, family: int, kind: int = STREAM) -> socket.socket:
        """A new socket for a client, which does not block.  Raises OSError."""
        ready = self._ready.setdefault((family, kind), deque())
        if not ready:
            if not self._coming:
                self._ask(family, kind)
            self._line.await_answer(lambda: bool(ready) or not self._coming)
        if not ready:
            raise OSError(self._refused, os.strerror(self._refused))
        sock = ready.popleft()
        if len(ready) < FEW and not self._coming:
            self._ask(family, kind)
        return sock

    def _ask(self, family: int, kind: int) -> None:
        self._coming = self._batch = min(2 * self._batch, MOST)
        about = {"network": self.number, "family": family, "kind": kind, "count": self._coming}
        self._line.ask({"op": "sockets", **about})

    def take(self, descriptors: list[int], sort: Sort, refused: int, *, first: bool) -> None:
        """Descriptors that have come, ``first``: with the network.  Or an errno: why none has."""
        self._coming = 0
        self._refused = refused or errno.EMFILE
        if first and descriptors:
            netlink = getattr(socket, "AF_NETLINK", -1)
            self._question = socket.socket(netlink, socket.SOCK_RAW, 4, fileno=descriptors.pop(0))
        ready = self._ready.setdefault(sort, deque())
        ready += [Elsewhere(*sort, fd, self._question) for fd in descriptors]

    def tap(self) -> socket.socket | None:
        """A socket that has all packets in there from now on, and does not block; None if there
        can be none."""
        self._taps = None
        self._line.ask({"op": "tap", "network": self.number})
        self._line.await_answer(lambda: self._taps is not None)
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
        if not self._line.closed:
            self._line.ask({"op": "leave", "network": self.number})

    def close(self) -> None:
        """Let go of what we have of it."""
        for ready in self._ready.values():
            while ready:
                ready.popleft().close()
        if self._question is not None:
            self._question.close()
            self._question = None


class Place(NamedTuple):
    """Where an isolated target is launched."""

    network: Network
    ports: list[int]
    """Those that it may want."""
    family: int
    """Of the clients that will come."""


class Networks:
    """Those of one keeper, by number."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._known: dict[int, Network] = {}

    def new(self) -> Network:
        """For the next launch.  It is made with that."""
        self._known = {n: network for n, network in self._known.items() if not network.left}
        number = next(self._numbers)
        network = self._known[number] = Network(self._line, number)
        return network

    def take(self, event: dict[str, Any], came: list[int]) -> None:
        """What the warden says of a network, and the descriptors that came with it."""
        network = self._known.get(event["network"])
        if network is None or network.left:
            for descriptor in came:
                os.close(descriptor)
        elif event["ev"] == "tap":
            network.take_tap(came)
        else:
            first = event["ev"] == "network"
            sort = (event["family"], event["kind"])
            network.take(came, sort, event.get("errno", 0), first=first)

    def close(self) -> None:
        """Let go of what we have of them."""
        for network in self._known.values():
            network.close()
