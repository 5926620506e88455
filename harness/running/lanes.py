"""Lanes side by side: threads, each with an instance of its own, share the checks of a run.

The first lane takes the checks of the simple exchange, the second those that disturb the target,
and the others those that mostly wait on purpose, so that their waiting costs no time.  A lane that
has nothing left to do helps the others.

The search by random plans looks for what the checks have not found.  So the first lane begins it
after the checks that do not wait.  Once a check has failed the search is short, and another lane
does it soon.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from harness.contract.check import Check, Context
from harness.host import turns
from harness.host.halting import GLANCE, Halt
from harness.running.lane import Lane
from harness.values.effort import Effort
from harness.values.events import Event
from harness.values.verdict import Result

Last = Callable[[Lane, Callable[[Event], None]], Result]
"""Work for one of the lanes, besides the checks, with somebody to tell events to."""

Unit = tuple[Check, ...]
"""Checks that one lane performs in one go, since they share their plan."""

Told = Check | Result | Event
"""A check that begins, the result of one that has ended, or an event of the search."""


class Work(NamedTuple):
    """What the lanes have to do."""

    checks: list[Check]
    context: Context
    last: Last | None = None
    """Done once, by one of the lanes: the search."""


class Signals(NamedTuple):
    """What a run asks while it is under way."""

    stop: Callable[[], bool] = lambda: False
    """Whether no more checks are to begin."""
    broken: Callable[[], bool] = lambda: False
    """Whether a check has failed, so that the search is short and comes soon."""
    halt: Halt | None = None
    """Says that the run is given up: whatever waits ends at once."""


NONE = Signals()
"""Nobody interferes."""


def _units(checks: list[Check]) -> list[Unit]:
    units: dict[str, Unit] = {}
    for check in checks:
        key = check.shares or check.id
        units[key] = (*units.get(key, ()), check)
    return list(units.values())


SIMPLE = frozenset({"launch", "identity", "chunking", "shutdown"})
"""The groups whose working checks the first lane begins with."""


class Queues(NamedTuple):
    """What is still to be performed."""

    simple: deque[Unit]
    """Simple exchanges."""
    disturbing: deque[Unit]
    waiting: deque[Unit]
    """What waits, the longest first."""
    last: deque[Unit]
    """What leaves no instance behind."""


def _queues(checks: list[Check], effort: Effort = Effort.NORMAL) -> Queues:
    queues = Queues(deque(), deque(), deque(), deque())
    for unit in _units(checks):
        check = unit[0]
        if check.waits:
            queues.waiting.append(unit)
        elif check.uses_up:
            queues.last.append(unit)
        else:
            (queues.simple if check.group in SIMPLE else queues.disturbing).append(unit)
    longest_first = sorted(queues.waiting, key=lambda unit: -unit[0].waits_at(effort))
    return queues._replace(waiting=deque(longest_first))


def run_lanes(
    work: Work, lanes: list[Callable[[], Lane]], signals: Signals = NONE
) -> Iterator[Told]:
    """Yield each check when it starts and its result when it ends, in the order this happens.

    ``lanes`` make lanes on demand, the first for the simple exchanges.  Raises Halted when the run
    is given up, after the results that there are.  Closing the generator, or an exception in it,
    gives the run up.
    """
    halt = signals.halt or Halt()
    crew = Crew(work, signals.broken)
    threads: list[threading.Thread] = []
    lanes = lanes[: crew.useful]
    crew.lanes = len(lanes)
    try:
        for number, make in enumerate(lanes):
            thread = threading.Thread(target=crew.work, args=(make, number), daemon=True)
            thread.start()
            threads.append(thread)
        yield from _events(crew, len(threads), signals.stop, halt)
    except BaseException as error:
        halt.give_up()
        crew.join(threads)
        if isinstance(error, KeyboardInterrupt):
            yield from crew.rest()
        raise
    finally:
        crew.join(threads)


def _events(crew: Crew, threads: int, stop: Callable[[], bool], halt: Halt) -> Iterator[Told]:
    ended = 0
    while ended < threads:
        halt.check()
        try:
            event = crew.events.get(timeout=GLANCE)
        except queue.Empty:
            continue
        if event is None:
            ended += 1
        elif isinstance(event, BaseException):
            raise event
        else:
            yield event
            if stop():
                crew.halt.set()


class Crew:
    """What the lanes share: the work that is left, and the queue of their events."""

    def __init__(self, work: Work, broken: Callable[[], bool]) -> None:
        self.context = work.context
        self.broken = broken
        self.last = deque([work.last] if work.last is not None else [])
        self.queues = _queues(work.checks, work.context.effort)
        self.useful = (
            1 + bool(self.queues.disturbing or self.queues.last) + len(self.queues.waiting)
        )
        """Lanes for which there is work."""
        self.events: queue.SimpleQueue[Told | BaseException | None] = queue.SimpleQueue()
        """None: a lane has ended.  An exception: one has failed."""
        self.halt = threading.Event()
        self.lanes = 1
        """That share it."""

    def more(self) -> bool:
        """Whether each of the lanes will find another check when it has done with its own."""
        queues = self.queues
        return len(queues.simple) + len(queues.disturbing) + len(queues.waiting) >= self.lanes

    def join(self, threads: list[threading.Thread]) -> None:
        """Let each lane end after what it does."""
        self.halt.set()
        for thread in threads:
            thread.join()

    def rest(self) -> Iterator[Told]:
        """The events that the lanes have put and nobody has taken yet."""
        with contextlib.suppress(queue.Empty):
            while True:
                event = self.events.get_nowait()
                if event is not None and not isinstance(event, BaseException):
                    yield event

    def work(self, make: Callable[[], Lane], number: int) -> None:
        """The work of one lane, in its thread.

        At quick effort little is sent.  At others it is much, and while the system copies the bytes
        of one lane another does not have to wait for its turn.
        """
        try:
            with turns.working() if self._is_quick else contextlib.nullcontext():
                self._work(make(), number)
        except BaseException as error:
            self.events.put(error)
        finally:
            self.events.put(None)

    def _work(self, lane: Lane, number: int) -> None:
        queues, aside = self.queues, number > 0
        lane.more = self.more
        self._take(lane, queues[min(number, 2)], aside)
        if number == 0:
            if not self._is_quick:  # where nothing may come at the end
                self._take(lane, queues.disturbing)
            self._search(lane)
        for units in (queues.waiting, queues.disturbing, queues.simple):
            self._take(lane, units, aside)
        self._search(lane)
        self._take(lane, queues.last, aside)

    @property
    def _is_quick(self) -> bool:
        return self.context.effort is Effort.QUICK

    def _search(self, lane: Lane) -> None:
        """Do the search, unless another lane has taken it."""
        if self.halt.is_set():
            return
        try:
            last = self.last.popleft()
        except IndexError:
            return
        self.events.put(last(lane, self.events.put))

    def _take(self, lane: Lane, units: deque[Unit], aside: bool = False) -> None:
        """Perform ``units``.  ``aside``: between two of them this lane may do a short search."""
        while not self.halt.is_set():
            if aside and self.broken():
                self._search(lane)
            try:
                unit = units.popleft()
            except IndexError:
                return
            for check in unit:
                self.events.put(check)
                self.events.put(lane.run(check, self.context))
