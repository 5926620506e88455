"""
Bug: after a short write the part that was sent is kept and the rest thrown away, so the client
    gets the beginning twice and never the rest.
Cause: send-retried-from-start
Also: short-send-ignored, sent-twice
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket

READ_SIZE = 65536


class Loop:
    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.listener.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.listener, select.EPOLLIN)
        self.spare = os.open(os.devnull, os.O_RDONLY)
        self.pending = {}

    def accept(self):
        try:
            connection, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            self.refuse()
            return
        fd = connection.detach()
        os.set_blocking(fd, False)
        self.pending[fd] = b""
        self.epoll.register(fd, select.EPOLLIN)

    def refuse(self):
        """No descriptor is free: use the spare one to turn the client away."""
        os.close(self.spare)
        try:
            self.listener.accept()[0].close()
        except OSError:
            pass
        self.spare = os.open(os.devnull, os.O_RDONLY)

    def close(self, fd):
        self.epoll.unregister(fd)
        del self.pending[fd]
        os.close(fd)

    def receive(self, fd):
        data = os.read(fd, READ_SIZE)
        if not data:
            self.close(fd)
            return
        self.pending[fd] = data
        self.flush(fd)

    def flush(self, fd):
        data = self.pending[fd]
        try:
            sent = os.write(fd, data)
        except BlockingIOError:
            sent = 0
        if sent == len(data):
            self.pending[fd] = b""
            self.epoll.modify(fd, select.EPOLLIN)
            return
        if sent:
            self.pending[fd] = data[:sent]
        self.epoll.modify(fd, select.EPOLLOUT)

    def handle(self, fd):
        try:
            if self.pending[fd]:
                self.flush(fd)
            else:
                self.receive(fd)
        except BlockingIOError:
            pass
        except OSError:
            self.close(fd)

    def run(self):
        while True:
            for fd, _ in self.epoll.poll():
                if fd == self.listener.fileno():
                    self.accept()
                else:
                    self.handle(fd)


if __name__ == "__main__":
    Loop(int(os.environ["PORT"])).run()
