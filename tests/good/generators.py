"""A home-made scheduler: each client is a generator that yields what it waits for, read or write.

Style: generators on a selector
Profile: concurrent
"""

import os
import selectors
import socket
import time
from collections.abc import Generator

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Task = Generator[int, None, None]
RETRY = 0.1


def echo(sock: socket.socket) -> Task:
    while True:
        yield READ
        try:
            data = sock.recv(16384)
        except BlockingIOError:
            continue
        if not data:
            return
        view = memoryview(data)
        while view:
            try:
                view = view[sock.send(view) :]
            except BlockingIOError:
                yield WRITE


def step(selector: selectors.BaseSelector, sock: socket.socket, task: Task) -> None:
    try:
        selector.modify(sock, next(task), task)
    except (StopIteration, OSError):
        selector.unregister(sock)
        sock.close()


def accept(selector: selectors.BaseSelector, listener: socket.socket) -> float:
    """Take a client in; returns when accept may be tried again, 0 for at once."""
    try:
        sock, _ = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return 0.0
    except OSError:
        selector.unregister(listener)
        return time.monotonic() + RETRY
    sock.setblocking(False)
    task = echo(sock)
    selector.register(sock, next(task), task)
    return 0.0


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    listener.setblocking(False)
    selector.register(listener, READ)
    again = 0.0
    while True:
        for key, _ in selector.select(RETRY if again else None):
            if key.data is None:
                again = accept(selector, listener)
            else:
                step(selector, key.fileobj, key.data)  # type: ignore[arg-type]
        if again and time.monotonic() >= again:
            selector.register(listener, READ)
            again = 0.0


if __name__ == "__main__":
    main()
