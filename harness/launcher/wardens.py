"""Our end of one warden: what is said to it, what it says, and whether it is stopped or gone.

A warden is the small process that launches targets for us (warden.py, with the protocol).  Who
uses it is a keeper, which has another one when this is lost.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import psutil

from harness.host import turns
from harness.host.halting import GLANCE
from harness.launcher import nurseries
from harness.system import tree

ANSWER_WITHIN = 20.0
"""Seconds; the warden answers in microseconds, so this only ends a wait for one that is held."""
MOST_HEARD = 1 << 16
"""Bytes that are read at once: room for more would be mapped and unmapped for each read."""
MOST_DESCRIPTORS = 253
"""SCM_MAX_FD of Linux: so many come with one message, at most."""
MOST_LATER = 16
"""Requests that wait to go with another: the warden holds what they would let it let go of."""
LOST = (OSError, EOFError, ValueError, KeyError)
"""What ``heard`` raises when the warden is gone, or what comes is not from a warden."""


class Warden:
    """One warden process, from the order to fork it until its socket is closed.

    Raises OSError, MemoryError when the machine cannot have it.
    """

    def __init__(self) -> None:
        self._nursery, self._socket = nurseries.warden()
        self._buffer = b""
        self.waits: list[bytes] = []
        """Requests in no hurry, as lines."""
        self._environment: dict[str, str] | None = None
        """Of the first launch that succeeded, which it knows."""
        self._came: list[int] = []
        """Descriptors that came with what was read last, and belong to lines in it."""
        self._look_at = 0.0
        self._process: psutil.Process | None = None
        self.hands_over = False
        """Descriptors may come with what it says."""
        self.pid = 0
        """Its process id, once it has told."""
        self.lacking = 0
        """The errno that says why it could not go on."""
        self.ended = False
        """It has ended all that it launched, and itself."""

    def is_born(self) -> bool:
        """Wait until it tells its process id; whether it does.  Somebody may kill it meanwhile."""
        deadline = time.monotonic() + ANSWER_WITHIN
        with contextlib.suppress(*LOST):
            while not self.pid and time.monotonic() < deadline:
                if self.readable(GLANCE):
                    list(self.heard())
                else:
                    self.look_after()
        return bool(self.pid)

    def fileno(self) -> int:
        """Of the control socket."""
        return self._socket.fileno()

    def ask(self, request: dict[str, Any]) -> None:
        """Send one request, behind those that wait for one.  Raises OSError."""
        lines, self.waits = [*self.waits, _line(request)], []
        self._socket.sendall(b"".join(lines))

    def ask_later(self, request: dict[str, Any]) -> None:
        """The same, in no hurry: each message wakes the warden.  Raises OSError."""
        if len(self.waits) == MOST_LATER:
            self.ask(request)
        else:
            self.waits.append(_line(request))

    def difference(self, environment: dict[str, str]) -> dict[str, Any]:
        """The fields of a launch that say what its environment is: how it differs from one that is
        known, since an environment is long and only a port and a mark in it change."""
        if (known := self._environment) is None:
            return {"env": environment, "without": None}
        return {
            "env": {k: v for k, v in environment.items() if known.get(k) != v},
            "without": [name for name in known if name not in environment],
        }

    def knows(self, environment: dict[str, str]) -> None:
        """A launch with ``environment`` has succeeded."""
        if self._environment is None:
            self._environment = environment

    def readable(self, timeout: float) -> bool:
        """Whether there is something to hear within ``timeout`` seconds."""
        poll = select.poll()  # select(2) knows no descriptor above 1023
        poll.register(self._socket, select.POLLIN)
        if not timeout or not turns.are_taken():
            return bool(poll.poll(timeout * 1000))
        with turns.waiting():
            return bool(poll.poll(timeout * 1000))

    def heard(self) -> Iterator[dict[str, Any]]:
        """What it says, once there is something, but for what concerns only itself.

        Raises one of `LOST`.
        """
        chunk = self._received() if self.hands_over else self._socket.recv(MOST_HEARD)
        if not chunk:
            raise EOFError
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for event in map(json.loads, lines):
            if not self._concerns_itself(event):
                yield event

    def _received(self) -> bytes:
        """What has come, where descriptors may come with it.  No two lots of them come at once."""
        chunk, came, _, _ = socket.recv_fds(
            self._socket, MOST_HEARD, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        self._came += came
        return chunk

    def descriptors(self) -> list[int]:
        """Those that came with the line that was heard last; who takes them closes them."""
        came, self._came = self._came, []
        return came

    def _concerns_itself(self, event: dict[str, Any]) -> bool:
        match event["ev"]:
            case "born":
                self._process = psutil.Process(event["pid"])
                self.pid = self._process.pid
            case "ended":
                self.ended = True
            case "lacking":
                self.lacking = event["errno"]
            case _:
                return False
        return True

    def look_after(self) -> None:
        """Continue who was stopped.  The nursery does so for wardens, unless it is stopped too."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + GLANCE
        self._nursery.wake()
        if self.pid and tree.is_held(self.pid):
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        """Signal it, if it is there: psutil knows whether it is still the same process."""
        if self._process is not None:
            with contextlib.suppress(psutil.Error):
                self._process.send_signal(number)

    def dismiss(self) -> None:
        """Let it end everything that is left, and itself."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End it, if it is still there."""
        self._signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Hear no more of it."""
        self._socket.close()
        for descriptor in self.descriptors():
            os.close(descriptor)


def _line(request: dict[str, Any]) -> bytes:
    return json.dumps(request).encode() + b"\n"
