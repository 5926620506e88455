"""
Bug: reading stops at the high mark and goes on below the low one, but a buffer that has been
    emptied in one go is not taken for one below it, so that the client is never read again.
Cause: never-resumes
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import select
import socket
import time

HIGH, LOW = 48 * 1024, 8 * 1024


class Flow:
    """One client: what waits for it, and whether it is read."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.outbox = bytearray()
        self.paused = False
        self.ended = False

    @property
    def mask(self) -> int:
        reads = 0 if self.paused or self.ended else select.POLLIN
        return reads | (select.POLLOUT if self.outbox else 0)

    @property
    def done(self) -> bool:
        return self.ended and not self.outbox

    def fill(self) -> None:
        data = self.sock.recv(64 * 1024)
        self.ended = not data
        self.outbox += data
        if len(self.outbox) >= HIGH:
            self.paused = True

    def drain(self) -> None:
        sent = self.sock.send(self.outbox)
        del self.outbox[:sent]
        if self.paused and 0 < len(self.outbox) <= LOW:
            self.paused = False


class Hub:
    def __init__(self, port: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.listener.setblocking(False)
        self.poller = select.poll()
        self.poller.register(self.listener, select.POLLIN)
        self.flows: dict[int, Flow] = {}

    def welcome(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        self.flows[sock.fileno()] = Flow(sock)
        self.poller.register(sock, select.POLLIN)

    def dismiss(self, number: int) -> None:
        self.poller.unregister(number)
        self.flows.pop(number).sock.close()

    def attend(self, number: int, event: int) -> None:
        flow = self.flows[number]
        try:
            if event & select.POLLOUT:
                flow.drain()
            if event & select.POLLIN:
                flow.fill()
            lost = bool(event & (select.POLLERR | select.POLLNVAL))
        except BlockingIOError:
            lost = False
        except OSError:
            lost = True
        if lost or flow.done:
            self.dismiss(number)
        else:
            self.poller.modify(number, flow.mask)

    def run(self) -> None:
        while True:
            for number, event in self.poller.poll():
                if number == self.listener.fileno():
                    self.welcome()
                elif number in self.flows:
                    self.attend(number, event)


if __name__ == "__main__":
    Hub(int(os.environ["PORT"])).run()
