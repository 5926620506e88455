"""Our end of the template that workers are forked from (template.py): orders, and how each ends."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

PROGRAM = ("-P", "-m", "harness.spreading.template")
"""-P: a submission named socket.py, where we are, is not what we import."""
ENDS_WITHIN = 10.0
"""Seconds for the template to end, after which it is killed."""


class Forked:
    """A worker that is or will be forked, with what is used of `subprocess.Popen`.

    ``line``: where its process id and its wait status are told.
    """

    def __init__(self, line: int) -> None:
        os.set_blocking(line, False)
        self._line: int | None = line
        self._heard = b""
        self._handle: int | None = None
        """Refers to the process, whoever has its number by now (pidfd_open(2))."""
        self._pid = 0
        self.returncode: int | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 as long as that is not known."""
        if not self._pid:
            self.poll()
        return self._pid

    def poll(self) -> int | None:
        """How it has ended, as ``returncode`` counts; None: it has not."""
        if self._line is None:
            return self.returncode
        with contextlib.suppress(BlockingIOError):
            while told := os.read(self._line, 4096):
                self._heard += told
            self._ended(self._heard.split())
            return self.returncode
        self._born(self._heard.split())
        return None

    def _born(self, numbers: list[bytes]) -> None:
        if numbers and not self._pid:
            self._pid = int(numbers[0])
            with contextlib.suppress(OSError):
                self._handle = os.pidfd_open(self._pid)

    def _ended(self, numbers: list[bytes]) -> None:
        """Nothing more is told: it has ended, or the template has, and then nobody knows more."""
        self._pid = self._pid or (int(numbers[0]) if numbers else 0)
        known = len(numbers) > 1
        if not known:
            self._kill()
        self.returncode = (
            os.waitstatus_to_exitcode(int(numbers[1])) if known else -int(signal.SIGKILL)
        )
        self.close()

    def wait(self, timeout: float) -> int:
        """Wait for its end.  Raises subprocess.TimeoutExpired."""
        self._await(lambda: self.poll() is not None, timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("worker", timeout)
        return self.returncode

    def kill(self) -> None:
        """End it, also when it is not there yet."""
        self._await(lambda: bool(self.pid) or self.returncode is not None, ENDS_WITHIN)
        if self.returncode is None:
            self._kill()

    def _kill(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def _await(self, happened: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not happened() and self._line is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            poll = select.poll()
            poll.register(self._line, select.POLLIN)
            poll.poll(left * 1000)

    def close(self) -> None:
        """Hear no more of it."""
        for fd in (self._line, self._handle):
            if fd is not None:
                os.close(fd)
        self._line = self._handle = None


class Template:
    """The process that workers are forked from.  Raises OSError where it cannot be started."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, *PROGRAM, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for us
                )
        except BaseException:
            self._orders.close()
            raise

    def start(self, folder: str, *, cell: bool, standard: tuple[int, int, int]) -> Forked | None:
        """Have a worker forked, with ``standard`` as its standard streams, as soon as can be.

        None: the template is gone.
        """
        ours, theirs = os.pipe()
        try:
            order = json.dumps([folder, cell]).encode()
            socket.send_fds(self._orders, [order], [*standard, theirs])
        except OSError:
            os.close(ours)
            return None
        finally:
            os.close(theirs)
        return Forked(ours)

    def wake(self) -> None:
        """Let it go on if somebody has stopped it."""
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Let it end, with all that it has forked."""
        self._orders.close()
        self.wake()
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def template() -> Template | None:
    """A new one; None where workers are started one by one."""
    if sys.platform != "linux":
        return None
    try:
        return Template()
    except OSError:
        return None  # what the machine lacks shows with the first worker, and is told
