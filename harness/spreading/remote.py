"""What a Dask worker calls: a task as bytes, an answer as bytes.

The task is done in a process beside the worker (``pool.py``), as on a machine without Dask.  So it
is alone in its cell, can be ended, and does not keep the worker from its scheduler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from harness._version import __version__
from harness.spreading.crew import Limits
from harness.spreading.pool import Pool
from harness.spreading.tasks import Lost, Working, packed

GLANCE = 0.5
"""Seconds between two looks at whether the task is still wanted."""
GONE = ("cancelled", "released", "forgotten")
"""What Dask calls a task that nobody wants any more, on its worker."""
_mine = threading.local()


def perform(
    version: str, task: bytes, cell: bool, limits: tuple[float, int, int], topic: str
) -> bytes:
    """Do ``task``.  ``topic``: where to tell how far it is; empty: each task has a fresh process.

    Raises RuntimeError where this worker has another version.
    """
    if version != __version__:
        raise RuntimeError(f"this worker has echo-harness {__version__}, and {version} asks it")
    fresh = not topic
    pool = Pool(1, Limits(*limits), fresh=True) if fresh else _pool(limits)
    try:
        return _done(pool, task, cell, topic)
    finally:
        if fresh:
            pool.close()


def _pool(limits: tuple[float, int, int]) -> Pool:
    """The process of this thread, which goes on to the next task: a launch less for each."""
    if getattr(_mine, "limits", None) != limits:
        _mine.pool, _mine.limits = Pool(1, Limits(*limits), fresh=False), limits
    pool: Pool = _mine.pool
    return pool


def _done(pool: Pool, task: bytes, cell: bool, topic: str) -> bytes:
    unwanted, tell = _ties(topic)
    pool.put(0, task, cell=cell)
    given_up = False
    while True:
        if not given_up and unwanted():
            given_up = True
            pool.give_up()
        for news in pool.news(GLANCE):
            if isinstance(news.told, Working):
                tell(packed(news.told))
            else:
                return packed(news.told or Lost("it was given up"))


def _ties(topic: str) -> tuple[Callable[[], bool], Callable[[bytes], None]]:
    """Whether Dask still wants the task that this thread does, and how to tell who asked."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()

    def unwanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state in GONE

    def tell(told: bytes) -> None:
        worker.log_event(topic, (str(key), told))

    return unwanted, tell
