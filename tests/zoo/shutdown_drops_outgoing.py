"""At the end of the input the socket is closed although its outgoing buffer is not empty yet.

Clause: shutdown/flushes-everything
Trigger: hundreds of kilobytes in a hurry, then a half-close
Profile: concurrent
Grade: nasty
Cause: pending-dropped-at-end | half-close-ends-at-once
"""

import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
HIGH_WATER = 256 * 1024
SLICE = 16 * 1024  # no client keeps the others waiting

selector = selectors.DefaultSelector()


def accept(listener: socket.socket) -> None:
    try:
        client, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    client.setblocking(False)
    selector.register(client, READ, bytearray())


def serve(client: socket.socket, out: bytearray, events: int) -> None:
    try:
        if events & WRITE:
            del out[: client.send(out[:SLICE])]
        if events & READ:
            data = client.recv(65536)
            if not data:
                selector.unregister(client)
                client.close()
                return
            out += data
    except OSError:
        selector.unregister(client)
        client.close()
        return
    wanted = (READ if len(out) < HIGH_WATER else 0) | (WRITE if out else 0)
    selector.modify(client, wanted, out)


server = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
server.setblocking(False)
selector.register(server, READ)
while True:
    for key, events in selector.select():
        sock = key.fileobj
        if sock is server:
            accept(server)
        elif isinstance(sock, socket.socket):
            serve(sock, key.data, events)
