"""
Bug: four processes accept clients in turn, and none guards the service of one: a client that resets
    ends the process that serves it, and after the fourth nobody is left.
Cause: workers-die
Also: crash-on-reset, client-error-ends-server
Profile: sequential
Port: 20102
"""

from __future__ import annotations

import multiprocessing as mp
import multiprocessing.connection
import signal
import socket
import sys
import time

PORT = 20102
WORKERS = 4


class Worker(mp.get_context("fork").Process):
    def __init__(self, listener: socket.socket, number: int) -> None:
        super().__init__(name=f"echo-{number}", daemon=True)
        self.listener = listener

    def next_client(self) -> socket.socket:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                time.sleep(0.2)
            else:
                return client

    def serve(self, client: socket.socket) -> None:
        with client:
            while True:
                received = client.recv(4096)
                if received == b"":
                    return
                client.sendall(received)

    def run(self) -> None:
        while True:
            self.serve(self.next_client())


def main() -> int:
    listener = socket.create_server(("127.0.0.1", PORT), backlog=64)
    workers = [Worker(listener, number) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while workers:
        mp.connection.wait([worker.sentinel for worker in workers])
        for worker in [one for one in workers if not one.is_alive()]:
            worker.join()
            workers.remove(worker)
    return 1


if __name__ == "__main__":
    sys.exit(main())
