"""
Bug: what waits to be sent is kept by descriptor number and not removed when a client breaks off;
    setdefault() gives it to the next client that gets the same number.
Cause: state-by-descriptor
Also: leftover-of-earlier
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
ROOM = 100_000

selector = selectors.DefaultSelector()
outgoing: dict[int, bytearray] = {}
ended: set[int] = set()


def accept(listener: socket.socket) -> None:
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    outgoing.setdefault(sock.fileno(), bytearray())
    ended.discard(sock.fileno())
    selector.register(sock, READ)


def close(sock: socket.socket) -> None:
    selector.unregister(sock)
    sock.close()


def transfer(sock: socket.socket, mask: int) -> None:
    fd = sock.fileno()
    waiting = outgoing[fd]
    if mask & READ:
        data = sock.recv(ROOM)
        waiting += data
        if not data:
            ended.add(fd)
    if waiting:
        del waiting[: sock.send(waiting)]
    if fd in ended and not waiting:
        close(sock)
        return
    reading = READ if fd not in ended and len(waiting) < ROOM else 0
    selector.modify(sock, reading | (WRITE if waiting else 0))


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    listener.setblocking(False)
    selector.register(listener, READ)
    while True:
        for key, mask in selector.select():
            if key.fileobj is listener:
                accept(listener)
                continue
            try:
                transfer(key.fileobj, mask)
            except BlockingIOError:
                selector.modify(key.fileobj, WRITE)
            except OSError:
                close(key.fileobj)


if __name__ == "__main__":
    main()
