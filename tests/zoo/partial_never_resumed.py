"""Reading stops above a high mark and should start again below a low one, but that is tested with
"==" and a buffer that shrinks in big steps jumps over the mark: reading never starts again.

Clause: partial-send/stalled-reader
Trigger: back-pressure, once
Profile: concurrent
Grade: nasty
Cause: never-resumes
"""

import os
import selectors
import socket
import time

HIGH, LOW = 65536, 16384
sel = selectors.DefaultSelector()


class Peer:
    def __init__(self, sock):
        self.sock = sock
        self.backlog = bytearray()
        self.paused = self.ended = False

    def handle(self, mask):
        if mask & selectors.EVENT_READ:
            data = self.sock.recv(4096)
            self.ended = not data
            self.backlog += data
        try:
            if self.backlog:
                del self.backlog[: self.sock.send(self.backlog)]
        except BlockingIOError:
            pass
        if len(self.backlog) >= HIGH:
            self.paused = True
        elif len(self.backlog) == LOW:
            self.paused = False

    def interest(self):
        reading = 0 if self.paused or self.ended else selectors.EVENT_READ
        return reading | (selectors.EVENT_WRITE if self.backlog else 0)


def accept(listener):
    try:
        sock, _ = listener.accept()
    except OSError:
        time.sleep(0.05)
        return
    sock.setblocking(False)
    sel.register(sock, selectors.EVENT_READ, Peer(sock))


def main():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    sel.register(listener, selectors.EVENT_READ)
    waiting = []  # peers that have nothing to wait for at the moment
    while True:
        for key, mask in sel.select():
            if (peer := key.data) is None:
                accept(listener)
                continue
            try:
                peer.handle(mask)
                over = peer.ended and not peer.backlog
            except OSError:
                over = True
            if not over and peer.interest():
                sel.modify(peer.sock, peer.interest(), peer)
                continue
            sel.unregister(peer.sock)
            if over:
                peer.sock.close()
            else:
                waiting.append(peer)


if __name__ == "__main__":
    main()
