"""The event loop: advances every script, and owns the one wait."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

from harness.driver import writing
from harness.driver.brief import Brief
from harness.driver.client import Client
from harness.driver.meetings import Meetings
from harness.driver.poller import READ, Poller
from harness.driver.silence import Silence
from harness.driver.steps import PERFORM
from harness.driver.telling import await_deaths, trace_of
from harness.errors import MachineProblem, TargetProblem
from harness.host.halting import GLANCE
from harness.launcher.fleet import Fleet
from harness.launcher.instance import Instance
from harness.values.plan import Meet, Plan
from harness.values.trace import Measurement, Relaunched, Trace

SOONEST = 0.05
"""Seconds of silence, and between two looks at the time, below which nothing is looked at."""

SILENT_FROM = 1.0
"""Seconds without progress from which a target counts as silent instead of slow."""
STOPPED_FOR = 0.5
"""Seconds by which a turn of the loop takes longer than it waits when more is wrong than a busy
machine."""


def perform(
    plan: Plan,
    fleet: Fleet,
    *,
    patience: float,
    rate: float | None = None,
    record: bool = True,
    hurry: bool = False,
    limit: Callable[[], float] | None = None,
    ask: bool = False,
    end_patience: float | None = None,
    brief: Brief | None = None,
    persist: bool = False,
) -> Trace:
    """Do what ``plan`` says, on the instances of ``fleet``, and return what happened.

    ``patience``: seconds without any progress after which waiting ends.  ``rate``: the most new
    connections a second.  ``record``: keep timelines.  ``hurry``: once patience has ended, scripts
    that have not begun are left out, and a reply that is wrong is not watched for long.
    ``limit``: seconds for the whole plan while bytes still move, asked for again and again; without
    it `limit_for` says.  ``ask``: when an echo has been waited for in vain for a third of the
    patience, end that client's side.  A target that closes then without the rest has lost it; if
    the rest comes, ``Trace.spoilt`` is set.  ``end_patience``: seconds to wait where only the end
    of connections is still missing, for a target that is known not to end them.  ``brief``: counts
    waits without insisting over several plans.  ``persist``: go on though bytes are wrong or
    missing: each message is sent, and what has not come at the end of a wait that does not insist
    is no longer waited for; the timeline says ``went on`` there, and is kept whole.

    Raises TargetProblem when the target cannot be launched, Halted when the run is given up; what
    the machine lacks is in ``Trace.unable``.
    """
    return Loop(
        plan,
        fleet,
        patience=patience,
        rate=rate,
        record=record,
        hurry=hurry,
        limit=limit,
        ask_after=patience / 3 if ask else None,
        end_patience=end_patience,
        brief=brief,
        persist=persist,
    ).run()


def limit_for(patience: float) -> float:
    """Seconds that a plan may take while bytes still move: five times the patience, at least 15.

    A target that moves a few bytes now and then would otherwise be waited for without end.
    """
    return max(15.0, 5 * patience)


class Pacer:
    """Spaces out new connections of a whole run, for targets that limit their rate."""

    next_at = 0.0


class Loop:
    def __init__(
        self,
        plan: Plan,
        fleet: Fleet,
        *,
        patience: float,
        rate: float | None,
        record: bool,
        hurry: bool = False,
        limit: Callable[[], float] | None = None,
        ask_after: float | None = None,
        end_patience: float | None = None,
        brief: Brief | None = None,
        persist: bool = False,
    ) -> None:
        self.fleet = fleet
        self.silence = Silence(self, patience, ask_after=ask_after, end_patience=end_patience)
        self.rate = rate
        self.record = record
        self.hurry = hurry
        self.persist = persist
        self.limit = limit or (lambda: limit_for(patience))
        self.poller: Poller[Client | None] = Poller()
        self.now = self.began = self.moved = time.monotonic()
        self.clients = [Client(self, i, script) for i, script in enumerate(plan.scripts)]
        self.live = len(self.clients)
        self.measurements: list[Measurement] = []
        self.relaunched: Relaunched | None = None
        self.unable: str | None = None
        self.slow: float | None = None
        self.spoilt = False
        self.brief = brief or Brief()
        self.held_up = 0.0
        """Seconds spent on launching instances, or stopped, which are nobody's progress."""
        self._turned = (self.now, 0.0)
        """When the loop last looked at the time, and ``held_up`` then."""
        self._next: list[Client] = []
        """Those that may begin, since all that they come after have ended."""
        self._timers: list[tuple[float, int, Client]] = []
        self._ticket = itertools.count()
        self._waiting_for = [len(script.after) for script in plan.scripts]
        self._dependents: dict[int, list[int]] = defaultdict(list)
        for i, script in enumerate(plan.scripts):
            for j in script.after:
                self._dependents[j].append(i)
        self.kinds = {type(step) for script in plan.scripts for step in script.steps}
        """The steps that occur in the plan."""
        meeting = plan.scripts if Meet in self.kinds else ()
        self.meetings = Meetings(meeting, lambda i: self.clients[i].finished is not None)
        self.in_use: dict[int, Instance] = {}
        self.asked: set[int] = set()
        self.users: dict[int, list[int]] = defaultdict(list)

    # --- what clients and steps use -------------------------------------------------------------

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def progress(self) -> None:
        """Something moved: patience begins anew."""
        self.moved = self.now

    @property
    def patience(self) -> float:
        """Seconds without progress after which waiting ends, as things stand."""
        return self.silence.patience

    def wake_at(self, at: float, client: Client) -> None:
        heapq.heappush(self._timers, (at, next(self._ticket), client))

    def may_connect(self, client: Client) -> bool:
        """Whether the rate allows a new connection now."""
        if self.rate is None:
            return True
        if self.now < Pacer.next_at:
            self.wake_at(Pacer.next_at, client)
            return False
        Pacer.next_at = self.now + 1.0 / self.rate
        return True

    def acquire(self) -> Instance | None:
        before = self.now
        instance = self.fleet.acquire()
        self.now = self.moved = time.monotonic()
        self.held_up += self.now - before
        self._note_instance(instance)
        return instance

    def _note_instance(self, instance: Instance | None) -> None:
        if instance is not None:
            self.in_use[instance.ident] = instance

    def arrive(self, client: Client, place: str) -> int:
        """``client`` has come to ``place``; returns which visit this is."""
        visit = self.meetings.arrive(client.index, place)
        if self.meetings.all_there(place, visit):
            self._recheck(place)
        return visit

    def expect_exit(self, instance: Instance) -> None:
        self._note_instance(instance)
        self.asked.add(instance.ident)

    def relaunch(self, client: Client) -> None:
        current = client.instance or self.fleet.current
        assert current is not None
        self.expect_exit(current)
        try:
            instance = self.fleet.relaunch()
        except TargetProblem as problem:
            self.relaunched = Relaunched(
                same_port=True, failed=problem.message, output=problem.output
            )
        else:
            self.relaunched = Relaunched(same_port=instance.address == current.address)
            self._note_instance(instance)
        self.now = time.monotonic()
        self.progress()

    # --- the loop -------------------------------------------------------------------------------

    def run(self) -> Trace:
        keeper = self.fleet.keeper
        if keeper is not None:
            keeper.poll()
            self.poller.watch(keeper.fileno(), READ, None)
            if (current := self.fleet.current) is not None and current.alive:
                self._note_instance(current)
        try:
            try:
                self._perform()
            finally:
                self._leave()
            await_deaths(self)
        except MachineProblem as problem:
            self.unable = problem.message
        return trace_of(self)

    def _perform(self) -> None:
        for client in self.clients:
            if not self._waiting_for[client.index]:
                self._advance(client)
        look_at = 0.0
        while self.live:
            timeout = self._timeout()
            for ready, mask in self.poller.wait(timeout):
                self.now = time.monotonic()
                if ready is None:
                    assert self.fleet.keeper is not None
                    self.fleet.keeper.poll()
                    self._advance_all()
                else:
                    ready.on_event(mask)
                    self._advance(ready)
            self.now = time.monotonic()
            self._note_gap(timeout)
            self._wake()
            if self.now - self.moved >= SOONEST or self.silence.patience < SOONEST:
                self.silence.look()
            if self.now >= look_at:
                look_at = self.now + SOONEST
                self._glance()
                taken = self.now - self.began - self.held_up
                if self.live and taken > self.limit() and not self._is_silent():
                    self._cut_short()

    def _note_gap(self, waited: float) -> None:
        """Time in which this process did not run is nobody's silence: somebody has stopped it, or
        the machine had no core for it.

        ``waited``: the seconds that may have passed since the last turn of the loop.
        """
        last, known = self._turned
        gap = self.now - last - waited - (self.held_up - known)
        if gap > STOPPED_FOR:
            self.moved = min(self.now, self.moved + gap)
            self.held_up += gap
        self._turned = (self.now, self.held_up)

    def _glance(self) -> None:
        """See that the run goes on, and that the warden does."""
        self.fleet.halt.check()
        if self.fleet.keeper is not None and self.fleet.keeper.poll():
            self._advance_all()

    def _timeout(self) -> float:
        if self._next:
            return 0.0
        now = self.now
        until = self.silence.ends_at()
        if self._timers:
            first = self._timers[0][0]
            # A silence that is over its time and goes on is held by somebody who waits on purpose.
            until = first if until <= now else min(until, first)
        return min(max(0.0, until - now), GLANCE)

    def _wake(self) -> None:
        while self._next:
            begins, self._next = self._next, []
            for client in begins:
                self._advance(client)
        if not self._timers or self._timers[0][0] > self.now:
            return
        woken = []
        while self._timers and self._timers[0][0] <= self.now:
            woken.append(heapq.heappop(self._timers)[2])
        for client in dict.fromkeys(woken):
            if client.finished is None:
                if client.writings:
                    writing.write(client)
                client.want()
                self._advance(client)

    def _advance(self, client: Client) -> None:
        """Perform ``client``'s steps as far as they go without waiting."""
        if client.finished is not None:
            return
        steps = client.steps
        end = len(steps)
        while client.pc < end:
            step = steps[client.pc]
            if not PERFORM[type(step)](client, step):
                return
            client.pc += 1
            self.moved = self.now  # also what ends a wait on purpose is progress
            client.scratch = None
        self.finish(client)

    def _advance_all(self) -> None:
        for client in self.clients:
            if not self._waiting_for[client.index]:
                self._advance(client)

    def _recheck(self, place: str) -> None:
        """Let those who wait at ``place`` look again, in the next turn of the loop."""
        for i in self.meetings.of(place):
            self.wake_at(self.now, self.clients[i])

    def finish(self, client: Client) -> None:
        client.finished = self.elapsed()  # later than whatever this client has seen
        self.live -= 1
        client.end_script()
        if client.instance is not None:
            self.users[client.instance.ident].append(client.index)
            self.fleet.release(client.instance)
        if self.meetings:
            for place in self.meetings.places_of(client.index):
                self._recheck(place)
        for i in self._dependents.get(client.index, ()):
            self._waiting_for[i] -= 1
            if not self._waiting_for[i]:
                self._next.append(self.clients[i])

    def _is_silent(self) -> bool:
        """Nothing moves any more: that is no slowness, and patience is about to end it."""
        return self.now - self.moved >= SILENT_FROM and not self.silence.is_on_purpose()

    def _cut_short(self) -> None:
        """The target is slow beyond reason: leave it there.  What came so far can be judged."""
        self.slow = self.elapsed()
        self._leave_it()

    def spoil(self) -> None:
        """The rest did come: the target is late, and the plan cannot go on as it should."""
        self.spoilt = True
        self._leave_it()

    def _leave_it(self) -> None:
        for client in self.clients:
            if client.finished is None:
                client.leave()
                self.finish(client)

    # --- what silence is about ------------------------------------------------------------------

    def under_way(self) -> Iterator[Client]:
        """Those that have begun, or may, and have not ended."""
        return (c for c in self.clients if c.finished is None and not self._waiting_for[c.index])

    @property
    def paced(self) -> bool:
        """Whether the rate allows no connection at the moment."""
        return self.rate is not None and Pacer.next_at > self.now

    @property
    def target_is_paused(self) -> bool:
        return any(i.paused for i in self.in_use.values())

    def note_who_is_stopped(self) -> None:
        """A target that is stopped cannot be blamed for its silence."""
        watched = self.fleet.watched
        if any(i.stopped_by_other() for i in self.in_use.values() if i.alive) or (
            watched is not None and watched.stopped()
        ):
            self.unable = "the target is stopped (by a debugger or job control)"
        if self.target_is_paused:
            self.unable = "the plan kept the target paused until patience ended"

    # --- the end --------------------------------------------------------------------------------

    def _leave(self) -> None:
        for client in self.clients:
            if client.finished is None:
                client.end_script()
        for instance in self.in_use.values():
            if instance.paused:
                instance.resume()
            instance.restore_descriptors()
        self.poller.close()
