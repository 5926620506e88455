"""Waiting for sockets: epoll where there is one, else poll, with the owner of each descriptor.

``selectors`` does the same and more; what it adds costs a tenth of a short session.
"""

from __future__ import annotations

import math
import select
from typing import Any, Generic, TypeVar

from harness.host import turns

T = TypeVar("T")

READ, WRITE = select.POLLIN, select.POLLOUT
SHORT = 0.002
"""Seconds below which a wait is not left to epoll, which counts in whole milliseconds."""
FD_SETSIZE = 1024
"""select(2) knows descriptors below this only."""


class Poller(Generic[T]):
    """Which descriptors are watched, for what, and whose they are."""

    def __init__(self) -> None:
        self._is_epoll = hasattr(select, "epoll")
        self._poll: Any = select.epoll() if self._is_epoll else select.poll()
        self._owners: dict[int, T] = {}

    def watch(self, descriptor: int, mask: int, owner: T) -> None:
        """Tell when ``descriptor`` is ready for ``mask``, instead of what was watched before."""
        if descriptor in self._owners:
            self._poll.modify(descriptor, mask)
        else:
            self._poll.register(descriptor, mask)
        self._owners[descriptor] = owner

    def forget(self, descriptor: int) -> None:
        """No longer watch ``descriptor``, which stays open."""
        if self._owners.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def closing(self, descriptor: int) -> None:
        """The same just before it is closed, which makes the system forget it by itself."""
        if self._is_epoll:
            self._owners.pop(descriptor, None)
        else:
            self.forget(descriptor)

    def wait(self, seconds: float) -> list[tuple[T, int]]:
        """Who is ready, and for what.  Errors and hang-ups are both: a read tells which."""
        if not seconds or not turns.are_taken():
            return self._ready(seconds)
        if found := self._ready(0.0):
            return found
        with turns.waiting():
            return self._ready(seconds)

    def _ready(self, seconds: float) -> list[tuple[T, int]]:
        if 0 < seconds < SHORT and self._is_epoll and self._poll.fileno() < FD_SETSIZE:
            select.select((self._poll,), (), (), seconds)
            seconds = 0.0
        events = self._poll.poll(seconds if self._is_epoll else math.ceil(seconds * 1000))
        owners = self._owners
        return [
            (owners[fd], (READ if event & ~WRITE else 0) | (WRITE if event & ~READ else 0))
            for fd, event in events
            if fd in owners
        ]

    def close(self) -> None:
        if self._is_epoll:
            self._poll.close()
