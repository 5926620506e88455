"""How long a run waits: less once the target is known not to answer, and never without end."""

from __future__ import annotations

import math
import threading
import time

from harness.contract.check import Check
from harness.driver.brief import Brief
from harness.driver.manner import limit_for
from harness.probing.experiments import Experiments
from harness.running.outcome import Capacity
from harness.settings.run import PATIENCE
from harness.values.effort import Effort

LEAST_PATIENCE = 0.3
LEAST_LIMIT = 4.0
RETRIED = 3
"""Confirmed liveness breaches, after which a further one is not tried again."""
LONGEST_RUN = 18
"""After so many times the patience no check begins any more.  At the default of 3 s a run takes a
minute then, with what is still under way."""
THOROUGH = 20
"""Times as long, for a run and for each plan, at thorough effort: one plan waits for 70 s on
purpose, and a GiB through a slow server takes minutes."""
TO_START = 0.2
"""Seconds that it may take to start a program for one connection, on a machine with other work."""
STARTING = 3
"""Times as long, for a run in which a program is started for each of its thousand connections."""
LAST_LIMIT = 1.0
"""Seconds that a plan gets at least if it began just before."""


class Patience:
    """The patience of a run: it shrinks when a target has shown that it does not answer.

    Shared by the lanes.  The first breach costs three times the patience, and all that follow cost
    about as much together.  A run has no end before ``begin`` is called.
    """

    def __init__(
        self, seconds: float, effort: Effort = Effort.NORMAL, *, for_each: float = 0.0
    ) -> None:
        self._first = seconds
        self._for_each = for_each
        """Seconds more for each connection of a plan."""
        self._times = THOROUGH if effort is Effort.THOROUGH else 1
        self._breaches = 0
        self._silences = 0
        self._slow = 0
        self._lock = threading.Lock()
        self._began: float | None = None
        longest = LONGEST_RUN * (STARTING if for_each else 1)
        self._bound = self._times * longest * max(seconds, PATIENCE)
        self.asks = True
        """Whether a client that waits in vain ends its side, to see if the rest of the echo comes
        then. Not once the target has shown that it sends late."""
        self.for_ends: float | None = None
        """Seconds to wait for the end of a connection in checks that do not judge ends, once an end
        did not come."""
        self.brings_less = False
        """Whether a slow target gets half as much to do, since a check has failed."""
        self.limited = False
        """Whether the target turned a client away after many: it limits them, or it is known that
        it loses something with each, so that hundreds more tell nothing."""
        self.capacity: Capacity | None = None
        """How many clients at once the target serves, once that is known."""
        self.brief = Brief()
        self.experiments = Experiments()
        """What the lanes have found out about the target, so that each need not."""

    @property
    def seconds(self) -> float:
        halvings = 2 * self._breaches + self._silences
        return max(min(LEAST_PATIENCE, self._first), self._first * 0.5**halvings)

    def of(self, check: Check) -> float:
        """Seconds for ``check``.

        That a target does not answer says nothing of how fast its process ends, which takes long on
        a busy machine: for that there is always the whole patience.
        """
        return self._first if check.judges_exit else self.seconds

    def retries_of(self, check: Check) -> bool:
        """Whether a breach of ``check`` is still tried again."""
        return self.retries or check.judges_exit

    def limit(self, patience: float, connections: int = 0, idle: float = 0.0) -> float:
        """Seconds after which a plan of so many connections is left unfinished although bytes still
        move.  Fewer for a target that is known to be broken or was too slow before, but for the
        seconds that the plan is ``idle`` on purpose: no target can shorten these."""
        halvings = self._breaches + self._slow
        usual = self._times * limit_for(patience) + connections * self._for_each
        for_this = max(LEAST_LIMIT, usual * 0.5**halvings) + idle
        return min(for_this, max(LAST_LIMIT, self.left))

    @property
    def retries(self) -> bool:
        """Whether a breach is still tried again."""
        return self._breaches < RETRIED

    def begin(self, at: float) -> None:
        """Count the time of the run from ``at``, by `time.monotonic`; it ends some time."""
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
        """The target has proved that it does not answer: wait for a shorter time from now on."""
        with self._lock:
            self._silences += 1
