"""Stopping a tree of processes for a while."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.system import tree

SPAWNS = """
import os, sys
print(flush=True)
os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ,
               file_actions=[(os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)])
os.read(int(sys.argv[2]), 1)
"""
"""Spawns a program whose standard input is a pipe with a name: until somebody opens its other end
the child does not get to that program, and its parent waits for it as nothing can stop."""

PENDING_STOP = 1 << (signal.SIGSTOP - 1)


def pending(pid: int) -> int:
    """The signals that wait for ``pid``, as a mask."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("ShdPnd"))


def until(what: object) -> None:
    assert callable(what)
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture
def spawning(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A process in the middle of spawning another, and the pipe that holds it there."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reads, writes = os.pipe()
    words = [sys.executable, "-c", SPAWNS, str(fifo), str(reads)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, pass_fds=[reads]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until(lambda: "D" in tree.thread_states(process.pid))
        try:
            yield process.pid, fifo
        finally:
            everyone = tree.family(process.pid)
            tree.send_signal(everyone, signal.SIGKILL)
            os.close(reads)
            os.close(writes)


def test_who_is_about_to_spawn_a_program_is_paused(spawning: tuple[int, Path]) -> None:
    """Its child goes on until it has that program, since its parent cannot stop before; then both
    stand still."""
    pid, fifo = spawning
    caught: list[list[int]] = []

    def pause() -> None:
        family = tree.family(pid)
        with contextlib.suppress(Exception):
            caught.append(tree.pause(family, lambda: tree.family(pid), patience=10.0))

    pausing = threading.Thread(target=pause)
    pausing.start()
    until(
        lambda: pending(pid) & PENDING_STOP
    )  # the child may be stopped by now, and the parent not
    opened = os.open(fifo, os.O_RDWR)  # which waits for nobody
    pausing.join(20)
    os.close(opened)
    assert len(caught) == 1
    assert sorted(caught[0]) == sorted(tree.family(pid))
    assert all(tree.is_stopped(each) for each in caught[0])
