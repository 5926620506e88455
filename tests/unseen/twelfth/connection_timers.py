"""
Bug: the stall timer is set again when data is received and queued, but not when queued bytes go
    out: a client that reads slowly, and whose queue is full, is closed after three seconds though
    it takes its answers all the time.
Cause: gives-up-on-slow-reader
Also: stalled-output-dropped
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import heapq
import itertools
import logging
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable

STALL_TIMEOUT = 3.0
MAX_PENDING = 256 * 1024

log = logging.getLogger("reactor")


class Timer:
    def __init__(self, when: float, action: Callable[[], None]) -> None:
        self.when = when
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Reactor:
    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def call_later(self, delay: float, action: Callable[[], None]) -> Timer:
        timer = Timer(time.monotonic() + delay, action)
        heapq.heappush(self._timers, (timer.when, next(self._order), timer))
        if len(self._timers) > 10_000:
            self._timers = [entry for entry in self._timers if entry[2].action]
            heapq.heapify(self._timers)
        return timer

    def run(self) -> None:
        while True:
            timeout = None
            if self._timers:
                timeout = max(0.0, self._timers[0][0] - time.monotonic())
            for key, mask in self.selector.select(timeout):
                key.data(mask)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                action = heapq.heappop(self._timers)[2].action
                if action:
                    action()


class Connection:
    def __init__(self, reactor: Reactor, sock: socket.socket) -> None:
        self.reactor, self.sock = reactor, sock
        self.pending = bytearray()
        self.eof = self.closed = False
        self.stall: Timer | None = None
        reactor.selector.register(sock, selectors.EVENT_READ, self.on_event)

    def on_event(self, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                self.on_received(self.sock.recv(65536))
            if self.pending:
                del self.pending[: self.sock.send(self.pending)]
        except BlockingIOError:
            pass
        except OSError as error:
            log.info("connection lost: %s", error)
            self.close()
            return
        if not self.pending:
            self.stop_timer()
            if self.eof:
                self.close()
                return
        self.update()

    def on_received(self, data: bytes) -> None:
        if not data:
            self.eof = True
            return
        self.pending += data
        self.stop_timer()
        self.stall = self.reactor.call_later(STALL_TIMEOUT, self.on_stall)

    def on_stall(self) -> None:
        log.info("peer is stalled with %d bytes pending", len(self.pending))
        self.close()

    def stop_timer(self) -> None:
        if self.stall:
            self.stall.cancel()
            self.stall = None

    def update(self) -> None:
        reading = not self.eof and len(self.pending) < MAX_PENDING
        events = (selectors.EVENT_READ if reading else 0) | (
            selectors.EVENT_WRITE if self.pending else 0
        )
        self.reactor.selector.modify(self.sock, events, self.on_event)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.stop_timer()
            self.reactor.selector.unregister(self.sock)
            self.sock.close()


def main() -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
    reactor = Reactor()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=256)
    listener.setblocking(False)

    def on_accept(_mask: int) -> None:
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.02)
            return
        sock.setblocking(False)
        Connection(reactor, sock)

    reactor.selector.register(listener, selectors.EVENT_READ, on_accept)
    reactor.run()


if __name__ == "__main__":
    main()
