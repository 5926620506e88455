"""Giving up a run: one value that says so, asked wherever a run waits.

An exception from a signal handler can come at any line of code, and only in the main thread, while
the other threads of a run go on.  So the wish to end a run is noted here.  Each wait looks here a
few times a second, and ends with Halted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

GLANCE = 0.2
"""The longest time, in seconds, that a wait goes on without looking here."""


class Halted(KeyboardInterrupt):
    """The run is given up: nothing more is tried, and the results so far are reported."""


class Halt:
    """Whether a run is given up: because ``asked`` says so, or after ``give_up``."""

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
        """The run is over.  Waiting until the targets have stopped is not given up."""
        self._closing = True
