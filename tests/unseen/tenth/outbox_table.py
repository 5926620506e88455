"""
Bug: what waits to be sent is kept in a table under the descriptor's number, and is not taken out
    when a client breaks off; the next client that gets this number receives it before its own
    data.
Cause: state-by-descriptor, leftover-of-earlier
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time
from collections import defaultdict

HIGH_WATER = 256 * 1024


class EchoReactor:
    def __init__(self, port: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.listener.setblocking(False)
        self.poller = select.poll()
        self.poller.register(self.listener, select.POLLIN)
        self.conns: dict[int, socket.socket] = {}
        self.outbox: defaultdict[int, bytearray] = defaultdict(bytearray)
        self.finished: set[int] = set()

    def run(self) -> None:
        while True:
            for fd, mask in self.poller.poll():
                if fd == self.listener.fileno():
                    self.accept()
                elif fd in self.conns:
                    self.serve(fd, mask)

    def accept(self) -> None:
        try:
            conn, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)
            return
        conn.setblocking(False)
        self.conns[conn.fileno()] = conn
        self.poller.register(conn, select.POLLIN)

    def serve(self, fd: int, mask: int) -> None:
        try:
            if mask & (select.POLLIN | select.POLLHUP | select.POLLERR):
                self.read(fd)
            self.flush(fd)
        except OSError:
            self.drop(fd)
            return
        if fd in self.finished and not self.outbox[fd]:
            self.drop(fd)
            return
        self.watch(fd)

    def read(self, fd: int) -> None:
        if fd in self.finished or len(self.outbox[fd]) >= HIGH_WATER:
            return
        try:
            data = self.conns[fd].recv(65536)
        except BlockingIOError:
            return
        if data:
            self.outbox[fd] += data
        else:
            self.finished.add(fd)

    def flush(self, fd: int) -> None:
        waiting = self.outbox[fd]
        while waiting:
            try:
                sent = self.conns[fd].send(waiting)
            except BlockingIOError:
                return
            del waiting[:sent]

    def watch(self, fd: int) -> None:
        mask = 0
        if self.outbox[fd]:
            mask |= select.POLLOUT
        if fd not in self.finished and len(self.outbox[fd]) < HIGH_WATER:
            mask |= select.POLLIN
        self.poller.modify(fd, mask)

    def drop(self, fd: int) -> None:
        self.poller.unregister(fd)
        self.finished.discard(fd)
        self.conns.pop(fd).close()


if __name__ == "__main__":
    EchoReactor(int(os.environ["PORT"])).run()
