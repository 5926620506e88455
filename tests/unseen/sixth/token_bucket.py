"""
Bug: a limiter says how many bytes may be read; when its tokens are used up that is 0, and recv(0)
    gives the empty bytes that are taken for the client's end.
Cause: none-of-these
Also: bytes-quota, closes-before-client
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import socket
import threading
import time


class TokenBucket:
    """So many tokens each tenth of a second, and no more than those of one second are saved."""

    TICK = 0.1

    def __init__(self, per_second: int) -> None:
        self.per_tick = int(per_second * self.TICK)
        self.capacity = per_second
        self.tokens = per_second
        self.filled = time.monotonic()

    def refill(self) -> None:
        ticks = int((time.monotonic() - self.filled) / self.TICK)
        self.filled += ticks * self.TICK
        self.tokens = min(self.capacity, self.tokens + ticks * self.per_tick)

    def take(self, wanted: int) -> int:
        self.refill()
        granted = min(wanted, self.tokens)
        self.tokens -= granted
        return granted

    def give_back(self, spare: int) -> None:
        self.tokens += spare


class Client:
    LARGEST = 16 * 1024

    def __init__(self, sock: socket.socket, per_second: int) -> None:
        self.sock = sock
        self.bucket = TokenBucket(per_second)

    def read(self) -> bytes:
        allowed = self.bucket.take(self.LARGEST)
        data = self.sock.recv(allowed)
        self.bucket.give_back(allowed - len(data))
        return data

    def serve(self) -> None:
        with self.sock:
            try:
                while data := self.read():
                    self.sock.sendall(data)
            except OSError:
                pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=100)
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            time.sleep(0.1)
            continue
        client = Client(sock, per_second=2_000_000)
        threading.Thread(target=client.serve, daemon=True).start()


if __name__ == "__main__":
    main()
