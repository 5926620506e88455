"""A crew of Dask's workers, on whatever machines they are (https://distributed.dask.org).

Dask moves tasks to workers, and again to others when a worker is gone.  What it moves is bytes: no
code of ours or the user's is sent, so each worker has echo-harness installed.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
import time
import uuid
from typing import Any

import msgspec

from harness._version import __version__
from harness.errors import ClusterProblem, UsageProblem
from harness.spreading import pool, remote
from harness.spreading.crew import Limits, News
from harness.spreading.tasks import Lost, told_of

CONNECT_WITHIN = 10.0
"""Seconds for a scheduler to answer."""
WORKERS_WITHIN = 30.0
"""Seconds without any worker after which nobody waits for one."""
LOOK = 2.0
"""Seconds between two looks at how many workers there are."""
RESULT_WITHIN = 60.0
GRACE = pool.GRACE + 5.0
"""Seconds in which tasks under way still tell what they have found out when all is given up."""
EXTRA = "Install it: pip install 'echo-harness[cluster]'."


class Cluster:
    """The workers of the scheduler at ``url``.

    Raises UsageProblem where Dask is not installed, ClusterProblem where nobody answers.
    """

    def __init__(self, url: str, limits: Limits, *, fresh: bool) -> None:
        self._limits = (limits.seconds, limits.memory, limits.processes)
        self._name = f"echo-harness-{uuid.uuid4().hex[:12]}"
        self._topic = "" if fresh else self._name
        self._news: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._futures: dict[int, Any] = {}
        self._given_up = math.inf
        """When nobody waits any more for tasks that were given up."""
        self._workers = 0
        self._looked = self._alone_since = 0.0
        self._client: Any = _client(url)
        if self._topic:
            self._client.subscribe_topic(self._topic, self._heard)
        self._look()

    @property
    def workers(self) -> int:
        return max(1, self._workers)

    def put(self, number: int, task: bytes, *, cell: bool, soon: bool = False) -> None:
        future = self._client.submit(
            remote.perform,
            __version__,
            task,
            cell,
            self._limits,
            self._topic,
            key=remote.key_of(self._name, number),
            pure=False,
            priority=int(soon),
            retries=0,
        )
        self._futures[number] = future
        future.add_done_callback(lambda done: self._news.put((number, done)))

    def news(self, seconds: float) -> list[News]:
        ends = time.monotonic() + seconds
        found: list[News] = []
        with contextlib.suppress(queue.Empty):
            while True:
                left = 0.0 if found else max(0.0, ends - time.monotonic())
                number, what = self._news.get(timeout=left) if left else self._news.get_nowait()
                found += self._read(number, what)
        if time.monotonic() > self._given_up:
            self._drop(set(self._futures))
        self._look()
        return found

    def give_up(self) -> None:
        """Tasks that no worker has are dropped; the others are told to come to their end."""
        self._given_up = time.monotonic() + GRACE
        begun: set[int] = set()
        with contextlib.suppress(Exception):
            for keys in self._client.processing().values():
                begun |= {remote.number_of(key) for key in keys if remote.run_of(key) == self._name}
        self._drop(set(self._futures) - begun)
        # Elsewhere, since a worker that hangs keeps all others from their answer to this.
        threading.Thread(target=self._tell_workers, daemon=True).start()

    def _tell_workers(self) -> None:
        with contextlib.suppress(Exception):
            self._client.run(remote.give_up, self._name, on_error="ignore")

    def _drop(self, numbers: set[int]) -> None:
        """Want no more of these tasks; there is news of each."""
        futures = [self._futures.pop(number) for number in numbers]
        for number in sorted(numbers):
            self._news.put((number, None))
        if futures:
            with contextlib.suppress(Exception):
                self._client.cancel(futures, force=True)

    def close(self) -> None:
        self._drop(set(self._futures))
        with contextlib.suppress(Exception):
            self._client.close(timeout=5)

    def _heard(self, event: tuple[Any, tuple[str, bytes]]) -> None:
        """Something that a worker tells of a task under way; called in the client's own thread."""
        key, told = event[1]
        self._news.put((remote.number_of(key), told))

    def _read(self, number: int, what: Any) -> list[News]:
        if what is None:
            return [News(number, None)]
        if number not in self._futures:
            return []  # given up, or told of already
        if isinstance(what, bytes):
            return [News(number, told_of(what))]
        status = what.status
        if status == "cancelled":
            raise self._gone()
        del self._futures[number]
        if status == "error":
            return [News(number, self._lost(what.exception()))]
        try:
            answer = what.result(timeout=RESULT_WITHIN)
            return [News(number, None if answer == remote.NOTHING else told_of(answer))]
        except msgspec.DecodeError as error:
            why = f"The worker gave no answer that can be read: {error}"
            return [News(number, Lost(why, whose="harness"))]
        except Exception as error:
            raise self._gone() from error

    def _lost(self, error: BaseException) -> Lost:
        """A task that Dask gave up, or that could not even begin."""
        name = type(error).__name__
        if name == "KilledWorker":
            return Lost("Each worker that judged it was gone before it had an answer.")
        if isinstance(error, ImportError | RuntimeError):
            raise ClusterProblem(
                f"the workers cannot do it: {error}.",
                f"Install echo-harness {__version__} where they run.",
                step="cluster",
            ) from error
        return Lost(f"Its worker failed: {name}: {error}", whose="harness")

    def _gone(self) -> ClusterProblem:
        return ClusterProblem(
            "the scheduler is not there any more.",
            "What ran until then is reported; start it again and repeat the command.",
            step="cluster",
        )

    def _look(self) -> None:
        """See how many workers there are.  Raises ClusterProblem."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        if self._client.status not in ("running", "connecting"):
            raise self._gone()
        with contextlib.suppress(Exception):
            self._workers = sum(self._client.nthreads().values())
        if self._workers:
            self._alone_since = 0.0
            return
        self._alone_since = self._alone_since or now
        if now - self._alone_since > WORKERS_WITHIN:
            raise ClusterProblem(
                f"the scheduler has had no worker for {WORKERS_WITHIN:.0f} s.",
                "Start some: dask worker URL",
                step="cluster",
            )


def _client(url: str) -> Any:
    """A connection to the scheduler at ``url``."""
    try:
        from distributed import Client
        from distributed.comm.addressing import get_address_host_port
    except ImportError as error:
        raise UsageProblem(f"--scheduler needs Dask ({error}).", EXTRA) from error
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it, we say ourselves
    try:
        # A client that could not be made asks for its end for 20 s, and prints a traceback then.
        _host, port = get_address_host_port(url, strict=False)
        if not 0 < port < 65536:
            raise ValueError(f"{port} is no port")
        make: Any = Client
        return make(url, timeout=CONNECT_WITHIN, set_as_default=False, name="echo-harness")
    except ValueError as error:
        raise UsageProblem(f"--scheduler {url}: {error}.", "Such as tcp://HOST:8786.") from error
    except (OSError, TimeoutError) as error:
        raise ClusterProblem(
            f"no scheduler answers at {url} within {CONNECT_WITHIN:.0f} s.",
            "Start one with 'dask scheduler', and give the address that it prints.",
            step="cluster",
        ) from error
