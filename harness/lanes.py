"""Running checks in several lanes at once.

The first lane takes the checks of the simple exchange, the second those that disturb the target,
and the others those that mostly wait on purpose, so that their waiting costs no time.  Each lane
has an instance of its own.  A lane that has nothing left to do helps the others.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator

from harness.contract.check import Check, Context
from harness.events import Event
from harness.lane import Lane
from harness.verdict import Result

Last = Callable[[Lane, Callable[[Event], None]], Result]
"""Work for the first lane after its checks, with somebody to tell events to."""

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
    last: Last | None = None,
) -> Iterator[Check | Result | Event]:
    """Yield each check when it starts and its result when it ends, in the order this happens.

    ``lanes`` make lanes on demand, the first for the checks that work.  ``last`` is what the first
    lane does after those; its events are passed on.  Closing the generator, or an exception in
    it, stops the lanes after the check that each performs.
    """
    simple, disturbing, waiting = _queues(checks)
    events: queue.SimpleQueue[Check | Result | Event | BaseException | None] = queue.SimpleQueue()
    halt = threading.Event()

    def take(lane: Lane, units: deque[Unit]) -> None:
        while not halt.is_set():
            try:
                unit = units.popleft()
            except IndexError:
                return
            for check in unit:
                events.put(check)
                events.put(lane.run(check, context))

    def work(make: Callable[[], Lane], number: int) -> None:
        try:
            lane = make()
            if number == 0:
                take(lane, simple)
            if number <= 1:
                take(lane, disturbing)
            if number == 0 and last is not None and not halt.is_set():
                events.put(last(lane, events.put))
            for units in (waiting, disturbing, simple):
                take(lane, units)
        except BaseException as error:
            events.put(error)
        finally:
            events.put(None)

    threads = []
    for number, make in enumerate(lanes[: 1 + bool(disturbing) + len(waiting)]):
        thread = threading.Thread(target=work, args=(make, number), daemon=True)
        threads.append(thread)
        thread.start()
    try:
        ended = 0
        while ended < len(threads):
            event = events.get()
            if event is None:
                ended += 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event
                if stop():
                    halt.set()
    finally:
        halt.set()
        for thread in threads:
            thread.join()
