"""A keeper: launches targets through a warden, and has another warden when that is lost.

It knows what was launched and how it ended.  A *fleet* decides what is launched and when; the
*warden* is the process that does it, and outlives us just long enough to end the targets.

Long because it is one conversation with the warden, a method for each thing that is asked or heard.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
import time
from collections.abc import Callable
from typing import Any

from harness.errors import MachineProblem
from harness.host.halting import GLANCE, Halt
from harness.host.shortage import lack, shortage
from harness.launcher import nurseries
from harness.launcher.ends import Exit, LaunchError
from harness.launcher.network import Network, Networks, NoIsolation, Place
from harness.launcher.output import KEPT, last_lines, sanitise
from harness.launcher.reports import Reports
from harness.launcher.socket_files import Folder
from harness.launcher.wardens import ANSWER_WITHIN, LOST, Warden
from harness.system import tree

MARK = "ECHO_HARNESS_TARGET"
MOST_REAPED = 4096
"""Ends of adopted descendants that are remembered; only that of a daemon is asked for, soon."""
BIRTHS = 3
"""Wardens that may fail to be born, one after another."""
END_WITHIN = 15.0
"""Seconds for a warden to end all that is left, after which it is killed."""
ENDS_EASILY = 3.0
"""Seconds of these after which what is left may be what keeps the warden from ending it."""


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
        self._networks = Networks(self)
        self.folder = Folder(lambda path: self.ask({"op": "sweep", "folder": path}))
        """For the Unix sockets that are offered."""
        self._ids = 0
        self._token = secrets.token_hex(8)
        """In the environment of all that is launched, and nowhere else on this machine."""
        self._launches: dict[int, dict[str, Any]] = {}
        self._outputs: dict[int, dict[str, Any]] = {}
        self._wrote: set[int] = set()
        """Launches that have written anything."""
        self._noted: dict[int, str] = {}
        self._reports = Reports(self._noted_of)
        self.pids: dict[int, int] = {}
        """Launch id to process id, of every launch."""
        self.living: set[int] = set()
        """The process ids of those that have not ended."""
        self.exits: dict[int, Exit] = {}
        """Launch id to how the launched process ended."""
        self.ends = 0
        """How many ends have been told of: whoever listens for something else may hear of one."""
        self.reaped: dict[int, Exit] = {}
        """Process id to how an adopted descendant ended."""
        self.closed = False
        self._left = False
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
            if self._warden.lacking:
                break
        self.closed = True
        raise lack(self._warden.lacking, "launch") or _lost()

    def _begin(self) -> bool:
        """Ask for a warden; whether one was born."""
        try:
            self._warden = Warden()
        except (OSError, MemoryError) as error:
            self.closed = True
            raise shortage(error, "launch") or _lost() from error
        if not self._warden.is_born():
            self._warden.close()
            return False
        self.folder.tell()
        if self.isolated:
            self._warden.hands_over = True
            self._isolate()
        return True

    @property
    def pid(self) -> int:
        """The warden's process id: every target descends from it."""
        return self._warden.pid

    def _isolate(self) -> None:
        """Let the warden make networks.  Raises NoIsolation."""
        self._isolation = None
        self.ask({"op": "isolate"})
        self.await_answer(lambda: self._isolation is not None)
        if self._isolation:
            raise NoIsolation(self._isolation)

    def network(self) -> Network:
        """A new one, for the next launch.  It is made with that."""
        return self._networks.new()

    def fileno(self) -> int:
        return self._warden.fileno()

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
        environment = {**env, MARK: self.mark_of(ident)}
        request = {"op": "launch", "id": ident, "argv": argv, "cwd": cwd}
        request |= self._warden.difference(environment)
        if place is not None:
            where = {"network": place.network.number, "ports": place.ports, "family": place.family}
            request |= where
        self.ask(request)
        self.await_answer(lambda: ident in self._launches)
        answer = self._launches.pop(ident)
        if answer["ev"] == "failed":
            raise LaunchError(answer["errno"], answer["where"])
        self._warden.knows(environment)
        self.pids[ident] = answer["pid"]
        if ident not in self.exits:
            self.living.add(answer["pid"])
        return ident

    def mark_of(self, ident: int) -> str:
        """The value of ``MARK`` in the environment of launch ``ident``."""
        return f"{self._token}.{ident}"

    def output(self, ident: int, lines: int = KEPT) -> str:
        """The last ``lines`` lines that launch ``ident`` wrote, safe to show."""
        if self.closed:
            return ""
        self._outputs.pop(ident, None)
        self.ask({"op": "output", "id": ident})
        self.await_answer(lambda: ident in self._outputs)
        return last_lines(sanitise(self._outputs.pop(ident)["text"]), lines)

    def is_silent(self, ident: int) -> bool:
        """Whether launch ``ident`` has ended and wrote nothing: its end is told of behind that."""
        return ident in self.exits and ident not in self._wrote

    def reports(self) -> list[str]:
        """What launches have written that may be a report of a checker, or of an error that nobody
        handled: a text of each launch that has written more of it since the last call."""
        self._hear_all()
        return self._reports.take()

    def silence(self, ident: int) -> None:
        """What launch ``ident`` reports from here on is of no interest: it is told to end."""
        self._hear_all()
        self._reports.silence(ident)

    def _noted_of(self, ident: int) -> str:
        if self.closed:
            return ""
        self._noted.pop(ident, None)
        self.ask({"op": "noted", "id": ident})
        self.await_answer(lambda: ident in self._noted)
        return sanitise(self._noted.pop(ident))

    def forget(self, ident: int) -> None:
        """Let go of a launch that has ended and whose output is no longer wanted.

        The warden is told together with the next request, or when there are some of these.
        """
        self._reports.keep(ident)
        try:
            self._warden.ask_later({"op": "forget", "id": ident})
        except OSError as error:
            raise self._gone() from error

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
        self._networks.close()
        if not self.closed:
            self.closed = True
            self._await_end()
        self.folder.remove()
        if not self._left:
            self._left = True
            nurseries.leave()

    # --- the conversation -----------------------------------------------------------------------

    def ask(self, request: dict[str, Any]) -> None:
        """Send the warden a request (warden.py).  Raises MachineProblem when it is lost."""
        try:
            self._warden.ask(request)
        except OSError as error:
            raise self._gone() from error

    def _listen(self, timeout: float) -> bool:
        """Whether the warden has said anything within ``timeout`` seconds."""
        if self.closed:
            return False
        if not self._warden.readable(timeout):
            self._warden.look_after()
            return False
        try:
            self._hear()
        except LOST as error:
            raise self._gone() from error
        return True

    def _hear_all(self) -> None:
        """Hear what the warden has said by now.  Raises MachineProblem when it is lost."""
        while self._listen(0.0):
            pass

    def _hear(self) -> None:
        for event in self._warden.heard():
            self._take(event)

    def await_answer(self, answered: Callable[[], bool]) -> None:
        """Hear the warden until ``answered``.  Raises MachineProblem when it is lost."""
        deadline = time.monotonic() + ANSWER_WITHIN
        while not answered():
            if time.monotonic() > deadline:
                raise self._gone()
            self._listen(GLANCE)

    def _take(self, event: dict[str, Any]) -> None:
        match event["ev"]:
            case "launched" | "failed":
                self._launches[event["id"]] = event
            case "output":
                self._outputs[event["id"]] = event
            case "wrote":
                self._wrote.add(event["id"])
            case "notice":
                self._reports.notice(event["id"])
            case "noted":
                self._noted[event["id"]] = event["text"]
            case "exited":
                self.exits[event["id"]] = Exit(event["status"])
                self.living.discard(self.pids.get(event["id"], 0))
                self.ends += 1
            case "reaped":
                self.reaped[event["pid"]] = Exit(event["status"])
                if len(self.reaped) > MOST_REAPED:
                    del self.reaped[next(iter(self.reaped))]
            case "network" | "sockets" | "tap":
                came = self._warden.descriptors() if event["count"] else []
                self._networks.take(event, came)
            case "isolated":
                self._isolation = event["errno"]

    # --- a warden that is lost, or to end --------------------------------------------------------

    def _gone(self) -> MachineProblem:
        """End what the warden has left, and have another for whatever comes next."""
        self._end_rest()
        if not self.closed:
            self._open()
        return _lost()

    def _end_rest(self) -> None:
        """End the warden, if it is still there, and all that it launched."""
        self._warden.kill()
        tree.end_carriers(self._carried, ENDS_EASILY)
        for ident in self.pids:
            self.exits.setdefault(ident, Exit(signal.SIGKILL))
        self.living.clear()

    def dismiss(self) -> None:
        """Let the warden end everything that is left; ``close`` waits for it."""
        self._warden.dismiss()

    def _await_end(self) -> None:
        began = time.monotonic()
        self.dismiss()
        with contextlib.suppress(*LOST):
            while not self._warden.ended and (waited := time.monotonic() - began) < END_WITHIN:
                if self._warden.readable(GLANCE):
                    self._hear()
                    continue
                self._warden.look_after()
                if waited > ENDS_EASILY:
                    tree.end_carriers(self._carried, ENDS_EASILY)
        if self._warden.ended:
            self._warden.close()
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
