"""EPOLLRDHUP is taken for the end of the data: while reading is paused by back-pressure it comes
before the last data were read, and they are lost.

Clause: fuzz/plans
Trigger: some 400 to 550 KB and a half-close, before the client reads any of its echo
Profile: concurrent
Grade: nasty
Cause: end-with-data-lost | half-close-ends-at-once | pending-dropped-at-end
"""

import os
import select
import socket
import time

LIMIT = 65536
GONE = select.EPOLLHUP | select.EPOLLERR


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def step(self, event):
        if event & (select.EPOLLIN | GONE) and not self.ended:
            data = self.sock.recv(16384)
            self.ended = not data
            self.out += data
        elif event & select.EPOLLRDHUP:
            self.ended = True
        try:
            if self.out:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        if self.ended:
            return select.EPOLLOUT if self.out else 0
        reading = select.EPOLLIN if len(self.out) < LIMIT else 0
        return reading | select.EPOLLRDHUP | (select.EPOLLOUT if self.out else 0)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        listener.setsockopt(socket.SOL_SOCKET, option, 131072)
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    clients = {}
    while True:
        for fd, event in epoll.poll():
            if fd == listener.fileno():
                try:
                    sock, _ = listener.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                clients[sock.fileno()] = Client(sock)
                epoll.register(sock, select.EPOLLIN | select.EPOLLRDHUP)
                continue
            try:
                wanted = clients[fd].step(event)
            except OSError:
                wanted = 0
            if wanted:
                epoll.modify(fd, wanted)
            else:
                epoll.unregister(fd)
                clients.pop(fd).sock.close()


if __name__ == "__main__":
    main()
