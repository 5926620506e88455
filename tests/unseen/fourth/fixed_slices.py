"""
Bug: what waits for a client is sent in slices of 8192 bytes, and the buffer is cut by 8192 and not
    by what send() took, so bytes are lost where the socket had room for less.
Cause: short-send-ignored
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: 29001
"""

import selectors
import socket
import time

PORT = 29001
SLICE = 8192
HIGH_WATER = 65536

sel = selectors.DefaultSelector()


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = b""
        self.eof = False
        sock.setblocking(False)
        sel.register(sock, selectors.EVENT_READ, self)

    def interest(self):
        events = 0
        if not self.eof and len(self.out) < HIGH_WATER:
            events |= selectors.EVENT_READ
        if self.out:
            events |= selectors.EVENT_WRITE
        if not events:
            self.close()
        else:
            sel.modify(self.sock, events, self)

    def close(self):
        sel.unregister(self.sock)
        self.sock.close()

    def handle(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(SLICE)
                self.out += data
                self.eof = not data
            if mask & selectors.EVENT_WRITE:
                self.sock.send(self.out[:SLICE])
                self.out = self.out[SLICE:]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self.interest()


def main():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=128)
    listener.setblocking(False)
    sel.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, mask in sel.select():
            if key.data is not None:
                key.data.handle(mask)
                continue
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                continue
            except OSError:
                time.sleep(0.1)
                continue
            Client(sock)


main()
