"""Our end of the nursery, the process that forks wardens: one while anybody needs them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from harness.host.shortage import shortage
from harness.system import tree

ENDS_WITHIN = 30.0
"""Seconds for a nursery to end, which it does when its wardens have."""
GLANCE = 0.1


class Nursery:
    """The process that wardens are forked from."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        program = str(Path(__file__).with_name("nursery.py"))
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", program, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    # Who reads what we write must not wait for another process to end.
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            raise
        self._socket = ours
        self.users = 0
        self.owner = os.getpid()
        """A process that was forked from ours needs one of its own."""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def warden(self) -> socket.socket:
        """Fork a warden; returns our end of its control socket."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._socket, [b"w"], [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        return ours

    def wake(self) -> None:
        """Continue it if somebody has stopped it."""
        if self.alive and tree.is_held(self.pid):
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Let it end, which it does after its wardens, and wait for it."""
        self._socket.close()
        deadline = time.monotonic() + ENDS_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=GLANCE)
                return
            self.wake()
        self._process.kill()
        self._process.wait()


_lock = threading.Lock()
_nursery: Nursery | None = None


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """What every keeper needs starts at once, in the background, and stays while this lasts.

    What the machine lacks for it, it lacks a moment later too, and is told then.
    """
    try:
        enter()
    except Exception as error:
        if shortage(error) is None:
            raise
        yield
        return
    try:
        yield
    finally:
        leave()


def enter() -> Nursery:
    """Be one of those who need it, until ``leave``.  Raises OSError."""
    with _lock:
        nursery = _started()
        nursery.users += 1
        return nursery


def leave() -> None:
    """The last one closes it."""
    global _nursery
    with _lock:
        if _nursery is None:
            return
        _nursery.users -= 1
        if not _nursery.users:
            _nursery.close()
            _nursery = None


def warden() -> tuple[Nursery, socket.socket]:
    """A new warden's nursery and our end of its socket.  Raises OSError."""
    with _lock:
        nursery = _started()
        try:
            return nursery, nursery.warden()
        except OSError:
            if nursery.alive:
                raise
            nursery = _started()
            return nursery, nursery.warden()


def _started() -> Nursery:
    """The nursery, a new one if there is none or somebody has killed it."""
    global _nursery
    if _nursery is not None and _nursery.owner == os.getpid():
        if _nursery.alive:
            return _nursery
        users = _nursery.users
        _nursery.close()
        _nursery = None
        _nursery = Nursery()
        _nursery.users = users
        return _nursery
    _nursery = Nursery()
    return _nursery
