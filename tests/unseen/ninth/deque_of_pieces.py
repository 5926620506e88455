"""
Bug: the rest of a piece that was sent only in part goes back to the right end of the deque, behind
    those that came later, and not to the left end.
Cause: queue-order
Profile: sequential
Port: $PORT
"""

import os
import select
import socket
from collections import deque

SEND_BUFFER = 64 * 1024
MAX_QUEUED = 1024 * 1024


class Outbox:
    """Pieces that wait until the client takes them."""

    def __init__(self):
        self.pieces = deque()
        self.size = 0

    def __bool__(self):
        return bool(self.pieces)

    @property
    def full(self):
        return self.size >= MAX_QUEUED

    def put(self, piece):
        self.pieces.append(piece)
        self.size += len(piece)

    def send_to(self, sock):
        piece = self.pieces.popleft()
        try:
            sent = sock.send(piece)
        except BlockingIOError:
            sent = 0
        self.size -= sent
        if sent < len(piece):
            self.pieces.append(piece[sent:])


def serve(sock):
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    outbox = Outbox()
    ended = False
    while outbox or not ended:
        readers = [] if ended or outbox.full else [sock]
        writers = [sock] if outbox else []
        readable, writable, _ = select.select(readers, writers, [])
        if readable:
            data = sock.recv(256 * 1024)
            if data:
                outbox.put(data)
            else:
                ended = True
        if writable:
            outbox.send_to(sock)


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    while True:
        sock, _ = listener.accept()
        with sock:
            try:
                serve(sock)
            except OSError:
                pass


if __name__ == "__main__":
    main()
