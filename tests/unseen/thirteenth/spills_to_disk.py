"""
Bug: before it adds to the file the program does not go to its end, but writes where the last
    read stopped: over what still waits, when that is more than one piece.
Cause: buffer-overwritten
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import tempfile

IN_MEMORY, MOST, PIECE = 65_536, 8 << 20, 16_384


class Client:
    def __init__(self, sock):
        self.sock, self.ended = sock, False
        self.spool, self.written, self.sent = None, 0, 0

    def interest(self):
        events = selectors.EVENT_WRITE if self.written > self.sent else 0
        if not self.ended and self.written < MOST:
            events |= selectors.EVENT_READ
        return events

    def read(self):
        data = self.sock.recv(PIECE)
        if not data:
            self.ended = True
            return
        if self.spool is None:
            self.spool = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        self.spool.write(data)
        self.written += len(data)

    def write(self):
        self.spool.seek(self.sent)
        self.sent += self.sock.send(self.spool.read(PIECE))
        if self.sent == self.written:
            self.close_spool()

    def close_spool(self):
        if self.spool is not None:
            self.spool.close()
        self.spool, self.written, self.sent = None, 0, 0

    def move(self, events):
        try:
            if events & selectors.EVENT_READ:
                self.read()
            if events & selectors.EVENT_WRITE or self.written > self.sent:
                self.write()
        except BlockingIOError:
            pass
        except OSError as problem:
            if problem.errno in (23, 24):  # no descriptor for the file: nothing was taken yet
                print(f"no room for a file: {problem}")
            self.leave()
            return
        if self.ended and self.written == self.sent:
            self.leave()
            return
        ready.modify(self.sock, self.interest(), self.move)

    def leave(self):
        self.close_spool()
        ready.unregister(self.sock)
        self.sock.close()


ready = selectors.DefaultSelector()
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=300)
server.setblocking(False)
pause = None


def let_in(_):
    global pause
    try:
        sock, _ = server.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return
    except OSError:
        ready.unregister(server)
        pause = 0.1
        return
    sock.setblocking(False)
    ready.register(sock, selectors.EVENT_READ, Client(sock).move)


ready.register(server, selectors.EVENT_READ, let_in)
while True:
    found = ready.select(pause)
    if pause is not None:
        pause = None
        ready.register(server, selectors.EVENT_READ, let_in)
    for key, events in found:
        key.data(events)
