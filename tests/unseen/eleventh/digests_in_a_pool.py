"""
Bug: each block that was read goes through a pool of threads that computes its digest, and is
    sent when its digest is ready: a short block overtakes the long one before it
Cause: answers-overtake
Profile: concurrent
Port: $PORT
"""

import collections
import hashlib
import logging
import os
import selectors
import socket
import time
from concurrent.futures import ThreadPoolExecutor

BLOCK = 65536
IN_FLIGHT = 4

log = logging.getLogger("digests")


class Connection:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.jobs = 0
        self.ended = False
        self.closed = False
        self.events = 0


class DigestingEcho:
    """One thread does the input and output, and the pool does the arithmetic."""

    def __init__(self, address, workers=4):
        self.selector = selectors.DefaultSelector()
        self.pool = ThreadPoolExecutor(workers)
        self.finished = collections.deque()
        self.wake_r, self.wake_w = socket.socketpair()
        self.wake_r.setblocking(False)
        self.wake_w.setblocking(False)
        self.listener = socket.create_server(address, backlog=1024)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ, self.on_accept)
        self.selector.register(self.wake_r, selectors.EVENT_READ, self.on_finished)

    def run(self):
        while True:
            for key, mask in self.selector.select():
                if callable(key.data):
                    key.data()
                else:
                    self.on_ready(key.data, mask)

    def on_accept(self):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("accept: %s", error)
            time.sleep(0.02)
            return
        sock.setblocking(False)
        self.watch(Connection(sock))

    def on_ready(self, conn, mask):
        if conn.closed:
            return
        try:
            if mask & selectors.EVENT_WRITE:
                self.flush(conn)
            if mask & selectors.EVENT_READ:
                self.receive(conn)
        except BlockingIOError:
            pass
        except OSError:
            self.close(conn)
            return
        self.watch(conn)

    def receive(self, conn):
        data = conn.sock.recv(BLOCK)
        if not data:
            conn.ended = True
            return
        conn.jobs += 1
        self.pool.submit(self.digest, conn, data)

    def digest(self, conn, data):
        log.debug("%s %d", hashlib.sha256(data).hexdigest(), len(data))
        self.finished.append((conn, data))
        try:
            self.wake_w.send(b"!")
        except BlockingIOError:
            pass

    def on_finished(self):
        self.wake_r.recv(4096)
        while self.finished:
            conn, data = self.finished.popleft()
            conn.jobs -= 1
            if conn.closed:
                continue
            conn.out += data
            self.on_ready(conn, selectors.EVENT_WRITE)

    def flush(self, conn):
        if conn.out:
            sent = conn.sock.send(conn.out)
            del conn.out[:sent]

    def watch(self, conn):
        if conn.ended and not conn.jobs and not conn.out:
            self.close(conn)
            return
        events = selectors.EVENT_WRITE if conn.out else 0
        if not conn.ended and conn.jobs < IN_FLIGHT and len(conn.out) < 4 * BLOCK:
            events |= selectors.EVENT_READ
        if events == conn.events:
            return
        if not conn.events:
            self.selector.register(conn.sock, events, conn)
        elif not events:
            self.selector.unregister(conn.sock)
        else:
            self.selector.modify(conn.sock, events, conn)
        conn.events = events

    def close(self, conn):
        if conn.events:
            self.selector.unregister(conn.sock)
        conn.closed = True
        conn.sock.close()


if __name__ == "__main__":
    DigestingEcho(("127.0.0.1", int(os.environ["PORT"]))).run()
