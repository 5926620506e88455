"""
Bug: a client reads too slowly, and reading stops until all is sent; but the sending is looked at
    after the reading, and with edges (EPOLLET) no event comes again for what was left unread.
Cause: never-resumes
Also: edge-not-drained
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time

EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET


class Peer:
    def __init__(self, sock):
        self.sock = sock
        self.pending = b""
        self.gone = False

    def pull(self):
        """Read until nothing is there, or until something could not be sent."""
        while not self.pending:
            try:
                data = self.sock.recv(16384)
            except BlockingIOError:
                return
            if not data:
                self.gone = True
                return
            self.pending = data
            self.push()

    def push(self):
        while self.pending:
            try:
                count = self.sock.send(self.pending)
            except BlockingIOError:
                return
            self.pending = self.pending[count:]


def take_all(listener, poller, peers):
    while True:
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        peers[sock.fileno()] = Peer(sock)
        poller.register(sock, EDGES)


def turn(peer, flags):
    try:
        if flags & (select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLERR | select.EPOLLHUP):
            peer.pull()
        if flags & select.EPOLLOUT:
            peer.push()
    except OSError:
        peer.gone = True


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    listener.setblocking(False)
    poller = select.epoll()
    poller.register(listener, select.EPOLLIN)
    peers = {}
    while True:
        for fd, flags in poller.poll():
            if fd == listener.fileno():
                take_all(listener, poller, peers)
                continue
            peer = peers[fd]
            turn(peer, flags)
            if peer.gone:
                del peers[fd]
                peer.sock.close()


main()
