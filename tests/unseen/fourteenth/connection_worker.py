"""
Bug: every connection has settimeout(5), and the timeout of recv() is taken for the end: who is
    silent for five seconds is disconnected (and who takes no answer for so long, too).
Cause: idle-timeout
Also: gives-up-on-slow-reader
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from time import sleep

log = logging.getLogger(__name__)

BUFFER_SIZE = 8192
SOCKET_TIMEOUT = 5.0


class ConnectionWorker(threading.Thread):
    """One thread per client."""

    def __init__(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        super().__init__(name=f"client-{peer[1]}", daemon=True)
        self.sock = sock
        self.peer = peer
        self.sock.settimeout(SOCKET_TIMEOUT)

    def run(self) -> None:
        with self.sock:
            try:
                self.echo()
            except (TimeoutError, ConnectionError) as exc:
                log.info("connection with %s ended: %r", self.peer, exc)

    def echo(self) -> None:
        while chunk := self.sock.recv(BUFFER_SIZE):
            self.sock.sendall(chunk)


class Server:
    def __init__(self, host: str, port: int) -> None:
        self.listener = socket.create_server((host, port), backlog=512)

    def serve(self) -> None:
        while True:
            try:
                sock, peer = self.listener.accept()
            except OSError as exc:
                log.error("accept: %s", exc)
                sleep(0.1)
                continue
            log.info("new client %s", peer)
            ConnectionWorker(sock, peer).start()


def main() -> None:
    server = Server("127.0.0.1", int(os.environ["PORT"]))
    try:
        server.serve()
    except KeyboardInterrupt:
        log.info("bye")


if __name__ == "__main__":
    main()
