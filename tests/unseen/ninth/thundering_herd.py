"""
Bug: several processes wait for the same listener by select, and it is blocking: the one that comes
    too late hangs in accept() until the next client, and its own clients get nothing meanwhile.
Cause: none-of-these
Also: accept-blocks-others
Profile: concurrent
Port: $PORT
"""

import multiprocessing
import os
import selectors
import signal
import socket
import sys
import time

WORKERS = 4
LIMIT = 1 << 18


class Connection:
    def __init__(self, selector, sock):
        self.selector = selector
        self.sock = sock
        self.out = bytearray()
        self.ended = False
        selector.register(sock, selectors.EVENT_READ, self.on_event)

    def on_event(self, mask):
        try:
            if mask & selectors.EVENT_READ:
                data = self.sock.recv(65536)
                self.out += data
                self.ended = not data
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        if self.ended and not self.out:
            self.close()
            return
        wanted = 0
        if not self.ended and len(self.out) < LIMIT:
            wanted |= selectors.EVENT_READ
        if self.out:
            wanted |= selectors.EVENT_WRITE
        self.selector.modify(self.sock, wanted, self.on_event)

    def close(self):
        self.selector.unregister(self.sock)
        self.sock.close()


def worker(listener):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    selector = selectors.DefaultSelector()

    def on_accept(_mask):
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.02)
            return
        sock.setblocking(False)
        Connection(selector, sock)

    selector.register(listener, selectors.EVENT_READ, on_accept)
    while True:
        events = selector.select()
        # those that are connected go before those that want to be
        events.sort(key=lambda event: event[0].fileobj is listener)
        for key, mask in events:
            key.data(mask)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    context = multiprocessing.get_context("fork")
    crew = [context.Process(target=worker, args=(listener,), daemon=True) for _ in range(WORKERS)]
    for process in crew:
        process.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for process in crew:
        process.join()


if __name__ == "__main__":
    main()
