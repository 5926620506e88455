"""
Bug: a host that has broken off three connections is put on a black list for ever, and so are all
    other clients of that host, which have done nothing.
Cause: none-of-these
Also: connections-used-up
Profile: concurrent
Port: $PORT
"""

import collections
import logging
import os
import socketserver
import threading

log = logging.getLogger("echo")


class Guard:
    """Remembers which hosts misbehave."""

    def __init__(self, strikes: int = 3) -> None:
        self._strikes = strikes
        self._lock = threading.Lock()
        self._faults: collections.Counter[str] = collections.Counter()

    def report(self, host: str) -> None:
        with self._lock:
            self._faults[host] += 1

    def welcome(self, host: str) -> bool:
        with self._lock:
            return self._faults[host] < self._strikes


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while True:
                data = self.request.recv(8192)
                if not data:
                    return
                self.request.sendall(data)
        except OSError:
            log.warning("%s:%d broke its connection off", *self.client_address)
            self.server.guard.report(self.client_address[0])


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args, **kwargs) -> None:
        self.guard = Guard()
        super().__init__(*args, **kwargs)

    def verify_request(self, request, client_address) -> bool:
        return self.guard.welcome(client_address[0])


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    with Server(("127.0.0.1", int(os.environ["PORT"])), Handler) as server:
        server.serve_forever(poll_interval=0.2)


main()
