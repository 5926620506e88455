"""The break that should leave the service of a client who has ended leaves the batch of events;
with EPOLLONESHOT the events behind it are spent, and their clients are never heard again.

Clause: fuzz/plans
Trigger: a client ends and another one sends, both in one batch of events
Profile: concurrent
Grade: nasty
Cause: first-ready-only
"""

import os
import select
import socket
import time

LIMIT = 65536


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def step(self):
        """Read and write once; returns the events to wait for, 0 when all is done."""
        try:
            if not self.ended and len(self.out) < LIMIT:
                data = self.sock.recv(16384)
                self.ended = not data
                self.out += data
        except BlockingIOError:
            pass
        try:
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        reading = not self.ended and len(self.out) < LIMIT
        return (select.EPOLLIN if reading else 0) | (select.EPOLLOUT if self.out else 0)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, _ in epoll.poll():
            if fd == listener.fileno():
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                clients[sock.fileno()] = Client(sock)
                epoll.register(sock, select.EPOLLIN | select.EPOLLONESHOT)
                continue
            try:
                wanted = clients[fd].step()
            except OSError:
                wanted = 0
            if not wanted:
                clients.pop(fd).sock.close()
                break
            epoll.modify(fd, wanted | select.EPOLLONESHOT)


if __name__ == "__main__":
    main()
