"""The crew of processes: what becomes of a task whatever becomes of its worker.

The workers here are small programs that speak the same frames: a task tells them what to do.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.spreading import pool as pools
from harness.spreading import worker
from harness.spreading.crew import MIB, Limits, News
from harness.spreading.forking import Template
from harness.spreading.pool import Pool
from harness.spreading.tasks import Lost

PROGRAM = """
import os, select, subprocess, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
while head := os.read(0, 4):
    task = os.read(0, int.from_bytes(head, "big")).decode()
    word, _, what = task.partition(" ")
    with open(folder / "log", "a") as log:
        log.write(f"{os.getpid()} {task}\\n")
    if word == "die" or (word == "die-once" and not (folder / what).exists()):
        (folder / what).touch()
        print("the last words", file=sys.stderr)
        os._exit(7)
    if word == "killed":
        os.kill(os.getpid(), 9)
    if word == "eat":
        kept = b"x" * (int(what) << 20)
        time.sleep(60)
    if word == "breed":
        kept = [subprocess.Popen(["sleep", "60"]) for _ in range(int(what))]
        time.sleep(60)
    if word == "deaf":
        time.sleep(60)
    if word == "dies":
        select.select([0], [], [], 60)
        os._exit(7)
    if word == "wait":
        select.select([0], [], [], 60)
    answer = b"nonsense" if word == "nonsense" else task.encode()
    os.write(1, len(answer).to_bytes(4, "big") + answer)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the workers, all made of PROGRAM, say what they do."""
    monkeypatch.setattr(worker, "PROGRAM", ("-S", "-c", PROGRAM, str(tmp_path)))
    monkeypatch.setattr(pools, "_read", lambda frame: Lost(frame.decode(), whose="nobody"))
    monkeypatch.setattr(pools, "LOOK", 0.05)
    monkeypatch.setattr(pools, "template", lambda: None)
    return tmp_path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The processes that were started; at the end none of them is left."""
    pids: list[int] = []
    make = worker.Worker.__init__

    def noted(self: worker.Worker, *, cell: bool, template: Template | None) -> None:
        make(self, cell=cell, template=template)
        pids.append(self.pid)

    monkeypatch.setattr(worker.Worker, "__init__", noted)
    yield pids
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def done(pool: Pool, *tasks: str, fresh: bool = True) -> list[News]:
    """The news of ``tasks``, in their order."""
    for number, task in enumerate(tasks):
        pool.put(number, task.encode(), cell=False)
    found: list[News] = []
    while len(found) < len(tasks):
        found += pool.news(5)
    pool.close()
    return sorted(found, key=lambda news: news.number)


def why(news: News) -> str:
    assert isinstance(news.told, Lost)
    return news.told.why


def make(size: int = 2, *, fresh: bool = True, **limits: float) -> Pool:
    return Pool(size, Limits(**limits), fresh=fresh)  # type: ignore[arg-type]


def test_nothing_is_left_in_the_temporary_folder(
    folder: Path, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of workers that were killed."""
    (folder / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    done(make(), "a", "killed")
    assert not list((folder / "tmp").iterdir())


def test_every_task_is_done_once(folder: Path, started: list[int]) -> None:
    """Each by a worker of its own, where that is wanted."""
    assert [why(news) for news in done(make(), "a", "b", "c")] == ["a", "b", "c"]
    assert len(started) == 3


def test_workers_go_on(folder: Path, started: list[int]) -> None:
    """Where tasks may share one."""
    assert [why(n) for n in done(make(2, fresh=False), *"abcdef")] == list("abcdef")
    assert len(started) <= 2


def test_a_worker_that_dies_loses_nothing(folder: Path, started: list[int]) -> None:
    """Its task is done again by another one."""
    found = done(make(), "die-once x", "b")
    assert [why(news) for news in found] == ["die-once x", "b"]


def test_who_kills_every_worker_is_given_up(folder: Path, started: list[int]) -> None:
    """And nobody else has anything of it."""
    found = done(make(), "die x", "b", "killed")
    assert why(found[0]) == (
        "The process that judged it ended with status 7: the last words, 2 times."
    )
    assert why(found[1]) == "b"
    assert why(found[2]) == "The process that judged it ended by SIGKILL, 2 times."
    assert (folder / "log").read_text().count("die x") == 2


def test_too_much_memory_ends_one_only(folder: Path, started: list[int]) -> None:
    """What it was is told, with the bound."""
    found = done(make(memory=100 * MIB), "eat 300", "b")
    assert "MiB of memory, more than 100 MiB." in why(found[0])
    assert why(found[1]) == "b"
    assert (folder / "log").read_text().count("eat") == 1


def test_too_many_processes_end_one_only(folder: Path, started: list[int]) -> None:
    """Also those that it has started."""
    (found,) = done(make(processes=4), "breed 8")
    assert "processes, more than 4." in why(found)


def test_who_takes_too_long_may_tell_what_it_has(folder: Path, started: list[int]) -> None:
    """It is the end of its input that ends it."""
    found = done(make(seconds=0.3), "wait", "b")
    assert why(found[0]) == "wait"
    assert why(found[1]) == "b"


def test_who_does_not_listen_is_killed(
    folder: Path, started: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon after its time."""
    monkeypatch.setattr(pools, "GRACE", 0.1)
    (found,) = done(make(seconds=0.2), "deaf")
    assert why(found) == "It took longer than 0 s."


def test_giving_up_drops_what_waits_and_hears_what_runs(folder: Path, started: list[int]) -> None:
    """Within moments, and there are news of every task."""
    pool = make(1)
    for number, task in enumerate(("wait", "b", "c")):
        pool.put(number, task.encode(), cell=False)
    pool.news(0.2)
    began = time.monotonic()
    pool.give_up()
    found: list[News] = []
    while len(found) < 3:
        found += pool.news(5)
    pool.close()
    told = {news.number: news.told for news in found}
    assert told[1] is told[2] is None
    assert isinstance(told[0], Lost) and told[0].why == "wait"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("task", ["deaf", "dies"])
def test_who_has_nothing_to_tell_at_the_end_is_dropped(
    folder: Path, started: list[int], monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    """It did not take too long, and is not done again: nobody wants it any more."""
    monkeypatch.setattr(pools, "GRACE", 0.1)
    pool = make(1)
    pool.put(0, task.encode(), cell=False)
    while not (folder / "log").exists():
        pool.news(0.05)
    pool.give_up()
    found = pool.news(5)
    pool.close()
    assert found == [News(0, None)]
    assert len(started) == 1


def test_an_answer_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a fault of nobody but us."""
    told = pools._read(b"nonsense")
    assert isinstance(told, Lost)
    assert told.whose == "harness"
