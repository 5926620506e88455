"""
Bug: pieces wait in a deque(maxlen=48), which silently drops its oldest piece when one more is
    appended: a client that does not read for a while loses data.
Cause: stalled-output-dropped
Profile: concurrent
Port: $PORT
"""

import os
import select
import socket
import time
from collections import deque


class Peer:
    """One client: the pieces that wait for it, and the rest of the one that is being sent."""

    def __init__(self, sock):
        self.sock = sock
        self.waiting = deque(maxlen=48)  # bounded: a slow client must not eat our memory
        self.rest = b""
        self.ended = False

    def fileno(self):
        return self.sock.fileno()

    def has_output(self):
        return bool(self.rest or self.waiting)

    def read(self):
        data = self.sock.recv(4096)
        if data:
            self.waiting.append(data)
        else:
            self.ended = True

    def write(self):
        if not self.rest:
            self.rest = self.waiting.popleft()
        sent = self.sock.send(self.rest)
        self.rest = self.rest[sent:]


class Server:
    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.listener.setblocking(False)
        self.peers = []

    def accept(self):
        try:
            sock, _ = self.listener.accept()
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        self.peers.append(Peer(sock))

    def drop(self, peer):
        self.peers.remove(peer)
        peer.sock.close()

    def step(self):
        readers = [self.listener, *(peer for peer in self.peers if not peer.ended)]
        writers = [peer for peer in self.peers if peer.has_output()]
        readable, writable, _ = select.select(readers, writers, [])
        for ready, method in [(writable, Peer.write), (readable, Peer.read)]:
            for peer in ready:
                if peer in self.peers:
                    try:
                        method(peer)
                    except OSError:
                        self.drop(peer)
        if self.listener in readable:
            self.accept()
        for peer in [peer for peer in self.peers if peer.ended and not peer.has_output()]:
            self.drop(peer)


server = Server(int(os.environ["PORT"]))
while True:
    server.step()
