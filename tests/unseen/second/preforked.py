"""
Bug: a worker does not catch the errors of its client, so each client that breaks off ends one of
    the three workers, until none is left.
Cause: workers-die
Also: crash-on-reset, client-error-ends-server
Profile: sequential
Port: $PORT
"""

import multiprocessing
import os
import signal
import socket
import sys
import time
from multiprocessing.connection import wait

WORKERS = 3


def worker(listener):
    while True:
        try:
            conn, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        with conn:
            while data := conn.recv(2500):
                conn.sendall(data)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    context = multiprocessing.get_context("fork")
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=64)
    processes = [
        context.Process(target=worker, args=(listener,), daemon=True) for _ in range(WORKERS)
    ]
    for process in processes:
        process.start()
    while processes:
        wait([process.sentinel for process in processes])
        for process in processes:
            process.join(0)
        processes = [process for process in processes if process.is_alive()]


if __name__ == "__main__":
    main()
