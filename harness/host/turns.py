"""Taking turns: of several threads one goes on at a time, until it waits for something.

Python runs one thread at a time anyway, but lets another one go on during each system call, and
that one must then be waited for.  Threads that make a system call every few microseconds so spend
more time on changing places, four changes for each call that matters, than on their work.

A turn is a courtesy, and nothing depends on it: who does not get one within ``AT_MOST`` seconds
goes on without.  So nobody is kept waiting by one that waits where it did not say so.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

AT_MOST = 0.01
"""Twice the time after which Python itself lets another thread go on."""


class Turns:
    """Who waits longest is next."""

    def __init__(self, at_most: float = AT_MOST) -> None:
        self._at_most = at_most
        self._lock = threading.Lock()
        self._taken = False
        self._calls: deque[threading.Lock] = deque()
        """Of those who wait: released when it is their turn."""

    def take(self) -> bool:
        """Wait for a turn; whether there is one."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            call = threading.Lock()
            call.acquire()
            self._calls.append(call)
        if call.acquire(timeout=self._at_most):
            return True
        with self._lock:
            if call not in self._calls:
                return True  # it came just now
            self._calls.remove(call)
            return False

    def give(self) -> None:
        """End a turn."""
        with self._lock:
            if self._calls:
                self._calls.popleft().release()
            else:
                self._taken = False


TURNS = Turns()
"""Of this process."""


class _Here(threading.local):
    """What a thread knows of itself."""

    works = False
    """It takes turns."""
    has_turn = False


_here = _Here()


def are_taken() -> bool:
    """Whether this thread takes turns."""
    return _here.works


@contextlib.contextmanager
def working() -> Iterator[None]:
    """In this block this thread takes turns."""
    _here.works, _here.has_turn = True, TURNS.take()
    try:
        yield
    finally:
        _here.works = False
        if _here.has_turn:
            TURNS.give()


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """In this block this thread waits, and another may go on."""
    if not _here.works:
        yield
        return
    if _here.has_turn:
        TURNS.give()
    try:
        yield
    finally:
        _here.has_turn = TURNS.take()
