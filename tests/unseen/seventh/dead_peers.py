"""
Bug: TCP_USER_TIMEOUT was meant for peers that have died; it also ends the connection of a living
    client that takes nothing for a second and a half.
Cause: gives-up-on-slow-reader
Also: stalled-output-dropped
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time

# (level, option, value), as in our other services
SOCKET_OPTIONS: tuple[tuple[int, int, int], ...] = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500),
)


def handle(conn: socket.socket) -> None:
    with conn, contextlib.suppress(OSError):
        for level, option, value in SOCKET_OPTIONS:
            conn.setsockopt(level, option, value)
        buffer = bytearray(32768)
        view = memoryview(buffer)
        while count := conn.recv_into(buffer):
            conn.sendall(view[:count])


def accept_forever(listener: socket.socket) -> None:
    while True:
        try:
            conn, _peer = listener.accept()
        except OSError:
            time.sleep(0.1)
        else:
            threading.Thread(target=handle, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(os.environ["PORT"])))
    listener.listen(256)
    accept_forever(listener)
