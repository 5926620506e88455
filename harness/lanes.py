"""Running checks in several lanes at once.

The first lane takes the checks that work; the others take those that mostly wait on purpose, each
on an instance of its own, so that their waiting costs no time.
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
    working = deque(unit for unit in _units(checks) if not unit[0].waits)
    waiting = deque(
        sorted((u for u in _units(checks) if u[0].waits), key=lambda unit: -unit[0].waits)
    )
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

    def work(make: Callable[[], Lane], first: bool) -> None:
        try:
            lane = make()
            take(lane, working if first else waiting)
            if first and last is not None and not halt.is_set():
                events.put(last(lane, events.put))
            take(lane, waiting if first else working)
        except BaseException as error:
            events.put(error)
        finally:
            events.put(None)

    threads = []
    for number, make in enumerate(lanes[: 1 + len(waiting)]):
        thread = threading.Thread(target=work, args=(make, number == 0), daemon=True)
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
