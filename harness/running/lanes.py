"""Running checks in several lanes at once.

The first lane takes the checks of the simple exchange, the second those that disturb the target,
and the others those that mostly wait on purpose, so that their waiting costs no time.  Each lane
has an instance of its own.  A lane that has nothing left to do helps the others.

The search by random plans is for what nothing else has found, so the first lane does it once all
is begun that can fail quickly.  After a failure it is short, and one of the others does it soon.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator

from harness.contract.check import Check, Context
from harness.host.halting import GLANCE, Halt
from harness.running.lane import Lane
from harness.values.events import Event
from harness.values.verdict import Result

Last = Callable[[Lane, Callable[[Event], None]], Result]
"""Work for one of the lanes, besides the checks, with somebody to tell events to."""

Unit = tuple[Check, ...]
"""Checks that one lane performs in one go, since they share their plan."""


def _units(checks: list[Check]) -> list[Unit]:
    units: dict[str, Unit] = {}
    for check in checks:
        key = check.shares or check.id
        units[key] = (*units.get(key, ()), check)
    return list(units.values())


SIMPLE = frozenset({"launch", "identity", "chunking", "shutdown"})
"""The groups whose working checks the first lane begins with."""


def _queues(checks: list[Check]) -> tuple[deque[Unit], deque[Unit], deque[Unit]]:
    """What to perform: simple exchanges, disturbances, and what waits (longest first)."""
    simple: deque[Unit] = deque()
    disturbing: deque[Unit] = deque()
    waiting: list[Unit] = []
    for unit in _units(checks):
        if unit[0].waits:
            waiting.append(unit)
        else:
            (simple if unit[0].group in SIMPLE else disturbing).append(unit)
    return simple, disturbing, deque(sorted(waiting, key=lambda unit: -unit[0].waits))


def run_lanes(
    checks: list[Check],
    lanes: list[Callable[[], Lane]],
    context: Context,
    *,
    stop: Callable[[], bool],
    broken: Callable[[], bool] = lambda: False,
    last: Last | None = None,
    halt: Halt | None = None,
) -> Iterator[Check | Result | Event]:
    """Yield each check when it starts and its result when it ends, in the order this happens.

    ``lanes`` make lanes on demand, the first for the simple exchanges.  ``last`` is done by one of
    them, the sooner when ``broken`` says that a check has failed; its events are passed on.
    Raises Halted when ``halt`` says that the run is given up, after what was found out until then.
    Closing the generator, or an exception in it, gives the run up.
    """
    halt = halt or Halt()
    crew = Crew(checks, context, broken, last)
    threads: list[threading.Thread] = []
    try:
        for number, make in enumerate(lanes[: crew.useful]):
            thread = threading.Thread(target=crew.work, args=(make, number), daemon=True)
            thread.start()
            threads.append(thread)
        yield from _events(crew, len(threads), stop, halt)
    except BaseException as error:
        halt.give_up()
        crew.join(threads)
        if isinstance(error, KeyboardInterrupt):
            yield from crew.rest()
        raise
    finally:
        crew.join(threads)


def _events(
    crew: Crew, threads: int, stop: Callable[[], bool], halt: Halt
) -> Iterator[Check | Result | Event]:
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
    """What the lanes share: the work that is left, and the events that they report."""

    def __init__(
        self,
        checks: list[Check],
        context: Context,
        broken: Callable[[], bool],
        last: Last | None,
    ) -> None:
        self.context = context
        self.broken = broken
        self.last = deque([last] if last is not None else [])
        self.simple, self.disturbing, self.waiting = _queues(checks)
        self.useful = 1 + bool(self.disturbing) + len(self.waiting)
        """Lanes for which there is work."""
        self.events: queue.SimpleQueue[Check | Result | Event | BaseException | None] = (
            queue.SimpleQueue()
        )
        """None: a lane has ended.  An exception: one has failed."""
        self.halt = threading.Event()

    def join(self, threads: list[threading.Thread]) -> None:
        """Let each lane end after what it does."""
        self.halt.set()
        for thread in threads:
            thread.join()

    def rest(self) -> Iterator[Check | Result | Event]:
        """What the lanes have told of and nobody has heard yet."""
        with contextlib.suppress(queue.Empty):
            while True:
                event = self.events.get_nowait()
                if event is not None and not isinstance(event, BaseException):
                    yield event

    def work(self, make: Callable[[], Lane], number: int) -> None:
        """The work of one lane, in its thread."""
        try:
            lane = make()
            aside = number > 0
            self._take(lane, (self.simple, self.disturbing, self.waiting)[min(number, 2)], aside)
            if number == 0:
                self._take(lane, self.disturbing)
                self._search(lane)
            for units in (self.waiting, self.disturbing, self.simple):
                self._take(lane, units, aside)
            self._search(lane)
        except BaseException as error:
            self.events.put(error)
        finally:
            self.events.put(None)

    def _search(self, lane: Lane) -> None:
        """Do what is to be done last, unless another lane has taken it."""
        if self.halt.is_set():
            return
        try:
            last = self.last.popleft()
        except IndexError:
            return
        self.events.put(last(lane, self.events.put))

    def _take(self, lane: Lane, units: deque[Unit], aside: bool = False) -> None:
        """Perform ``units``.  ``aside``: this lane may leave them to others for a short search."""
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
