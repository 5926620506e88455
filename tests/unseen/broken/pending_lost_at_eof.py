"""
Bug: when a client ends its side, its connection is closed although its outgoing buffer is not
    empty; who sends much and then half-closes gets only the beginning back.
Cause: pending-dropped-at-end
Also: half-close-ends-at-once
Caught by: shutdown/lagging-reader
Profile: concurrent
Port: 21008
"""

import selectors
import socket
import time
from dataclasses import dataclass, field

HIGH_WATER = 1 << 20


@dataclass
class Session:
    sock: socket.socket
    outgoing: bytearray = field(default_factory=bytearray)

    @property
    def interest(self) -> int:
        wanted = 0
        if len(self.outgoing) < HIGH_WATER:
            wanted |= selectors.EVENT_READ
        if self.outgoing:
            wanted |= selectors.EVENT_WRITE
        return wanted

    def pull(self) -> bool:
        chunk = self.sock.recv(65536)
        self.outgoing += chunk
        return bool(chunk)

    def push(self) -> None:
        sent = self.sock.send(self.outgoing)
        del self.outgoing[:sent]


class Loop:
    def __init__(self, address: tuple[str, int]) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(address, backlog=128)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def welcome(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, Session(sock))

    def step(self, session: Session, events: int) -> None:
        alive = True
        try:
            if events & selectors.EVENT_READ:
                alive = session.pull()
            if alive and events & selectors.EVENT_WRITE:
                session.push()
        except BlockingIOError:
            pass
        except OSError:
            alive = False
        if alive:
            self.selector.modify(session.sock, session.interest, session)
        else:
            self.selector.unregister(session.sock)
            session.sock.close()

    def run(self) -> None:
        while True:
            for key, events in self.selector.select():
                if key.data is None:
                    self.welcome()
                else:
                    self.step(key.data, events)


Loop(("127.0.0.1", 21008)).run()
