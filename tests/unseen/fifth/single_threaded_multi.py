"""
Bug: the number that send() returns is not used: what it did not take is never sent.
Cause: short-send-ignored
Caught by: partial-send/stalled-reader
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

sel = selectors.DefaultSelector()


class Peer:
    def __init__(self, sock):
        self.sock = sock
        self.outgoing = b""

    def ready(self, mask):
        if mask & selectors.EVENT_READ:
            self.outgoing = self.sock.recv(65536)
            if not self.outgoing:
                self.leave()
                return
        self.flush()
        wanted = selectors.EVENT_WRITE if self.outgoing else selectors.EVENT_READ
        sel.modify(self.sock, wanted, self)

    def flush(self):
        try:
            self.sock.send(self.outgoing)
        except BlockingIOError:
            return
        self.outgoing = b""

    def leave(self):
        sel.unregister(self.sock)
        self.sock.close()


def accept(server):
    try:
        sock, _ = server.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sel.register(sock, selectors.EVENT_READ, Peer(sock))


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    server.setblocking(False)
    sel.register(server, selectors.EVENT_READ, None)
    while True:
        for key, mask in sel.select():
            if key.data is None:
                accept(server)
                continue
            try:
                key.data.ready(mask)
            except OSError:
                key.data.leave()


main()
