"""A bare loop of non-blocking sockets: what a client in Python can do at most.

It generates nothing, judges nothing but equality, and knows one kind of session: send one message,
half-close, read to the end.
"""

from __future__ import annotations

import selectors
import socket

MESSAGE = bytes(range(64))


def run(address: tuple[str, int], sessions: int, width: int) -> None:
    """``sessions`` of them, with ``width`` connections open at once."""
    selector = selectors.DefaultSelector()
    started = done = 0

    def start() -> None:
        nonlocal started
        started += 1
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.connect_ex(address)
        selector.register(sock, selectors.EVENT_WRITE, bytearray())

    for _ in range(width):
        start()
    while done < sessions:
        for key, events in selector.select():
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            if events & selectors.EVENT_WRITE:
                sock.send(MESSAGE)
                sock.shutdown(socket.SHUT_WR)
                selector.modify(sock, selectors.EVENT_READ, key.data)
                continue
            data = sock.recv(65536)
            if data:
                key.data.extend(data)
                continue
            assert key.data == MESSAGE
            selector.unregister(sock)
            sock.close()
            done += 1
            if started < sessions:
                start()
    selector.close()
