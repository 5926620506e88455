"""
Bug: the listening socket is watched edge-triggered, and each event accepts one client. Of several
    that come at the same moment all but the first wait until another one connects.
Cause: wakeup-accepts-one
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket

READ = select.EPOLLIN
WRITE = select.EPOLLOUT
MAX_PENDING = 1 << 17


class Peer:
    __slots__ = ("eof", "pending", "sock")

    def __init__(self, sock):
        self.sock = sock
        self.pending = b""
        self.eof = False

    def interest(self):
        mask = 0
        if not self.eof and len(self.pending) < MAX_PENDING:
            mask |= READ
        if self.pending:
            mask |= WRITE
        return mask

    def on_event(self):
        """Move what can be moved; True when this peer is done."""
        if self.interest() & READ:
            try:
                data = self.sock.recv(16384)
                self.pending += data
                self.eof = not data
            except BlockingIOError:
                pass
        if self.pending:
            try:
                self.pending = self.pending[self.sock.send(self.pending) :]
            except BlockingIOError:
                pass
        return self.eof and not self.pending


def main():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", int(os.environ["PORT"])))
    server.listen(1024)
    server.setblocking(False)

    epoll = select.epoll()
    epoll.register(server, select.EPOLLIN | select.EPOLLET)
    peers = {}

    while True:
        for fd, _ in epoll.poll():
            if fd == server.fileno():
                try:
                    sock, _ = server.accept()
                except OSError:
                    continue
                sock.setblocking(False)
                peers[sock.fileno()] = Peer(sock)
                epoll.register(sock, READ)
                continue
            peer = peers[fd]
            try:
                done = peer.on_event()
            except OSError:
                done = True
            if done:
                epoll.unregister(fd)
                del peers[fd]
                peer.sock.close()
            else:
                epoll.modify(fd, peer.interest())


main()
