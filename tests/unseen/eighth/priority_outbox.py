"""
Bug: what waits to be sent is in a heap, ordered by the millisecond of its arrival and, where that
    is the same, by its bytes, since the payload takes part in the comparison.
Cause: queue-order
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import heapq
import os
import selectors
import socket
import time
from dataclasses import dataclass, field

HIGH_WATER_MARK = 256 * 1024
READ_SIZE = 2048


@dataclass(order=True)
class OutgoingMessage:
    """A message together with the time at which it was received."""

    received_at_ms: int
    payload: bytes


@dataclass
class ClientSession:
    """Holds the complete state of one connected client."""

    connection: socket.socket
    outbox: list[OutgoingMessage] = field(default_factory=list)
    in_progress: memoryview = field(default_factory=lambda: memoryview(b""))
    queued_bytes: int = 0
    end_of_stream: bool = False

    def enqueue(self, payload: bytes) -> None:
        """Schedule a payload for delivery; the oldest message is delivered first."""
        message = OutgoingMessage(time.monotonic_ns() // 1_000_000, payload)
        heapq.heappush(self.outbox, message)
        self.queued_bytes += len(payload)

    def flush(self) -> None:
        """Deliver as much as the peer is willing to accept."""
        while self.in_progress or self.outbox:
            if not self.in_progress:
                self.in_progress = memoryview(heapq.heappop(self.outbox).payload)
            try:
                count = self.connection.send(self.in_progress)
            except BlockingIOError:
                return
            self.queued_bytes -= count
            self.in_progress = self.in_progress[count:]

    @property
    def interests(self) -> int:
        """Return the selector events in which the session is currently interested."""
        events = 0
        if not self.end_of_stream and self.queued_bytes < HIGH_WATER_MARK:
            events |= selectors.EVENT_READ
        if self.queued_bytes:
            events |= selectors.EVENT_WRITE
        return events


class EchoServer:
    """A single-threaded, non-blocking echo server."""

    def __init__(self, host: str, port: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server((host, port), backlog=128)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve_forever(self) -> None:
        """Process events until the process is stopped."""
        while True:
            for key, events in self.selector.select():
                if key.data is None:
                    self.accept_client()
                else:
                    self.handle_events(key.data, events)

    def accept_client(self) -> None:
        """Accept one pending connection."""
        try:
            connection, _address = self.listener.accept()
        except OSError:
            time.sleep(0.05)
            return
        connection.setblocking(False)
        self.selector.register(connection, selectors.EVENT_READ, ClientSession(connection))

    def handle_events(self, session: ClientSession, events: int) -> None:
        """Read from and write to one client."""
        try:
            if events & selectors.EVENT_READ:
                self.receive(session)
            session.flush()
        except OSError:
            self.disconnect(session)
            return
        if session.interests:
            self.selector.modify(session.connection, session.interests, session)
        else:
            self.disconnect(session)

    def receive(self, session: ClientSession) -> None:
        """Read one block of data and enqueue it."""
        try:
            payload = session.connection.recv(READ_SIZE)
        except BlockingIOError:
            return
        if payload:
            session.enqueue(payload)
        else:
            session.end_of_stream = True

    def disconnect(self, session: ClientSession) -> None:
        """Release all resources of the session."""
        self.selector.unregister(session.connection)
        session.connection.close()


if __name__ == "__main__":
    EchoServer("127.0.0.1", int(os.environ["PORT"])).serve_forever()
