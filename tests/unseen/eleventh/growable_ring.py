"""Bug: when the ring grows, its old contents are copied as they lie, also when they go round the
    end: the part at the begin is then not where it is read.
Cause: ring-wrap
Also: buffer-overwritten, stale-buffer
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket

READ_SIZE = 32 * 1024
MAX_PENDING = 512 * 1024


class RingBuffer:
    """A first in, first out buffer of bytes which becomes larger when it must."""

    def __init__(self, capacity: int = 8 * 1024) -> None:
        self._data = bytearray(capacity)
        self._head = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, chunk: bytes) -> None:
        if self._size + len(chunk) > len(self._data):
            self._grow(self._size + len(chunk))
        capacity = len(self._data)
        tail = (self._head + self._size) % capacity
        first = min(len(chunk), capacity - tail)
        self._data[tail : tail + first] = chunk[:first]
        self._data[: len(chunk) - first] = chunk[first:]
        self._size += len(chunk)

    def peek(self) -> memoryview:
        """The longest piece that can be taken without a copy."""
        end = min(self._head + self._size, len(self._data))
        return memoryview(self._data)[self._head : end]

    def consume(self, count: int) -> None:
        self._head = (self._head + count) % len(self._data)
        self._size -= count

    def _grow(self, needed: int) -> None:
        capacity = len(self._data)
        while capacity < needed:
            capacity *= 2
        bigger = bytearray(capacity)
        bigger[: len(self._data)] = self._data
        self._data = bigger


class Connection:
    def __init__(self, server: "Server", sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.out = RingBuffer()
        self.eof = False

    def handle(self, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                self.fill()
            self.flush()
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.server.drop(self)
            return
        self.update()

    def fill(self) -> None:
        chunk = self.sock.recv(READ_SIZE)
        if chunk:
            self.out.append(chunk)
        else:
            self.eof = True

    def flush(self) -> None:
        while len(self.out):
            with self.out.peek() as view:
                sent = self.sock.send(view)
            self.out.consume(sent)

    def update(self) -> None:
        events = 0
        if not self.eof and len(self.out) < MAX_PENDING:
            events |= selectors.EVENT_READ
        if len(self.out):
            events |= selectors.EVENT_WRITE
        if events:
            self.server.selector.modify(self.sock, events, self)
        else:
            self.server.drop(self)


class Server:
    def __init__(self, port: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def drop(self, connection: Connection) -> None:
        self.selector.unregister(connection.sock)
        connection.sock.close()

    def accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, Connection(self, sock))

    def serve_forever(self) -> None:
        while True:
            for key, mask in self.selector.select():
                if key.data is None:
                    self.accept()
                else:
                    key.data.handle(mask)


if __name__ == "__main__":
    Server(int(os.environ["PORT"])).serve_forever()
