"""What becomes of the tasks of a cluster that are given up, by a made-up client of Dask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from harness.spreading import cluster, remote
from harness.spreading.crew import Limits, News
from harness.spreading.tasks import Lost, packed


class Future:
    """An answer that is still to come."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.status = "pending"
        self._answer = b""
        self._done: Callable[[Future], None] = lambda future: None

    def add_done_callback(self, call: Callable[[Future], None]) -> None:
        self._done = call

    def result(self, timeout: float) -> bytes:
        return self._answer

    def comes(self, answer: bytes) -> None:
        self.status, self._answer = "finished", answer
        self._done(self)


class Client:
    """Dask's client, as far as a crew uses it.  ``begun``: the keys that a worker has."""

    status = "running"

    def __init__(self) -> None:
        self.futures: dict[str, Future] = {}
        self.begun: list[str] = []
        self.cancelled: set[str] = set()
        self.told = threading.Event()
        """The workers know that the run is given up."""

    def submit(self, *_: object, key: str, **__: object) -> Future:
        self.futures[key] = Future(key)
        return self.futures[key]

    def processing(self) -> dict[str, list[str]]:
        return {"tcp://one": self.begun, "tcp://other": ["somebody-else-0"]}

    def nthreads(self) -> dict[str, int]:
        return {"tcp://one": 1}

    def cancel(self, futures: list[Future], *, force: bool) -> None:
        self.cancelled |= {future.key for future in futures}

    def run(self, function: object, run: str, *, on_error: str) -> None:
        assert function is remote.give_up
        self.told.set()

    def subscribe_topic(self, topic: str, call: object) -> None:
        """Nobody tells anything under way."""

    def close(self, timeout: float) -> None:
        """Nothing is open."""


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr(cluster, "_client", lambda url: made)
    return made


def given_up(
    client: Client, tasks: int, begun: tuple[int, ...]
) -> tuple[cluster.Cluster, list[str]]:
    """A crew with so many tasks that has just been given up, and the keys of its tasks."""
    crew = cluster.Cluster("tcp://made-up", Limits(), fresh=False)
    for number in range(tasks):
        crew.put(number, b"a task", cell=False)
    keys = list(client.futures)
    client.begun = [keys[number] for number in begun]
    crew.give_up()
    return crew, keys


def test_what_waits_is_cancelled_and_what_runs_is_heard(client: Client) -> None:
    """A worker that has begun is told to end, and what it tells then is taken."""
    crew, keys = given_up(client, 4, begun=(1, 2))
    assert crew.news(0.2) == [News(0, None), News(3, None)]
    assert client.told.wait(5)
    assert client.cancelled == {keys[0], keys[3]}
    client.futures[keys[2]].comes(packed(Lost("in part")))
    client.futures[keys[1]].comes(remote.NOTHING)
    assert crew.news(0.2) == [News(2, Lost("in part")), News(1, None)]
    crew.close()
    assert client.cancelled == {keys[0], keys[3]}


def test_who_does_not_tell_in_time_is_dropped(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker may hang; nobody waits for it for ever."""
    monkeypatch.setattr(cluster, "GRACE", 0.0)
    crew, keys = given_up(client, 1, begun=(0,))
    found = crew.news(0.01) + crew.news(0.2)
    assert found == [News(0, None)]
    assert client.cancelled == {keys[0]}
    client.futures[keys[0]].comes(packed(Lost("too late")))
    assert crew.news(0.01) == []


def test_a_scheduler_that_does_not_answer_keeps_nobody(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is known to have begun, and there is news of every task."""

    def gone(*_: object, **__: object) -> Any:
        raise OSError("connection refused")

    for name in ("processing", "run", "cancel"):
        monkeypatch.setattr(client, name, gone)
    crew, _ = given_up(client, 2, begun=(0, 1))
    assert crew.news(0.2) == [News(0, None), News(1, None)]


def test_a_worker_does_nothing_for_a_run_that_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that had waited on the worker itself, and one that comes there late."""
    key = remote.key_of("echo-harness-1", 7)
    state = SimpleNamespace(tasks={key: SimpleNamespace(state="executing")})
    worker = SimpleNamespace(get_current_task=lambda: key, state=state)
    monkeypatch.setattr("distributed.get_worker", lambda: worker)
    monkeypatch.setattr(remote, "_given_up", set())
    assert not remote._ties("").given_up()
    remote.give_up(remote.run_of(key))
    assert remote.perform(remote.__version__, b"not looked at", True, (1.0, 1, 1), "") == b""
