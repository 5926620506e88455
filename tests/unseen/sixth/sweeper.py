"""
Bug: a sweeper closes clients that were silent too long; the moment they were last heard is replaced
    in a copy that nobody keeps, so each connection ends a second after it began, also a busy one.
Cause: time-limit
Also: idle-timeout
Profile: concurrent
Port: 20104
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import socket
import threading
import time
from typing import NamedTuple

log = logging.getLogger("sweeper")


class Session(NamedTuple):
    sock: socket.socket
    heard: float


class Registry:
    """The sessions there are, for several threads."""

    def __init__(self, silence: float) -> None:
        self.silence = silence
        self._lock = threading.Lock()
        self._sessions: dict[int, Session] = {}

    def add(self, sock: socket.socket) -> int:
        with self._lock:
            self._sessions[id(sock)] = Session(sock, time.monotonic())
        return id(sock)

    def touch(self, key: int) -> None:
        with self._lock:
            if key in self._sessions:
                self._sessions[key]._replace(heard=time.monotonic())

    def remove(self, key: int) -> None:
        with self._lock:
            self._sessions.pop(key, None)

    def sweep(self) -> None:
        now = time.monotonic()
        with self._lock:
            for session in self._sessions.values():
                if now - session.heard > self.silence:
                    with contextlib.suppress(OSError):
                        session.sock.shutdown(socket.SHUT_RDWR)


def sweep_for_ever(registry: Registry) -> None:
    while True:
        time.sleep(0.2)
        registry.sweep()


def attend(sock: socket.socket, registry: Registry) -> None:
    key = registry.add(sock)
    try:
        while data := sock.recv(20_000):
            registry.touch(key)
            sock.sendall(data)
    except OSError as error:
        log.info("%s", error)
    finally:
        registry.remove(key)
        sock.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-p", "--port", type=int, default=20104)
    parser.add_argument("-s", "--silence", type=float, default=1.0, help="seconds")
    options = parser.parse_args()
    registry = Registry(options.silence)
    threading.Thread(target=sweep_for_ever, args=(registry,), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=128)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError as error:
            log.error("accept: %s", error)
            time.sleep(0.1)
        else:
            threading.Thread(target=attend, args=(sock, registry), daemon=True).start()


if __name__ == "__main__":
    main()
