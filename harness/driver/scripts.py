"""What a loop does with scripts, whatever their clients speak: steps elsewhere, meetings, ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, cast

from harness.driver.manner import Manner
from harness.driver.meetings import Turn
from harness.driver.operations import ON_TARGET
from harness.driver.poller import READ, Poller
from harness.driver.schedule import Schedule
from harness.driver.world import A, World
from harness.launcher.fleet import Fleet
from harness.values.plan import Meet

SILENT_FROM = 1.0
"""Seconds without progress from which a target counts as silent instead of slow."""


class Scripts(Generic[A]):
    """The scripts of one performance.  ``clock``: seconds, as `time.monotonic` counts them."""

    clients: list[A]
    """Who performs each, by its index."""

    def __init__(
        self,
        scripts: Sequence[Turn],
        fleet: Fleet,
        manner: Manner,
        clock: Callable[[], float],
    ) -> None:
        self.manner = manner
        self.schedule = Schedule(scripts)
        self.world = World[A](fleet, manner, self.schedule.kinds, clock)
        self.left = len(scripts)
        """Scripts that have not ended."""
        self._ends = 0
        """The ends of instances that scripts have been told of."""
        self._next: list[int] = []
        """Those that may begin, since all that they come after have ended."""

    def _heed_the_target(self, poller: Poller[Any]) -> None:
        """Have ``poller`` tell of the target's processes, as None, and know the one that runs."""
        world, keeper = self.world, self.world.fleet.keeper
        if keeper is None:
            return
        keeper.poll()
        poller.watch(keeper.fileno(), READ, None)
        if (current := world.fleet.current) is not None and current.alive:
            world.uses(current)

    def _an_end_was_heard(self) -> bool:
        """Whether an instance has ended since this was asked last.  The poller does not tell of an
        end that somebody else has heard of, such as a script that asked for something."""
        keeper = self.world.fleet.keeper
        ends = self._ends if keeper is None else keeper.ends
        heard, self._ends = ends != self._ends, ends
        return heard

    def _perform_elsewhere(self, client: A, step: Any) -> bool:
        """Perform a step that is not about the client's bytes; returns whether it is done."""
        world = self.world
        if isinstance(step, Meet):
            is_done = self._meet(client, step.place)
        else:
            is_done = ON_TARGET[type(step)](world, client, step)
        if is_done:
            client.memory = None
            world.now = world.clock()
            client.performed(world.now)
        return is_done

    def _meet(self, client: A, place: str) -> bool:
        meetings = self.schedule.meetings
        assert meetings is not None
        if client.memory is None:
            client.memory = meetings.arrive(client.index, place)
            if meetings.all_there(place, client.memory):
                self._recheck(meetings.of(place))
        return meetings.all_there(place, cast("int", client.memory))

    def _recheck(self, indexes: Iterable[int]) -> None:
        """Let those who wait for others look again, in the next turn of the loop."""
        for index in indexes:
            self.world.wake_at(self.world.now, self.clients[index])

    def _ended(self, client: A) -> None:
        """The client's script has ended: its instance is free, and others may begin."""
        self.left -= 1
        if client.instance is not None:
            self.world.users[client.instance.ident].append(client.index)
            self.world.fleet.release(client.instance)
        self._next += self.schedule.end(client.index)
        if self.schedule.meetings is not None:
            self._recheck(self.schedule.meetings.end(client.index))
