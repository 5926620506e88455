"""A bare loop of non-blocking sockets: what a client in Python can do at most.

It generates nothing, judges nothing but equality, and knows one kind of session: send one message,
half-close, read to the end.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence

SHORT = bytes(range(64))


class Session:
    """``message`` on its way, and what has come back of it."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.left = memoryview(message)
        self.reply = bytearray()


def run(address: tuple[str, int], messages: Sequence[bytes], width: int) -> None:
    """A session for each of ``messages``, with ``width`` connections open at once."""
    selector = selectors.DefaultSelector()
    waiting = iter(messages)

    def start() -> bool:
        message = next(waiting, None)
        if message is None:
            return False
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.connect_ex(address)
        both = selectors.EVENT_WRITE | selectors.EVENT_READ
        selector.register(sock, both, Session(message))
        return True

    under_way = sum(start() for _ in range(width))
    while under_way:
        for key, events in selector.select():
            sock, session = key.fileobj, key.data
            assert isinstance(sock, socket.socket)
            if events & selectors.EVENT_WRITE:
                session.left = session.left[sock.send(session.left) :]
                if not session.left:
                    sock.shutdown(socket.SHUT_WR)
                    selector.modify(sock, selectors.EVENT_READ, session)
            if not events & selectors.EVENT_READ:
                continue
            data = sock.recv(65536)
            if data:
                session.reply += data
                continue
            assert session.reply == session.message
            selector.unregister(sock)
            sock.close()
            if not start():
                under_way -= 1
    selector.close()
