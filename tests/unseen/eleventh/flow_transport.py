"""Bug: the end of a client that comes while output still waits is noted, and nobody looks at the
    note when the output has gone: the connection stays open for ever.
Cause: never-closes
Also: end-lost-when-full, descriptor-leak
Beside: spins-at-accept
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
from collections.abc import Callable

log = logging.getLogger("tinyloop")


class Loop:
    """Readers and writers by socket, in the manner of asyncio."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._callbacks: dict[socket.socket, dict[int, Callable[[], None]]] = {}

    def add(self, sock: socket.socket, event: int, callback: Callable[[], None]) -> None:
        self._callbacks.setdefault(sock, {})[event] = callback
        self._update(sock)

    def remove(self, sock: socket.socket, event: int) -> None:
        if self._callbacks.get(sock, {}).pop(event, None) is not None:
            self._update(sock)

    def _update(self, sock: socket.socket) -> None:
        callbacks = self._callbacks[sock]
        known = sock in self._selector.get_map()
        events = sum(callbacks)
        if not events:
            del self._callbacks[sock]
            if known:
                self._selector.unregister(sock)
        elif known:
            self._selector.modify(sock, events)
        else:
            self._selector.register(sock, events)

    def run_forever(self) -> None:
        while True:
            for key, mask in self._selector.select():
                for event in (selectors.EVENT_READ, selectors.EVENT_WRITE):
                    callback = self._callbacks.get(key.fileobj, {}).get(event)
                    if mask & event and callback is not None:
                        callback()


class Transport:
    HIGH_WATER = 256 * 1024
    LOW_WATER = 64 * 1024

    def __init__(self, loop: Loop, sock: socket.socket) -> None:
        self._loop = loop
        self._sock = sock
        self._buffer = bytearray()
        self._closing = False
        self._paused = False
        sock.setblocking(False)
        loop.add(sock, selectors.EVENT_READ, self._read_ready)

    def write(self, data: bytes) -> None:
        if not self._buffer:
            sent = self._try_send(data)
            if sent is None:
                return
            data = data[sent:]
            if not data:
                return
            self._loop.add(self._sock, selectors.EVENT_WRITE, self._write_ready)
        self._buffer += data
        if len(self._buffer) > self.HIGH_WATER and not self._paused:
            self._paused = True
            self._loop.remove(self._sock, selectors.EVENT_READ)

    def close(self) -> None:
        """Close when everything that was written has been sent."""
        if self._closing:
            return
        self._closing = True
        self._loop.remove(self._sock, selectors.EVENT_READ)
        if not self._buffer:
            self._sock.close()

    def abort(self) -> None:
        self._closing = True
        self._buffer.clear()
        self._loop.remove(self._sock, selectors.EVENT_READ)
        self._loop.remove(self._sock, selectors.EVENT_WRITE)
        self._sock.close()

    def _read_ready(self) -> None:
        try:
            data = self._sock.recv(64 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            log.debug("read: %s", error)
            self.abort()
            return
        if data:
            self.write(data)
        else:
            self.close()

    def _write_ready(self) -> None:
        sent = self._try_send(self._buffer)
        if sent is None:
            return
        del self._buffer[:sent]
        if not self._buffer:
            self._loop.remove(self._sock, selectors.EVENT_WRITE)
        if self._paused and not self._closing and len(self._buffer) <= self.LOW_WATER:
            self._paused = False
            self._loop.add(self._sock, selectors.EVENT_READ, self._read_ready)

    def _try_send(self, data: bytes | bytearray) -> int | None:
        """How much was taken; None if the connection has been given up."""
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            log.debug("write: %s", error)
            self.abort()
            return None


def main() -> None:
    loop = Loop()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512)
    listener.setblocking(False)

    def accept_ready() -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        Transport(loop, sock)

    loop.add(listener, selectors.EVENT_READ, accept_ready)
    loop.run_forever()


if __name__ == "__main__":
    main()
