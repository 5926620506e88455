"""A target that is silent since no core is free for it: that is the machine's silence.  So is time
in which no core is free for the harness itself.

A thread that is ready to run and has to wait shows it in the system's count of such time.  So does
one that waits for a disk, as for a part of its program that the system has thrown out.  One that
sleeps waits for something else, so whoever hangs is found out as fast as ever; so is one that
spins, on a machine that has a core for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.driver.looking import LOOK_EVERY
from harness.system import cores, tree
from harness.system.cores import CoreTime

SLICE = 0.25
"""Seconds by which patience is prolonged at a time, and after which one looks again."""
SHARE = 0.25
"""Part of that time for which a thread has waited for a core, from which on the machine is too
busy: with two cores, from three threads on that want all of them."""
SPINS = 0.5
"""Part of that time for which its threads together have run, from which on it has a core and does
not come to an end.  One that hardly runs and hardly waits is between the two: it is looked at
again."""
TIMES = 3.0
"""How many times its patience a plan is prolonged at most, in all."""
RESTS, A_MOMENT = 3, LOOK_EVERY
"""Looks in a row that must find all of it asleep, and the seconds between them: the system leaves
out children now and then while others of them end."""
EACH = 0.2
"""Seconds by which it is prolonged besides for each client so far, while processes of the target
come and go: a super-server starts one for each, which are worked off one after another."""

COUNTS_FROM = 0.5
"""Seconds from which on it is looked at how long we wait for a core: most plans are over before,
and none is too long by then."""


class Starving:
    """Of one plan.  ``patience``: its seconds."""

    def __init__(self, patience: float) -> None:
        self._left = TIMES * patience
        self._granted = 0.0
        """Seconds in which processes came and went."""
        self._before: tuple[float, dict[int, CoreTime]] = (-math.inf, {})
        """When one looked last, and what was seen."""
        self._members: set[int] = set()
        """The processes then."""
        self._rests = 0
        """Looks in a row that found them asleep."""
        self._ours: tuple[float, float] | None = None
        """Seconds for which this thread had waited for a core, and of what else was nobody's, when
        that was looked at first."""

    def prolongs(self, now: float, members: Sequence[int], clients: int = 0) -> float:
        """Seconds for which a time that is over goes on; 0: it ends.

        ``members``: the processes of the target.  ``clients``: how many it has had.
        """
        if self._left <= 0:
            return 0.0
        on_a_disk = tree.waits_for_a_disk(members)
        if not on_a_disk and tree.asleep(members):
            self._rests = (self._rests + 1) % RESTS
            return A_MOMENT if self._rests else 0.0
        self._rests = 0
        times = cores.core_times(members)
        (at, before), self._before = self._before, (now, times)
        known, self._members = self._members, set(members)
        if now - at <= 2 * SLICE:
            if self._members != known and self._granted < EACH * clients:
                self._granted += SLICE  # a program that starts is busy, and does not spin
                return SLICE
            ran, waited = since(before, times)
            runs = ran >= SPINS * (now - at) or not times  # where the system does not tell it may
            if not on_a_disk and waited < SHARE * (now - at) and runs:
                self._left = 0.0  # it has a core, and spins: one slice is enough to see that
                return 0.0
        self._left -= SLICE
        return SLICE

    def nobodys(self, elapsed: float, known: float) -> float:
        """Seconds of ``elapsed``, the time of the plan so far, that count for nobody: those that
        are ``known``, and those for which this thread had to wait for a core.

        On a machine with much to do that is most of the time, and no target is slow by it.  What
        was known meanwhile may be the same time, so the two are not added.
        """
        if elapsed < COUNTS_FROM:
            return known
        waited = cores.own_core_wait()
        if self._ours is None:
            self._ours = (waited, known)
        waited_then, known_then = self._ours
        return known_then + max(known - known_then, waited - waited_then)


def since(before: dict[int, CoreTime], after: dict[int, CoreTime]) -> CoreTime:
    """Seconds that the threads ran together between two looks, and that the one waited which waited
    longest; a new one counts from its beginning."""
    none = CoreTime(0.0, 0.0)
    spent = [(now, before.get(thread, none)) for thread, now in after.items()]
    return CoreTime(
        sum(now.ran - then.ran for now, then in spent),
        max((now.waited - then.waited for now, then in spent), default=0.0),
    )
