"""The harness's end of the warden: launches targets through it and hears of their deaths."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import HarnessFault
from harness.target.output import last_lines, sanitise

MARK = "ECHO_HARNESS_TARGET"
ANSWER_WITHIN = 30.0
"""Seconds; the warden answers in microseconds, so this only ends a wait for one that is gone."""


class Exit:
    """How a process ended: ``status`` (exit status) or ``signal`` (number), never both."""

    def __init__(self, wait_status: int) -> None:
        code = os.waitstatus_to_exitcode(wait_status)
        self.status = code if code >= 0 else None
        self.signal = -code if code < 0 else None

    def __str__(self) -> str:
        """``exit status 1``, ``signal SIGABRT``: as a trace's Death has it."""
        if self.signal is None:
            return f"exit status {self.status}"
        return f"signal {self.signal_name}"

    @property
    def signal_name(self) -> str | None:
        """``SIGABRT``; the number, for one of the real-time signals, which have no name."""
        if self.signal is None:
            return None
        named = self.signal in {known.value for known in signal.Signals}
        return signal.Signals(self.signal).name if named else str(self.signal)


class LaunchError(Exception):
    """exec failed with ``errno``; ``where`` is ``argv`` or ``cwd``."""

    def __init__(self, errno: int, where: str) -> None:
        super().__init__(errno, where)
        self.errno = errno
        self.where = where


class Nursery:
    """The process that wardens are forked from: one, for as long as there are keepers."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        program = str(Path(__file__).with_name("nursery.py"))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", program, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        self.users = 0
        self.owner = os.getpid()
        """A process that was forked from ours needs one of its own."""

    def warden(self) -> socket.socket:
        """Fork a warden; returns our end of its control socket."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [b"w"], [theirs.fileno()])
        return ours

    def close(self) -> None:
        """Let it end, which it does after its wardens, and wait for it."""
        self._socket.close()
        try:
            self._process.wait(timeout=ANSWER_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = threading.Lock()
_nursery: Nursery | None = None


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """What every keeper needs starts at once, in the background, and stays while this lasts."""
    with _lock:
        _started().users += 1
    try:
        yield
    finally:
        _leave_nursery()


def _started() -> Nursery:
    global _nursery
    if _nursery is None or _nursery.owner != os.getpid():
        _nursery = Nursery()
    return _nursery


def _enter_nursery() -> socket.socket:
    with _lock:
        nursery = _started()
        nursery.users += 1
        try:
            return nursery.warden()
        except OSError as error:
            raise _lost() from error


def _leave_nursery() -> None:
    """The last one closes it."""
    global _nursery
    with _lock:
        if _nursery is None:
            return
        _nursery.users -= 1
        if not _nursery.users:
            _nursery.close()
            _nursery = None


def _lost() -> HarnessFault:
    return HarnessFault(
        "the process that looks after the targets ended unexpectedly",
        "Was it killed, or is the machine out of memory?",
        step="launch",
    )


class Keeper:
    """One warden process and the processes that it launched for us.

    A file object for selectors: readable when the warden has something to say.
    """

    def __init__(self) -> None:
        self._socket = _enter_nursery()
        self._buffer = b""
        self._ids = 0
        self._launches: dict[int, dict[str, Any]] = {}
        self._outputs: dict[int, dict[str, Any]] = {}
        self.pids: dict[int, int] = {}
        """Launch id to process id, of every launch."""
        self.exits: dict[int, Exit] = {}
        """Launch id to how the launched process ended."""
        self.reaped: dict[int, Exit] = {}
        """Process id to how an adopted descendant ended."""
        self.pid = 0
        """The warden's process id: every target descends from it."""
        self.closed = False
        self._left = False
        try:
            self._await_birth()
        except HarnessFault:
            self.close()
            raise

    def _await_birth(self) -> None:
        deadline = time.monotonic() + ANSWER_WITHIN
        while not self.pid:
            if not self.poll(max(0.0, deadline - time.monotonic())):
                raise self._gone()

    def fileno(self) -> int:
        return self._socket.fileno()

    def launch(self, argv: list[str], env: dict[str, str], cwd: str | None) -> int:
        """Start ``argv``; returns the launch id.  Raises LaunchError when exec fails."""
        self._ids += 1
        ident = self._ids
        marked = {**env, MARK: f"{os.getpid()}.{ident}"}
        self._ask({"op": "launch", "id": ident, "argv": argv, "env": marked, "cwd": cwd})
        answer = self._await(self._launches, ident)
        if answer["ev"] == "failed":
            raise LaunchError(answer["errno"], answer["where"])
        self.pids[ident] = answer["pid"]
        return ident

    def mark_of(self, ident: int) -> str:
        """The value of ``MARK`` in the environment of launch ``ident``."""
        return f"{os.getpid()}.{ident}"

    def output(self, ident: int, lines: int = 12) -> str:
        """The last ``lines`` lines that launch ``ident`` wrote, safe to show."""
        if self.closed:
            return ""
        self._outputs.pop(ident, None)
        self._ask({"op": "output", "id": ident})
        return last_lines(sanitise(self._await(self._outputs, ident)["text"]), lines)

    def signal(self, ident: int, number: int) -> None:
        """Signal the launched process, if it has not ended."""
        self._ask({"op": "signal", "id": ident, "signal": number})

    def forget(self, ident: int) -> None:
        """Let go of a launch that has ended and whose output is no longer wanted."""
        self._ask({"op": "forget", "id": ident})

    def poll(self, timeout: float = 0.0) -> bool:
        """Hear what the warden says within ``timeout`` seconds; whether it said anything."""
        if self.closed or not select.select([self._socket], [], [], timeout)[0]:
            return False
        self._receive()
        return True

    def close(self) -> None:
        """Let the warden end everything that is left, and wait for it, also when it is lost."""
        if not self.closed:
            self.closed = True
            self._await_end()
        if not self._left:
            self._left = True
            _leave_nursery()

    def _await_end(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(ANSWER_WITHIN)
            while self._socket.recv(1 << 20):
                pass
        self._socket.close()

    def _ask(self, request: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise self._gone() from error

    def _await(self, answers: dict[int, dict[str, Any]], ident: int) -> dict[str, Any]:
        deadline = time.monotonic() + ANSWER_WITHIN
        while ident not in answers:
            if not self.poll(max(0.0, deadline - time.monotonic())):
                raise self._gone()
        return answers.pop(ident)

    def _receive(self) -> None:
        try:
            chunk = self._socket.recv(1 << 20)
        except ConnectionError as error:
            raise self._gone() from error
        if not chunk:
            raise self._gone()
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            event = json.loads(line)
            match event["ev"]:
                case "born":
                    self.pid = event["pid"]
                case "launched" | "failed":
                    self._launches[event["id"]] = event
                case "output":
                    self._outputs[event["id"]] = event
                case "exited":
                    self.exits[event["id"]] = Exit(event["status"])
                case "reaped":
                    self.reaped[event["pid"]] = Exit(event["status"])

    def _gone(self) -> HarnessFault:
        self.closed = True
        with contextlib.suppress(OSError):
            self._socket.close()
        return _lost()
