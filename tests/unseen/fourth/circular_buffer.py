"""
Bug: when a chunk passes the end of the circular buffer its second part is copied from the wrong
    place: the index counts from the buffer's start, not from the chunk's.
Cause: ring-wrap
Caught by: chunking/cumulative
Profile: sequential
Port: $PORT
"""

import os
import socket
import time


class CircularBuffer:
    """Holds up to `size` bytes between the reader and the writer."""

    def __init__(self, size=3000):
        self.store = bytearray(size)
        self.size = size
        self.head = 0
        self.count = 0

    def free(self):
        return self.size - self.count

    def put(self, data):
        tail = (self.head + self.count) % self.size
        first = min(len(data), self.size - tail)
        self.store[tail : tail + first] = data[:first]
        rest = len(data) - first
        if rest:
            self.store[0:rest] = data[:rest]
        self.count += len(data)

    def peek(self):
        return self.store[self.head : min(self.head + self.count, self.size)]

    def drop(self, n):
        self.head = (self.head + n) % self.size
        self.count -= n


def echo(conn):
    ring = CircularBuffer()
    while data := conn.recv(ring.free()):
        ring.put(data)
        while ring.count:
            ring.drop(conn.send(ring.peek()))


listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    try:
        conn, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    with conn:
        try:
            echo(conn)
        except OSError as error:
            print(error)
