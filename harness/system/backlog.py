"""The backlog of a listener: how many connections wait for accept(), and whether one more fits.

A system whose backlog is full drops a new connection, or resets one that the client takes for
established (Linux: SYN cookies, see tcp(7)), and the server never hears of it.  Nothing that
happens then says anything about the server, so nobody connects before there is room.
"""

from __future__ import annotations

import socket

from harness.system import places
from harness.values.address import Address
from harness.values.plan import USUAL_BACKLOG


class Backlog:
    """Of the listener at ``address`` of this machine; None: of one that cannot be seen.

    ``through``: what to ask the system with, for a listener in another network than ours.
    ``vacant``: nobody waited there a moment ago, so there is room for a first connection.

    accept() takes connections in the order in which they came: one that was answered has been
    accepted, and so have those before it.  The system is asked only when that is not enough, and
    each time where several listen, among whom it distributes clients as it likes.
    """

    def __init__(
        self,
        address: Address | None,
        through: socket.socket | None = None,
        *,
        vacant: bool = False,
    ) -> None:
        self._address = address
        self._through = through
        self._vacant = vacant
        self._limit: int | None = None
        self._in_order = True
        self._begun = 0
        self._accepted = 0

    def begin(self) -> int:
        """A connection begins; returns its number."""
        self._begun += 1
        return self._begun

    def accepted(self, number: int) -> None:
        """The server has done something with connection ``number``."""
        self._accepted = max(self._accepted, number)

    def was_full(self) -> None:
        """A connection was turned away: what is known of those before is wrong."""
        self._limit = None

    def has_room(self) -> bool:
        """Whether another connection can wait; true also when that cannot be told."""
        if self._address is None or (self._vacant and not self._begun):
            return True
        unanswered = self._begun - self._accepted
        if self._limit is not None and self._in_order and unanswered < self._limit:
            return True
        return self._ask()

    def _ask(self) -> bool:
        """`has_room` by what the system tells."""
        told = None if self._address is None else places.queues(self._address, self._through)
        if told is None:
            return True
        self._limit = told.limit
        self._in_order = told.listeners == 1
        self._accepted = self._begun - told.waiting
        return told.waiting < told.limit

    @property
    def limit(self) -> int:
        """How many may wait; what is usual when that cannot be told."""
        if self._limit is None:
            self._ask()
        return USUAL_BACKLOG if self._limit is None else self._limit
