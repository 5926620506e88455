"""POLLRDHUP is handled before POLLIN, so data that arrived together with the FIN is never read.

Clause: shutdown/data-with-fin
Trigger: data and FIN both there before the read
Profile: concurrent
Grade: nasty
Cause: end-with-data-lost | half-close-ends-at-once
"""

import os
import select
import socket
import time

READABLE, WRITABLE = select.POLLIN | select.POLLRDHUP, select.POLLOUT
GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR

listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
poller = select.poll()
poller.register(listener, select.POLLIN)
clients: dict[int, socket.socket] = {}
pending: dict[int, bytes] = {}


def drop(fd: int) -> None:
    poller.unregister(fd)
    pending.pop(fd)
    clients.pop(fd).close()


def serve(fd: int, event: int) -> None:
    if event & GONE:
        drop(fd)
        return
    try:
        if event & select.POLLIN:
            pending[fd] = clients[fd].recv(1024)
        pending[fd] = pending[fd][clients[fd].send(pending[fd]) :]
    except BlockingIOError:
        pass
    except OSError:
        drop(fd)
        return
    poller.modify(fd, WRITABLE if pending[fd] else READABLE)


while True:
    for fd, event in poller.poll():
        if fd != listener.fileno():
            serve(fd, event)
            continue
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        client.setblocking(False)
        clients[client.fileno()], pending[client.fileno()] = client, b""
        poller.register(client, READABLE)
