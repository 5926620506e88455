"""
Bug: connections are dealt out to four workers in turn, and range(1, 4) starts only three of them,
    so the first client and every fourth after it wait in a queue that nobody looks at.
Cause: none-of-these
Caught by: sessions/one-after-another
Profile: concurrent
Port: 29017
"""

import itertools
import queue
import selectors
import socket
import threading
import time

WORKERS = 4
PORT = 29017


class Worker(threading.Thread):
    def __init__(self, number):
        super().__init__(name=f"worker-{number}", daemon=True)
        self.number = number
        self.inbox = queue.SimpleQueue()
        self.wake, self.woken = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.woken, selectors.EVENT_READ, None)

    def give(self, sock):
        sock.setblocking(False)
        self.inbox.put(sock)
        self.wake.send(b"!")

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    self.woken.recv(1)
                    self.selector.register(self.inbox.get(), selectors.EVENT_READ, [b""])
                else:
                    self.serve(key.fileobj, key.data)

    def serve(self, sock, waiting):
        try:
            if not waiting[0]:
                waiting[0] = sock.recv(4096)
                if not waiting[0]:
                    raise ConnectionError("the end")
            waiting[0] = waiting[0][sock.send(waiting[0]) :]
        except BlockingIOError:
            pass
        except OSError:
            self.selector.unregister(sock)
            sock.close()
            return
        wanted = selectors.EVENT_WRITE if waiting[0] else selectors.EVENT_READ
        self.selector.modify(sock, wanted, waiting)


workers = [Worker(number) for number in range(WORKERS)]
for number in range(1, WORKERS):
    workers[number].start()

listener = socket.create_server(("127.0.0.1", PORT), backlog=100)
turns = itertools.cycle(workers)
while True:
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.1)
        continue
    next(turns).give(sock)
