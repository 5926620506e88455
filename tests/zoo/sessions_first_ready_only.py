"""Of the events that epoll reports only the first is served; it is edge-triggered, and so the
others in the same list are never reported again.

Clause: sessions/simultaneous
Trigger: two clients that send at the same moment
Profile: concurrent
Grade: nasty
Cause: first-ready-only
"""

import contextlib
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
        with contextlib.suppress(BlockingIOError):
            if not self.ended and len(self.out) < LIMIT:
                data = self.sock.recv(16384)
                self.ended = not data
                self.out += data
        with contextlib.suppress(BlockingIOError):
            if self.out:
                del self.out[: self.sock.send(self.out)]
        reading = not self.ended and len(self.out) < LIMIT
        return (select.EPOLLIN if reading else 0) | (select.EPOLLOUT if self.out else 0)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        fd, _ = epoll.poll()[0]
        if fd == listener.fileno():
            try:
                sock, _ = listener.accept()
            except OSError:
                time.sleep(0.05)
                continue
            sock.setblocking(False)
            clients[sock.fileno()] = Client(sock)
            epoll.register(sock, select.EPOLLIN | select.EPOLLET)
            continue
        try:
            wanted = clients[fd].step()
        except OSError:
            wanted = 0
        if wanted:
            epoll.modify(fd, wanted | select.EPOLLET)  # reported again if it is ready now
        else:
            clients.pop(fd).sock.close()


if __name__ == "__main__":
    main()
