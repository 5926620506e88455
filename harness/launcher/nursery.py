"""The nursery: the process that wardens are forked from, one for all of them.

Started once, as ``python -I -S nursery.py FD``.  For each Unix stream socket that it is handed over
FD it forks a warden, which takes a millisecond where a new interpreter takes fifty.

It is the parent of the wardens, so the system tells it at once when somebody stops one of them
(it is continued) or kills one: as a subreaper the nursery then inherits what that warden looked
after, and ends it.  When the harness is gone, it goes as soon as the wardens have.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import select
import signal
import socket
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WARDENS_END_WITHIN = 15.0
"""Seconds for wardens to end what is left, after which they are killed and we do it."""
OUT_OF_SOMETHING = 71
"""Our exit status when the machine lacks what we need: EX_OSERR of <sysexits.h>."""


class Nursery:
    def __init__(self, orders: socket.socket, warden: Any, remains: Any) -> None:
        self.orders = orders
        self.wardens: set[int] = set()
        self._warden = warden
        self._remains = remains
        self._news, wake = os.pipe()
        for fd in (self._news, wake):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._own = (orders.fileno(), self._news, wake)

    def serve(self) -> None:
        """Fork a warden for each socket that comes, until the harness is gone."""
        while True:
            ready, _, _ = select.select([self.orders.fileno(), self._news], [], [])
            if self._news in ready:
                self._hear()
            if self.orders.fileno() in ready and not self._obey():
                break
        deadline = time.monotonic() + WARDENS_END_WITHIN
        while self.wardens:
            for pid in self.wardens:
                late = time.monotonic() > deadline
                os.kill(pid, signal.SIGKILL if late else signal.SIGCONT)
            select.select([self._news], [], [], 0.05)
            self._hear()
        self._remains.end_all(self._bury)

    def _obey(self) -> bool:
        """Whether there was an order."""
        try:
            _, handed, _, _ = socket.recv_fds(self.orders, 1, 1)
        except OSError:
            return False
        if not handed:
            return False
        os.set_inheritable(handed[0], False)
        with socket.socket(fileno=handed[0]) as control:
            try:
                pid = os.fork()
            except OSError as error:
                _tell_lack(control, error)
                return True
            if pid == 0:
                self._be_warden(control)
            self.wardens.add(pid)
        return True

    def _be_warden(self, control: socket.socket) -> None:
        try:
            signal.set_wakeup_fd(-1)
            for fd in self._own:
                os.close(fd)
            self._warden.warden(control)
        except (OSError, MemoryError) as error:
            _tell_lack(control, error)
        finally:
            os._exit(0)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._news, 4096)
        if self._bury():
            self._remains.end_all(self._bury, self.wardens)

    def _bury(self) -> bool:
        """Wait for who has ended, continue wardens that are stopped; whether any other is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return False
            if not pid:
                # Only who is inherited from a warden that was killed is none of them.
                return bool(set(self._remains.children(os.getpid())) - self.wardens)
            if not os.WIFSTOPPED(status):
                self.wardens.discard(pid)
            elif pid in self.wardens:
                os.kill(pid, signal.SIGCONT)


def _tell_lack(control: socket.socket, error: OSError | MemoryError) -> None:
    number = getattr(error, "errno", None) or errno.ENOMEM
    with contextlib.suppress(OSError):
        control.sendall(json.dumps({"ev": "lacking", "errno": number}).encode() + b"\n")


def fresh_signals() -> None:
    """Every signal as a new process should find it, whatever whoever started us had in mind.

    What is ignored or blocked stays so across exec.  A target that is started with SIGCHLD blocked
    never hears of its children, and would be blamed for it.
    """
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):  # SIGKILL, SIGSTOP, those of the C library
            signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it; Popen restores it for targets
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main() -> None:
    fresh_signals()
    # Isolated as it is, this process finds no package.  As modules they are compiled once.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    try:
        warden, remains = map(importlib.import_module, ("warden", "remains"))
        warden.adopt_orphans()
        Nursery(socket.socket(fileno=int(sys.argv[1])), warden, remains).serve()
        os._exit(0)  # whoever waits for our end need not wait until Python has tidied up
    except (OSError, MemoryError):
        sys.exit(OUT_OF_SOMETHING)


if __name__ == "__main__":
    main()
