"""Four workers forked beforehand share a listener; each serves one client at a time.

Four clients are served at once and the fifth waits until one of them leaves: one after another is
all that this server promises.

Style: pre-forked, 4 workers
Profile: sequential
"""

import contextlib
import os
import signal
import socket
import time
from types import FrameType

WORKERS = 4
TERM = {signal.SIGTERM}


def work(listener: socket.socket) -> None:
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        with conn, contextlib.suppress(OSError):
            while data := conn.recv(4096):
                conn.sendall(data)


def start(listener: socket.socket) -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERM)
        try:
            work(listener)
        finally:
            os._exit(1)
    return pid


def main() -> None:
    workers: set[int] = set()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=256) as listener:
        while True:
            # SIGTERM waits while the set and the truth differ.
            signal.pthread_sigmask(signal.SIG_BLOCK, TERM)
            while len(workers) < WORKERS:
                workers.add(start(listener))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TERM)
            pid, _ = os.wait()
            workers.discard(pid)
            time.sleep(0.1)  # a worker that dies at once must not make this a fork bomb


if __name__ == "__main__":
    main()
