"""select.poll and one chunk per client: it reads the next only when the last one is sent entirely.

Style: select.poll
Profile: concurrent
"""

import os
import select
import socket
import time

RETRY = 0.1


class Server:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.poll = select.poll()
        self.poll.register(listener, select.POLLIN)
        self.clients: dict[int, socket.socket] = {}
        self.owed: dict[int, memoryview] = {}  # what is left of the last chunk, while there is any
        self.accept_again: float | None = None

    def accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:
            self.poll.unregister(self.listener)
            self.accept_again = time.monotonic() + RETRY
            return
        sock.setblocking(False)
        self.clients[sock.fileno()] = sock
        self.poll.register(sock, select.POLLIN)

    def drop(self, fd: int) -> None:
        self.poll.unregister(fd)
        self.owed.pop(fd, None)
        self.clients.pop(fd).close()

    def step(self, fd: int) -> bool:
        """Send what is owed, or read and send; False when the client is done with."""
        sock = self.clients[fd]
        try:
            if fd not in self.owed:
                data = sock.recv(32768)
                if not data:
                    return False
                self.owed[fd] = memoryview(data)
            rest = self.owed[fd][sock.send(self.owed[fd]) :]
        except BlockingIOError:
            rest = self.owed.get(fd, memoryview(b""))
        except OSError:
            return False
        if rest:
            self.owed[fd] = rest
        else:
            self.owed.pop(fd, None)
        self.poll.modify(fd, select.POLLOUT if rest else select.POLLIN)
        return True

    def run(self) -> None:
        while True:
            timeout = None if self.accept_again is None else RETRY * 1000
            for fd, _ in self.poll.poll(timeout):
                if fd == self.listener.fileno():
                    self.accept()
                elif not self.step(fd):
                    self.drop(fd)
            if self.accept_again is not None and time.monotonic() >= self.accept_again:
                self.poll.register(self.listener, select.POLLIN)
                self.accept_again = None


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        listener.setblocking(False)
        Server(listener).run()


if __name__ == "__main__":
    main()
