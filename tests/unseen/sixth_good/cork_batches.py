"""
Style: a thread per client; TCP_CORK holds back what is written while more input waits already, and
    is taken out as soon as the input is empty.
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import socket
import threading
import time


class Corked:
    """Writes to a socket; `hold` and `let_go` put the cork in and take it out."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.held = False

    def _cork(self, value: bool) -> None:
        if value != self.held:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, int(value))
            self.held = value

    def hold(self) -> None:
        self._cork(True)

    def let_go(self) -> None:
        self._cork(False)

    def write(self, data: bytes) -> None:
        self.sock.sendall(data)


def next_piece(sock: socket.socket, out: Corked) -> bytes:
    try:
        piece = sock.recv(2000, socket.MSG_DONTWAIT)
    except BlockingIOError:
        out.let_go()
        return sock.recv(2000)
    out.hold()
    return piece


def serve(sock: socket.socket) -> None:
    with sock:
        out = Corked(sock)
        try:
            while piece := next_piece(sock, out):
                out.write(piece)
            out.let_go()
        except OSError:
            return


def main() -> None:
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256) as listener:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                time.sleep(0.1)
                continue
            threading.Thread(target=serve, args=(sock,), daemon=True).start()


main()
