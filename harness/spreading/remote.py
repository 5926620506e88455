"""What a Dask worker calls: a task as bytes, an answer as bytes.

The task is done in a process beside the worker (``pool.py``), as on a machine without Dask.  So it
is alone in its cell, can be ended, and does not keep the worker from its scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from harness._version import __version__
from harness.spreading.crew import Limits
from harness.spreading.pool import Pool
from harness.spreading.tasks import Working, packed

GLANCE = 0.5
"""Seconds between two looks at whether the task is still wanted."""
GONE = ("cancelled", "released", "forgotten")
"""What Dask calls a task that nobody wants any more, on its worker."""
NOTHING = b""
"""Instead of an answer: it was dropped before there was one."""
_mine = threading.local()
_given_up: set[str] = set()
"""Runs whose tasks nobody waits for any more."""


def give_up(run: str) -> None:
    """Called on each worker: let the tasks of ``run`` come to their end soon, and tell."""
    _given_up.add(run)


def perform(
    version: str, task: bytes, cell: bool, limits: tuple[float, int, int], topic: str
) -> bytes:
    """Do ``task``.  ``topic``: where to tell how far it is; empty: each task has a fresh process.

    Returns NOTHING when nobody wanted it any more and it had nothing to tell.
    Raises RuntimeError where this worker has another version.
    """
    if version != __version__:
        raise RuntimeError(f"this worker has echo-harness {__version__}, and {version} asks it")
    ties = _ties(topic)
    if ties.given_up():
        return NOTHING
    fresh = not topic
    pool = Pool(1, Limits(*limits), fresh=True) if fresh else _pool(limits)
    try:
        return _done(pool, task, cell, ties)
    finally:
        if fresh:
            pool.close()


def _pool(limits: tuple[float, int, int]) -> Pool:
    """The process of this thread, which goes on to the next task: a launch less for each."""
    if getattr(_mine, "limits", None) != limits:
        _mine.pool, _mine.limits = Pool(1, Limits(*limits), fresh=False), limits
    pool: Pool = _mine.pool
    return pool


class Ties(NamedTuple):
    """What ties a task to who asked.

    ``given_up``: whether no more is wanted of it.  ``tell``: tells how far it is.
    """

    given_up: Callable[[], bool]
    tell: Callable[[bytes], None]


def _done(pool: Pool, task: bytes, cell: bool, ties: Ties) -> bytes:
    pool.put(0, task, cell=cell)
    given_up = False
    while True:
        if not given_up and ties.given_up():
            given_up = True
            pool.give_up()
        for news in pool.news(GLANCE):
            if isinstance(news.told, Working):
                ties.tell(packed(news.told))
            else:
                return NOTHING if news.told is None else packed(news.told)


def _ties(topic: str) -> Ties:
    """Of the task that this thread does."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()

    def given_up() -> bool:
        state = worker.state.tasks.get(key)
        return run_of(str(key)) in _given_up or state is None or state.state in GONE

    def tell(told: bytes) -> None:
        worker.log_event(topic, (str(key), told))

    return Ties(given_up, tell)


def key_of(run: str, number: int) -> str:
    """What Dask calls task ``number`` of ``run``."""
    return f"{run}-{number}"


def run_of(key: str) -> str:
    """The run of a task that Dask calls ``key``."""
    return key.rpartition("-")[0]


def number_of(key: str) -> int:
    """Its number in that run."""
    return int(key.rpartition("-")[2])
