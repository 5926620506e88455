"""
Bug: the bytearray of what could not be sent yet is a default argument, so all sessions have the
    same one: what waits for a slow reader is sent to whoever can be written to first.
Cause: shared-buffer
Also: answers-wrong-client
Beside: leftover-of-earlier
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time

HIGH_WATER = 128 * 1024


class Session:
    def __init__(self, sock, peer, pending=bytearray()):
        self.sock = sock
        self.peer = peer
        self.pending = pending
        self.finished = False

    def fileno(self):
        return self.sock.fileno()

    def events(self):
        wanted = 0
        if not self.finished and len(self.pending) < HIGH_WATER:
            wanted |= selectors.EVENT_READ
        if self.pending:
            wanted |= selectors.EVENT_WRITE
        return wanted

    def on_readable(self):
        data = self.sock.recv(16 * 1024)
        if not data:
            self.finished = True
            return
        self.pending += data
        self.flush()

    def flush(self):
        while self.pending:
            try:
                sent = self.sock.send(self.pending)
            except BlockingIOError:
                return
            del self.pending[:sent]

    def done(self):
        return self.finished and not self.pending


class Server:
    def __init__(self, address):
        self.listener = socket.create_server(address, backlog=256)
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)

    def accept(self):
        try:
            sock, peer = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)
            return
        sock.setblocking(False)
        session = Session(sock, peer)
        self.selector.register(session, selectors.EVENT_READ, session)

    def step(self, session, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                session.flush()
            if mask & selectors.EVENT_READ:
                session.on_readable()
        except BlockingIOError:
            pass
        except OSError:
            self.close(session)
            return
        if session.done():
            self.close(session)
        else:
            self.selector.modify(session, session.events() or selectors.EVENT_WRITE, session)

    def close(self, session):
        self.selector.unregister(session)
        session.sock.close()

    def run(self):
        while True:
            for key, mask in self.selector.select():
                if key.data is None:
                    self.accept()
                else:
                    self.step(key.data, mask)


if __name__ == "__main__":
    try:
        Server(("127.0.0.1", int(os.environ["PORT"]))).run()
    except KeyboardInterrupt:
        pass
