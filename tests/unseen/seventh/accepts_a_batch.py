"""
Bug: the callbacks of all clients that are accepted in one go look at the same variable, which holds
    the last of them; the others are never read, and their events come again and again.
Cause: shared-loop-variable
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

sel = selectors.DefaultSelector()


def drop(sock):
    try:
        sel.unregister(sock)
    except (KeyError, ValueError):
        pass
    sock.close()


def on_readable(sock):
    try:
        data = sock.recv(4096)
    except BlockingIOError:
        return
    except OSError:
        data = b""
    if data:
        write(sock, data)
    else:
        drop(sock)


def write(sock, data):
    try:
        data = data[sock.send(data) :]
    except BlockingIOError:
        pass
    except OSError:
        drop(sock)
        return
    if data:
        sel.modify(sock, selectors.EVENT_WRITE, lambda: write(sock, data))
    else:
        sel.modify(sock, selectors.EVENT_READ, lambda: on_readable(sock))


def on_connection(server):
    # Several may be waiting: take them all, it saves a round of select() for each.
    while True:
        try:
            sock, _ = server.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        sel.register(sock, selectors.EVENT_READ, lambda: on_readable(sock))  # noqa: B023


server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
server.setblocking(False)
sel.register(server, selectors.EVENT_READ, lambda: on_connection(server))
while True:
    for key, _ in sel.select():
        callback = key.data
        callback()
