"""The process that workers are forked from: all that they import is imported once.

Run as ``python -P -m harness.spreading.template FD``.  Over FD, a Unix stream socket, comes an
order for each worker, and with it the descriptors that it is to have: its standard streams, and one
on which we tell its process id and, when it has ended, its wait status, a line each.

It has one thread, and does nothing but fork and wait.  When nobody holds the other end of FD any
more, it ends what is left of the workers, and itself.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import NoReturn

from harness.spreading import child

LARGEST = 8192
"""Bytes of an order: a path and a word."""
HANDED = 4
"""Descriptors that come with an order."""


class Template:
    """The serving end.  ``orders``: the socket that they come over."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._lines: dict[int, int] = {}
        """Process id of a worker to the descriptor on which its end is told."""
        self._news, self._wake = os.pipe()
        for fd in (self._news, self._wake):
            os.set_blocking(fd, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork a worker for each order, until no more can come."""
        while True:
            ready, _, _ = select.select([self._orders.fileno(), self._news], [], [])
            if self._news in ready:
                self._bury()
            if self._orders.fileno() in ready and not self._obey():
                break
        for pid in self._lines:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def _obey(self) -> bool:
        """Whether there was an order."""
        try:
            order, handed, _, _ = socket.recv_fds(self._orders, LARGEST, HANDED)
        except OSError:
            return False
        if not order:
            return False
        *standard, line = handed
        os.set_inheritable(line, False)
        pid = os.fork()
        if pid == 0:
            self._be_worker(standard, line, *json.loads(order))
        for fd in standard:
            os.close(fd)
        self._lines[pid] = line
        _tell(line, pid)
        return True

    def _be_worker(self, standard: list[int], line: int, folder: str, cell: bool) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            own = (self._orders.detach(), self._news, self._wake, line, *self._lines.values())
            os.setsid()
            for number, fd in enumerate(standard):
                os.dup2(fd, number)
            for fd in (*own, *standard):
                os.close(fd)
            child.work(folder, cell=cell)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(status)

    def _bury(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._news, 4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                if (line := self._lines.pop(pid, None)) is not None:
                    _tell(line, status)
                    os.close(line)


def _tell(line: int, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody wants to know any more
        os.write(line, b"%d\n" % number)


def main() -> None:
    """Serve until nobody is there to be served."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are for who asks, who ends us
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    orders = socket.socket(fileno=int(sys.argv[1]))
    orders.set_inheritable(False)
    child.preload()
    gc.freeze()  # what is here stays as it is: a collector that marks it would copy its pages
    Template(orders).serve()


if __name__ == "__main__":
    main()
