"""Edge-triggered epoll: each edge starts a pump that goes on to EAGAIN, in turns, so none starves.

Style: epoll, edge-triggered
Profile: concurrent
"""

import os
import select
import socket
from collections import deque

TURN = 16  # reads before another client has its turn
RETRY = 0.1
EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET


class Client:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.out = memoryview(b"")

    def pump(self) -> None:
        """Move bytes for one turn; when it returns there may be more to move.

        Raises BlockingIOError when only a new edge can bring more, and EOFError at the end.
        """
        for _ in range(TURN):
            while self.out:
                self.out = self.out[self.sock.send(self.out) :]
            data = self.sock.recv(16384)
            if not data:
                raise EOFError
            self.out = memoryview(data)


class Server:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.epoll = select.epoll()
        self.epoll.register(listener, select.EPOLLIN | select.EPOLLET)
        self.clients: dict[int, Client] = {}
        self.ready: deque[int] = deque()
        self.waiting = False  # somebody may be waiting to be accepted

    def accept_all(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except BlockingIOError:
                self.waiting = False
                return
            except ConnectionAbortedError:
                continue
            except OSError:
                return  # no descriptors: no new edge comes for those who wait, so try again by time
            sock.setblocking(False)
            self.clients[sock.fileno()] = Client(sock)
            self.epoll.register(sock, EDGES)

    def run(self) -> None:
        while True:
            timeout = 0 if self.ready else RETRY if self.waiting else None
            events = self.epoll.poll(timeout)
            for fd, _ in events:
                if fd == self.listener.fileno():
                    self.waiting = True
                elif fd not in self.ready:
                    self.ready.append(fd)
            if self.waiting:
                self.accept_all()
            for _ in range(len(self.ready)):
                fd = self.ready.popleft()
                try:
                    self.clients[fd].pump()
                except BlockingIOError:
                    continue
                except (OSError, EOFError):
                    self.clients.pop(fd).sock.close()  # closing takes it out of the epoll set too
                else:
                    self.ready.append(fd)


def main() -> None:
    port = int(os.environ.get("PORT", "0"))
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        listener.setblocking(False)
        Server(listener).run()


if __name__ == "__main__":
    main()
