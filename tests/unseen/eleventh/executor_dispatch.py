"""Bug: an error of the handler stays in the future that nobody looks at, so the connection of a
    client that breaks off is neither watched again nor closed.
Cause: descriptor-leak
Also: memory-leak
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import queue
import selectors
import socket
from concurrent.futures import ThreadPoolExecutor

CHUNK = 32 * 1024
LIMIT = 256 * 1024


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.outgoing = bytearray()
        self.eof = False

    @property
    def interest(self) -> int:
        events = 0
        if not self.eof and len(self.outgoing) < LIMIT:
            events |= selectors.EVENT_READ
        if self.outgoing:
            events |= selectors.EVENT_WRITE
        return events

    def receive(self) -> None:
        try:
            data = self.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        if data:
            self.outgoing += data
        else:
            self.eof = True

    def transmit(self) -> None:
        try:
            while self.outgoing:
                sent = self.sock.send(self.outgoing)
                del self.outgoing[:sent]
        except (BlockingIOError, InterruptedError):
            pass


class Server:
    """One thread waits for events, and workers handle them.

    A connection is out of the selector while a worker has it; it comes back through `done`.
    """

    def __init__(self, port: int, workers: int = 8) -> None:
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="io")
        self.done: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self.connections: set[Connection] = set()
        self.selector = selectors.DefaultSelector()
        self.waker, self.alarm = socket.socketpair()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        for sock in (self.waker, self.alarm, self.listener):
            sock.setblocking(False)
        self.selector.register(self.alarm, selectors.EVENT_READ, self.collect)
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)

    def accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        connection = Connection(sock)
        self.connections.add(connection)
        self.selector.register(sock, selectors.EVENT_READ, connection)

    def work(self, connection: Connection, mask: int) -> None:
        if mask & selectors.EVENT_READ:
            connection.receive()
        connection.transmit()
        self.done.put(connection)
        try:
            self.waker.send(b"\0")
        except BlockingIOError:
            pass

    def collect(self) -> None:
        self.alarm.recv(4096)
        while not self.done.empty():
            connection = self.done.get()
            if connection.interest:
                self.selector.register(connection.sock, connection.interest, connection)
            else:
                self.connections.discard(connection)
                connection.sock.close()

    def run(self) -> None:
        while True:
            for key, mask in self.selector.select():
                if isinstance(key.data, Connection):
                    self.selector.unregister(key.fileobj)
                    self.pool.submit(self.work, key.data, mask)
                else:
                    key.data()


if __name__ == "__main__":
    Server(int(os.environ["PORT"])).run()
