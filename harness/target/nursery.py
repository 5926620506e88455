"""The nursery: the process that wardens are forked from, one for all of them.

Started once, as ``python -I -S nursery.py FD``.  For each Unix stream socket that it is handed over
FD it forks a warden, which takes a millisecond where a new interpreter takes fifty.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys


def nursery(orders: socket.socket) -> None:
    """Fork a warden for each socket that comes over ``orders``; at its end, await them all."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the wardens
    # Isolated as it is, this process finds no package.  As a module the warden is compiled once.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    wardens = importlib.import_module("warden")
    while True:
        try:
            _, handed, _, _ = socket.recv_fds(orders, 1, 1)
        except OSError:
            handed = []
        if not handed:
            break
        control = socket.socket(fileno=handed[0])
        if os.fork() == 0:
            orders.close()
            try:
                wardens.warden(control)
            finally:
                os._exit(0)
        control.close()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    nursery(socket.socket(fileno=int(sys.argv[1])))
