"""
Style: selectors and sendmsg() of many small pieces; reads of 37 bytes, nothing is joined; logs
    scary words
Profile: concurrent
Port: 21201
"""

import selectors
import socket
import sys
import threading
from collections import deque

PIECE = 37


class Peer:
    def __init__(self, sock):
        self.sock, self.pieces, self.ended = sock, deque(), False

    def fill(self):
        while len(self.pieces) < 512:
            piece = self.sock.recv(PIECE)
            if not piece:
                self.ended = True
                return
            self.pieces.append(piece)

    def drain(self):
        while self.pieces:
            batch = list(self.pieces)
            sent = self.sock.sendmsg(batch)
            while sent and sent >= len(self.pieces[0]):
                sent -= len(self.pieces.popleft())
            if sent:
                self.pieces[0] = self.pieces[0][sent:]

    @property
    def wants(self):
        read = selectors.EVENT_READ if not self.ended and len(self.pieces) < 512 else 0
        return read | (selectors.EVENT_WRITE if self.pieces else 0)


def turn(peer):
    for action in (peer.fill, peer.drain) if not peer.ended else (peer.drain,):
        try:
            action()
        except BlockingIOError:
            print("ERROR: EAGAIN, will retry", file=sys.stderr)
    return bool(peer.wants)


def main():
    sel = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 21201), backlog=200)
    listener.setblocking(False)
    sel.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in sel.select():
            if key.data is None:
                try:
                    sock, _ = listener.accept()
                except OSError as error:
                    print("ERROR: cannot accept:", error, file=sys.stderr)
                    threading.Event().wait(0.05)
                    continue
                sock.setblocking(False)
                sel.register(sock, selectors.EVENT_READ, Peer(sock))
                continue
            try:
                alive = turn(key.data)
            except OSError as error:
                print("FATAL: connection broken:", error, file=sys.stderr)
                alive = False
            if alive:
                sel.modify(key.fileobj, key.data.wants, key.data)
            else:
                sel.unregister(key.fileobj)
                key.fileobj.close()


main()
