"""'Writable' is asked for when a send is short, and still when all has been sent.

Clause: resources/idle-cpu
Trigger: a client for which output had to wait once, and which is idle then
Profile: concurrent
Grade: realistic
Cause: busy-loop-writable
"""

import contextlib
import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
LIMIT = 256 * 1024


class Client:
    def __init__(self, conn):
        self.conn = conn
        self.out = bytearray()
        self.waits = False
        self.ended = False

    def events(self):
        room = READ if len(self.out) < LIMIT and not self.ended else 0
        return room | (WRITE if self.waits else 0)

    def serve(self, mask):
        if mask & READ:
            data = self.conn.recv(65536)
            self.ended = not data
            self.out += data
        if self.out:
            with contextlib.suppress(BlockingIOError):
                del self.out[: self.conn.send(self.out)]
            if self.out:
                self.waits = True
        return not (self.ended and not self.out)


def accept():
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    conn.setblocking(False)
    ready.register(conn, READ, Client(conn))


listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))), backlog=1024)
listener.setblocking(False)
ready = selectors.DefaultSelector()
ready.register(listener, READ)
while True:
    for key, mask in ready.select():
        if key.fileobj is listener:
            accept()
            continue
        client = key.data
        try:
            goes_on = client.serve(mask)
        except OSError:
            goes_on = False
        if goes_on:
            ready.modify(client.conn, client.events(), client)
        else:
            ready.unregister(client.conn)
            client.conn.close()
