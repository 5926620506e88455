"""Clients who have ended are removed from a list while a loop goes over it, which skips the next
one: of two that end in the same round the second is not closed.

Clause: fuzz/plans
Trigger: two clients whose ends arrive in one round of the loop, and no traffic afterwards
Profile: concurrent
Grade: nasty
Cause: removal-skips-next | first-ready-only
"""

import contextlib
import os
import selectors
import socket
import time
from selectors import EVENT_READ, EVENT_WRITE

LIMIT = 65536
sel = selectors.DefaultSelector()
clients = []


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False
        sel.register(sock, EVENT_READ, self)
        clients.append(self)

    def step(self, mask):
        if mask & EVENT_READ:
            data = self.sock.recv(16384)
            self.ended = not data
            self.out += data
        with contextlib.suppress(BlockingIOError):
            if self.out:
                del self.out[: self.sock.send(self.out)]

    def watch(self):
        reading = 0 if self.ended or len(self.out) >= LIMIT else EVENT_READ
        mask = reading | (EVENT_WRITE if self.out else 0)
        if mask:
            sel.modify(self.sock, mask, self)
        else:
            sel.unregister(self.sock)


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    Client(sock)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, EVENT_READ)
    while True:
        for key, mask in sel.select():
            if (client := key.data) is None:
                accept(listener)
                continue
            try:
                client.step(mask)
            except OSError:
                client.out.clear()
                client.ended = True
            client.watch()
        for client in clients:
            if client.ended and not client.out:
                clients.remove(client)
                client.sock.close()


if __name__ == "__main__":
    main()
