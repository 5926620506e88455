"""
Bug: only ConnectionResetError is caught: a BrokenPipeError of one client ends the thread that
    serves it, and after four such clients nobody is served.
Cause: workers-die
Also: killed-by-sigpipe
Profile: concurrent
Port: $PORT
"""

from __future__ import annotations

import os
import queue
import select
import socket
import threading
import time

LIMIT = 100_000


class Customer:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.unsent = bytearray()
        self.ended = False

    def interest(self) -> int:
        reads = not self.ended and len(self.unsent) < LIMIT
        return (select.EPOLLIN if reads else 0) | (select.EPOLLOUT if self.unsent else 0)

    def move(self) -> bool:
        """Read once, send once. False when the connection is over."""
        try:
            self._read()
            self._send()
        except ConnectionResetError:
            return False
        return not self.ended or bool(self.unsent)

    def _read(self) -> None:
        if self.ended or len(self.unsent) >= LIMIT:
            return
        try:
            data = self.sock.recv(40_000)
        except BlockingIOError:
            return
        self.ended = not data
        self.unsent += data

    def _send(self) -> None:
        if not self.unsent:
            return
        try:
            sent = self.sock.send(self.unsent)
        except BlockingIOError:
            return
        del self.unsent[:sent]


class Shop:
    def __init__(self, port: int, clerks: int) -> None:
        self.door = socket.create_server(("127.0.0.1", port), backlog=256)
        self.door.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.door, select.EPOLLIN)
        self.ready: queue.SimpleQueue[Customer] = queue.SimpleQueue()
        self.inside: dict[int, Customer] = {}
        for _ in range(clerks):
            threading.Thread(target=self.clerk, daemon=True).start()

    def clerk(self) -> None:
        while True:
            customer = self.ready.get()
            number = customer.sock.fileno()
            if customer.move():
                self.epoll.modify(number, customer.interest() | select.EPOLLONESHOT)
            else:
                del self.inside[number]
                customer.sock.close()

    def admit(self) -> None:
        try:
            sock, _ = self.door.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(0.05)
            return
        sock.setblocking(False)
        self.inside[sock.fileno()] = Customer(sock)
        self.epoll.register(sock, select.EPOLLIN | select.EPOLLONESHOT)

    def run(self) -> None:
        while True:
            for number, _ in self.epoll.poll():
                if number == self.door.fileno():
                    self.admit()
                else:
                    self.ready.put(self.inside[number])


if __name__ == "__main__":
    Shop(int(os.environ["PORT"]), clerks=4).run()
