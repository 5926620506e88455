"""What these targets have in common: a correct concurrent echo server."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable


def echo(connection: socket.socket) -> None:
    try:
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)
    except ConnectionError:
        pass


def serve(
    listening: Callable[[], object] = lambda: None,
    client: Callable[[int], object] = lambda number: None,
) -> None:
    """Serve for ever.  ``listening`` is called once, ``client`` for each that comes, from 1."""
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    listening()
    number = 0
    while True:
        connection, _ = listener.accept()
        number += 1
        client(number)
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def ancestors() -> list[int]:
    """Parent, grandparent, and so on, while they are of the harness: warden, nursery, harness."""
    found: list[int] = []
    pid = os.getppid()
    while pid > 1 and len(found) < 3:
        found.append(pid)
        with open(f"/proc/{pid}/stat", "rb") as stat:
            pid = int(stat.read().rpartition(b")")[2].split()[1])
    return found
