"""What surrounds the scripts of a plan: the time, the instances in use, what is noted of them."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Generic, TypeVar

from harness.driver import opening
from harness.driver.actor import Actor
from harness.driver.manner import Manner
from harness.driver.pulse import Pulse
from harness.driver.starving import Starving
from harness.errors import MachineProblem, NeverListened, TargetProblem
from harness.launcher.fleet import Fleet
from harness.launcher.instance import Instance
from harness.launcher.output import says_in_use
from harness.values.trace import Measurement, Relaunched

STOPPED_FOR = 0.5
"""Seconds by which a turn of the loop takes longer than it waits when more is wrong than a busy
machine."""
SLOW_AGAIN = (
    "started again, the target lived and did not listen in time, and did not say why: it may start "
    "too slowly here; --start-timeout gives it longer"
)


A = TypeVar("A", bound=Actor)


class Pacer:
    """Spaces out new connections of a whole run, for targets that limit their rate."""

    next_at = 0.0


class World(Generic[A]):
    """Of one performance of a plan.  ``kinds``: the steps that occur in it."""

    def __init__(
        self, fleet: Fleet, manner: Manner, kinds: Collection[type], clock: Callable[[], float]
    ) -> None:
        self.fleet = fleet
        self.rate = manner.rate
        self.kinds = kinds
        self.clock = clock
        self.now = clock()
        """The time, as it was looked at last."""
        self.pulse = Pulse(
            self.now,
            manner.patience,
            hurry=manner.hurry,
            brief=manner.brief,
            persist=manner.persist,
        )
        self.held_up = 0.0
        """Seconds spent on launching instances, or stopped, or without a core for the target, which
        are nobody's progress."""
        self._starving = Starving(manner.patience)
        self.measurements: list[Measurement] = []
        self.relaunched: Relaunched | None = None
        self.in_use: dict[int, Instance] = {}
        self.asked: set[int] = set()
        """The instances whose end the plan itself has asked for."""
        self.users: dict[int, list[int]] = defaultdict(list)
        """The scripts that an instance has served."""
        self._timers: list[tuple[float, int, A]] = []
        self._ticket = itertools.count()
        self._turned = (self.now, 0.0)
        """When the last turn of the loop was, and ``held_up`` then."""
        self._ways: dict[int | None, opening.Way] = {}

    # --- time -----------------------------------------------------------------------------------

    def elapsed(self) -> float:
        """Seconds since the plan began."""
        return self.clock() - self.pulse.began

    def taken(self) -> float:
        """The same without those seconds that are nobody's progress, when it was looked last."""
        elapsed = self.now - self.pulse.began
        return elapsed - self._starving.nobodys(elapsed, self.held_up)

    def note_turn(self, waited: float) -> None:
        """Time in which this process did not run is nobody's silence: somebody has stopped it, or
        the machine had no core for it.

        ``waited``: the seconds that may have passed since the last turn of the loop.
        """
        last, known = self._turned
        gap = self.now - last - waited - (self.held_up - known)
        if gap > STOPPED_FOR:
            self.pulse.moved = min(self.now, self.pulse.moved + gap)
            self.held_up += gap
        self._turned = (self.now, self.held_up)

    def wait_for_a_core(self) -> bool:
        """Whether a time that is over goes on a little: no core is free for the target."""
        members = [pid for i in self.in_use.values() if i.alive for pid in i.members()]
        longer = self._starving.prolongs(self.now, members, self.fleet.connections)
        self.pulse.moved = min(self.now, self.pulse.moved + longer)
        self.held_up += longer
        return longer > 0

    def progress(self) -> None:
        """Something moved: patience begins anew."""
        self.pulse.moved = self.now

    def note(self, client: Actor, what: str, size: int = 0) -> None:
        """Add to the client's timeline, if one is kept."""
        client.note(self.clock(), what, size)

    def wake_at(self, at: float, client: A) -> None:
        """Let ``client`` look again ``at`` that time, or soon after."""
        heapq.heappush(self._timers, (at, next(self._ticket), client))

    @property
    def next_timer(self) -> float | None:
        return self._timers[0][0] if self._timers else None

    def woken(self) -> Iterable[A]:
        """Those whose time has come, each once."""
        timers = self._timers
        if not timers or timers[0][0] > self.now:
            return ()
        found = []
        while timers and timers[0][0] <= self.now:
            client = heapq.heappop(timers)[2]
            client.wakes_at = 0.0
            found.append(client)
        return dict.fromkeys(found)

    # --- connections ----------------------------------------------------------------------------

    def may_connect(self, client: A) -> bool:
        """Whether the rate allows a new connection now; if not, ``client`` looks again."""
        if self.rate is None:
            return True
        if self.now < Pacer.next_at:
            self.wake_at(Pacer.next_at, client)
            return False
        Pacer.next_at = self.now + 1.0 / self.rate
        return True

    @property
    def paced(self) -> bool:
        """Whether the rate allows no connection at the moment."""
        return self.rate is not None and Pacer.next_at > self.now

    def way_to(self, instance: Instance | None) -> opening.Way:
        """How ``instance`` is reached; None: the remote target."""
        ident = None if instance is None else instance.ident
        way = self._ways.get(ident)
        if way is None:
            fleet = self.fleet
            make = opening.maker_for(instance)
            way = opening.Way(fleet.address(instance), fleet.backlog(instance), make)
            self._ways[ident] = way
        return way

    # --- instances ------------------------------------------------------------------------------

    def acquire(self) -> Instance | None:
        """The instance for a new session.  Raises TargetProblem."""
        instance = self.fleet.acquire()
        if instance is not None and instance.ident not in self.in_use:
            # It may have been launched for this.
            before, self.now = self.now, self.clock()
            self.held_up += self.now - before
            self.in_use[instance.ident] = instance
        self.pulse.moved = self.now
        return instance

    def uses(self, instance: Instance) -> None:
        """``instance`` has a part in the plan."""
        self.in_use[instance.ident] = instance

    def expect_exit(self, instance: Instance) -> None:
        """The plan has asked for its end."""
        self.uses(instance)
        self.asked.add(instance.ident)

    def relaunch(self, instance: Instance) -> None:
        """Kill what is left of ``instance`` and launch the target again."""
        self.expect_exit(instance)
        try:
            fresh = self.fleet.relaunch()
        except NeverListened as problem:
            if not says_in_use(problem.output):
                raise MachineProblem(SLOW_AGAIN, step="listen") from problem
            self.relaunched = _failed(problem)
        except TargetProblem as problem:
            self.relaunched = _failed(problem)
        else:
            self.relaunched = Relaunched(same_port=fresh.address == instance.address)
            self.uses(fresh)
        self.now = self.clock()
        self.progress()

    @property
    def target_is_paused(self) -> bool:
        return any(instance.levers.paused for instance in self.in_use.values())

    def why_silent(self) -> str | None:
        """Why the target cannot be blamed for its silence: it is stopped."""
        if self.target_is_paused:
            return "the plan kept the target paused until patience ended"
        watched = self.fleet.watched
        if any(i.levers.stopped_by_other() for i in self.in_use.values() if i.alive) or (
            watched is not None and watched.stopped()
        ):
            return "the target is stopped (by a debugger or job control)"
        return None

    def leave(self) -> None:
        """Let go of what the plan holds in the target's processes."""
        for instance in self.in_use.values():
            if instance.levers.paused:
                instance.levers.resume()
            instance.levers.restore_descriptors()


def _failed(problem: TargetProblem) -> Relaunched:
    return Relaunched(same_port=True, failed=problem.message, output=problem.output)
