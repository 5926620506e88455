"""
Bug: the first of four workers is never started, and the clients are dealt out to all four: each
    fourth client is accepted and never gets an answer.
Cause: none-of-these, reads-never
Profile: concurrent
Port: $PORT
"""

import os
import queue
import selectors
import socket
import threading
import time

WORKERS = 4
HIGH_WATER = 128 * 1024


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def wants(self):
        events = 0
        if not self.ended and len(self.out) < HIGH_WATER:
            events |= selectors.EVENT_READ
        if self.out:
            events |= selectors.EVENT_WRITE
        return events


class Worker(threading.Thread):
    """Has a selector of its own; the dispatcher gives it new clients."""

    def __init__(self, number):
        super().__init__(name=f"worker-{number}", daemon=True)
        self.selector = selectors.DefaultSelector()
        self.inbox = queue.Queue()
        self.bell, self.rope = socket.socketpair()
        self.bell.setblocking(False)
        self.rope.setblocking(False)
        self.selector.register(self.bell, selectors.EVENT_READ, None)

    def give(self, sock):
        self.inbox.put(sock)
        try:
            self.rope.send(b"!")
        except BlockingIOError:
            pass  # it has been rung often enough

    def run(self):
        while True:
            for key, mask in self.selector.select():
                if key.data is None:
                    self.take_new()
                else:
                    self.serve(key.data, mask)

    def take_new(self):
        self.bell.recv(4096)
        while not self.inbox.empty():
            sock = self.inbox.get()
            self.selector.register(sock, selectors.EVENT_READ, Client(sock))

    def serve(self, client, mask):
        try:
            if mask & selectors.EVENT_READ:
                data = client.sock.recv(16384)
                client.out += data
                client.ended = not data
            if client.out:
                del client.out[: client.sock.send(client.out)]
        except BlockingIOError:
            pass
        except OSError:
            self.drop(client)
            return
        if client.ended and not client.out:
            self.drop(client)
        else:
            self.selector.modify(client.sock, client.wants(), client)

    def drop(self, client):
        self.selector.unregister(client.sock)
        client.sock.close()


def main():
    workers = [Worker(number) for number in range(WORKERS)]
    for number in range(1, WORKERS):
        workers[number].start()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=200)
    turn = 0
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        sock.setblocking(False)
        turn = (turn + 1) % WORKERS
        workers[turn].give(sock)


if __name__ == "__main__":
    main()
