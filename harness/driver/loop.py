"""The event loop: advances every script, owns the one wait, and ends it when patience does."""

from __future__ import annotations

import heapq
import itertools
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

from harness.driver.brief import Brief
from harness.driver.client import Client
from harness.driver.meetings import Meetings
from harness.driver.poller import READ, Poller
from harness.driver.steps import PERFORM
from harness.errors import MachineProblem, TargetProblem
from harness.plan import AwaitEcho, AwaitEnd, Meet, Plan, Wait
from harness.target.fleet import Fleet
from harness.target.instance import Instance
from harness.trace import Death, Ending, Measurement, Relaunched, Trace

SOONEST = 0.05
"""Seconds of silence, and between two looks at the time, below which nothing is looked at."""
ONCE_STUCK = 1.0
"""Seconds of patience, at least, for the rest of a plan in which it has ended once."""
STUCK_AGAIN = 0.1
"""The same when it has ended more than once, and bytes were missing each time."""
DEATH_SHOWS_WITHIN = 0.3
"""Seconds: a process that crashes closes its sockets first and is reaped a moment later."""


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
    waits without insisting over several plans.

    Raises TargetProblem when the target cannot be launched; what the machine lacks is in
    ``Trace.unable``.
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
    ) -> None:
        self.fleet = fleet
        self.patience = patience
        self.rate = rate
        self.record = record
        self.hurry = hurry
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
        self.ask_after = ask_after
        self.end_patience = end_patience
        self._silences = 0
        """How often patience has ended while bytes were missing."""
        self._asked_in = 0.0
        """``moved`` of the silence in which the rest was asked for already."""
        self.launching = 0.0
        """Seconds spent on launching instances, which are nobody's progress."""
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
        self._in_use: dict[int, Instance] = {}
        self._asked: set[int] = set()
        self._users: dict[int, list[int]] = defaultdict(list)

    # --- what clients and steps use -------------------------------------------------------------

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def progress(self) -> None:
        """Something moved: patience begins anew."""
        self.moved = self.now

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
        self.launching += self.now - before
        if instance is not None:
            self._in_use[instance.ident] = instance
        return instance

    def _note_instance(self, instance: Instance | None) -> None:
        if instance is not None:
            self._in_use[instance.ident] = instance

    def arrive(self, client: Client, place: str) -> int:
        """``client`` has come to ``place``; returns which visit this is."""
        visit = self.meetings.arrive(client.index, place)
        if self.meetings.all_there(place, visit):
            self._recheck(place)
        return visit

    def expect_exit(self, instance: Instance) -> None:
        self._note_instance(instance)
        self._asked.add(instance.ident)

    def relaunch(self, client: Client) -> None:
        current = client.instance or self.fleet.current
        assert current is not None
        self.expect_exit(current)
        try:
            instance = self.fleet.relaunch()
        except TargetProblem as problem:
            self.relaunched = Relaunched(same_port=True, failed=problem.message)
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
            self._perform()
        except MachineProblem as problem:
            self.unable = problem.message
        finally:
            self._leave()
        return self._trace()

    def _perform(self) -> None:
        for client in self.clients:
            if not self._waiting_for[client.index]:
                self._advance(client)
        look_at = 0.0
        while self.live:
            for ready, mask in self.poller.wait(self._timeout()):
                self.now = time.monotonic()
                if ready is None:
                    assert self.fleet.keeper is not None
                    self.fleet.keeper.poll()
                    self._advance_all()
                else:
                    ready.on_event(mask)
                    self._advance(ready)
            self.now = time.monotonic()
            self._wake()
            if self.now - self.moved >= SOONEST or self.patience < SOONEST:
                self._look_at_silence()
            if self.now >= look_at:
                look_at = self.now + SOONEST
                if self.now - self.began - self.launching > self.limit():
                    self._cut_short()

    def _look_at_silence(self) -> None:
        if self._timers_hold():
            return
        if self.now - self.moved >= self._patience_now():
            self._patience_ends()
        elif self._ask_is_due():
            self._ask_for_the_rest()

    def _timeout(self) -> float:
        if self._next:
            return 0.0
        now = self.now
        until = self.moved + self._patience_now()
        if self.ask_after is not None and self._asked_in != self.moved:
            until = min(until, self.moved + self.ask_after)
        if self._timers:
            first = self._timers[0][0]
            # A silence that is over its time and goes on is held by somebody who waits on purpose.
            until = first if until <= now else min(until, first)
        return max(0.0, until - now)

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
                    client.write()
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
        self._finish(client)

    def _advance_all(self) -> None:
        for client in self.clients:
            if not self._waiting_for[client.index]:
                self._advance(client)

    def _recheck(self, place: str) -> None:
        """Let those who wait at ``place`` look again, in the next turn of the loop."""
        for i in self.meetings.of(place):
            self.wake_at(self.now, self.clients[i])

    def _finish(self, client: Client) -> None:
        client.finished = self.elapsed()  # later than whatever this client has seen
        self.live -= 1
        client.end_script()
        if client.instance is not None:
            self._users[client.instance.ident].append(client.index)
            self.fleet.release(client.instance)
        if self.meetings:
            for place in self.meetings.places_of(client.index):
                self._recheck(place)
        for i in self._dependents.get(client.index, ()):
            self._waiting_for[i] -= 1
            if not self._waiting_for[i]:
                self._next.append(self.clients[i])

    def _cut_short(self) -> None:
        """The target is slow beyond reason: leave it there.  What came so far can be judged."""
        self.slow = self.elapsed()
        for client in self.clients:
            if client.finished is None:
                client.leave()
                self._finish(client)

    def _timers_hold(self) -> bool:
        """Whether somebody waits on purpose, so that silence means nothing."""
        for client in self.clients:
            if client.finished is not None or self._waiting_for[client.index]:
                continue
            if client.pc < len(client.steps) and isinstance(client.steps[client.pc], Wait):
                return True
            if client.read_not_before > self.now:
                return True
            if client.writings and client.writings[0].holds_back_until > self.now:
                return True
        return self.rate is not None and Pacer.next_at > self.now

    def _patience_now(self) -> float:
        if self.end_patience is None or self.end_patience >= self.patience:
            return self.patience
        only_ends = all(
            client.finished is not None
            or self._waiting_for[client.index]
            or (isinstance(client.steps[client.pc], AwaitEnd) and client.all_echoed)
            for client in self.clients
        )
        return self.end_patience if only_ends else self.patience

    def _patience_ends(self) -> None:
        """Nothing has moved for too long: every script that waits for the target gives up."""
        waited = self.now - self.moved
        if any(i.stopped_by_other() for i in self._in_use.values() if i.alive):
            self.unable = "the target is stopped (by a debugger or job control)"
        if any(i.paused for i in self._in_use.values()):
            self.unable = "the plan kept the target paused until patience ended"
        waiting = [
            c
            for c in self.clients
            if c.finished is None
            and not self._waiting_for[c.index]
            and not isinstance(c.steps[c.pc], Meet)
        ]
        if not waiting:  # scripts that wait for each other in a circle: a fault of the plan
            waiting = [c for c in self.clients if c.finished is None]
        self.moved = self.now
        owing = not all(client.all_echoed for client in waiting)
        for client in waiting:
            client.give_up(waited)
            self._finish(client)
        if not self.unable:  # there is something to say of the target now, and less to wait for
            self.patience = min(self.patience, max(ONCE_STUCK, self.patience / 4))
            if owing:
                if self._silences:
                    self.patience = min(self.patience, max(STUCK_AGAIN, self.patience / 2))
                self._silences += 1
        if self.hurry:
            for client in self.clients:
                if client.finished is None and client.pc == 0 and client.sock is None:
                    self._finish(client)

    def _ask_is_due(self) -> bool:
        return (
            self.ask_after is not None
            and self._asked_in != self.moved
            and self.now - self.moved >= self.ask_after
        )

    def _ask_for_the_rest(self) -> None:
        """A target that owes bytes must send them before it closes: let it know of the end."""
        self._asked_in = self.moved
        if any(i.paused for i in self._in_use.values()):
            return
        for client in self.clients:
            if client.finished is None and client.owed and self._insists(client):
                client.ask(self.now - self.moved)

    def _insists(self, client: Client) -> bool:
        step = client.steps[client.pc]
        return isinstance(step, AwaitEcho) and not step.briefly

    def spoil(self) -> None:
        """The rest did come: the target is late, and the plan cannot go on as it should."""
        self.spoilt = True
        for client in self.clients:
            if client.finished is None:
                client.leave()
                self._finish(client)

    # --- the end --------------------------------------------------------------------------------

    def _leave(self) -> None:
        for client in self.clients:
            if client.finished is None:
                client.end_script()
        for instance in self._in_use.values():
            if instance.paused:
                instance.resume()
            instance.restore_descriptors()
        self._await_deaths()
        self.poller.close()

    def _await_deaths(self) -> None:
        """A connection that ended unasked, or with RST, may be the first sign of a death."""
        keeper = self.fleet.keeper
        if keeper is None:
            return
        keeper.poll()
        suspects = [
            c.instance
            for c in self.clients
            if (
                c.ending in (Ending.NEVER, Ending.RST)
                or (c.ending is Ending.FIN and not c.ended_half_closed)
            )
            and c.stuck is None
            and c.instance is not None
            and c.instance.alive
        ]
        deadline = time.monotonic() + DEATH_SHOWS_WITHIN
        while any(i.alive for i in suspects) and (left := deadline - time.monotonic()) > 0:
            keeper.poll(left)

    def _trace(self) -> Trace:
        deaths = tuple(self._deaths())
        dead = {d.script for d in deaths if not d.asked and not d.clean}
        traces = []
        for client in self.clients:
            ended_early = client.ended is not None and not client.ended_half_closed
            if client.index in dead and ended_early:
                client.ending = Ending.DIED
            traces.append(client.trace())
        return Trace(
            scripts=tuple(traces),
            measurements=tuple(self.measurements),
            deaths=deaths,
            relaunched=self.relaunched,
            unable=self.unable,
            slow=self.slow,
            spoilt=self.spoilt,
            duration=self.elapsed(),
        )

    def _deaths(self) -> Iterator[Death]:
        for instance in self._in_use.values():
            ended = instance.exit
            if ended is None or instance.death_told:
                continue
            instance.death_told = True
            users = self._users[instance.ident]
            yield Death(
                status=ended.status,
                signal=None if ended.signal is None else signal.Signals(ended.signal).name,
                at=self.elapsed(),
                asked=instance.ident in self._asked,
                script=users[-1] if users else None,
                output=instance.output(),
            )
