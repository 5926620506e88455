"""Workers that are forked from a template: how they are started, and how each end is told."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.spreading import forking
from harness.spreading.crew import Limits
from harness.spreading.forking import Forked, Template
from harness.spreading.pool import Pool
from harness.system import tree
from tests.support.serving import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")

PROGRAM = """
import os, signal, sys, time
from harness.spreading import child, template

def work(folder, *, cell):
    word, _, what = folder.partition(" ")
    if word == "exit":
        os._exit(int(what))
    if word == "raise":
        raise ValueError(what)
    if word == "kill":
        os.kill(os.getpid(), int(what))
    if word == "look":
        print(sorted(os.listdir("/proc/self/fd"), key=int)[:-1], os.getsid(0) == os.getpid(), cell)
    if word == "echo":
        print(sys.stdin.read(), flush=True)
    sys.stdout.flush()

child.preload = lambda: None
child.work = work
template.main()
"""


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> Iterator[Template]:
    """One whose workers do what their folder is called."""
    monkeypatch.setattr(forking, "PROGRAM", ("-c", PROGRAM))
    made = Template()
    with contextlib.closing(made):
        yield made


@contextlib.contextmanager
def forked(
    template: Template, word: str, path: Path, *, cell: bool = False
) -> Iterator[tuple[Forked, int]]:
    """A worker, and what goes to its input; what it writes goes to ``path``."""
    theirs, ours = os.pipe()
    with path.open("wb") as written, open(ours, "wb", closefd=True):
        made = template.start(
            word, cell=cell, standard=(theirs, written.fileno(), written.fileno())
        )
        os.close(theirs)
        assert made is not None
        with contextlib.closing(made):
            yield made, ours


@pytest.mark.parametrize(
    ("word", "status"), [("look", 0), ("exit 7", 7), ("raise it", 1), ("kill 9", -9)]
)
def test_how_it_ended_is_told(template: Template, tmp_path: Path, word: str, status: int) -> None:
    """Its own status, as for any process that we start."""
    with forked(template, word, tmp_path / "written") as (worker, _):
        assert worker.wait(10) == status
        assert worker.poll() == worker.returncode == status


def test_what_it_dies_of_is_written(template: Template, tmp_path: Path) -> None:
    """To its standard error, as by Python itself."""
    with forked(template, "raise it", tmp_path / "written") as (worker, _):
        worker.wait(10)
    assert (tmp_path / "written").read_text().endswith("ValueError: it\n")


def test_it_has_nothing_of_the_template(template: Template, tmp_path: Path) -> None:
    """Three descriptors and a session of its own, also where others run."""
    with forked(template, "echo", tmp_path / "other") as (other, _):
        eventually(lambda: other.pid, "it is born")
        with forked(template, "look", tmp_path / "written", cell=True) as (worker, _):
            assert worker.wait(10) == 0
    assert (tmp_path / "written").read_text() == "['0', '1', '2'] True True\n"


def test_it_waits_for_its_input_and_can_be_ended(template: Template, tmp_path: Path) -> None:
    """Also when it is not there yet; that takes no time then."""
    with forked(template, "echo", tmp_path / "written") as (worker, _):
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.0)
        worker.kill()
        assert worker.wait(10) == -signal.SIGKILL
        worker.kill()


def test_the_end_of_the_template_ends_its_workers(template: Template, tmp_path: Path) -> None:
    """None of them is left, and nobody waits for one."""
    with forked(template, "echo", tmp_path / "written") as (worker, _):
        eventually(lambda: worker.pid, "it is born")
        pid = worker.pid
        template.close()
        assert worker.wait(10) == -signal.SIGKILL
        eventually(lambda: not psutil.pid_exists(pid), "it is gone")


def test_a_template_that_is_gone_is_done_without(template: Template, tmp_path: Path) -> None:
    """What it was asked for ends, and nothing is asked of it any more."""
    with forked(template, "echo", tmp_path / "written") as (worker, _):
        eventually(lambda: worker.pid, "it is born")
        pid = worker.pid
        template._process.kill()
        assert worker.wait(10) == -signal.SIGKILL
        eventually(lambda: not psutil.pid_exists(pid) or _is_zombie(pid), "it is ended")
    null = os.open(os.devnull, os.O_RDWR)
    assert template.start("look", cell=False, standard=(null, null, null)) is None
    os.close(null)


def test_a_template_that_is_stopped_goes_on(template: Template, tmp_path: Path) -> None:
    """It is told to, whoever has stopped it."""
    os.kill(template._process.pid, signal.SIGSTOP)
    with forked(template, "exit 0", tmp_path / "written") as (worker, _):
        eventually(lambda: tree.is_held(template._process.pid), "it is stopped")
        assert not worker.pid
        template.wake()
        assert worker.wait(10) == 0


def _is_zombie(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_only_several_workers_have_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a single one it would be a process more."""
    made: list[str] = []
    monkeypatch.setattr("harness.spreading.pool.template", lambda: made.append("one"))
    monkeypatch.setattr("harness.spreading.worker.PROGRAM", ("-S", "-c", "input()"))
    for size, fresh in ((1, False), (2, False), (1, True)):
        with contextlib.closing(Pool(size, Limits(), fresh=fresh)) as pool:
            pool.put(0, b"task", cell=False)
            pool.news(0.0)
        made.append(f"{size} {fresh}")
    assert made == ["1 False", "one", "2 False", "one", "1 True"]
