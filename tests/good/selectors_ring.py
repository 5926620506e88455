"""A fixed ring for each client: recv_into fills the free stretch, send empties the used one.

Style: selectors with a fixed ring buffer and recv_into
Profile: concurrent
"""

import os
import selectors
import socket
import time

SIZE = 50_000  # no power of two and no multiple of any read: the ring wraps everywhere
RETRY = 0.1


class Ring:
    def __init__(self) -> None:
        self.view = memoryview(bytearray(SIZE))
        self.start = 0
        self.used = 0

    def free_stretch(self) -> memoryview:
        """The free bytes up to the end of the buffer or to the start of the used ones."""
        end = (self.start + self.used) % SIZE
        return self.view[end : min(SIZE, end + SIZE - self.used)]

    def used_stretch(self) -> memoryview:
        """The used bytes up to the end of the buffer; those that wrapped follow next time."""
        return self.view[self.start : min(SIZE, self.start + self.used)]

    def take(self, count: int) -> None:
        self.start = (self.start + count) % SIZE
        self.used -= count


class Client:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.ring = Ring()
        self.ended = False

    def move(self, events: int) -> bool:
        """Read and write what the events allow; True when the client is done with."""
        ring = self.ring
        try:
            if events & selectors.EVENT_READ:  # asked for only while the ring has room
                count = self.sock.recv_into(ring.free_stretch())
                ring.used += count
                self.ended = count == 0
            if ring.used:
                ring.take(self.sock.send(ring.used_stretch()))
        except BlockingIOError:
            pass
        except OSError:
            return True
        return self.ended and not ring.used

    def wanted(self) -> int:
        read = 0 if self.ended or self.ring.used == SIZE else selectors.EVENT_READ
        return read | (selectors.EVENT_WRITE if self.ring.used else 0)


def accept(selector: selectors.BaseSelector, listener: socket.socket) -> bool:
    """Take one client in; False when there are no descriptors left."""
    try:
        sock, _ = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return True
    except OSError:
        return False
    sock.setblocking(False)
    selector.register(sock, selectors.EVENT_READ, Client(sock))
    return True


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    paused_until = None
    while True:
        for key, events in selector.select(None if paused_until is None else RETRY):
            client = key.data
            if client is None:
                if not accept(selector, listener):
                    selector.unregister(listener)
                    paused_until = time.monotonic() + RETRY
            elif client.move(events):
                selector.unregister(client.sock)
                client.sock.close()
            else:
                selector.modify(client.sock, client.wanted(), client)
        if paused_until is not None and time.monotonic() >= paused_until:
            selector.register(listener, selectors.EVENT_READ)
            paused_until = None


if __name__ == "__main__":
    main()
