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
from harness.lane import Lane
from harness.verdict import Result

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
) -> Iterator[Check | Result]:
    """Yield each check when it starts and its result when it ends, in the order this happens.

    ``lanes`` make lanes on demand, the first for the checks that work.  Closing the generator, or
    an exception in it, stops the lanes after the check that each performs.
    """
    if len(lanes) == 1:
        lane = lanes[0]()
        for check in checks:
            if stop():
                return
            yield check
            yield lane.run(check, context)
        return
    working = deque(unit for unit in _units(checks) if not unit[0].waits)
    waiting = deque(
        sorted((u for u in _units(checks) if u[0].waits), key=lambda unit: -unit[0].waits)
    )
    events: queue.SimpleQueue[Check | Result | BaseException | None] = queue.SimpleQueue()
    halt = threading.Event()

    def work(make: Callable[[], Lane], mine: deque[Unit], then: deque[Unit]) -> None:
        try:
            lane = make()
            while not halt.is_set():
                try:
                    unit = (mine or then).popleft()
                except IndexError:
                    break
                for check in unit:
                    events.put(check)
                    events.put(lane.run(check, context))
        except BaseException as error:
            events.put(error)
        finally:
            events.put(None)

    threads = []
    for number, make in enumerate(lanes):
        mine, then = (working, waiting) if number == 0 else (waiting, working)
        thread = threading.Thread(target=work, args=(make, mine, then), daemon=True)
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
