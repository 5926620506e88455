"""Giving up a run: one value that says so, asked wherever a run waits.

An exception that a signal raises strikes anywhere, and only in the main thread, while the lanes of
a run go on in theirs.  So whoever wants a run to end says it here, and each wait, which looks a few
times a second, ends with Halted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

GLANCE = 0.2
"""Seconds that anything waits at most before it looks here."""


class Halted(KeyboardInterrupt):
    """The run is given up: no more is to be found out, and what was found out is to be told."""


class Halt:
    """Whether a run is given up: because ``asked`` says that somebody wants it, or by itself."""

    def __init__(self, asked: Callable[[], bool] = lambda: False) -> None:
        self._asked = asked
        self._given_up = threading.Event()
        self._closing = False

    @property
    def on(self) -> bool:
        return not self._closing and (self._given_up.is_set() or self._asked())

    def check(self) -> None:
        """Raises Halted when the run is given up."""
        if self.on:
            raise Halted

    def give_up(self) -> None:
        self._given_up.set()

    def close(self) -> None:
        """From now on there is no run, only what is to be stopped, and that is waited for."""
        self._closing = True
