"""The harness's end of the warden: launches targets through it and hears of their deaths."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import psutil

from harness.errors import MachineProblem
from harness.host.halting import GLANCE, Halt
from harness.host.shortage import lack, shortage
from harness.launcher import nurseries
from harness.launcher.ends import Exit as Exit
from harness.launcher.ends import LaunchError as LaunchError
from harness.launcher.network import Network
from harness.launcher.output import KEPT, last_lines, sanitise
from harness.system import tree

MARK = "ECHO_HARNESS_TARGET"
ANSWER_WITHIN = 20.0
"""Seconds; the warden answers in microseconds, so this only ends a wait for one that is held."""
MOST_REAPED = 4096
"""Ends of adopted descendants that are remembered; only that of a daemon is asked for, soon."""
BIRTHS = 3
"""Wardens that may fail to be born, one after another."""
END_WITHIN = 15.0
"""Seconds for a warden to end all that is left, after which it is killed."""
MOST_DESCRIPTORS = 253
"""SCM_MAX_FD of Linux: so many come with one message, at most."""
ENDS_EASILY = 3.0
"""Seconds of these after which what is left may be what keeps the warden from ending it."""


class NoIsolation(MachineProblem):
    """The system allows no network of one's own.  ``number``: the errno that says so."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "the system allows no network of its own for a target "
            f"(unshare: {os.strerror(number)}).",
            "Containers and some distributions forbid it; see user_namespaces(7).",
            step="launch",
        )
        self.number = number


class Place(NamedTuple):
    """Where an isolated target is launched."""

    network: Network
    ports: list[int]
    """Those that it may want."""
    family: int
    """Of the clients that will come."""


class Keeper:
    """One warden process and the processes that it launched for us.

    A file object for selectors: readable when the warden has something to say.

    With ``isolated`` each launch has a network of its own.  Raises NoIsolation where the system
    allows none, which a target has no part in.

    A warden that somebody stops is continued.  One that somebody kills is replaced: what it had
    launched is ended, and whatever was asked meanwhile ends with a MachineProblem, since nothing
    can be said about a target that had to be killed.
    """

    def __init__(self, halt: Halt | None = None, *, isolated: bool = False) -> None:
        self.halt = halt or Halt()
        """Whether all waiting is to end."""
        self.isolated = isolated
        """Whether each launch has a network of its own."""
        self._isolation: int | None = None
        """The warden's answer: 0, or why there can be no networks."""
        self.tap: Callable[[Network], None] | None = None
        """Is told of each network to which a client is about to connect."""
        self._networks: dict[int, Network] = {}
        self._descriptors: list[int] = []
        """Those that came with what was read last, and belong to lines in it."""
        self._ids = 0
        self._token = secrets.token_hex(8)
        """In the environment of all that is launched, and nowhere else on this machine."""
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
        self._look_at = 0.0
        try:
            nurseries.enter()
        except (OSError, MemoryError) as error:
            raise shortage(error, "launch") or error from error
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Have a warden.  Raises MachineProblem."""
        for _ in range(BIRTHS):
            if self._begin():
                return
            if self._lacking:
                break
        self.closed = True
        raise (lack(self._lacking, "launch") if self._lacking else None) or _lost()

    def _begin(self) -> bool:
        """Ask for a warden; whether one was born.  Somebody may kill the nursery meanwhile."""
        self.pid = self._lacking = 0
        self._buffer = b""
        self._ended = False
        try:
            self._nursery, self._socket = nurseries.warden()
        except (OSError, MemoryError) as error:
            self.closed = True
            raise shortage(error, "launch") or _lost() from error
        deadline = time.monotonic() + ANSWER_WITHIN
        with contextlib.suppress(OSError, EOFError, ValueError, KeyError):
            while not self.pid and time.monotonic() < deadline:
                if self._readable(GLANCE):
                    self._hear()
                else:
                    self._look_after()
        if not self.pid:
            self._socket.close()
        elif self.isolated:
            self._isolate()
        return bool(self.pid)

    def _isolate(self) -> None:
        """Let the warden make networks.  Raises NoIsolation."""
        self._isolation = None
        self._ask({"op": "isolate"})
        self.await_answer(lambda: self._isolation is not None)
        if self._isolation:
            raise NoIsolation(self._isolation)

    def network(self) -> Network:
        """A new one, for the next launch.  It is made with that."""
        self._ids += 1
        network = self._networks[self._ids] = Network(self, self._ids)
        return network

    def fileno(self) -> int:
        return self._socket.fileno()

    def launch(
        self,
        argv: list[str],
        env: dict[str, str],
        cwd: str | None,
        place: Place | None = None,
    ) -> int:
        """Start ``argv``; returns the launch id.  Raises LaunchError when exec fails.

        ``place``: where, for one that is isolated.
        """
        self._ids += 1
        ident = self._ids
        marked = {**env, MARK: self.mark_of(ident)}
        request = {"op": "launch", "id": ident, "argv": argv, "env": marked, "cwd": cwd}
        if place is not None:
            where = {"network": place.network.number, "ports": place.ports, "family": place.family}
            request |= where
        self._ask(request)
        self.await_answer(lambda: ident in self._launches)
        answer = self._launches.pop(ident)
        if answer["ev"] == "failed":
            raise LaunchError(answer["errno"], answer["where"])
        self.pids[ident] = answer["pid"]
        return ident

    def mark_of(self, ident: int) -> str:
        """The value of ``MARK`` in the environment of launch ``ident``."""
        return f"{self._token}.{ident}"

    def output(self, ident: int, lines: int = KEPT) -> str:
        """The last ``lines`` lines that launch ``ident`` wrote, safe to show."""
        if self.closed:
            return ""
        self._outputs.pop(ident, None)
        self._ask({"op": "output", "id": ident})
        self.await_answer(lambda: ident in self._outputs)
        return last_lines(sanitise(self._outputs.pop(ident)["text"]), lines)

    def signal(self, ident: int, number: int) -> None:
        """Signal the launched process, if it has not ended."""
        self._ask({"op": "signal", "id": ident, "signal": number})

    def forget(self, ident: int) -> None:
        """Let go of a launch that has ended and whose output is no longer wanted."""
        self._ask({"op": "forget", "id": ident})

    def ask_for_sockets(self, network: int, family: int, count: int) -> None:
        """Have ``count`` sockets come for the clients of ``network``."""
        self._ask({"op": "sockets", "network": network, "family": family, "count": count})

    def ask_for_tap(self, network: int) -> None:
        """Have a socket come that has all packets of ``network``."""
        self._ask({"op": "tap", "network": network})

    def leave(self, network: int) -> None:
        """Nobody needs ``network`` any more."""
        if self._networks.pop(network, None) is not None and not self.closed:
            self._ask({"op": "leave", "network": network})

    def poll(self, timeout: float = 0.0) -> bool:
        """Hear what the warden says within ``timeout`` seconds; whether it said anything.

        Raises Halted when the run is given up, MachineProblem when the warden was lost.
        """
        deadline = time.monotonic() + timeout
        while True:
            self.halt.check()
            left = deadline - time.monotonic()
            if self._listen(min(max(left, 0.0), GLANCE)):
                return True
            if left <= 0 or self.closed:
                return False

    def close(self) -> None:
        """Let the warden end everything that is left, and wait for it, also when it is lost."""
        for network in self._networks.values():
            network.close()
        if not self.closed:
            self.closed = True
            self._await_end()
        if not self._left:
            self._left = True
            nurseries.leave()

    # --- the conversation -----------------------------------------------------------------------

    def _readable(self, timeout: float) -> bool:
        poll = select.poll()  # select(2) knows no descriptor above 1023
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def _ask(self, request: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise self._gone() from error

    def _listen(self, timeout: float) -> bool:
        if self.closed:
            return False
        if not self._readable(timeout):
            self._look_after()
            return False
        self._receive()
        return True

    def await_answer(self, answered: Callable[[], bool]) -> None:
        """Hear the warden until ``answered``.  Raises MachineProblem when it is lost."""
        deadline = time.monotonic() + ANSWER_WITHIN
        while not answered():
            if time.monotonic() > deadline:
                raise self._gone()
            self._listen(GLANCE)

    def _receive(self) -> None:
        try:
            self._hear()
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise self._gone() from error

    def _hear(self) -> None:
        chunk = self._received() if self.isolated else self._socket.recv(1 << 20)
        if not chunk:
            raise EOFError
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _received(self) -> bytes:
        """What has come, where descriptors may come with it.  No two lots of them come at once."""
        chunk, came, _, _ = socket.recv_fds(
            self._socket, 1 << 20, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        self._descriptors += came
        return chunk

    def _take_sockets(self, event: dict[str, Any]) -> None:
        network = self._networks.get(event["network"])
        came: list[int] = []
        if event["count"]:
            came, self._descriptors = self._descriptors, []
        if network is None:
            for descriptor in came:
                os.close(descriptor)
            return
        if event["ev"] == "tap":
            network.take_tap(came)
            return
        first = event["ev"] == "network"
        network.take(came, event["family"], event.get("errno", 0), first=first)

    def _take(self, event: dict[str, Any]) -> None:
        match event["ev"]:
            case "born":
                self._process = psutil.Process(event["pid"])
                self.pid = self._process.pid
            case "launched" | "failed":
                self._launches[event["id"]] = event
            case "output":
                self._outputs[event["id"]] = event
            case "exited":
                self.exits[event["id"]] = Exit(event["status"])
            case "reaped":
                self.reaped[event["pid"]] = Exit(event["status"])
                if len(self.reaped) > MOST_REAPED:
                    del self.reaped[next(iter(self.reaped))]
            case "network" | "sockets" | "tap":
                self._take_sockets(event)
            case "isolated":
                self._isolation = event["errno"]
            case "ended":
                self._ended = True
            case "lacking":
                self._lacking = event["errno"]

    # --- a warden that is held, or lost ---------------------------------------------------------

    def _look_after(self) -> None:
        """Continue who was stopped.  The nursery does so for wardens, unless it is stopped too."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + GLANCE
        self._nursery.wake()
        if self.pid and tree.is_held(self.pid):
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        """Signal the warden, if it is there: psutil knows whether it is still the same process."""
        with contextlib.suppress(psutil.Error):
            self._process.send_signal(number)

    def _gone(self) -> MachineProblem:
        """End what the warden has left, and have another for whatever comes next."""
        self._end_rest()
        if not self.closed:
            self._open()
        return _lost()

    def _end_rest(self) -> None:
        """End the warden, if it is still there, and all that it launched."""
        self._signal(signal.SIGKILL)
        self._socket.close()
        tree.end_carriers(self._carried, ENDS_EASILY)
        for ident in self.pids:
            self.exits.setdefault(ident, Exit(signal.SIGKILL))

    def dismiss(self) -> None:
        """Let the warden end everything that is left; ``close`` waits for it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _await_end(self) -> None:
        began = time.monotonic()
        self.dismiss()
        with contextlib.suppress(OSError, EOFError, ValueError, KeyError):
            while not self._ended and (waited := time.monotonic() - began) < END_WITHIN:
                if self._readable(GLANCE):
                    self._hear()
                    continue
                self._look_after()
                if waited > ENDS_EASILY:
                    tree.end_carriers(self._carried, ENDS_EASILY)
        if self._ended:
            self._socket.close()
        else:
            self._end_rest()

    @property
    def _carried(self) -> str:
        """What is in the environment of all that is launched, and of nothing else."""
        return f"{MARK}={self._token}."


def _lost() -> MachineProblem:
    return MachineProblem(
        "the process that looks after the targets was killed or did not answer.",
        "Did the target do that, or is the machine out of memory?",
        step="launch",
    )
