"""
Bug: after send() the whole piece that was offered is taken off the buffer, and not what send() has
    taken; where the client reads slowly the rest of such a piece is missing.
Cause: short-send-ignored
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

CHUNK = 16 * 1024
HIGH_WATER = 128 * 1024

selector = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.outgoing = bytearray()
        self.finished = False
        self.events = selectors.EVENT_READ
        selector.register(sock, self.events, self.handle)

    def handle(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                self.on_readable()
            if self.outgoing:
                self.on_writable()
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.update()

    def on_readable(self):
        data = self.sock.recv(CHUNK)
        if data:
            self.outgoing += data
        else:
            self.finished = True

    def on_writable(self):
        piece = bytes(self.outgoing[:CHUNK])
        self.sock.send(piece)
        del self.outgoing[: len(piece)]

    def update(self):
        if self.finished and not self.outgoing:
            self.close()
            return
        events = 0
        if not self.finished and len(self.outgoing) < HIGH_WATER:
            events |= selectors.EVENT_READ
        if self.outgoing:
            events |= selectors.EVENT_WRITE
        if events != self.events:
            self.events = events
            selector.modify(self.sock, events, self.handle)

    def close(self):
        selector.unregister(self.sock)
        self.sock.close()


def accept(listener):
    try:
        sock, _ = listener.accept()
    except BlockingIOError:
        return
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    Client(sock)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ, lambda mask: accept(listener))
    while True:
        for key, mask in selector.select():
            key.data(mask)


if __name__ == "__main__":
    main()
