"""The loop waits either to read or to write, and to write only when the buffer is full: what
remains below that mark is sent only when the client sends more, or ends.

Clause: partial-send/stalled-reader
Trigger: a short count from send(), and a client that then waits for its echo
Profile: concurrent
Grade: nasty
Cause: writable-not-watched | never-resumes
"""

import os
import select
import socket
import time

MAX_OUT = 1 << 18


class Client:
    def __init__(self, sock):
        self.sock = sock
        self.out = bytearray()
        self.ended = False

    def step(self, event):
        """One read or write; returns the events to wait for, 0 when all is done."""
        if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and not self.ended:
            data = self.sock.recv(65536)
            self.ended = not data
            self.out += data
            if len(self.out) > len(data):
                event = 0  # others wait before it: no use to try
        try:
            if self.out and event:
                del self.out[: self.sock.send(self.out)]
        except BlockingIOError:
            pass
        if self.ended:
            return select.EPOLLOUT if self.out else 0
        return select.EPOLLIN if len(self.out) < MAX_OUT else select.EPOLLOUT


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
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
                epoll.register(sock, select.EPOLLIN)
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
