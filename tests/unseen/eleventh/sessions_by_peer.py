"""
Bug: a connection that breaks is taken from the selector and not from the table of sessions, so
    its socket stays open for ever
Cause: descriptor-leak
Also: descriptor-famine
Profile: concurrent
Port: $PORT
"""

import logging
import os
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

LIMIT = 256 * 1024

logging.basicConfig(stream=sys.stdout, level=logging.ERROR)
logger = logging.getLogger(__name__)


@dataclass
class Session:
    sock: socket.socket
    peer: tuple
    started: float = field(default_factory=time.monotonic)
    outgoing: bytearray = field(default_factory=bytearray)
    finished: bool = False


class EchoServer:
    def __init__(self, host, port):
        self.selector = selectors.DefaultSelector()
        self.sessions = {}
        self.listener = socket.create_server((host, port), backlog=1024)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve_forever(self):
        while True:
            for key, mask in self.selector.select():
                if key.data is None:
                    self.accept()
                else:
                    self.handle(key.data, mask)

    def accept(self):
        try:
            sock, peer = self.listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            logger.warning("accept failed: %s", error)
            time.sleep(0.02)
            return
        sock.setblocking(False)
        session = self.sessions[peer] = Session(sock, peer)
        self.selector.register(sock, selectors.EVENT_READ, session)
        logger.info("%s:%s connected, %d sessions", *peer, len(self.sessions))

    def handle(self, session, mask):
        try:
            if mask & selectors.EVENT_READ:
                self.receive(session)
            if session.outgoing:
                self.transmit(session)
        except ConnectionError as error:
            logger.info("%s:%s lost: %s", *session.peer, error)
            self.selector.unregister(session.sock)
            return
        if session.finished and not session.outgoing:
            self.close(session)
        else:
            self.update(session)

    def receive(self, session):
        try:
            data = session.sock.recv(65536)
        except BlockingIOError:
            return
        if data:
            session.outgoing += data
        else:
            session.finished = True

    def transmit(self, session):
        try:
            sent = session.sock.send(session.outgoing)
        except BlockingIOError:
            return
        del session.outgoing[:sent]

    def update(self, session):
        mask = 0
        if not session.finished and len(session.outgoing) < LIMIT:
            mask |= selectors.EVENT_READ
        if session.outgoing:
            mask |= selectors.EVENT_WRITE
        self.selector.modify(session.sock, mask, session)

    def close(self, session):
        self.selector.unregister(session.sock)
        session.sock.close()
        del self.sessions[session.peer]
        logger.info("%s:%s: %.1f s", *session.peer, time.monotonic() - session.started)


if __name__ == "__main__":
    EchoServer("127.0.0.1", int(os.environ["PORT"])).serve_forever()
