"""
Bug: with EPOLLONESHOT the connection is armed again after a read and when all is sent, but not
    when a writable event could send only a part, so a client that reads slowly gets no more.
Cause: never-resumes
Also: writable-not-watched
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time

BLOCK = 256 * 1024
SEND_BUFFER = 64 * 1024


class Peer:
    __slots__ = ("pending", "sock")

    def __init__(self, sock):
        self.sock = sock
        self.pending = memoryview(b"")


class Reactor:
    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.listener.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.listener, select.EPOLLIN)
        self.peers = {}

    def arm(self, peer, interest):
        self.epoll.modify(peer.sock, interest | select.EPOLLONESHOT)

    def drop(self, peer):
        self.epoll.unregister(peer.sock)
        del self.peers[peer.sock.fileno()]
        peer.sock.close()

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)
            return
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.peers[sock.fileno()] = Peer(sock)
        self.epoll.register(sock, select.EPOLLIN | select.EPOLLONESHOT)

    def readable(self, peer):
        try:
            data = peer.sock.recv(BLOCK)
        except BlockingIOError:
            self.arm(peer, select.EPOLLIN)
            return
        if not data:
            self.drop(peer)
            return
        peer.pending = memoryview(data)
        if self.flush(peer):
            self.arm(peer, select.EPOLLIN)
        else:
            self.arm(peer, select.EPOLLOUT)

    def writable(self, peer):
        if self.flush(peer):
            self.arm(peer, select.EPOLLIN)

    def flush(self, peer):
        """Send what we can; True when nothing is left."""
        while peer.pending:
            try:
                count = peer.sock.send(peer.pending)
            except BlockingIOError:
                return False
            peer.pending = peer.pending[count:]
        return True

    def run(self):
        while True:
            for fd, mask in self.epoll.poll():
                if fd == self.listener.fileno():
                    self.accept()
                    continue
                peer = self.peers[fd]
                try:
                    if peer.pending:
                        self.writable(peer)
                    else:
                        self.readable(peer)
                except OSError:
                    self.drop(peer)


if __name__ == "__main__":
    Reactor(int(os.environ["PORT"])).run()
