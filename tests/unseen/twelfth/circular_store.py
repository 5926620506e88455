"""
Bug: when a write into the ring goes over its end, the part that goes to the beginning of the ring
    is taken from the beginning of the data again and not from where the first part ended.
Cause: ring-wrap
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time


class CircularBuffer:
    """Fixed size; nothing is moved when bytes are taken out."""

    def __init__(self, capacity=64 * 1024):
        self._store = bytearray(capacity)
        self._capacity = capacity
        self._read_pos = 0
        self._count = 0

    def __len__(self):
        return self._count

    @property
    def free(self):
        return self._capacity - self._count

    def write(self, data):
        if len(data) > self.free:
            raise BufferError("not enough room")
        write_pos = (self._read_pos + self._count) % self._capacity
        until_end = min(len(data), self._capacity - write_pos)
        self._store[write_pos : write_pos + until_end] = data[:until_end]
        rest = len(data) - until_end
        if rest:
            self._store[:rest] = data[:rest]
        self._count += len(data)

    def peek(self):
        """The bytes that can be sent without a copy: up to the end of the store."""
        end = min(self._read_pos + self._count, self._capacity)
        return memoryview(self._store)[self._read_pos : end]

    def skip(self, count):
        self._read_pos = (self._read_pos + count) % self._capacity
        self._count -= count


class Session:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.ring = CircularBuffer()
        self.eof = False

    def ready(self, mask):
        try:
            if mask & selectors.EVENT_READ and not self.eof and self.ring.free:
                data = self.sock.recv(min(self.ring.free, 16384))
                if data:
                    self.ring.write(data)
                else:
                    self.eof = True
            while self.ring:
                with self.ring.peek() as view:
                    sent = self.sock.send(view)
                self.ring.skip(sent)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self.eof and not self.ring:
            self.close()
            return
        events = selectors.EVENT_WRITE if self.ring else 0
        if not self.eof and self.ring.free:
            events |= selectors.EVENT_READ
        self.server.selector.modify(self.sock, events, self.ready)

    def close(self):
        self.server.selector.unregister(self.sock)
        self.sock.close()


class Server:
    def __init__(self, host, port):
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server((host, port), backlog=300)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.incoming)

    def incoming(self, mask):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)
            return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, Session(self, sock).ready)

    def run(self):
        while True:
            for key, mask in self.selector.select():
                key.data(mask)


if __name__ == "__main__":
    Server("127.0.0.1", int(os.environ["PORT"])).run()
