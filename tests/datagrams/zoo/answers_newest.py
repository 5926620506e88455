"""After an event all that waits is read, and the last is answered: the others are lost.

Clause: datagram/boundaries
Trigger: datagrams that wait together
Profile: sequential
Grade: nasty
Cause: drops-while-busy
"""

import os
import selectors
import socket

PORT = int(os.environ.get("PORT", "0"))


def newest(server: socket.socket) -> tuple[bytes, tuple[str, int]] | None:
    found = None
    try:
        while True:
            found = server.recvfrom(65535)
    except BlockingIOError:
        return found


with (
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as server,
    selectors.DefaultSelector() as selector,
):
    server.bind(("127.0.0.1", PORT))
    selector.register(server, selectors.EVENT_READ)
    while selector.select():
        if found := newest(server):
            server.sendto(*found)
