"""
Bug: a delivery that times out is tried again by a decorator, from its first byte, though a part of
    it has gone out already; a client that pauses gets that part again.
Cause: send-retried-from-start
Also: sent-twice
Profile: concurrent
Port: 20101
"""

from __future__ import annotations

import functools
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

ADDRESS = ("127.0.0.1", 20101)
log = logging.getLogger("echo")


def retry(on: type[Exception], pause: float = 0.05) -> Callable[..., Any]:
    """Call the function again, after a pause, for as long as it raises ``on``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            attempt = 1
            while True:
                try:
                    return function(*args)
                except on as problem:
                    log.info("%s: attempt %d: %s", function.__name__, attempt, problem)
                    attempt += 1
                    time.sleep(pause)

        return wrapper

    return decorate


class Peer(threading.Thread):
    def __init__(self, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self.sock = sock

    @retry(on=TimeoutError)
    def deliver(self, payload: bytes) -> None:
        self.sock.settimeout(0.25)
        try:
            self.sock.sendall(payload)
        finally:
            self.sock.settimeout(None)

    def run(self) -> None:
        with self.sock:
            try:
                while payload := self.sock.recv(128 * 1024):
                    self.deliver(payload)
            except OSError as problem:
                log.info("gone: %s", problem)


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    with socket.create_server(ADDRESS, backlog=128) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)
        while True:
            try:
                sock, _ = listener.accept()
            except OSError as problem:
                log.warning("accept: %s", problem)
                time.sleep(0.1)
                continue
            Peer(sock).start()


if __name__ == "__main__":
    main()
