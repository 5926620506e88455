"""How long a run waits: less, the more is known of the target, and never without end."""

from __future__ import annotations

import math
import threading
import time

from harness.driver.brief import Brief
from harness.driver.manner import limit_for
from harness.probing.experiments import Experiments
from harness.settings.run import PATIENCE

LEAST_PATIENCE = 0.3
LEAST_LIMIT = 4.0
RETRIED = 3
"""Liveness breaches that are tried again; after so many, one more proves nothing new."""
LONGEST_RUN = 18
"""Times the patience after which no check begins any more: with what has to be ended then, a minute
at the default of 3 s."""
LAST_LIMIT = 1.0
"""Seconds for a plan that began just before."""


class Patience:
    """The patience of a run: it shrinks when a target has shown that it does not answer.

    Shared by the lanes.  The first breach costs three times the patience, all that follow
    together about as much.

    It takes what it takes until somebody says that the run has begun.
    """

    def __init__(self, seconds: float) -> None:
        self._first = seconds
        self._breaches = 0
        self._silences = 0
        self._slow = 0
        self._lock = threading.Lock()
        self._began: float | None = None
        self._bound = LONGEST_RUN * max(seconds, PATIENCE)
        self.asks = True
        """Whether it is worth while to end a client's side to see if the rest comes: not when the
        target has shown that it sends late."""
        self.for_ends: float | None = None
        """Seconds to wait for an end that is another check's business, once one did not come."""
        self.brings_less = False
        """A check has failed: a slow target gets half as much to do."""
        self.brief = Brief()
        self.experiments = Experiments()
        """What the lanes have found out about the target, so that each need not."""

    @property
    def seconds(self) -> float:
        halvings = 2 * self._breaches + self._silences
        return max(min(LEAST_PATIENCE, self._first), self._first * 0.5**halvings)

    def limit(self, patience: float) -> float:
        """Seconds for a plan in which bytes still move: what is known to be broken, or was too slow
        before, gets less."""
        halvings = self._breaches + self._slow
        for_this = max(LEAST_LIMIT, limit_for(patience) * 0.5**halvings)
        return min(for_this, max(LAST_LIMIT, self.left))

    @property
    def retries(self) -> bool:
        """Whether a breach is still tried again."""
        return self._breaches < RETRIED

    def begin(self, at: float) -> None:
        """The run began ``at``, by `time.monotonic`, and is over some time."""
        self._began = at

    @property
    def left(self) -> float:
        """Seconds until the run is over."""
        if self._began is None:
            return math.inf
        return self._began + self._bound - time.monotonic()

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def too_slow(self) -> None:
        """A plan took so long that a check could not be decided."""
        with self._lock:
            self._slow += 1

    def confirmed(self) -> None:
        """A liveness breach showed again."""
        with self._lock:
            self._breaches += 1

    def shorten(self) -> None:
        """The target was waited for in vain, and has proved that it does not answer."""
        with self._lock:
            self._silences += 1
