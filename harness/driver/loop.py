"""The event loop: advances every script, and owns the one wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from harness.driver.actions import FINISH, HALF_CLOSE, SPOIL
from harness.driver.client import Client
from harness.driver.conversation import NEVER, Conversation
from harness.driver.manner import Manner
from harness.driver.scripts import SILENT_FROM, Scripts
from harness.driver.silence import Due, Silence, is_on_purpose, who_is_owed, who_waits
from harness.driver.steps import advance
from harness.driver.telling import Course, await_deaths, trace_of
from harness.driver.timeline import ALL_KEPT, KEPT, Timeline
from harness.driver.traffic import Traffic
from harness.errors import MachineProblem
from harness.host.halting import GLANCE
from harness.launcher.fleet import Fleet
from harness.values.plan import Plan
from harness.values.trace import Trace

SOONEST = 0.05
"""Seconds of silence, and between two looks at the time, below which nothing is looked at."""


def perform(plan: Plan, fleet: Fleet, manner: Manner) -> Trace:
    """Do what ``plan`` says, on the instances of ``fleet``, and return what happened.

    Raises TargetProblem when the target cannot be launched, Halted when the run is given up; what
    the machine lacks is in ``Trace.unable``.
    """
    return Loop(plan, fleet, manner).run()


class Loop(Scripts[Client]):
    """One performance of a plan.  ``clock``: seconds, as `time.monotonic` counts them."""

    def __init__(
        self,
        plan: Plan,
        fleet: Fleet,
        manner: Manner,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(plan.scripts, fleet, manner, clock)
        world = self.world
        self.silence = Silence(world.pulse, manner, self.schedule.kinds)
        self.traffic = Traffic(world)
        record, kept = manner.record, ALL_KEPT if manner.persist else KEPT
        self.clients = [
            Client(i, Conversation(script, world.pulse, Timeline(kept) if record else None))
            for i, script in enumerate(plan.scripts)
        ]
        self.talks: dict[int, Conversation] = {}
        """Those that have begun, or may, and have not ended."""
        self.course = Course()

    # --- the loop -------------------------------------------------------------------------------

    def run(self) -> Trace:
        self._heed_the_target(self.traffic.poller)
        try:
            try:
                self._perform()
            finally:
                self._leave()
            await_deaths(self.world, self.clients)
        except MachineProblem as problem:
            self.course.unable = problem.message
        return trace_of(self.world, self.clients, self.course)

    def _perform(self) -> None:
        world, traffic, keeper = self.world, self.traffic, self.world.fleet.keeper
        clock, pulse, wait = world.clock, world.pulse, traffic.poller.wait
        self._begin(self.schedule.first())
        look_at = 0.0
        while self.left:
            timeout = self._timeout()
            for client, mask in wait(timeout):
                world.now = clock()
                if client is None:
                    assert keeper is not None
                    keeper.poll()
                    self._advance_all()
                else:
                    traffic.on_event(client, mask)
                    self._advance(client)
            world.now = now = clock()
            world.note_turn(timeout)
            self._wake()
            if self._an_end_was_heard():
                self._advance_all()
            if now - pulse.moved >= SOONEST or pulse.patience < SOONEST:
                self._look_at_silence()
            if now >= look_at:
                look_at = now + SOONEST
                self._glance()

    def _timeout(self) -> float:
        if self._next:
            return 0.0
        world = self.world
        until = self.silence.ends_at(self.talks.values())
        if (first := world.next_timer) is not None:
            # A silence that is over its time and goes on is held by somebody who waits on purpose.
            until = first if until <= world.now else min(until, first)
        return min(max(0.0, until - world.now), GLANCE)

    def _wake(self) -> None:
        while self._next:
            begins, self._next = self._next, []
            self._begin(begins)
        for client in self.world.woken():
            client.talk.outgoing.blocked = False
            self._advance(client)

    def _glance(self) -> None:
        """See that the run goes on, that the warden does, and that the plan is not too long."""
        world = self.world
        world.fleet.halt.check()
        if world.fleet.keeper is not None and world.fleet.keeper.poll():
            self._advance_all()
        over = self.left and world.taken() > self.manner.seconds() and not self._is_silent()
        if over and not world.wait_for_a_core():
            # Slow beyond reason: leave the target there.  What came so far can be judged.
            self.course.slow = world.elapsed()
            self._leave_it()

    # --- scripts --------------------------------------------------------------------------------

    def _begin(self, indexes: Iterable[int]) -> None:
        for i in indexes:
            client = self.clients[i]
            if client.talk.outcome.finished is None:
                self.talks[i] = client.talk
                self._advance(client)

    def _advance(self, client: Client) -> None:
        """Go on with the client's script as far as it goes without waiting."""
        talk, world = client.talk, self.world
        if talk.outcome.finished is not None:
            return
        carry_out = self.traffic.carry_out
        while True:
            action = advance(talk, world.now)
            if action is None:
                if talk.wake < NEVER and talk.wake != client.wakes_at:
                    client.wakes_at = talk.wake
                    world.wake_at(talk.wake, client)
                break
            if action is FINISH:
                self._finish(client)
                return
            if act := carry_out.get(type(action)):
                if not act(client, action):
                    break
            elif action is SPOIL:
                # The rest did come: the target is late, and the plan cannot go on as it should.
                self.course.spoilt = True
                self._leave_it()
                return
            elif not self._perform_elsewhere(client, action):
                break
        self.traffic.watch(client)

    def _advance_all(self) -> None:
        for i in sorted(self.talks):
            self._advance(self.clients[i])

    def _finish(self, client: Client) -> None:
        talk, world = client.talk, self.world
        # Looked at anew, so that it is later than whatever this client has seen.
        talk.outcome.finished = world.clock() - world.pulse.began
        self.talks.pop(client.index, None)
        self.traffic.close(client, talk.drop())
        self._ended(client)

    def _leave_it(self) -> None:
        """Leave the plan, whatever is still owed."""
        for client in self._unfinished():
            client.talk.note(self.world.clock(), "left: the plan takes too long")
            self.traffic.close(client, client.talk.leave(self.world.clock()))
            self._finish(client)

    def _unfinished(self) -> list[Client]:
        return [client for client in self.clients if client.talk.outcome.finished is None]

    # --- silence --------------------------------------------------------------------------------

    def _is_silent(self) -> bool:
        """Nothing moves any more: that is no slowness, and patience is about to end it."""
        return self.world.now - self.world.pulse.moved >= SILENT_FROM and not self._is_on_purpose()

    def _is_on_purpose(self) -> bool:
        return self.world.paced or is_on_purpose(self.talks.values(), self.world.now)

    def _look_at_silence(self) -> None:
        """Do what is due: nothing, ask for the rest, or give up."""
        if self._is_on_purpose():
            return
        due = self.silence.due(self.world.now, self.talks.values())
        if due is Due.GIVE_UP and not self.world.wait_for_a_core():
            self._give_up()
        elif due is Due.ASK and not self.world.target_is_paused:
            self._ask_for_the_rest()

    def _ask_for_the_rest(self) -> None:
        waited = self.world.now - self.world.pulse.moved
        for i in who_is_owed(self.talks):
            client = self.clients[i]
            client.talk.ask(waited, self.world.clock())
            self.traffic.half_close(client, HALF_CLOSE)

    def _give_up(self) -> None:
        """Nothing has moved for too long: every script that waits for the target gives up."""
        world, pulse = self.world, self.world.pulse
        waited = world.now - pulse.moved
        if why := world.why_silent():
            self.course.unable = why
        waiting = [self.clients[i] for i in who_waits(self.talks)] or self._unfinished()
        pulse.moved = world.now
        owing = not all(client.talk.all_echoed for client in waiting)
        for client in waiting:
            self.traffic.close(client, client.talk.give_up(waited, world.clock()))
            self._finish(client)
        if not self.course.unable:
            self.silence.expect_less(owing=owing)
        if self.manner.hurry:
            for client in self._unfinished():
                if client.talk.pc == 0 and not client.talk.held:
                    self._finish(client)

    # --- the end --------------------------------------------------------------------------------

    def _leave(self) -> None:
        for client in self._unfinished():
            self.traffic.close(client, client.talk.drop())
        self.world.leave()
        self.traffic.poller.close()
