"""The event loop for datagrams: advances every client, and owns the one wait.

It is to `Asking` what `loop.py` is to `Conversation`, and shares what surrounds a plan with it: the
time and the instances (`World`), who may begin (`Schedule`), what acts on the target.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from harness.driver.asking import Asking, Do, Out
from harness.driver.manner import Manner
from harness.driver.post import Client, Post
from harness.driver.scripts import SILENT_FROM, Scripts
from harness.driver.telling import await_ends, deaths_of
from harness.driver.timeline import ALL_KEPT, KEPT, Timeline
from harness.errors import MachineProblem
from harness.host.halting import GLANCE
from harness.launcher.fleet import Fleet
from harness.values.datagrams import DatagramPlan, DatagramTrace
from harness.values.plan import Meet, Wait

SOONEST = 0.02
"""Seconds between two looks at the time, and at whether the run goes on."""
ONCE_STUCK = 1.0
"""Seconds of patience, at least, for the rest of a plan in which it has ended once."""
STUCK_AGAIN = 0.3


def perform(plan: DatagramPlan, fleet: Fleet, manner: Manner) -> DatagramTrace:
    """Do what ``plan`` says, on the instances of ``fleet``, and return what happened.

    Raises TargetProblem when the target cannot be launched, Halted when the run is given up; what
    the machine lacks is in ``DatagramTrace.unable``.
    """
    return DatagramLoop(plan, fleet, manner).run()


class DatagramLoop(Scripts[Client]):
    """One performance of a plan.  ``clock``: seconds, as `time.monotonic` counts them."""

    def __init__(
        self,
        plan: DatagramPlan,
        fleet: Fleet,
        manner: Manner,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(plan.scripts, fleet, manner, clock)
        world = self.world
        kept = ALL_KEPT if manner.persist else KEPT
        self.clients = [
            Client(
                i, script, Asking(script, world.pulse, Timeline(kept) if manner.record else None)
            )
            for i, script in enumerate(plan.scripts)
        ]
        self.active: dict[int, Client] = {}
        """Those that have begun, and not ended."""
        self.post = Post(world)
        self.unable: str | None = None
        self.slow: float | None = None

    # --- the loop -------------------------------------------------------------------------------

    def run(self) -> DatagramTrace:
        self._heed_the_target(self.post.poller)
        try:
            try:
                self._perform()
            finally:
                self._leave()
            self._await_deaths()
        except MachineProblem as problem:
            self.unable = problem.message
        return self._trace()

    def _perform(self) -> None:
        world = self.world
        self._begin(self.schedule.first())
        look_at = 0.0
        while self.left:
            timeout = self._timeout()
            for client, _ in self.post.poller.wait(timeout):
                world.now = world.clock()
                if client is None:
                    self._look_at_the_target()
                else:
                    self.post.receive(client)
                    self._advance(client)
            world.now = world.clock()
            world.note_turn(timeout)
            self._wake()
            if self._an_end_was_heard():
                self._look_at_the_target()
            self._look_at_silence()
            if world.now >= look_at:
                look_at = world.now + SOONEST
                self._glance()

    def _timeout(self) -> float:
        if self._next:
            return 0.0
        world = self.world
        until = world.pulse.moved + world.pulse.patience
        if until <= world.now:
            until = world.now + GLANCE
        if (first := world.next_timer) is not None:
            until = min(until, first)
        return min(max(0.0, until - world.now), GLANCE)

    def _wake(self) -> None:
        while self._next:
            begins, self._next = self._next, []
            self._begin(begins)
        for client in self.world.woken():
            self._advance(client)

    def _glance(self) -> None:
        world = self.world
        world.fleet.halt.check()
        if world.fleet.keeper is not None and world.fleet.keeper.poll():
            self._look_at_the_target()
        over = self.left and world.taken() > self.manner.seconds() and not self._is_silent()
        if over and not world.wait_for_a_core():
            self.slow = world.elapsed()
            for client in self._unfinished():
                client.note(world.clock(), "left: the plan takes too long")
                self._finish(client)

    def _look_at_the_target(self) -> None:
        """Something is told of the target's processes: scripts may wait for that."""
        if self.world.fleet.keeper is not None:
            self.world.fleet.keeper.poll()
        for client in list(self.active.values()):
            self._advance(client)

    # --- scripts --------------------------------------------------------------------------------

    def _begin(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            client = self.clients[index]
            if client.talk.finished is None:
                self.active[index] = client
                self._advance(client)

    def _advance(self, client: Client) -> None:
        """Go on with the client's script as far as it goes without waiting."""
        talk, world = client.talk, self.world
        while talk.finished is None:
            action = talk.advance(world.now)
            if action is None:
                self.post.wake_at(client, talk.wake)
                return
            if isinstance(action, Out):
                if not self.post.send(client, action):
                    return
            elif action is Do.FINISH:
                self._finish(client)
            elif action is Do.LEAVE:
                self.post.close(client)
                talk.leave(world.now)
            elif not self._perform_elsewhere(client, action):
                return

    def _finish(self, client: Client) -> None:
        world = self.world
        if client.socket is not None and not client.socket.closed:
            self.post.receive(client)
        client.talk.finished = world.clock() - world.pulse.began
        self.active.pop(client.index, None)
        self._ended(client)

    def _unfinished(self) -> list[Client]:
        return [client for client in self.clients if client.talk.finished is None]

    # --- silence --------------------------------------------------------------------------------

    def _is_silent(self) -> bool:
        """Nothing comes any more: that is no slowness, and patience is about to end it."""
        waits = self.world.paced or any(isinstance(c.talk.step, Wait) for c in self.active.values())
        return self.world.now - self.world.pulse.moved >= SILENT_FROM and not waits

    def _look_at_silence(self) -> None:
        """When nothing has moved for too long, who waits for the target gives up."""
        world, pulse = self.world, self.world.pulse
        waited = world.now - pulse.moved
        if waited < pulse.patience or world.paced or world.wait_for_a_core():
            return
        if why := world.why_silent():
            self.unable = why
        waiting = [c for c in self.active.values() if not isinstance(c.talk.step, Meet)]
        pulse.moved = world.now
        for client in waiting or self._unfinished():
            client.talk.give_up(waited, world.now)
        pulse.patience = min(pulse.patience, max(ONCE_STUCK, pulse.patience / 4))
        if waited <= ONCE_STUCK + SOONEST:
            pulse.patience = min(pulse.patience, max(STUCK_AGAIN, pulse.patience / 2))
        for client in waiting:
            self._advance(client)

    # --- the end --------------------------------------------------------------------------------

    def _leave(self) -> None:
        for client in self._unfinished():
            self._finish(client)
        for client in self.clients:
            # Only now: what comes late for one that has finished is seen as well.
            if not client.talk.left:
                self.post.receive(client)
            self.post.close(client)
        self.world.leave()
        self.post.poller.close()

    def _await_deaths(self) -> None:
        """A client that got no answer may have seen the first sign of a death."""
        keeper = self.world.fleet.keeper
        if keeper is None:
            return
        keeper.poll()
        stays = any(c.connects and not c.talk.left for c in self.clients)
        suspects = [
            c.instance
            for c in self.clients
            if c.instance is not None
            and c.instance.alive
            and c.talk.questions.unanswered
            and not (stays and c.talk.left)  # it would have had its answer, had it stayed
        ]
        await_ends(self.world, suspects)

    def _trace(self) -> DatagramTrace:
        world = self.world
        return DatagramTrace(
            scripts=tuple(client.trace for client in self.clients),
            measurements=tuple(world.measurements),
            deaths=tuple(deaths_of(world)),
            unable=self.unable or self.post.unable,
            slow=self.slow,
            duration=world.elapsed(),
            instances=tuple(c.instance.ident if c.instance else None for c in self.clients),
        )
