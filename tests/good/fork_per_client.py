"""Forks a child for each client; SIGCHLD reaps it, and the parent closes its own copy.

Style: fork per client, with reaping
Profile: concurrent
"""

import contextlib
import os
import signal
import socket
import time
from types import FrameType

MASK = {signal.SIGCHLD, signal.SIGTERM}
children: set[int] = set()


def reap(_signal: int, _frame: FrameType | None) -> None:
    with contextlib.suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            children.discard(pid)


def stop(_signal: int, _frame: FrameType | None) -> None:
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    os._exit(0)


def serve(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        while data := conn.recv(1024):
            conn.sendall(data)


def fork_for(conn: socket.socket, listener: socket.socket) -> None:
    """Start the child; both signals wait until the set of children is right again."""
    signal.pthread_sigmask(signal.SIG_BLOCK, MASK)
    try:
        pid = os.fork()
        if pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, MASK)
                listener.close()
                serve(conn)
            finally:
                os._exit(0)
        children.add(pid)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, MASK)


def main() -> None:
    signal.signal(signal.SIGCHLD, reap)
    signal.signal(signal.SIGTERM, stop)
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            with conn, contextlib.suppress(OSError):  # no process left: this client is turned away
                fork_for(conn, listener)


if __name__ == "__main__":
    main()
