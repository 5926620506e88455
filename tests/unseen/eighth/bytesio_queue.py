"""
Bug: a BytesIO has one position for reading and writing; after a short send it stands at the first
    byte that has not gone, and what is read next is written there, over what still waits.
Cause: buffer-overwritten
Profile: concurrent
Port: $PORT
"""

import io
import os
import select
import socket
import time

LIMIT = 100_000


class Peer:
    def __init__(self, sock):
        self.sock = sock
        self.out = io.BytesIO()
        self.sent = 0
        self.ended = False

    def pending(self):
        return self.out.getbuffer().nbytes - self.sent

    def push(self, data):
        self.out.write(data)

    def flush(self):
        self.out.seek(self.sent)
        try:
            self.sent += self.sock.send(self.out.read())
        except BlockingIOError:
            pass
        if self.pending():
            self.out.seek(self.sent)
        else:
            self.out.seek(0)
            self.out.truncate()
            self.sent = 0

    def events(self):
        mask = 0
        if not self.ended and self.pending() < LIMIT:
            mask |= select.EPOLLIN
        if self.pending():
            mask |= select.EPOLLOUT
        return mask

    def handle(self, mask):
        """Return whether there is anything left to do."""
        if mask & select.EPOLLIN:
            data = self.sock.recv(10_000)
            if data:
                self.push(data)
            else:
                self.ended = True
        elif mask & (select.EPOLLERR | select.EPOLLHUP):
            return False
        if self.pending():
            self.flush()
        return self.events() != 0


def main():
    server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    poller = select.epoll()
    poller.register(server, select.EPOLLIN)
    peers = {}
    while True:
        for fd, mask in poller.poll():
            if fd == server.fileno():
                try:
                    sock, _ = server.accept()
                except OSError:
                    time.sleep(0.05)
                    continue
                sock.setblocking(False)
                peers[sock.fileno()] = Peer(sock)
                poller.register(sock, select.EPOLLIN)
                continue
            peer = peers[fd]
            try:
                alive = peer.handle(mask)
            except OSError:
                alive = False
            if alive:
                poller.modify(fd, peer.events())
            else:
                poller.unregister(fd)
                peers.pop(fd).sock.close()


main()
