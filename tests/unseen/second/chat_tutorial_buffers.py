"""
Bug: an empty read closes the connection at once, though `out` may still hold bytes that wait for
    the client to read.
Cause: pending-dropped-at-end
Also: half-close-ends-at-once
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

LIMIT = 256 * 1024

sel = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        sel.register(sock, selectors.EVENT_READ, self)

    def on_event(self, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                sent = self.sock.send(self.out)
                del self.out[:sent]
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(8192)
                if not data:
                    self.close()
                    return
                self.out += data
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.watch()

    def watch(self):
        events = 0
        if len(self.out) < LIMIT:
            events |= selectors.EVENT_READ
        if self.out:
            events |= selectors.EVENT_WRITE
        sel.modify(self.sock, events, self)

    def close(self):
        sel.unregister(self.sock)
        self.sock.close()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    Client(sock)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    listener.setblocking(False)
    sel.register(listener, selectors.EVENT_READ)
    while True:
        for key, mask in sel.select():
            if key.data is None:
                accept(listener)
            else:
                key.data.on_event(mask)


main()
