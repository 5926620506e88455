"""Bug: all pieces that wait are given to one sendmsg(), and the system takes at most 1,024 of them:
    with more it reports an error, and the connection of a client that reads late is closed.
Cause: gives-up-on-slow-reader, stalled-output-dropped
Also: would-block-closes
Profile: concurrent
Port: $PORT
"""

import os
import selectors
import socket
import time
from collections import deque

BLOCK = 1024
HIGH_WATER = 2 * 1024 * 1024
LOW_WATER = 512 * 1024
POOL_LIMIT = 8192


class BlockPool:
    """Recycles fixed-size receive blocks, so that the hot path allocates nothing."""

    def __init__(self):
        self.blocks = []

    def take(self):
        return self.blocks.pop() if self.blocks else bytearray(BLOCK)

    def give(self, block):
        if len(self.blocks) < POOL_LIMIT:
            self.blocks.append(block)


class Channel:
    """One client: blocks are received in place and gathered by the kernel when they are sent."""

    __slots__ = ("ended", "events", "paused", "pool", "queue", "queued", "sock")

    def __init__(self, sock, pool):
        self.sock = sock
        self.pool = pool
        self.queue = deque()
        self.queued = 0
        self.paused = False
        self.ended = False
        self.events = selectors.EVENT_READ

    def fill(self):
        for _ in range(64):
            block = self.pool.take()
            try:
                count = self.sock.recv_into(block)
            except BlockingIOError:
                self.pool.give(block)
                return
            if not count:
                self.pool.give(block)
                self.ended = True
                return
            self.queue.append(memoryview(block)[:count])
            self.queued += count

    def drain(self):
        if not self.queue:
            return
        try:
            sent = self.sock.sendmsg(self.queue)
        except BlockingIOError:
            return
        self.queued -= sent
        while sent:
            view = self.queue[0]
            if sent < len(view):
                self.queue[0] = view[sent:]
                return
            sent -= len(view)
            self.queue.popleft()
            self.pool.give(view.obj)

    def wanted(self):
        if self.queued >= HIGH_WATER:
            self.paused = True
        elif self.queued <= LOW_WATER:
            self.paused = False
        reading = not (self.paused or self.ended)
        return reading * selectors.EVENT_READ | bool(self.queue) * selectors.EVENT_WRITE


def run(port):
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    pool = BlockPool()
    while True:
        for key, mask in selector.select():
            channel = key.data
            if channel is None:
                try:
                    sock, _ = listener.accept()
                except BlockingIOError:
                    continue
                except OSError:
                    time.sleep(0.02)
                    continue
                sock.setblocking(False)
                selector.register(sock, selectors.EVENT_READ, Channel(sock, pool))
                continue
            try:
                if mask & selectors.EVENT_READ:
                    channel.fill()
                channel.drain()
                wanted = channel.wanted()
            except OSError:
                wanted = 0
            if not wanted:
                selector.unregister(channel.sock)
                channel.sock.close()
            elif wanted != channel.events:
                channel.events = wanted
                selector.modify(channel.sock, wanted, channel)


if __name__ == "__main__":
    run(int(os.environ["PORT"]))
