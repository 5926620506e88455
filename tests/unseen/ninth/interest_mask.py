"""
Bug: read events are asked for if the client has not ended OR the outbox has room; it must be AND,
    so the server reads without a limit while a client takes nothing.
Cause: unbounded-buffer
Also: spins-at-end
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
HIGH_WATER = 256 * 1024


class Channel:
    def __init__(self, loop, sock):
        self.loop = loop
        self.sock = sock
        self.outbox = bytearray()
        self.eof = False
        self.mask = READ
        loop.register(sock, READ, self)

    def handle(self, mask):
        try:
            if mask & READ:
                self.fill()
            if mask & WRITE:
                self.drain()
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self.eof and not self.outbox:
            self.close()
        else:
            self.update()

    def fill(self):
        data = self.sock.recv(65536)
        if data:
            self.outbox += data
            self.drain()
        else:
            self.eof = True

    def drain(self):
        if self.outbox:
            sent = self.sock.send(self.outbox)
            del self.outbox[:sent]

    def update(self):
        mask = 0
        if not self.eof or len(self.outbox) < HIGH_WATER:
            mask |= READ
        if self.outbox:
            mask |= WRITE
        if mask != self.mask:
            self.loop.modify(self.sock, mask, self)
            self.mask = mask

    def close(self):
        self.loop.unregister(self.sock)
        self.sock.close()


def main():
    loop = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    listener.setblocking(False)
    loop.register(listener, READ, None)
    while True:
        for key, mask in loop.select():
            if key.data is not None:
                key.data.handle(mask)
                continue
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                continue
            except OSError:
                time.sleep(0.02)
                continue
            sock.setblocking(False)
            Channel(loop, sock)


if __name__ == "__main__":
    main()
